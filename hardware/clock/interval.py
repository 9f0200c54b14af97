"""Stamps for a whole recording: facts from before and after each instant."""

import numpy as np
from numpy.typing import NDArray

from hardware.clock.facts import AGEING, ClockStepError, Facts, Floats, reach

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
    low, high = _facts(lower[0], -lower[1]), _facts(upper[0], upper[1])
    before = reach(low.mirrored(), high.mirrored(), -ends[0])
    after = reach(low, high, ends[1])
    low = low.enclosed((ends[0], -before.low), (ends[1], -after.low))
    high = high.enclosed((ends[0], before.high), (ends[1], after.high))
    lift = AGEING / 2 * x**2
    bottom = -(np.interp(x, *low.hull()) - lift)
    top = np.interp(x, *high.hull()) - lift
    if bool((bottom > top).any()):
        raise ClockStepError("the clock stepped within the recording; its stamps before and after disagree")
    return bottom, top


def _facts(x: Floats, v: Floats) -> Facts:
    facts = Facts()
    order = np.argsort(x, kind="stable")
    for at, value in zip(x[order].tolist(), v[order].tolist(), strict=True):
        facts.add(at, value)
    return facts
