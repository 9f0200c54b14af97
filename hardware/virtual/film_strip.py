"""Pictures on their way from the scene renderer's process to a camera: a few slots of shared memory.

The camera writes when and for how long it exposes, the renderer fills the slot and writes the same instant
back. A slot whose two instants differ is not rendered yet.
"""

from collections.abc import Iterator
from multiprocessing.shared_memory import SharedMemory

import numpy as np
from numpy.typing import NDArray

SLOTS = 4  # a camera asks one frame ahead and takes the picture within a period

_SLOT = np.dtype([("requested_ns", "<i8"), ("exposure_ns", "<i8"), ("rendered_ns", "<i8")])


class FilmStrip:
    """Slots of one camera, (height, width, 3) uint8 RGB each. One camera, one renderer."""

    def __init__(self, memory: SharedMemory, height: int, width: int) -> None:
        self._memory = memory
        self._slots: NDArray[np.void] = np.ndarray((SLOTS,), _SLOT, memory.buf)
        shape = (SLOTS, height, width, 3)
        self._pixels: NDArray[np.uint8] = np.ndarray(shape, np.uint8, memory.buf, _SLOT.itemsize * SLOTS)
        self._asked = 0

    @staticmethod
    def create(world: str, camera: str, height: int, width: int) -> "FilmStrip":
        """Made by the renderer; one that was killed and comes back takes its old strip up again."""
        size = SLOTS * (_SLOT.itemsize + height * width * 3)
        try:
            memory = SharedMemory(_name(world, camera), create=True, size=size)
        except FileExistsError:
            memory = SharedMemory(_name(world, camera))
        return FilmStrip(memory, height, width)

    @staticmethod
    def attach(world: str, camera: str, height: int, width: int) -> "FilmStrip":
        """Joined by the camera. Raises FileNotFoundError while no renderer runs."""
        return FilmStrip(SharedMemory(_name(world, camera)), height, width)

    def request(self, t_ns: int, exposure_ns: int) -> int:
        """Ask for the picture of an exposure about an instant; returns its slot."""
        slot = self._asked % SLOTS
        self._slots[slot]["exposure_ns"] = exposure_ns
        self._slots[slot]["requested_ns"] = t_ns  # last: the renderer looks at it first
        self._asked += 1
        return slot

    def picture(self, slot: int, t_ns: int) -> NDArray[np.uint8] | None:
        """The picture (a view: copy it), or None while it is not rendered."""
        return self._pixels[slot] if self._slots[slot]["rendered_ns"] == t_ns else None

    def withdraw(self, slot: int) -> None:
        """The picture is no longer wanted."""
        self._slots[slot]["rendered_ns"] = self._slots[slot]["requested_ns"]

    def pending(self) -> Iterator[tuple[int, int, int]]:
        """Slots still to render, each with its instant and exposure, ns."""
        for slot, (requested, exposure, rendered) in enumerate(self._slots.tolist()):
            if requested != rendered:
                yield slot, requested, exposure

    def pixels(self, slot: int) -> NDArray[np.uint8]:
        """Where the renderer paints a slot's picture; nobody else writes there."""
        return self._pixels[slot]

    def deliver(self, slot: int, t_ns: int) -> None:
        """The slot's picture of this instant is painted."""
        self._slots[slot]["rendered_ns"] = t_ns

    def close(self, *, unlink: bool = False) -> None:
        """Leave; the renderer also unlinks."""
        del self._slots, self._pixels
        self._memory.close()
        if unlink:
            self._memory.unlink()


def _name(world: str, camera: str) -> str:
    return f"{world}-film-{camera}"
