"""`clap collect --web` and a browser's part of it, without one: the page, its cookie, its socket."""

import re
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from aiohttp import ClientWebSocketResponse, WSMsgType

from tests.e2e.rig import RIG, TASK, end, start


@contextmanager
def served(env: dict[str, str], out: Path, *words: str) -> Generator[str]:
    """The address with the token, as long as it is served; Ctrl-C then ends it in good order."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["collect", "--rig", RIG, "--task", TASK, "--operator", "anna", "--out", out, "--web", "--port", port]
    process = start(*command, *words, env=env)
    try:
        yield _address(process)
        process.send_signal(signal.SIGINT)
        ran = end(process)
        assert ran.code == 0, ran.err
    finally:
        if process.poll() is None:  # its consoles would keep the rig if it were killed at once
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=20)
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", line):
            return found[0]
    raise AssertionError(f"it ended with {process.wait()} and never said its address")


class Window:
    """A browser's terminal on its socket."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self._ws = ws
        self.shown = ""

    async def press(self, keys: str) -> None:
        """As the page sends what was typed."""
        await self._ws.send_json(["stdin", keys])

    async def until_shown(self, words: str) -> None:
        """Take what it draws until these were there."""
        deadline = time.monotonic() + 60
        while words not in self.shown:
            assert time.monotonic() < deadline, self.shown[-2000:]
            await self.look(0.2)

    async def press_until_shown(self, key: str, words: str) -> None:
        """A key that comes before the console has been told that it controls does nothing: once more, then."""
        deadline = time.monotonic() + 60
        while words not in self.shown:
            assert time.monotonic() < deadline, self.shown[-2000:]
            await self.press(key)
            await self.look(2.0)

    async def look(self, seconds: float) -> None:
        """Take what it draws: a console that nobody reads stands still."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                message = await self._ws.receive(left)
            except TimeoutError:
                return
            assert message.type in (WSMsgType.TEXT, WSMsgType.BINARY), message
            data = message.data
            self.shown += data if isinstance(data, str) else data.decode(errors="replace")
