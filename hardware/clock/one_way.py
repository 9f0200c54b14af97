"""One-way hull: a clock that can only be overheard (Franka's `time`, a camera's own clock).

Every message says that the device read its ticks at least `min_delay_ns[0]` before it arrived. How
close the quickest ones come cannot be observed; the prior says that they take at most
`min_delay_ns[1]`. Its half-width is the floor of the bound; late messages and gaps only cost facts.
"""

from collections import deque
from typing import Final

import numpy as np

from hardware.clock.facts import AGEING, RATE_LIMIT, SPAN_S, ClockStepError, Facts, Reach, reach, seconds
from hardware.clock.interval import Int64s, interval

SETTLE: Final = 250
"""Of so many messages in a row, at least one takes no longer than the prior's upper end."""
UNSETTLED_NS: Final = 50_000_000
"""Added to the bound until `2 * SETTLE` messages have shown what quick is."""


class OneWayHull:
    """Causal estimate at message rate. A step of the clock starts it afresh (`restarts` counts).

    `min_delay_ns`: least and greatest believed delay of the quickest of `settle` messages, ns.
    """

    def __init__(self, min_delay_ns: tuple[int, int], settle: int = SETTLE) -> None:
        self._least, self._most = min_delay_ns
        self._settle = settle
        self.restarts = 0
        self._begin(0, 0)

    def _begin(self, ticks_ns: int, arrival_ns: int) -> None:
        self._base = ticks_ns, arrival_ns
        self._lower, self._upper = Facts(), Facts()
        self._recent: deque[float] = deque(maxlen=2 * self._settle + 1)
        self._until_fit = 0
        self._reach: Reach | None = None
        self._ceiling = 0.0, 0.0

    def update(self, ticks_ns: int, arrival_ns: int) -> None:
        """One message: device time (ns, unwrapped), host arrival. Ticks that go back restart it."""
        x = (ticks_ns - self._base[0]) * 1e-9
        y = float((arrival_ns - self._base[1]) - (ticks_ns - self._base[0]) - self._least)
        if not self._recent or x < self._recent[-1] or self._too_early(x, y):
            self.restarts += bool(self._recent)
            self._begin(ticks_ns, arrival_ns)
            x, y = 0.0, float(-self._least)
        self._upper.add(x, y)
        self._recent.append(x)
        at, ceiling = self._ceiling
        if len(self._recent) == 1 or y < ceiling + RATE_LIMIT * (x - at):
            self._ceiling = x, y
        self._until_fit -= 1
        if self._until_fit <= 0 and len(self._recent) > 2 * self._settle:
            self._until_fit = max(self._settle // 4, 1)
            self._fit(ticks_ns, arrival_ns, x)

    def _too_early(self, x: float, y: float) -> bool:
        """Before any steady clock would allow."""
        r = self._reach
        return r is not None and y < r.low + (r.slope_low - AGEING / 2 * (x - r.x)) * (x - r.x)

    def _fit(self, ticks_ns: int, arrival_ns: int, x: float) -> None:
        before, at, after = self._recent[0], self._recent[self._settle], self._recent[-1]
        bend = AGEING * (at - before) * (after - at)
        floor = self._upper.at(at) - (self._most - self._least) - bend
        self._lower.add(at, -floor)
        try:
            self._reach = reach(self._lower, self._upper, x)
        except ClockStepError:
            self.restarts += 1
            self._begin(ticks_ns, arrival_ns)
        self._lower.forget(x - SPAN_S)
        self._upper.forget(min(x - SPAN_S, before))

    def stamp(self, ticks_ns: int) -> tuple[int, int]:
        """Host time and bound (ns) of a device time, at or after the last update."""
        x = (ticks_ns - self._base[0]) * 1e-9
        origin = self._base[1] + (ticks_ns - self._base[0])
        r = self._reach
        if r is None:
            at, ceiling = self._ceiling
            prior = (self._most - self._least) / 2
            top = ceiling + RATE_LIMIT * abs(x - at)
            return origin + round(top - prior), round(prior) + UNSETTLED_NS
        ahead = x - r.x
        middle = (r.low + r.high + (r.slope_low + r.slope_high) * ahead) / 2
        fan = (r.slope_high - r.slope_low) / 2 * abs(ahead) + AGEING / 2 * ahead * ahead
        return origin + round(middle), round((r.high - r.low) / 2 + fan) + 1


def stamp_one_way(
    ticks_ns: Int64s, arrival_ns: Int64s, min_delay_ns: tuple[int, int], settle: int = SETTLE
) -> tuple[Int64s, Int64s]:
    """Host time and bound (ns) of a whole recording's device times, (n,) each, in any order.

    Under three times `settle` messages, a third of them stands in for it; with fewer than four the
    bound is UNSETTLED_NS above the prior's. Raises ClockStepError when the clock stepped in between.
    """
    if len(ticks_ns) == 0:
        return ticks_ns.astype(np.int64), arrival_ns.astype(np.int64)
    least, most = min_delay_ns
    order = np.argsort(ticks_ns, kind="stable")
    base_ticks, base_host = int(ticks_ns[order[0]]), int(arrival_ns[order[0]])
    ahead = ticks_ns - base_ticks
    x = seconds(ahead)
    y = ((arrival_ns - base_host) - ahead - least).astype(np.float64)
    settle = min(settle, (len(x) - 1) // 3)
    if settle == 0:
        top = float((y + RATE_LIMIT * (x.max() - x)).min())
        middle, half = np.full(len(x), top - (most - least) / 2), (most - least) / 2 + UNSETTLED_NS
    else:
        sorted_x = x[order]
        at = sorted_x[settle:-settle]
        bend = AGEING * (at - sorted_x[: -2 * settle]) * (sorted_x[2 * settle :] - at)
        facts = Facts()
        for a, b in zip(sorted_x.tolist(), y[order].tolist(), strict=True):
            facts.add(a, b)
        hull = facts.hull()
        floor = np.interp(at, *hull) - AGEING / 2 * at**2 - (most - least) - bend
        bottom, top_array = interval(x, (at, floor), (x, y))
        middle, half = (bottom + top_array) / 2, np.ceil((top_array - bottom) / 2)
    stamps = base_host + ahead + np.rint(middle).astype(np.int64)
    return stamps, np.broadcast_to(np.asarray(half, np.int64) + 1, stamps.shape).copy()
