"""`clap collect` in a terminal of its own, as an operator has it: keys go in, and it can be killed."""

import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path
from types import TracebackType
from typing import Self

from collector.remote import Remote
from collector.remote_status import Status
from tests.e2e.rig import RIG, ROOT, TASK

AGAIN_S = 1.1  # often enough to meet a rest of the virtual operator, whose cycle takes 8 s


class Terminal:
    """A pseudo-terminal with a console in it; a context manager that ends both."""

    def __init__(self, env: dict[str, str], out: Path, *words: str, size: tuple[int, int] = (120, 40)) -> None:
        self._ours, theirs = pty.openpty()
        columns, lines = size
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        command = ["collect", "--rig", str(RIG), "--task", str(TASK), "--operator", "anna", "--out", str(out), *words]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "collector.cli", *command],
            stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, start_new_session=True,
            env={**env, "TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none"},
        )  # fmt: skip
        os.close(theirs)
        self.shown = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.kill()
        os.close(self._ours)

    def read(self, seconds: float) -> None:
        """Take what it draws: a terminal that nobody reads stands still."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not select.select([self._ours], [], [], left)[0]:
                return
            try:
                self.shown += os.read(self._ours, 1 << 16)
            except OSError:  # its other end is closed
                return

    def press(self, keys: str) -> None:
        """Keys, one after the other."""
        for key in keys:
            os.write(self._ours, key.encode())
            self.read(0.05)

    def until(self, watcher: Remote, what: Callable[[Status], bool], again: str = "") -> Status:
        """`again`: a key pressed while a robot waits: it does not go to a leader that moves, nor to one far away."""
        deadline, pressed = time.monotonic() + 60, time.monotonic()
        while not what(status := watcher.status()):
            assert time.monotonic() < deadline, f"{status}"
            self.read(0.1)
            waits = any(arm.get("teleop") in ("IDLE", "HOLD") for arm in status.arms.values())
            if again and waits and time.monotonic() > pressed + AGAIN_S:
                self.press(again)
                pressed = time.monotonic()
        return status

    def kill(self) -> None:
        """kill -9."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def wait(self, seconds: float) -> int:
        """Until it ends by itself; its exit code."""
        until = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < until:
            self.read(0.1)
        with suppress(subprocess.TimeoutExpired):
            return self.process.wait(0.1)
        raise AssertionError(f"it never ended: {self.shown[-2000:]!r}")
