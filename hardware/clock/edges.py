"""Camera frames and trigger edges: matched by time, never by count; the camera's clock tied to them.

Pulses and frames are lost, doubled and late for many reasons, so "the n-th frame" means nothing. The
camera's clock is followed along the edges, which leaves one number of whole periods open; the promptest
arrivals settle that. The pairs then say to microseconds how the clock runs, and the match is made again.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hardware.clock.facts import AGEING, RATE_LIMIT, Floats, seconds
from hardware.clock.follow import NotTied, follow, nearest
from hardware.clock.interval import Int64s
from hardware.clock.lock import overheard, whole_periods

_SIDE: Final = 300  # pairs on each side in a local fit: +-5 s at 60 Hz, short against any wander
_FEWEST: Final = 8
_TIGHTEST_NS: Final = 20_000

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FrameMatch:
    """Which edge each frame belongs to, and when that edge was; (n,) each.

    edge: index into the edges, -1 where none was captured (or another frame fits it better).
    residual_ns: edge minus the camera clock's local fit; NaN without an edge.
    t_edge_ns, u_edge_ns: host time and bound of the edge: its own stamp where it was captured, else
    by the camera's clock. ppm: rate error of that clock, positive when fast; NaN when unknown.
    note: why no frame has an edge; the times are then overheard, with a bound of seconds. Else empty.
    """

    edge: NDArray[np.int64]
    residual_ns: NDArray[np.float64]
    t_edge_ns: NDArray[np.int64]
    u_edge_ns: NDArray[np.int64]
    ppm: float
    note: str = ""


def match_frames(
    frame_ticks_ns: Int64s,
    arrival_ns: Int64s,
    edge_t_ns: Int64s,
    edge_u_ns: Int64s,
    delivery_ns: int,
    period_ns: int,
    anchors: tuple[Int64s, Int64s] | None = None,
) -> FrameMatch:
    """Match (n,) frames, by their FRAME_TIMESTAMP (ns, unwrapped), to (m,) ascending rising edges.

    delivery_ns: typical least delay from edge to arrival. It only picks the edge: an error of up to
    a quarter of `period_ns` changes nothing, and any number of frames may come late.
    anchors: ticks and arrivals (ns) of the promptest frame of each second before the recording. Without
    them no frame is tied: promptness cannot be told from lateness by whole periods.
    """
    heard, heard_u = overheard(frame_ticks_ns, arrival_ns, delivery_ns)
    film, none = _Film(frame_ticks_ns, edge_t_ns, period_ns), np.zeros(0, np.int64)
    try:
        predicted, followed = film.follow(arrival_ns, delivery_ns)
        predicted, edge, residual, _ = film.fit(predicted, followed)
        used = _consistent(edge, residual, period_ns)  # an edge that was stamped late must not blur the others
        u_ns = edge_u_ns[edge[used]] + round(np.abs(residual[used]).max())
        pairs = frame_ticks_ns[used], edge_t_ns[edge[used]], u_ns
        late = whole_periods(pairs, (arrival_ns - predicted)[followed], anchors or (none, none), delivery_ns, period_ns)
        predicted, edge, residual, ppm = film.fit(predicted + late * period_ns, followed)
    except NotTied as reason:
        nothing = np.full(len(heard), -1, np.int64)
        return FrameMatch(nothing, np.full(len(heard), np.nan), heard, heard_u, np.nan, str(reason))
    t, u = predicted, _unmatched_bound(frame_ticks_ns, edge, residual, edge_u_ns)
    t, u = np.where(u < heard_u, t, heard), np.minimum(u, heard_u)
    matched = edge >= 0
    t[matched], u[matched] = edge_t_ns[edge[matched]], edge_u_ns[edge[matched]]
    return FrameMatch(edge, residual, t, u, ppm)


@dataclass(frozen=True, slots=True)
class _Film:
    """What does not change while it is matched."""

    ticks_ns: Int64s
    edge_t_ns: Int64s
    period_ns: int

    def follow(self, arrival_ns: Int64s, delivery_ns: int) -> tuple[Int64s, Mask]:
        """Edge times up to one number of whole periods, begun at the promptest arrival; which are certain."""
        if min(len(self.ticks_ns), len(self.edge_t_ns)) < _FEWEST:
            raise NotTied(f"{len(self.ticks_ns)} frames and {len(self.edge_t_ns)} edges; {_FEWEST} are needed")
        start_ns = int(self.ticks_ns[0] + (arrival_ns - self.ticks_ns).min()) - delivery_ns
        return follow(self.ticks_ns, start_ns, self.edge_t_ns, self.period_ns)

    def fit(self, predicted: Int64s, followed: Mask) -> tuple[Int64s, Int64s, Floats, float]:
        """Predicted edge times -> better ones, by the pairs that they make; edge, residual, ppm."""
        ppm = np.nan
        for _ in range(2):
            edge, residual = nearest(predicted, self.edge_t_ns, self.period_ns // 4)
            edge[~followed] = -1
            used = _consistent(edge, residual, self.period_ns)
            if np.count_nonzero(used) < _FEWEST:
                raise NotTied("hardly a frame falls on an edge; check its sync mode and cable")
            predicted, ppm = _fit(self.ticks_ns, used, self.edge_t_ns[edge[used]])
        if abs(ppm) > RATE_LIMIT * 1e-3:
            raise NotTied(f"its clock would be {ppm:.0f} ppm off the edges; check its sync mode and cable")
        edge, residual = nearest(predicted, self.edge_t_ns, self.period_ns // 4)
        edge[~followed] = -1
        edge = _unique(edge, np.abs(residual))
        residual[edge < 0] = np.nan
        return predicted, edge, residual, ppm


def _consistent(edge: Int64s, residual: Floats, period_ns: int) -> Mask:
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


def _fit(ticks_ns: Int64s, used: Mask, edge_t_ns: Int64s) -> tuple[Int64s, float]:
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
