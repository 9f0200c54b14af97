"""Ways to make host time of a box time: ours, and those in use elsewhere, written from their description.

Each gives (n,) stamps, ns, of a trace's edges. All but the refit use only what had come when the edge came.
Lines are y = host - box (ns) over x = box time (s).
"""

from bisect import bisect_left
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.clocks.traces import Floats, Int64s, Trace
from hardware.clock.facts import AGEING
from hardware.clock.hull import TwoSidedHull, stamp_two_sided
from hardware.samples import ClockPing

Method = Callable[[Trace], Int64s]
Line = tuple[Floats, Floats, Floats]  # x, y there, slope: the estimate after each point


def arrival(trace: Trace) -> Int64s:
    """An edge was when its message came."""
    return trace.edge_arrival_ns


def ols_100(gate_ns: int, every: int) -> Method:
    """strawlab/triggerbox (triggerbox_device.py, time_model.py): a query a second, the middle of the round trip,
    those over 20 ms ignored, a least-squares line through the last 100."""

    def method(trace: Trace) -> Int64s:
        asked = trace.pings[::every]
        good = asked[asked["t_received_ns"] - asked["t_sent_ns"] <= gate_ns]
        return _by_lines(trace, good["t_received_ns"], _rolling_line(*_middles(trace, good), 100))

    return method


def global_time(trace: Trace) -> Int64s:
    """librealsense's global time (global_timestamp_reader.cpp): every 0.1 s until it has 15, then every second; the
    middle of the round trip, a least-squares line through the last 15 and the newest."""
    pings = np.concatenate([trace.pings[:15], trace.pings[15::10]])
    return _by_lines(trace, pings["t_received_ns"], _rolling_line(*_middles(trace, pings), 16))


def clock_filter(trace: Trace) -> Int64s:
    """NTP's clock filter (RFC 5905, 10): of the last eight round trips the shortest; its middle is the offset."""
    x, y = _middles(trace, trace.pings)
    rtt = trace.pings["t_received_ns"] - trace.pings["t_sent_ns"]
    last = np.maximum(np.arange(len(rtt))[:, None] - np.arange(8)[None, :], 0)
    best = last[np.arange(len(rtt)), np.argmin(rtt[last], axis=1)]
    return _by_lines(trace, trace.pings["t_received_ns"], (x, y[best], np.zeros(len(x))))


def shortest_each_second(trace: Trace) -> Int64s:
    """The shortest round trip of each second, a least-squares line through the last 60 of them."""
    rtt = (trace.pings["t_received_ns"] - trace.pings["t_sent_ns"]).reshape(-1, 10)
    best = np.arange(len(rtt)) * 10 + np.argmin(rtt, axis=1)
    x, y, slope = _rolling_line(*_middles(trace, trace.pings[best]), 60)
    return _by_lines(trace, trace.pings["t_received_ns"][9::10], (x, y, slope))


def one_way_hull(trace: Trace) -> Int64s:
    """Convex hull under the arrivals of the last minute's edges, the side over its middle (Zhang, Liu and Xia,
    INFOCOM 2002). Whatever the least delay is stays in it."""
    x = (trace.edge_ticks - trace.edge_ticks[0]) * 1e-9
    y = (trace.edge_arrival_ns - trace.edge_ticks).astype(np.float64)
    lines, corners = np.zeros((len(x), 3)), list[tuple[float, float]]()
    for i, point in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        while len(corners) > 1 and _slope(*corners[-2:]) >= _slope(corners[-1], point):
            corners.pop()
        corners.append(point)
        while len(corners) > 1 and corners[1][0] < point[0] - 60:
            corners.pop(0)
        side = bisect_left(corners, ((corners[0][0] + point[0]) / 2,))
        lines[i] = *corners[side], _slope(*corners[side - 1 : side + 1]) if side else 0.0
    return _by_lines(trace, trace.edge_arrival_ns, (lines[:, 0], lines[:, 1], lines[:, 2]))


def _slope(first: tuple[float, float], last: tuple[float, float]) -> float:
    return (last[1] - first[1]) / (last[0] - first[0])


def hull(trace: Trace) -> tuple[Int64s, Int64s]:
    """Ours, causal: stamps and bounds."""
    one, fits = TwoSidedHull(), list[tuple[float, float, float, float, float]]()
    for row in trace.pings:
        one.update(ClockPing(*row.tolist()))
        fit = one.fit()
        assert fit is not None
        r = fit.reach
        fits.append((r.x, r.low, r.high, r.slope_low, r.slope_high))
    x, low, high, slope_low, slope_high = np.array(fits).T
    base_ticks, base_ns = int(trace.pings["ticks_rx"][0]), int(trace.pings["t_sent_ns"][0])
    known = _known(trace, trace.pings["t_received_ns"])
    ahead = (trace.edge_ticks - base_ticks) * 1e-9 - x[known]
    middle = (low + high)[known] / 2 + (slope_low + slope_high)[known] / 2 * ahead
    half = (high - low)[known] / 2 + (slope_high - slope_low)[known] / 2 * np.abs(ahead) + AGEING / 2 * ahead**2 + 1001
    return base_ns + (trace.edge_ticks - base_ticks) + np.rint(middle).astype(np.int64), half.astype(np.int64)


def refit(trace: Trace) -> tuple[Int64s, Int64s]:
    """Ours, with the whole recording to look at: what an episode stores."""
    return stamp_two_sided(trace.pings, trace.edge_ticks)


def _middles(trace: Trace, pings: NDArray[np.void]) -> tuple[Floats, Floats]:
    """x, y of the middle of each round trip, in the box's time of the first edge."""
    ticks = (pings["ticks_rx"] + pings["ticks_tx"]) // 2
    host = (pings["t_sent_ns"] + pings["t_received_ns"]) // 2
    return (ticks - trace.edge_ticks[0]) * 1e-9, (host - ticks).astype(np.float64)


def _rolling_line(x: Floats, y: Floats, count: int) -> Line:
    """The least-squares line through the last `count` points, after each point."""
    first = y[0]
    sums = [np.concatenate([[0.0], np.cumsum(v)]) for v in (x, y - first, x * x, x * (y - first))]
    end = np.arange(len(x)) + 1
    begin = np.maximum(end - count, 0)
    n = (end - begin).astype(np.float64)
    mean_x, mean_y, mean_xx, mean_xy = ((s[end] - s[begin]) / n for s in sums)
    variance = mean_xx - mean_x**2
    slope = np.where(end - begin > 2, (mean_xy - mean_x * mean_y) / np.maximum(variance, 1e-9), 0.0)
    return mean_x, mean_y + first, slope


def _known(trace: Trace, since_ns: Int64s) -> Int64s:
    """Which of the estimates, each there since a host time, was the last when each edge came."""
    return np.maximum(np.searchsorted(since_ns, trace.edge_arrival_ns, side="right") - 1, 0)


def _by_lines(trace: Trace, since_ns: Int64s, line: Line) -> Int64s:
    x, y, slope = (column[_known(trace, since_ns)] for column in line)
    at = (trace.edge_ticks - trace.edge_ticks[0]) * 1e-9
    return trace.edge_ticks + np.rint(y + slope * (at - x)).astype(np.int64)
