"""How fast a device's clock runs against the host's, with an honest uncertainty. Pure.

The gates judge clocks by raw counters, not by stored stamps: so they also judge the estimators behind the stamps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from collector.selftest.evidence import Rows
from hardware.clock.facts import AGEING

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RESOLUTION_NS: Final = 1_000.0
"""The box tells whole microseconds (PROTOCOL.md)."""
_FEWEST_PINGS: Final = 5
_BELIEVED: Final = (1.0, 0.75, 0.5, 0.0)  # share of the least trip that counts, until a steady clock agrees; 0: certain
_BLOCK_S: Final = 0.5  # the promptest of so many messages stands for all
_FEWEST_BLOCKS: Final = 4
_BLOCK_SIGMAS: Final = 4.0


@dataclass(frozen=True, slots=True)
class Rate:
    """Rate error of a clock against another, ppm, positive when fast; `u` is its uncertainty."""

    ppm: float
    u: float


UNKNOWN: Final = Rate(np.nan, np.inf)


def ping_rate(pings: Rows, from_ns: int, to_ns: int) -> Rate:
    """The box's clock over a stretch of host time, by its clock pings; UNKNOWN with too few, or if it restarted.

    A round trip that took e longer than it need puts the offset off by e / 2 at most, whichever way was slow; the
    way's least time leaves the rate alone. It is below the quickest trip: of two exponential delays, by about what
    lies between the quickest and the fourth, and hardly ever by twice that. All this only as far as pings agree;
    that they barely agree makes the rate no surer, so as much again, over the whole stretch, is uncertain anyway.
    Of 3000 simulated stretches of 5 to 30 s, 0.1 % lay outside `u` (by a quarter at most), 0.6 % without the latter.
    """
    took = (pings["t_received_ns"] - pings["t_sent_ns"]) - (pings["ticks_tx"] - pings["ticks_rx"])
    inside = (pings["t_sent_ns"] >= from_ns) & (pings["t_received_ns"] <= to_ns)
    if np.count_nonzero(inside) < _FEWEST_PINGS or bool((np.diff(pings["ticks_rx"][inside]) < 0).any()):
        return UNKNOWN
    quickest = np.sort(took)[:4]
    least = quickest[0] - 2 * (quickest[-1] - quickest[0])
    first = pings[inside][0]
    host = ((pings["t_sent_ns"] - first["t_sent_ns"]) + (pings["t_received_ns"] - first["t_sent_ns"]))[inside] / 2
    box = ((pings["ticks_rx"] - first["ticks_rx"]) + (pings["ticks_tx"] - first["ticks_rx"]))[inside] / 2
    x = host * 1e-9
    ageing = AGEING / 2 * (np.ptp(x) / 2) ** 2
    anyway = float(quickest[-1] - quickest[0]) * 1e-3 / float(np.ptp(x))
    for believed in _BELIEVED:
        slack = ((took - believed * least) / 2 + RESOLUTION_NS)[inside] + ageing
        if (rate := _slope(x, box - host - slack, box - host + slack)).u >= 0:
            return Rate(rate.ppm, rate.u + anyway)
    return UNKNOWN


def _slope(x: Floats, low: Floats, high: Floats) -> Rate:
    """All slopes (ns/s) of lines that pass between `low` and `high` at each x, as a rate; `u` < 0 if there are none."""
    run = x[np.newaxis, :] - x[:, np.newaxis]
    later = run > 0
    greatest = float(((high[np.newaxis, :] - low[:, np.newaxis])[later] / run[later]).min(initial=np.inf))
    least = float(((low[np.newaxis, :] - high[:, np.newaxis])[later] / run[later]).max(initial=-np.inf))
    return Rate((greatest + least) / 2e3, (greatest - least) / 2e3)


def arrival_rate(ticks_ns: Ints, arrival_ns: Ints) -> Rate:
    """A clock that is only overheard, by its promptest messages; UNKNOWN over less than two seconds.

    Its uncertainty comes from how unevenly prompt they are, block by block.
    """
    if len(ticks_ns) == 0:
        return UNKNOWN
    x = (arrival_ns - arrival_ns[0]) * 1e-9
    late = ((arrival_ns - arrival_ns[0]) - (ticks_ns - ticks_ns[0])).astype(np.float64)
    block = (x / _BLOCK_S).astype(np.int64)
    order = np.lexsort((late, block))
    prompt = order[np.concatenate([[True], np.diff(block[order]) > 0])]
    at, least = x[prompt], late[prompt]
    if len(at) < _FEWEST_BLOCKS:
        return UNKNOWN
    slope = _lower_tangent(at, least)
    above = least - slope * at
    spread = float(np.median(above - above.min()))
    return Rate(-slope * 1e-3, _BLOCK_SIGMAS * spread * 1e-3 / (float(np.ptp(at)) / 2))


def _lower_tangent(x: Floats, y: Floats) -> float:
    """Slope of the line below all points that comes closest to them: the hull's edge under their middle."""
    hull: list[int] = []
    for i in range(len(x)):
        while len(hull) > 1 and (y[hull[-1]] - y[hull[-2]]) * (x[i] - x[hull[-2]]) >= (y[i] - y[hull[-2]]) * (
            x[hull[-1]] - x[hull[-2]]
        ):
            hull.pop()
        hull.append(i)
    middle = float(x[0] + x[-1]) / 2
    right = min(max(int(np.searchsorted(x[hull], middle)), 1), len(hull) - 1)
    a, b = hull[right - 1], hull[right]
    return float((y[b] - y[a]) / (x[b] - x[a]))


def robust_slope(x: Floats, y: Floats) -> float:
    """Median of the slopes between each point and the one half the data on; outliers of up to a quarter do no harm."""
    half = len(x) // 2
    return float(np.median((y[half:] - y[: len(y) - half]) / (x[half:] - x[: len(x) - half])))


def greatest_change(rates: Sequence[Rate]) -> float:
    """The greatest difference of two of the rates, ppm, less what both are uncertain by; 0 if none is proven."""
    known = [rate for rate in rates if np.isfinite(rate.u)]
    return max(0.0, *(abs(a.ppm - b.ppm) - a.u - b.u for a in known for b in known), 0.0)
