"""Starting, watching and ending the child processes."""

import multiprocessing as mp
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any

from collector.links import Channel, has_room
from hardware.interfaces import DeviceError, ReflexError
from hardware.samples import monotonic_ns

_spawn = mp.get_context("spawn")

Main = Callable[..., None]


class Child:
    """One child process as the daemon sees it."""

    def __init__(self, name: str, main: Main, log: Path, *arguments: object) -> None:
        self.name = name
        self.connection, theirs = _spawn.Pipe()
        self.process = _spawn.Process(
            target=_run,
            name=f"clap-{name}",
            args=(name, main, theirs, str(log), arguments),
            daemon=True,
        )
        self.process.start()
        theirs.close()
        self.ready = False
        self.status: dict[str, Any] = {}
        self.heard_ns = monotonic_ns()  # when it last said anything; how long ago tells a hung one
        self.ending = False

    def ask(self, verb: str, **data: Any) -> None:
        """Send a verb; a dead child, or one that hangs and reads nothing, is noticed elsewhere."""
        try:
            if has_room(self.connection):
                self.connection.send((verb, data))
        except OSError:
            self.ending = self.ending or not self.process.is_alive()

    def reports(self) -> list[tuple[str, dict[str, Any]]]:
        """What came up since the last call."""
        got: list[tuple[str, dict[str, Any]]] = []
        try:
            while self.connection.poll(0):
                got.append(self.connection.recv())
        except (OSError, EOFError):
            pass
        if got:
            self.heard_ns = monotonic_ns()
        return got

    def stop(self) -> None:
        """Ask it to end in good order."""
        self.ending = True
        self.ask("stop")

    def join(self, timeout_s: float) -> None:
        """Wait for the end, then insist."""
        self.process.join(timeout_s)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.connection.close()

    @property
    def alive(self) -> bool:
        """Is the process there?"""
        return self.process.is_alive()


def _run(name: str, main: Main, connection: Connection, log: str, arguments: tuple[object, ...]) -> None:
    """A child's first function: the daemon alone handles Ctrl-C; any error is reported, then ends the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = Channel(connection)

    def on_terminate(signum: int, frame: FrameType | None) -> None:
        channel.stopped = True

    signal.signal(signal.SIGTERM, on_terminate)
    stream = open(log, "a", buffering=1)
    os.dup2(stream.fileno(), 1)
    os.dup2(stream.fileno(), 2)
    sys.stdout = sys.stderr = stream
    try:
        main(*arguments, channel)
    except DeviceError as error:
        reflex = error.reflex if isinstance(error, ReflexError) else ""
        channel.report("fault", device=error.device, message=str(error), reflex=reflex)
        sys.exit(3)
    except Exception as error:
        message = f"{name}: {type(error).__name__}: {error} (see {log})"
        channel.report("fault", device=name, message=message, reflex="")
        with suppress(OSError):  # the disk of the log may be full
            traceback.print_exc()
        sys.exit(1)


def stop_all(children: list[Child], timeout_s: float = 3.0) -> None:
    """End children in the order given, each flushed before the next is asked."""
    for child in children:
        child.stop()
        child.join(timeout_s)


def sleep_until(t_ns: int) -> None:
    """Sleep to an instant of CLOCK_MONOTONIC."""
    delay = (t_ns - time.clock_gettime_ns(time.CLOCK_MONOTONIC)) * 1e-9
    if delay > 0:
        time.sleep(delay)
