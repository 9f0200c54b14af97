"""Where the virtual rig's operators are told to hold their leaders, in shared memory: one order a leader counts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardware.samples import Vector

_JOINTS, _ROWS = 7, 4
# q of each joint, then grip. Two orders a leader: the one that counts is whole while the next is written.
_ORDER = np.dtype([("since_ns", "<i8"), ("number", "<i8"), ("before", "<f8", _JOINTS + 1), ("to", "<f8", _JOINTS + 1)])
NBYTES = _ROWS * 2 * _ORDER.itemsize


@dataclass(frozen=True, slots=True)
class HandOrder:
    """From `since_ns` on the hands go from `before` to `to`, (n + 1,) rad and grip, and stay; None: on with the script.

    `number`: how many orders this leader had before.
    """

    since_ns: int
    number: int
    before: Vector
    to: Vector | None


class HandOrders:
    """Of all leaders, by the row of the follower that each drives."""

    def __init__(self, buffer: Any, offset: int) -> None:
        self._rows: NDArray[np.void] = np.ndarray((_ROWS, 2), _ORDER, buffer, offset)

    def give(self, row: int, order: HandOrder) -> None:
        """This counts from now on."""
        slot = self._rows[row, order.number % 2 : order.number % 2 + 1]
        slot["since_ns"] = 0
        slot["before"], slot["to"] = np.nan, np.nan
        slot["before"][0, : len(order.before)] = order.before
        if order.to is not None:
            slot["to"][0, : len(order.to)] = order.to
        slot["number"] = order.number
        slot["since_ns"] = order.since_ns

    def newest(self, row: int) -> HandOrder | None:
        """None before the first."""
        slots = self._rows[row]
        at = int(np.argmax(slots["since_ns"]))
        since_ns, number, before, to = slots[at].tolist()
        if not since_ns:
            return None
        told = np.array(before)
        known = np.isfinite(told)
        wanted = np.array(to)[known]
        return HandOrder(since_ns, number, told[known], wanted if np.isfinite(wanted).all() else None)
