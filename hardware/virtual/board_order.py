"""Who has the second ChArUco board, and since when: in the world's shared memory, beside the faults."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from hardware.arms.kinematics import Matrix

Holder = Literal["table", "held", "gripped", "laid"]
"""Put away; held by the operator before a camera; gripped by a follower; laid on the table where a camera looks."""

HOLDERS: tuple[Holder, ...] = get_args(Holder)
_ORDER = np.dtype([("since_ns", "<i8"), ("holder", "<i8"), ("by", "<i8"), ("anchor", "<f8", (4, 4))])

NBYTES = _ORDER.itemsize


@dataclass(frozen=True, slots=True)
class BoardOrder:
    """`by`: number of the camera that it is held or laid before, or of the follower that grips it, in the rig's order.

    `anchor`: T_world_camera (4, 4) of that camera when the order came; a wrist camera may move on. Laid: T_world_board.
    """

    since_ns: int
    holder: Holder
    by: int
    anchor: Matrix


class BoardOrders:
    """The last order; before the first, nobody has the board."""

    def __init__(self, buffer: memoryview, offset: int) -> None:
        self._row: NDArray[np.void] = np.ndarray((1,), _ORDER, buffer, offset)

    def give(self, order: BoardOrder) -> None:
        """From now on it is so."""
        self._row["anchor"] = order.anchor
        self._row["by"], self._row["since_ns"] = order.by, order.since_ns
        self._row["holder"] = HOLDERS.index(order.holder)  # last: the renderer looks at it first

    @property
    def last(self) -> BoardOrder:
        """What counts."""
        holder = HOLDERS[int(self._row["holder"][0])]
        return BoardOrder(int(self._row["since_ns"][0]), holder, int(self._row["by"][0]), self._row["anchor"][0].copy())
