"""The console in a terminal of its own: a pty of a size, whose output somebody reads, and what its process costs."""

import fcntl
import os
import pty
import signal
import struct
import sys
import termios
import threading
import time
from collections.abc import Sequence
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_END_S = 20.0

STANDS = b"help"
"""In the line of keys at the foot of every screen: all of it has been drawn."""


class Terminal:
    """A command in a pty of `columns` x `rows` in true colour. `bytes`: how much it has written so far.

    `folder`: where it runs. `sixels`: the terminal says that it shows them.
    """

    def __init__(
        self, command: Sequence[str], columns: int, rows: int, folder: Path = Path(), *, sixels: bool = False
    ) -> None:
        self._attributes = b"\x1b[?62;4;22c" if sixels else b"\x1b[?62;22c"
        self.began_s = time.monotonic()
        self.bytes = 0
        self.seen_s: dict[bytes, float] = {}
        """When each of the words that are waited for was first seen, since the begin."""
        self._words: tuple[bytes, ...] = ()
        self._tail = b""
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", LINES=str(rows), COLUMNS=str(columns))
            for name in ("SSH_CONNECTION", "TMUX", "NO_COLOR", "PYTHONDONTWRITEBYTECODE"):
                os.environ.pop(name, None)
            os.chdir(folder)
            os.execv(command[0], list(command))
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, word: bytes, timeout_s: float) -> float:
        """Seconds from the begin until it is on the screen. Raises TimeoutError with what was."""
        self._words = (*self._words, word)
        if word in self._tail:
            self.seen_s.setdefault(word, time.monotonic() - self.began_s)
        until = time.monotonic() + timeout_s
        while word not in self.seen_s:
            if time.monotonic() > until:
                raise TimeoutError(f"{word!r} was not shown within {timeout_s:.0f} s: ...{self._tail[-300:]!r}")
            time.sleep(0.005)
        return self.seen_s[word]

    def type(self, keys: str) -> None:
        """As the operator."""
        os.write(self._master, keys.encode())

    def cpu_s(self) -> float:
        """CPU time of the process so far (proc_pid_stat(5): utime and stime)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def end(self) -> None:
        """Take the terminal away, as a closed window does."""
        os.kill(self.pid, signal.SIGHUP)
        until = time.monotonic() + _END_S
        while os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > until:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.02)
        self._reader.join(2.0)
        os.close(self._master)

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:
                return
            if not data:
                return
            self._answer(data)
            self.bytes += len(data)
            self._tail = (self._tail + data)[-65536:]
            for word in self._words:
                if word not in self.seen_s and word in self._tail:
                    self.seen_s[word] = time.monotonic() - self.began_s

    def _answer(self, data: bytes) -> None:
        """A terminal answers DA1."""
        if b"\x1b[c" in data:
            os.write(self._master, self._attributes)


def clap(*words: str) -> list[str]:
    """Our own command."""
    return [sys.executable, "-m", "collector.cli", *words]


def start(command: Sequence[str], columns: int, rows: int, folder: Path = Path()) -> tuple[float, float]:
    """Wall and CPU time, s, of one start of the console, until the whole of its first screen is drawn."""
    terminal = Terminal(command, columns, rows, folder)
    try:
        return terminal.wait_for(STANDS, 60.0), terminal.cpu_s()
    finally:
        terminal.end()
