"""A take's share of one camera: pictures that wait for the journal, bounded, and a count of every frame that is not."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

Picture = tuple[NDArray[np.void], bytes]  # a FRAME row, its JPEG


class Pictures:
    """The pump's thread fills it, the capture loop empties it. Neither waits for the other.

    `offered`: frames that came while the take ran. Each of them is put here, `dropped` (no room) or `skipped`
    (the take was paused). `lost` frames never came.
    """

    def __init__(self, capacity: int) -> None:
        self._waiting: deque[Picture] = deque()
        self._in_a_row = 0
        self.capacity = capacity
        self.paused = False
        self.offered = self.dropped = self.skipped = self.lost = 0
        self.peak = 0
        """Most pictures that ever waited."""
        self._recent = 0
        self.worst_in_a_row = 0
        """Most frames that were lost or dropped in a row."""

    def accepts(self, lost: int) -> bool:
        """Is the frame that came, after `lost` that did not, to be encoded? If not, it is counted."""
        self.offered += 1
        self.lost += lost
        if self.paused:
            self.skipped += 1
            return False
        room = len(self._waiting) < self.capacity
        self._in_a_row += lost + (not room)
        self.worst_in_a_row = max(self.worst_in_a_row, self._in_a_row)
        if room:
            self._in_a_row = 0
        else:
            self.dropped += 1
        return room

    def put(self, row: NDArray[np.void], jpeg: bytes) -> None:
        """One that `accepts` let pass; nobody else fills, so there is room."""
        self._waiting.append((row, jpeg))
        self._recent = max(self._recent, len(self._waiting))
        self.peak = max(self.peak, self._recent)

    def drain(self) -> list[Picture]:
        """Those put since the last call, oldest first."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return len(self._waiting)

    def recent_peak(self) -> int:
        """Most that waited since the last call."""
        recent, self._recent = self._recent, 0
        return recent
