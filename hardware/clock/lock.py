"""Which whole period: the one thing about a camera that its edges cannot tell. Only arrivals can.

A host that was late by n periods all along leaves exactly the record of a prompt one, moved by n edges.
So a recording, made while the rig is busy, is no witness of its own promptness: that the promptest
frames from before it (`anchors`) came promptly is believed, and it is checked as far as it can be.
"""

from typing import Final

import numpy as np

from hardware.clock.facts import AGEING, RATE_LIMIT, Floats, seconds
from hardware.clock.follow import NotTied
from hardware.clock.interval import Int64s

LATEST_NS: Final = 3_000_000_000
"""No frame is later: camera, SDK and our queue hold 96 frames (1.6 s at 60 Hz), older ones are dropped."""
_AGREEING: Final = 3  # anchors that must come as promptly as the promptest

Pairs = tuple[Int64s, Int64s, Int64s]
"""Ticks (ns) of frames, the edges' times and bounds (ns)."""


def overheard(ticks_ns: Int64s, arrival_ns: Int64s, delivery_ns: int) -> tuple[Int64s, Int64s]:
    """Host time and bound (ns) of each frame's end by arrivals alone: not after any of them, allowing
    for the clocks' drift; and not LATEST_NS before, which is all that is certain. (n,) each."""
    order = np.argsort(ticks_ns, kind="stable")
    ahead, delay = (ticks_ns - ticks_ns[:1])[order], (arrival_ns - ticks_ns)[order]
    drift = np.rint(seconds(ahead) * RATE_LIMIT).astype(np.int64)
    top = np.minimum(
        np.minimum.accumulate(delay - drift) + drift,
        np.minimum.accumulate((delay + drift)[::-1])[::-1] - drift,
    )
    t_ns = np.empty(len(ticks_ns), np.int64)
    t_ns[order] = ticks_ns[order] + top - delivery_ns
    return t_ns, np.full(len(ticks_ns), LATEST_NS, np.int64)


def whole_periods(
    pairs: Pairs, recorded_ns: Int64s, anchors: tuple[Int64s, Int64s], delivery_ns: int, period_ns: int
) -> int:
    """By how many periods the pairs' edges are too early, judged by deliveries from edge to arrival.

    `recorded_ns`: those of the recording. Raises NotTied unless it is beyond doubt.
    """
    before = anchors[0] < pairs[0].min()
    delay, unsure = _before(pairs, (anchors[0][before], anchors[1][before]))
    delay = delay[unsure <= period_ns / 8]
    if len(delay) < _AGREEING:
        raise NotTied(
            f"{len(delay)} frames from shortly before the recording cannot tell prompt from late;"
            f" start it {_AGREEING} s after the cameras or later"
        )
    least = float(delay.min())
    if np.count_nonzero(delay <= least + period_ns / 8) < _AGREEING:
        raise NotTied("the frames before the recording came at odds, so that none is known to be prompt")
    recorded = float(recorded_ns.min())
    if not least - period_ns / 4 <= recorded <= least + LATEST_NS:
        raise NotTied(
            f"the recording's promptest frame came {(recorded - least) * 1e-6:+.0f} ms against those before it:"
            " they were late, or the camera's clock was set"
        )
    least = min(least, recorded)
    periods = round((least - delivery_ns) / period_ns)
    if abs(least - periods * period_ns - delivery_ns) > period_ns / 4:
        raise NotTied(
            f"its promptest frame came {(least - periods * period_ns) * 1e-6:.1f} ms after an edge and"
            f" {(least - (periods - 1) * period_ns) * 1e-6:.1f} ms after the one before; measure its delivery_ms"
            f" ({delivery_ns * 1e-6:g})"
        )
    return periods


def _before(pairs: Pairs, anchors: tuple[Int64s, Int64s]) -> tuple[Floats, Floats]:
    """How long each anchor took from its edge (ns), by the clock's rate over the first pairs; and +-.

    A line through two pairs `base` apart, extended by `back`, is off by their bounds and by
    AGEING / 2 * back * (back + base) at most; `base` makes that least far from them.
    """
    ticks_ns, edge_t_ns, u_ns = pairs
    order = np.argsort(ticks_ns, kind="stable")
    first = int(order[0])
    best_ns = round(2e9 * (float(u_ns[first]) / AGEING) ** 0.5)
    sooner = np.count_nonzero(ticks_ns < ticks_ns[first] + best_ns)
    other = int(order[min(sooner, len(order) - 1)])
    base = float(ticks_ns[other] - ticks_ns[first]) * 1e-9
    drift = float((edge_t_ns[other] - edge_t_ns[first]) - (ticks_ns[other] - ticks_ns[first])) / base
    ahead = anchors[0] - ticks_ns[first]
    back = -seconds(ahead)
    taken = (anchors[1] - edge_t_ns[first] - ahead).astype(np.float64) + drift * back
    u = float(max(u_ns[first], u_ns[other]))
    return taken, u * (1 + 2 * back / base) + AGEING / 2 * back * (back + base)
