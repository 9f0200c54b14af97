"""What is certain of a clock: upper and lower facts, and all that follows from them.

Let y(x) be host time minus device time (ns) at device time x (s). A fact says y(x) <= v or y(x) >= v.
The only thing assumed of the clock is that its rate changes slowly: |y''| <= AGEING. So facts from x
reach any other instant, loosened by half of AGEING times the distance squared. That parabola makes
old facts fade by themselves: no window has to be chosen for the bound to hold.

Adding AGEING / 2 * x**2 to every upper fact ("lifting") turns what they imply together into a plain
lower convex hull, whatever the instant asked for. Lower facts are upper facts of -y.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

AGEING: Final = 100.0
"""Greatest change of a quartz's rate, ns/s per s (0.1 ppm/s): twice the ageing and wander seen."""
RATE_LIMIT: Final = 200_000.0
"""Greatest rate error believed of a quartz, ns/s (200 ppm)."""
SPAN_S: Final = 60.0
"""Facts older than this tell nothing that younger ones do not."""


def seconds(ns: NDArray[np.int64]) -> Floats:
    """ns as seconds; small enough differences keep every ns."""
    return ns.astype(np.float64) * 1e-9


class ClockStepError(ValueError):
    """The facts contradict each other: the clock stepped, was reset, or the host was suspended."""


class Facts:
    """Upper facts, thinned to the ones that matter; amortised O(1) to add.

    Forgetting and thinning only ever lose facts, so what is left stays true.
    """

    def __init__(self) -> None:
        self._x: deque[float] = deque()
        self._lifted: deque[float] = deque()

    def __len__(self) -> int:
        return len(self._x)

    def add(self, x: float, v: float) -> None:
        """y(x) <= v. x must not decrease."""
        xs, ys = self._x, self._lifted
        y = v + AGEING / 2 * x * x
        if xs and x == xs[-1]:
            if y >= ys[-1]:
                return
            xs.pop()
            ys.pop()
        while len(xs) > 1 and (ys[-1] - ys[-2]) * (x - xs[-2]) >= (y - ys[-2]) * (xs[-1] - xs[-2]):
            xs.pop()
            ys.pop()
        xs.append(x)
        ys.append(y)

    def forget(self, before: float) -> None:
        """Drop the facts before an instant, but for the last of them: `at` still reaches that far."""
        while len(self._x) > 1 and self._x[1] < before:
            self._x.popleft()
            self._lifted.popleft()

    def hull(self) -> tuple[Floats, Floats]:
        """The corners that are left: x (s), lifted (ns)."""
        return np.array(self._x), np.array(self._lifted)

    def at(self, x: float) -> float:
        """The least upper bound of y at x, between the first and the last fact."""
        xs, lifted = self.hull()
        return float(np.interp(x, xs, lifted)) - AGEING / 2 * x * x


@dataclass(frozen=True, slots=True)
class Reach:
    """All that y may be at `x` and beyond: low..high (ns) there, and its slope (ns/s) there."""

    x: float
    low: float
    high: float
    slope_low: float
    slope_high: float


def reach(lower: tuple[Floats, Floats], upper: tuple[Floats, Floats], x: float) -> Reach:
    """What hulls of lower (negated) and upper facts imply at an instant not before any of them.

    A clock agrees with the facts if its tangent at x passes above each (loosened) lower fact and
    below each upper one. Every pair of a lower and an upper fact limits the slope of such tangents;
    the steepest and the shallowest give the ends of y(x). Raises ClockStepError if there is none.
    """
    x_low, x_high = lower[0] - x, upper[0] - x
    y_low = -(lower[1] - AGEING / 2 * lower[0] ** 2) - AGEING / 2 * x_low**2
    y_high = (upper[1] - AGEING / 2 * upper[0] ** 2) + AGEING / 2 * x_high**2
    run = x_high[None, :] - x_low[:, None]
    rise = y_high[None, :] - y_low[:, None]
    if bool((rise[run == 0] < 0).any()):
        raise ClockStepError(_STEP)
    slope_high = float((rise[run > 0] / run[run > 0]).min(initial=RATE_LIMIT))
    slope_low = float((rise[run < 0] / run[run < 0]).max(initial=-RATE_LIMIT))
    if slope_low > slope_high:
        raise ClockStepError(_STEP)
    high = float((y_high - slope_high * x_high).min(initial=np.inf))
    low = float((y_low - slope_low * x_low).max(initial=-np.inf))
    return Reach(x, low, high, slope_low, slope_high)


_STEP = (
    "no steady clock agrees with the times exchanged: it stepped, was reset, the host slept,"
    f" or it is more than {RATE_LIMIT / 1e3:.0f} ppm off; start its estimate afresh"
)
