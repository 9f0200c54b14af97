"""Steps of the task proposed from what the robots did, for the operator to confirm. Pure.

A part of a task begins where a gripper closes or opens, where a motion towards that begins, or where the arms have
slowed down and go on. Of these instants those are taken that say most, as many as the task's steps need.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from collector.labels.event import Step
from collector.labels.strokes import Halt, halts, speed_of
from collector.quality.grips import Grip, grips_of, held_cells
from collector.quality.motion import RATE_HZ, Motion

# How much an instant says. A grasp is the surest sign; then what leads to a release, then the grasp's beginning.
_GRASPED, _LOWERS, _GRASPS, _RELEASED, _REACHES, _RELEASES = 5.0, 4.5, 4.0, 3.5, 2.0, 2.0
_AGAIN = 0.25
"""More for a release after which something else is grasped."""
_HALT = 1.5
_FIRM = 0.4
"""Of the longest hold: what is held for less was perhaps no grasp, and says so much less."""
_LEFT_OVER = 0.3
"""What a release says before which this take grasped nothing, but after which it does."""
_LEAST_S = 0.3
"""No step is shorter."""
_SETTLES = round(0.05 * RATE_HZ)


@dataclass(frozen=True, slots=True)
class _Sign:
    """At this cell a step may begin; `weight`: how sure that is."""

    cell: int
    weight: float


def propose(motion: Motion, steps: Sequence[str]) -> list[Step]:
    """The named steps as spans without gaps over the take, source `proposed`.

    Empty where the motion does not tell: nothing moved, or there are fewer signs than boundaries to find.
    """
    cells = len(motion.t_ns)
    speed = speed_of(motion)
    if not steps or not cells or speed is None:
        return []
    stops = halts(speed)
    signs = [*_grip_signs(grips_of(motion), stops, cells), *(_Sign(halt.resumes, _HALT * halt.depth) for halt in stops)]
    chosen = _best(signs, len(steps) - 1, cells, round(_LEAST_S * RATE_HZ))
    if chosen is None:
        return []
    begin_ns, end_ns = motion.span_ns
    edges = [begin_ns, *(int(motion.t_ns[cell]) for cell in chosen), end_ns]
    return [
        Step(name=name, begin_ns=begin, end_ns=end, source="proposed")
        for name, (begin, end) in zip(steps, pairwise(edges), strict=True)
    ]


def _grip_signs(grips: Sequence[Grip], stops: Sequence[Halt], cells: int) -> Iterable[_Sign]:
    held = {grip: held_cells(list(grips), grip, cells) for grip in grips if grip.closing}
    longest = max(held.values(), default=0)

    def firm(grip: Grip) -> float:
        return min(1.0, held.get(grip, longest) / (_FIRM * longest)) if longest else 1.0

    for index, grip in enumerate(grips):
        own = [other for other in grips[:index] if other.arm == grip.arm]
        since = own[-1].last if own else 0
        leads = [halt.resumes for halt in stops if since < halt.resumes < grip.first - _SETTLES]
        goes_on = [halt.resumes for halt in stops if grip.first + _SETTLES < halt.resumes < grip.last]
        done = goes_on[0] if goes_on else grip.last
        if grip.closing:
            yield _Sign(grip.first, _GRASPS * firm(grip))
            yield _Sign(done, _GRASPED * firm(grip))
            yield from (_Sign(cell, _REACHES * firm(grip)) for cell in leads[-1:])
            continue
        grasps_later = any(other.closing for other in grips[index + 1 :])
        sure = firm(own[-1]) if own else _LEFT_OVER if grasps_later else 1.0
        yield _Sign(leads[-1] if leads else grip.first, _LOWERS * sure)
        yield _Sign(done, (_RELEASED + _AGAIN * grasps_later) * sure)
        if leads:
            yield _Sign(grip.first, _RELEASES * sure)


def _best(signs: Sequence[_Sign], count: int, cells: int, apart: int) -> list[int] | None:
    """The `count` cells that say most, at least `apart` from each other and from the ends; None if there are not."""
    usable = sorted((sign for sign in signs if apart <= sign.cell <= cells - apart), key=lambda sign: sign.cell)
    # For each sign: how much it and those chosen before it say at most, and which of them was the last.
    worth: NDArray[np.float64] = np.array([sign.weight for sign in usable])
    before: list[list[int]] = []
    for _ in range(count - 1):
        came_from = [-1] * len(usable)
        total = np.full(len(usable), -np.inf)
        for i, sign in enumerate(usable):
            fits = [j for j in range(i) if usable[j].cell <= sign.cell - apart and worth[j] > -np.inf]
            if fits:
                came_from[i] = max(fits, key=lambda j: (worth[j], -j))
                total[i] = worth[came_from[i]] + sign.weight
        before.append(came_from)
        worth = total
    if count <= 0:
        return []
    if not len(worth) or not np.isfinite(worth).any():
        return None
    at = int(np.argmax(worth))
    chosen = [usable[at].cell]
    for came_from in reversed(before):
        at = came_from[at]
        chosen.append(usable[at].cell)
    return chosen[::-1]
