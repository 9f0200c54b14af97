"""Counters that wrap, made whole: the value nearest to a prediction, not "down, so it wrapped"."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

REALSENSE_US: Final = 2**32
"""RealSense hardware clock, us: wraps every 71.6 min (librealsense, 32-bit metadata timestamps)."""


class Unwrapper:
    """Unwraps one counter. Right while the prediction is within half a modulus of the truth."""

    def __init__(self, modulus: int) -> None:
        self.modulus = modulus
        self._last: int | None = None

    def unwrap(self, raw: int, predicted: float | None) -> int:
        """The value congruent to `raw` that is nearest to `predicted`.

        Without a prediction: nearest to the last value (the first raw value stands as it is), which
        holds for gaps and disorder of less than half a modulus.
        """
        near = self._last if predicted is None else predicted
        value = raw if near is None else raw + self.modulus * round((near - raw) / self.modulus)
        self._last = value
        return value


class Counters:
    """The (m,) counters of one device, unwrapped along the host's clock, whatever the gap between two reads.

    One that restarts lands within half a turn of where it was expected; that it did is seen in the values
    themselves (collector.selftest, hardware.clock.steps).
    """

    def __init__(self, modulus: int, unit_ns: int) -> None:
        self._modulus, self._unit_ns = modulus, unit_ns
        self._last: tuple[NDArray[np.int64], int] | None = None

    def unwrap(self, raw: NDArray[np.int64], t_ns: int) -> NDArray[np.int64]:
        """Values read at about `t_ns` -> unwrapped. The first raws stand."""
        last, at_ns = self._last or (raw, t_ns)
        values = unwrap_array(raw, self._modulus, last + (t_ns - at_ns) / self._unit_ns)
        self._last = values, t_ns
        return values


def unwrap_array(raw: NDArray[np.int64], modulus: int, predicted: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """(n,) raw values of as many counters -> (n,) unwrapped, each nearest to its own prediction."""
    return raw + modulus * np.rint((predicted - raw) / modulus).astype(np.int64)
