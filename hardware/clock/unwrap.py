"""Counters that wrap, made whole: the value nearest to a prediction, not "down, so it wrapped"."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hardware.clock.facts import RATE_LIMIT

DYNAMIXEL_MS: Final = 32_768
"""Realtime Tick(120) runs 0..32767 ms and wraps every 32.8 s (ROBOTIS e-manual, control tables of the X series)."""
REALSENSE_US: Final = 2**32
"""RealSense hardware clock, us: wraps every 71.6 min (librealsense, 32-bit metadata timestamps)."""
MICROPYTHON_US: Final = 2**30
"""time.ticks_us() of a 32-bit MicroPython: wraps every 17.9 min (extmod/modtime.c, MICROPY_PY_TIME_TICKS_PERIOD)."""
PIO_TICKS: Final = 2**32
"""A PIO state machine's X counts 32 bits of its own cycles: 71.6 min at 1 MHz (RP2040 datasheet, 3.4)."""
FRANKA_MS: Final = 2**64
"""robot_state.time, ms since the controller's start (libfranka, franka/duration.h): it restarts, but never wraps."""


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
    """The (m,) counters of one device, unwrapped along the host's clock; `anchors` counts their fresh starts.

    After a silence of more than half a turn nothing vouches for the turn, and a counter that restarted is
    nowhere near its prediction. Both are anchored anew, at the value nearest to the prediction, and told:
    what comes after may not be measured against what came before.
    """

    def __init__(self, modulus: int, unit_ns: int, tolerance_ns: int) -> None:
        """`tolerance_ns`: how far a read may be from the host's time of it, beyond the drift of the clocks."""
        self._modulus, self._unit_ns, self._tolerance_ns = modulus, unit_ns, tolerance_ns
        self._last: tuple[NDArray[np.int64], int] | None = None
        self.anchors = 0

    def unwrap(self, raw: NDArray[np.int64], t_ns: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Values read at about `t_ns` -> unwrapped; which of them are anchored anew. The first raws stand."""
        last, at_ns = self._last or (raw, t_ns)
        gap_ns = abs(t_ns - at_ns)
        predicted = last + (t_ns - at_ns) / self._unit_ns
        values = unwrap_array(raw, self._modulus, predicted)
        allowed = (self._tolerance_ns + RATE_LIMIT * 1e-9 * gap_ns) / self._unit_ns + 1
        anew = np.abs(values - predicted) > allowed
        anew |= gap_ns > self._modulus * self._unit_ns / 2
        self.anchors += int(np.count_nonzero(anew))
        self._last = values, t_ns
        return values, anew


def unwrap_array(raw: NDArray[np.int64], modulus: int, predicted: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """(n,) raw values of as many counters -> (n,) unwrapped, each nearest to its own prediction."""
    return raw + modulus * np.rint((predicted - raw) / modulus).astype(np.int64)
