"""What is certain of a clock: upper and lower facts, and all that follows from them.

Let y(x) be host time minus device time (ns) at device time x (s). A fact says y(x) <= v or y(x) >= v.
The only thing assumed of the clock is that its rate changes slowly: |y''| <= AGEING. So facts from x
reach any other instant, loosened by half of AGEING times the distance squared. That parabola makes
old facts fade by themselves: no window has to be chosen for the bound to hold.

Adding AGEING / 2 * x**2 to every upper fact ("lifting") turns what they imply together into a plain
lower convex hull, whatever the instant asked for. Lower facts are upper facts of -y.
"""

import math
from bisect import bisect_left
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
_TIDY: Final = 64  # forgotten corners that are not worth moving the rest
_ROUNDING_NS: Final = 1e-3  # of facts that touch


def seconds(ns: NDArray[np.int64]) -> Floats:
    """ns as seconds; small enough differences keep every ns."""
    return ns.astype(np.float64) * 1e-9


class ClockStepError(ValueError):
    """The facts contradict each other: the clock stepped, was reset, or the host was suspended."""


class Facts:
    """Upper facts, thinned to the corners of their lower hull; amortised O(1) to add, O(log n) to ask.

    Forgetting and thinning only ever lose facts, so what is left stays true.
    """

    def __init__(self) -> None:
        self._x: list[float] = []
        self._lifted: list[float] = []
        self._slope: list[float] = []  # of the hull's side that ends in each corner; rises from corner to corner
        self._first = 0  # corners before it are forgotten

    def __len__(self) -> int:
        return len(self._x) - self._first

    @property
    def last(self) -> float:
        """Where the youngest fact is."""
        return self._x[-1]

    def add(self, x: float, v: float) -> None:
        """y(x) <= v. A fact that comes out of order is carried to the youngest, at the greatest rate error."""
        xs = self._x
        if xs and x < xs[-1]:
            x, v = xs[-1], v + RATE_LIMIT * (xs[-1] - x)
        self._corner(x, v + AGEING / 2 * x * x)

    def _corner(self, x: float, y: float) -> None:
        xs, ys, slopes, count = self._x, self._lifted, self._slope, len(self._x) - self._first
        if count and x == xs[-1]:
            if y >= ys[-1]:
                return
            count = self._drop_last()
        while count > 1 and y - ys[-1] <= slopes[-1] * (x - xs[-1]):
            count = self._drop_last()
        slopes.append((y - ys[-1]) / (x - xs[-1]) if count else -math.inf)
        xs.append(x)
        ys.append(y)

    def _drop_last(self) -> int:
        self._x.pop()
        self._lifted.pop()
        self._slope.pop()
        return len(self._x) - self._first

    def forget(self, before: float) -> None:
        """Drop the facts before an instant, but for the last of them: `at` still reaches that far."""
        while len(self) > 1 and self._x[self._first + 1] < before:
            self._first += 1
        if self._first > len(self) + _TIDY:
            for column in (self._x, self._lifted, self._slope):
                del column[: self._first]
            self._first = 0

    def hull(self) -> tuple[Floats, Floats]:
        """The corners that are left: x (s), lifted (ns)."""
        return np.array(self._x[self._first :]), np.array(self._lifted[self._first :])

    def mirrored(self) -> "Facts":
        """The same facts of a clock that runs backwards, about x = 0."""
        facts = Facts()
        for corner in range(len(self._x) - 1, self._first - 1, -1):
            facts._corner(-self._x[corner], self._lifted[corner])
        return facts

    def enclosed(self, first: tuple[float, float], last: tuple[float, float]) -> "Facts":
        """These facts, one more (x, v) before all of them and one after."""
        facts = Facts()
        facts.add(*first)
        for corner in range(self._first, len(self._x)):
            facts._corner(self._x[corner], self._lifted[corner])
        facts.add(*last)
        return facts

    def at(self, x: float) -> float:
        """The least upper bound of y at x, between the first and the last fact."""
        after = bisect_left(self._x, x, self._first, len(self._x) - 1)
        run = x - self._x[after]
        lifted = self._lifted[after] + (self._slope[after] * run if run < 0 < after - self._first else 0.0)
        return lifted - AGEING / 2 * x * x

    def tightest(self, x: float, slope: float) -> tuple[float, float]:
        """The fact that leaves a clock with this slope at x the least room: its distance from x (s), and its
        value (ns), loosened by that distance."""
        corner = bisect_left(self._slope, AGEING * x + slope, self._first + 1) - 1
        at = self._x[corner]
        return at - x, self._lifted[corner] - AGEING * x * (at - x / 2)


@dataclass(frozen=True, slots=True)
class Reach:
    """All that y may be at `x` and beyond: low..high (ns) there, and its slope (ns/s) there."""

    x: float
    low: float
    high: float
    slope_low: float
    slope_high: float


def reach(lower: Facts, upper: Facts, x: float) -> Reach:
    """What lower facts (given as upper facts of -y) and upper facts imply at an instant not before any of them.

    A clock agrees with the facts if its tangent at x passes above each (loosened) lower fact and
    below each upper one. Raises ClockStepError if there is no such tangent.
    """
    slope_high, high = _steepest(upper, lower, x)
    slope_low, low = _steepest(lower, upper, x)
    return Reach(x, -low, high, -slope_low, slope_high)


def _steepest(above: Facts, below: Facts, x: float) -> tuple[float, float]:
    """Slope and value at x of the steepest tangent within RATE_LIMIT below all `above` and above all -`below`.

    The room between the two hulls is a concave function of the slope, and Newton's method finds where it
    ends: each step is two bisections, and there are a handful. Each is a line through one fact of either
    side, so what comes out is implied by two facts, however the search went.
    """
    slope = RATE_LIMIT
    while slope >= -RATE_LIMIT:
        top_x, top = above.tightest(x, slope)
        bottom_x, bottom = below.tightest(x, -slope)
        run, rise = top_x - bottom_x, top + bottom
        room = rise - slope * run
        if room >= -_ROUNDING_NS:
            return slope, top - slope * top_x
        if run <= 0:
            break
        slope = rise / run
    raise ClockStepError(_STEP)


_STEP = (
    "no steady clock agrees with the times exchanged: it stepped, was reset, the host slept,"
    f" or it is more than {RATE_LIMIT / 1e3:.0f} ppm off; start its estimate afresh"
)
