"""The firmware on a real MicroPython VM behind a pseudo terminal, as the host's driver finds it on USB."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
import tty
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from hardware.trigger import protocol

MICROPYTHON = Path(sys.executable).parent / "micropython"
_FIRMWARES_HOME = Path(protocol.__file__).parent
_POWER_UP = Path(__file__).parent / "chip" / "power_up.py"


class Chip:
    """Power, and the two ends of its USB cable."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self._ends = [self._master, self._slave]
        self._process: subprocess.Popen[bytes] | None = None
        self.port = os.ttyname(self._slave)

    def power_up(self, start_us: int = 0, master_hz: int = 0, fifo: int = 10_000) -> None:
        environment = {"CHIP_START_US": str(start_us), "CHIP_MASTER_HZ": str(master_hz), "CHIP_FIFO": str(fifo)}
        command = [str(MICROPYTHON), str(_POWER_UP), str(_FIRMWARES_HOME)]
        self._process = subprocess.Popen(
            command, stdin=self._master, stdout=self._master, env=environment, cwd=self._folder
        )

    def power_down(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self, seconds: float) -> None:
        """The processor halts; what PIO does goes on."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._process.send_signal(signal.SIGCONT)

    def unplug(self) -> None:
        self.power_down()
        while self._ends:
            os.close(self._ends.pop())

    def write(self, data: bytes) -> None:
        os.write(self._slave, data)

    def read_line(self) -> str:
        line = b""
        while not line.endswith(b"\n"):
            assert select.select([self._slave], [], [], 20)[0], f"nothing came after {line!r}"
            line += os.read(self._slave, 1)
        return line.decode().rstrip("\n")

    def error(self) -> str:
        """What the firmware died of, if it did."""
        left = self._folder / "error.txt"
        return left.read_text() if left.exists() else ""


@contextmanager
def chip(folder: Path, start_us: int = 0, master_hz: int = 0, fifo: int = 10_000) -> Generator[Chip, None, None]:
    plugged = Chip(folder)
    plugged.power_up(start_us, master_hz, fifo)
    try:
        yield plugged
    finally:
        plugged.unplug()
        assert plugged.error() == ""
