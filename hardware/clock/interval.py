"""Stamps for a whole recording: facts from before and after each instant."""

import numpy as np
from numpy.typing import NDArray

from hardware.clock.facts import AGEING, SPAN_S, ClockStepError, Facts, Floats, Reach, reach

Int64s = NDArray[np.int64]
_MARGIN_S = 1e-3


def interval(x: Floats, lower: tuple[Floats, Floats], upper: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Least and greatest y (ns) at each x (s), given facts (x, v) y >= v and y <= v in any order.

    Between facts of both sides the hulls themselves bound y. Their outermost corners are whatever
    came first and last, be it ever so late; so what all facts near an end imply just outside of it is
    added as one more pair of facts. Raises ClockStepError if the facts contradict each other.
    """
    ends = (
        min(float(v.min()) for v in (x, lower[0], upper[0]) if v.size) - _MARGIN_S,
        max(float(v.max()) for v in (x, lower[0], upper[0]) if v.size) + _MARGIN_S,
    )
    low, high = _chain(lower[0], -lower[1]), _chain(upper[0], upper[1])
    before = _end(_mirror(low), _mirror(high), -ends[0])
    after = _end(low, high, ends[1])
    low = _enclose(low, ends, (-before.low, -after.low))
    high = _enclose(high, ends, (before.high, after.high))
    lift = AGEING / 2 * x**2
    bottom = -(np.interp(x, *low) - lift)
    top = np.interp(x, *high) - lift
    if bool((bottom > top).any()):
        raise ClockStepError("the clock stepped within the recording; its stamps before and after disagree")
    return bottom, top


def _chain(x: Floats, v: Floats) -> tuple[Floats, Floats]:
    facts = Facts()
    order = np.argsort(x, kind="stable")
    for at, value in zip(x[order].tolist(), v[order].tolist(), strict=True):
        facts.add(at, value)
    return facts.hull()


def _mirror(hull: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    return -hull[0][::-1], hull[1][::-1]


def _end(low: tuple[Floats, Floats], high: tuple[Floats, Floats], x: float) -> Reach:
    near_low, near_high = low[0] > low[0][-1] - SPAN_S, high[0] > high[0][-1] - SPAN_S
    return reach((low[0][near_low], low[1][near_low]), (high[0][near_high], high[1][near_high]), x)


def _enclose(
    hull: tuple[Floats, Floats], ends: tuple[float, float], values: tuple[float, float]
) -> tuple[Floats, Floats]:
    """The hull with one more corner at each end."""
    lift = AGEING / 2 * hull[0] ** 2
    return _chain(
        np.concatenate([[ends[0]], hull[0], [ends[1]]]),
        np.concatenate([[values[0]], hull[1] - lift, [values[1]]]),
    )
