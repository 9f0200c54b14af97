"""A camera's clock followed along the edges from where they agree best, whatever the arrivals were.

Two frames' ticks tell their distance to 200 ppm, so from one second to the next there is no doubt which
edges are the same number of periods on, and the better the rate is known, the longer the gap that can be
crossed. What comes out is right up to one number of whole periods, the same for all frames.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from hardware.clock.facts import AGEING, RATE_LIMIT, Floats, seconds
from hardware.clock.interval import Int64s

_BLOCK: Final = 40  # periods: the clocks run apart by far less than a period in it
_FEWEST: Final = 5
_COHERENT: Final = 0.9
_BASE: Final = 30  # blocks behind that tell the rate
_SETTLED: Final = 3
_REACH_S: Final = 5.0  # from a block that was followed to frames that go with it


class NotTied(ValueError):
    """Frames and edges cannot be tied with certainty."""


def nearest(t_ns: Int64s, edge_t_ns: Int64s, within_ns: int) -> tuple[Int64s, Floats]:
    """(n,) index of the edge nearest to each time, -1 beyond `within_ns`; edge minus time."""
    if len(edge_t_ns) == 0:
        return np.full(len(t_ns), -1, np.int64), np.full(len(t_ns), np.nan)
    after = np.clip(np.searchsorted(edge_t_ns, t_ns), 1, max(len(edge_t_ns) - 1, 1))
    after = np.minimum(after, len(edge_t_ns) - 1)
    before = np.maximum(after - 1, 0)
    closer = t_ns - edge_t_ns[before] < edge_t_ns[after] - t_ns
    edge = np.where(closer, before, after).astype(np.int64)
    residual = (edge_t_ns[edge] - t_ns).astype(np.float64)
    edge[np.abs(residual) > within_ns] = -1
    return edge, residual


def follow(ticks_ns: Int64s, start_ns: int, edge_t_ns: Int64s, period_ns: int) -> tuple[Int64s, NDArray[np.bool_]]:
    """Each frame's edge time, up to one number of whole periods for all; which frames were followed.

    `start_ns`: host time of the first of the (n,) ticks, roughly. Raises NotTied when the frames do not
    keep their distance from the edges.
    """
    ahead = ticks_ns - ticks_ns[0]
    rough = start_ns + ahead
    edge, residual = nearest(rough, edge_t_ns, period_ns * 5 // 8)
    block = np.unique(ahead // (_BLOCK * period_ns), return_inverse=True)[1]
    at, phase, weight = _phases(seconds(ahead), np.where(edge >= 0, residual, np.nan), block, period_ns)
    if not (weight > 0).any():
        raise NotTied("no frame has an edge near it; check the sync line's wiring")
    best = int(np.argmax(weight))
    known = {best: float(phase[best])}
    good = np.flatnonzero(weight > 0)
    known |= _along(good[good > best], best, at, phase, period_ns)
    known |= _along(good[good < best][::-1], best, -at, phase, period_ns)
    kept = np.array(sorted(known))
    if weight[kept].sum() < weight.sum() / 2:
        raise NotTied("its frames slide through the edges; check its sync mode and cable")
    x, middle = seconds(ahead), at[kept]
    apart = np.interp(x, middle, [known[int(k)] for k in kept])
    after = np.clip(np.searchsorted(middle, x), 0, len(middle) - 1)
    far = np.minimum(np.abs(x - middle[after]), np.abs(x - middle[np.maximum(after - 1, 0)]))
    return rough + np.rint(apart).astype(np.int64), far <= _REACH_S


def _phases(x: Floats, residual: Floats, block: Int64s, period_ns: int) -> tuple[Floats, Floats, Floats]:
    """Middle (s), circular mean of the residuals (ns) and weight of each block; weight 0: no good."""
    there = np.isfinite(residual)
    angle = np.where(there, residual, 0.0) * (2 * np.pi / period_ns)
    along, across = np.bincount(block, np.cos(angle) * there), np.bincount(block, np.sin(angle) * there)
    count = np.bincount(block, there)
    weight = np.hypot(along, across)
    weight[(count < _FEWEST) | (weight < _COHERENT * count)] = 0.0
    phase = np.arctan2(across, along) * (period_ns / (2 * np.pi))
    return np.bincount(block, x) / np.bincount(block), phase, weight


def _along(blocks: Int64s, start: int, at: Floats, phase: Floats, period_ns: int) -> dict[int, float]:
    """Phases without their jumps of a period, block after block away from `start`.

    A block that no clock within RATE_LIMIT and AGEING could have is left out; so is all that lies
    beyond a gap in which such a clock might have slipped by half a period.
    """
    x, y = [float(at[start])], [float(phase[start])]
    found: dict[int, float] = {}
    noise = period_ns / 128
    for block in blocks.tolist():
        base = x[-1] - x[max(len(x) - 1 - _BASE, 0)]
        settled = len(x) > _SETTLED
        rate = (y[-1] - y[max(len(y) - 1 - _BASE, 0)]) / base if settled else 0.0
        gap = float(at[block]) - x[-1]
        unsure = 2 * noise / base + AGEING * (gap + base) if settled else RATE_LIMIT
        slack = noise + min(unsure, 2 * RATE_LIMIT) * gap
        if slack > period_ns / 4:
            break
        expected = y[-1] + float(np.clip(rate, -RATE_LIMIT, RATE_LIMIT)) * gap
        off = (float(phase[block]) - expected + period_ns / 2) % period_ns - period_ns / 2
        if abs(off) <= slack:
            x.append(float(at[block]))
            y.append(expected + off)
            found[block] = y[-1]
    return found
