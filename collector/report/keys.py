"""Single keys from a terminal, held ones as they repeat."""

import os
import select
import sys
import termios
import tty
from types import TracebackType

_NAMED = {
    b"\x1b[A": "up", b"\x1b[B": "down", b"\x1b[C": "right", b"\x1b[D": "left",
    b"\x1bOA": "up", b"\x1bOB": "down", b"\x1bOC": "right", b"\x1bOD": "left",
}  # fmt: skip


def key_names(data: bytes) -> list[str]:
    """The keys in what a terminal sent: a letter as itself, arrows by name (ECMA-48 and application mode)."""
    found: list[str] = []
    while data:
        size = 3 if data[:3] in _NAMED else 1
        found.append(_NAMED.get(data[:3]) or data[:1].decode("ascii", "replace"))
        data = data[size:]
    return found


class Keys:
    """Standard input without echo and without waiting for Enter, as a context manager."""

    def __init__(self) -> None:
        self._descriptor = sys.stdin.fileno()

    def __enter__(self) -> "Keys":
        self._before = termios.tcgetattr(self._descriptor)
        tty.setcbreak(self._descriptor)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def read(self, timeout_s: float) -> list[str]:
        """Keys pressed meanwhile; a held key counts once."""
        ready, _, _ = select.select([self._descriptor], [], [], timeout_s)
        return list(dict.fromkeys(key_names(os.read(self._descriptor, 1024)))) if ready else []
