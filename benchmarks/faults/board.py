"""What a recorder has acknowledged, in memory that outlives it."""

from mmap import mmap

import numpy as np
from numpy.typing import NDArray

from benchmarks.faults.material import STREAMS

Ints = NDArray[np.int64]

_SCALARS = ("began_ns", "worst_ns", "durable_lag_ns", "dropped", "full", "low_space", "segments", "errno")
_STREAMS = len(STREAMS)


class Board:
    """Counts a stream, in the order of STREAMS: `offered` to the journal, `committed`, `durable`.

    `note` and `read` keep what else there is to tell: an instant of CLOCK_MONOTONIC, durations (ns), counts, an errno.
    The memory is shared with every process forked after it was made, and stays when that is killed.
    """

    def __init__(self) -> None:
        size = 3 * _STREAMS + len(_SCALARS)
        self._all: Ints = np.frombuffer(mmap(-1, size * 8), np.int64)
        self.offered: Ints = self._all[:_STREAMS]
        self.committed: Ints = self._all[_STREAMS : 2 * _STREAMS]
        self.durable: Ints = self._all[2 * _STREAMS : 3 * _STREAMS]

    def note(self, name: str, value: int) -> None:
        self._all[3 * _STREAMS + _SCALARS.index(name)] = value

    def read(self, name: str) -> int:
        return int(self._all[3 * _STREAMS + _SCALARS.index(name)])
