"""The faults of a world: those listed in its configuration and those injected while it runs, in shared memory."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.samples import monotonic_ns
from hardware.virtual_config import FaultConfig

MAX_INJECTED = 256

_HEAD = np.dtype([("injected", "<i8"), ("changes", "<i8")])
_ROW = np.dtype([("kind", "S32"), ("target", "S32"), ("from_ns", "<i8"), ("to_ns", "<i8"), ("size", "<f8")])
NBYTES = _HEAD.itemsize + MAX_INJECTED * _ROW.itemsize


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of time in which a fault is on, host ns, and how bad it is."""

    from_ns: int
    to_ns: int
    size: float


class Faults:
    """Asked for every edge, frame and message, so what is known of a fault is kept until something changes.

    A fault that was on stays known when it ends: what it did to a clock lasts.
    """

    def __init__(self, buffer: memoryview, offset: int, listed: Iterable[FaultConfig], epoch_ns: int) -> None:
        head: NDArray[np.void] = np.ndarray((1,), _HEAD, buffer, offset)
        self._injected: NDArray[np.int64] = head["injected"]
        self._changes: NDArray[np.int64] = head["changes"]
        self._rows: NDArray[np.void] = np.ndarray((MAX_INJECTED,), _ROW, buffer, offset + _HEAD.itemsize)
        self._listed = [(f.kind, f.target, _listed(f, epoch_ns)) for f in listed]
        self._known: dict[tuple[str, str], tuple[Spell, ...]] = {}
        self._known_at = -1

    def inject(self, kind: str, target: str, from_ns: int, to_ns: int, size: float) -> None:
        """One more fault; an empty target means all of that kind."""
        count = int(self._injected[0])
        self._rows[count % MAX_INJECTED] = (kind.encode(), target.encode(), from_ns, to_ns, size)
        self._injected[0] = count + 1
        self._changes[0] += 1

    def clear(self) -> None:
        """End all that was injected now; what would come later never happens."""
        now = monotonic_ns()
        rows = self._rows[: int(self._injected[0])]
        rows["from_ns"] = np.minimum(rows["from_ns"], now)
        rows["to_ns"] = np.minimum(rows["to_ns"], now)
        self._changes[0] += 1

    def spells(self, kind: str, target: str) -> tuple[Spell, ...]:
        """When a fault was, is and will be on."""
        changes = int(self._changes[0])
        if changes != self._known_at:
            self._known, self._known_at = {}, changes
        found = self._known.get((kind, target))
        if found is None:
            found = self._known[kind, target] = self._find(kind, target)
        return found

    def _find(self, kind: str, target: str) -> tuple[Spell, ...]:
        listed = [spell for of, at, spell in self._listed if of == kind and at in ("", target)]
        wanted = kind.encode(), (b"", target.encode())
        rows: list[tuple[bytes, bytes, int, int, float]] = self._rows[: int(self._injected[0])].tolist()
        injected = [
            Spell(start, end, size)
            for of, at, start, end, size in rows
            if of == wanted[0] and at in wanted[1] and start < end
        ]
        return (*listed, *injected)


def _listed(fault: FaultConfig, epoch_ns: int) -> Spell:
    from_ns = epoch_ns + round(fault.at_s * 1e9)
    return Spell(from_ns, from_ns + round(fault.for_s * 1e9), fault.size)
