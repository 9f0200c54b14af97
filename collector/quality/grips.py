"""When grippers closed and opened, by their measured width. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collector.quality.motion import RATE_HZ, Motion
from collector.quality.pace import GRIPPER_M_S, spans, velocity

Floats = NDArray[np.float64]

_LEAST_M = 0.005
"""A gripper that moves by less in the whole take does nothing."""
_CLOSED, _OPEN = 0.35, 0.65
"""Of the widths that it had: closed below, open above; between the two it is what it last was."""
_SMOOTH_S = 0.015


@dataclass(frozen=True, slots=True)
class Grip:
    """A gripper closed or opened: cells of the grid from the beginning of the stroke to its end."""

    arm: str
    closing: bool
    first: int
    last: int


def grips_of(motion: Motion) -> list[Grip]:
    """Of all arms, by their beginning."""
    found = [grip for name, arm in motion.arms.items() if arm.width is not None for grip in _grips(name, arm.width)]
    return sorted(found, key=lambda grip: (grip.first, grip.arm))


def grip_figures(motion: Motion) -> dict[str, float | None]:
    """How often they closed or opened, and how long they were closed after a grasp; None without a gripper."""
    names = [name for name, arm in motion.arms.items() if arm.width is not None and np.isfinite(arm.width).any()]
    if not names:
        return {"grip_events": None, "held_s": None}
    grips = grips_of(motion)
    held = sum(_held(grips, name, len(motion.t_ns)) for name in names)
    return {"grip_events": float(len(grips)), "held_s": held / RATE_HZ}


def held_cells(grips: list[Grip], closing: Grip, end: int) -> int:
    """From a closing until the gripper opens again, or to the `end` of the take."""
    opened = [grip.first for grip in grips if grip.arm == closing.arm and not grip.closing]
    return min((first for first in opened if first >= closing.last), default=end) - closing.last


def _held(grips: list[Grip], arm: str, end: int) -> int:
    return sum(held_cells(grips, grip, end) for grip in grips if grip.arm == arm and grip.closing)


def _grips(arm: str, width: Floats) -> list[Grip]:
    known = np.flatnonzero(np.isfinite(width))
    if not len(known):
        return []
    narrow, wide = float(width[known].min()), float(width[known].max())
    if wide - narrow < _LEAST_M:
        return []
    strokes = spans(np.abs(np.nan_to_num(velocity(width[:, np.newaxis], _SMOOTH_S)[:, 0])) > GRIPPER_M_S)
    found: list[Grip] = []
    closed = _state(float(width[known[0]]), narrow, wide, None)
    for cell in known:
        now = _state(float(width[cell]), narrow, wide, closed)
        if now is not None and closed is not None and now != closed:
            first, last = next((s for s in strokes if s[0] <= cell < s[1]), (int(cell), int(cell) + 1))
            found.append(Grip(arm, now, first, last))
        closed = now
    return found


def _state(width: float, narrow: float, wide: float, before: bool | None) -> bool | None:
    """Is it closed? Between the thresholds: as `before`."""
    share = (width - narrow) / (wide - narrow)
    return True if share < _CLOSED else False if share > _OPEN else before
