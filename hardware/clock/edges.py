"""Camera frames and trigger edges: matched by time, never by count; the camera's clock tied to them.

Pulses and frames are lost, doubled and late for many reasons, so "the n-th frame" means nothing. The
camera's own clock, overheard, says to a few milliseconds when each frame ended; that picks its edge.
The pairs then say to microseconds how the camera's clock runs, and the match is made again by that.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d

from hardware.clock.facts import AGEING, RATE_LIMIT, Floats, seconds
from hardware.clock.interval import Int64s

_SIDE: Final = 300  # pairs on each side in a local fit: +-5 s at 60 Hz, short against any wander
_FEWEST: Final = 8
_AROUND_S: Final = 10  # in which the clock runs away by 2 ms at most, and some frame surely came promptly
_TIGHTEST_NS: Final = 20_000


@dataclass(frozen=True, slots=True)
class FrameMatch:
    """Which edge each frame belongs to, and when that edge was; (n,) each.

    edge: index into the edges, -1 where none was captured (or another frame fits it better).
    residual_ns: edge minus the camera clock's local fit; NaN without an edge.
    t_edge_ns, u_edge_ns: host time and bound of the edge: its own stamp where it was captured, else
    by the camera's clock. ppm: rate error of that clock, positive when fast; NaN when unknown.
    """

    edge: NDArray[np.int64]
    residual_ns: NDArray[np.float64]
    t_edge_ns: NDArray[np.int64]
    u_edge_ns: NDArray[np.int64]
    ppm: float


def match_frames(
    frame_ticks_ns: Int64s,
    arrival_ns: Int64s,
    edge_t_ns: Int64s,
    edge_u_ns: Int64s,
    delivery_ns: int,
    period_ns: int,
) -> FrameMatch:
    """Match (n,) frames, by their FRAME_TIMESTAMP (ns, unwrapped), to (m,) ascending rising edges.

    delivery_ns: typical least delay from edge to arrival. It only picks the edge: an error of up to
    nearly half of `period_ns` changes nothing, and frames may come late in any number.
    """
    heard, heard_u = _overheard(frame_ticks_ns, arrival_ns, delivery_ns, period_ns)
    predicted, ppm = heard, np.nan
    for _ in range(3):
        edge, residual = _nearest(predicted, edge_t_ns, period_ns // 2)
        used = _consistent(edge, residual, period_ns)
        if np.count_nonzero(used) < _FEWEST:
            nothing = np.full(len(heard), -1, np.int64)
            return FrameMatch(nothing, np.full(len(heard), np.nan), heard, heard_u, np.nan)
        predicted, ppm = _fit(frame_ticks_ns, used, edge_t_ns[edge[used]])
    edge, residual = _nearest(predicted, edge_t_ns, period_ns // 4)
    edge = _unique(edge, np.abs(residual))
    matched = edge >= 0
    residual[~matched] = np.nan
    t, u = predicted, _unmatched_bound(frame_ticks_ns, edge, residual, edge_u_ns)
    t, u = np.where(u < heard_u, t, heard), np.minimum(u, heard_u)
    t[matched], u[matched] = edge_t_ns[edge[matched]], edge_u_ns[edge[matched]]
    return FrameMatch(edge, residual, t, u, ppm)


def _overheard(ticks_ns: Int64s, arrival_ns: Int64s, delivery_ns: int, period_ns: int) -> tuple[Int64s, Int64s]:
    """Host time and bound of each frame's end by the promptest arrival around it: good to milliseconds."""
    order = np.argsort(ticks_ns, kind="stable")
    delay = np.empty_like(ticks_ns)
    around = 2 * round(_AROUND_S * 1e9 / period_ns) + 1
    delay[order] = minimum_filter1d((arrival_ns - ticks_ns)[order], around, mode="nearest")
    bound = delivery_ns + round(RATE_LIMIT * _AROUND_S)
    return ticks_ns + delay - delivery_ns, np.full(len(ticks_ns), bound, np.int64)


def _nearest(t_ns: Int64s, edge_t_ns: Int64s, within_ns: int) -> tuple[Int64s, Floats]:
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


def _consistent(edge: Int64s, residual: Floats, period_ns: int) -> NDArray[np.bool_]:
    """The pairs that agree with the bulk of the pairs."""
    paired = edge >= 0
    if not paired.any():
        return paired
    off = np.abs(residual - np.median(residual[paired]))
    spread = float(np.median(off[paired]))
    return paired & (off <= np.clip(8 * spread, _TIGHTEST_NS, period_ns / 4))


def _unique(edge: Int64s, off: Floats) -> Int64s:
    """Each edge keeps the frame that fits it best; of equals, the first."""
    order = np.lexsort((off, edge))
    taken = np.concatenate([[False], edge[order][1:] == edge[order][:-1]])
    unique = edge.copy()
    unique[order[taken]] = -1
    return unique


def _fit(ticks_ns: Int64s, used: NDArray[np.bool_], edge_t_ns: Int64s) -> tuple[Int64s, float]:
    """Every frame's edge time by affine fits over its nearest pairs, and the clock's overall ppm."""
    ahead = ticks_ns - ticks_ns[used][0]
    order = np.argsort(ahead[used], kind="stable")
    x, at = seconds(ahead[used])[order], seconds(ahead)
    y = (edge_t_ns - edge_t_ns[0] - ahead[used]).astype(np.float64)[order]
    centred = x - x.mean()
    slope = float((centred * y).sum() / np.maximum((centred**2).sum(), 1e-12))
    trend = y.mean() + slope * (at - x.mean())
    local = _local_lines(x, y - y.mean() - slope * centred, at)
    fitted = edge_t_ns[0] + ahead + np.rint(trend + local).astype(np.int64)
    return fitted, -slope * 1e-3


def _local_lines(x: Floats, y: Floats, at: Floats) -> Floats:
    """Least-squares lines through the `_SIDE` points on each side of each `at`; x ascending."""
    middle = np.searchsorted(x, at)
    first, last = np.maximum(middle - _SIDE, 0), np.minimum(middle + _SIDE, len(x))
    sums = [np.concatenate([[0.0], np.cumsum(v)]) for v in (x, y, x * x, x * y)]
    n = (last - first).astype(np.float64)
    mean_x, mean_y, mean_xx, mean_xy = ((s[last] - s[first]) / n for s in sums)
    variance = mean_xx - mean_x**2
    slope = np.where(variance > 0, (mean_xy - mean_x * mean_y) / np.maximum(variance, 1e-12), 0.0)
    return mean_y + slope * (at - mean_x)


def _unmatched_bound(ticks_ns: Int64s, edge: Int64s, residual: Floats, edge_u_ns: Int64s) -> Int64s:
    """Bound of the fitted edge times: the pairs' own, their scatter, and how far the nearest is."""
    paired = np.flatnonzero(edge >= 0)
    x = seconds(ticks_ns - ticks_ns[0])
    order = paired[np.argsort(x[paired], kind="stable")]
    near = order[_nearest_index(x[order], x)]
    far = np.abs(x - x[near])
    window = min(_SIDE, len(order)) / max(len(order), 1) * (x[order[-1]] - x[order[0]])
    scatter = float(np.abs(residual[paired]).max())
    bound = edge_u_ns[edge[near]] + scatter * (1 + far) + AGEING / 2 * (far + window) ** 2
    return np.ceil(bound).astype(np.int64)


def _nearest_index(x: Floats, at: Floats) -> Int64s:
    after = np.clip(np.searchsorted(x, at), 1, max(len(x) - 1, 1))
    after = np.minimum(after, len(x) - 1)
    before = np.maximum(after - 1, 0)
    return np.where(at - x[before] < x[after] - at, before, after).astype(np.int64)
