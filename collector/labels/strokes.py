"""Where the arms slow down between two strokes and go on again. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collector.quality.motion import Motion
from collector.quality.pace import JOINT_RAD_S, velocity

Floats = NDArray[np.float64]

_SMOOTH_S = 0.08
_LEAST_DEPTH = 0.4
"""Of the slower of the two strokes: what slows down by less goes on with the same stroke."""
_LEAST_RISE = 0.08
"""Of the fastest: what is slower is no stroke."""
_PICKS_UP = 0.1
"""Of the next stroke's speed."""


@dataclass(frozen=True, slots=True)
class Halt:
    """Between two strokes. `resumes`: the cell in which the next one picks up; `depth`: 1 a full stop, 0 none."""

    resumes: int
    depth: float


def speed_of(motion: Motion) -> Floats | None:
    """(K,) rad/s of all arms together, 0 where it was not measured; None where no arm moves."""
    rates = [np.nan_to_num(velocity(arm.q, _SMOOTH_S)) for arm in motion.arms.values()]
    speed = np.sqrt(sum((np.sum(rate**2, axis=1) for rate in rates), np.zeros(len(motion.t_ns))))
    return speed if len(speed) and float(speed.max()) > JOINT_RAD_S else None


def halts(speed: Floats) -> list[Halt]:
    """In the order of time."""
    turns = _turns(speed, _LEAST_RISE * float(speed.max()))
    found: list[Halt] = []
    for before, lowest, after in zip(turns[:-2], turns[1:-1], turns[2:], strict=True):
        slower = min(float(speed[before]), float(speed[after]))
        depth = 1 - float(speed[lowest]) / slower if slower > 0 else 0.0
        if speed[lowest] < speed[before] and depth >= _LEAST_DEPTH:
            up = speed[lowest] + _PICKS_UP * (speed[after] - speed[lowest])
            found.append(Halt(lowest + int(np.argmax(speed[lowest : after + 1] > up)), depth))
    return found


def _turns(values: Floats, least: float) -> Sequence[int]:
    """Cells where it turns from rising to falling and back, by `least` at the least; the ends are turns too."""
    rising = np.sign(np.diff(values))
    moving = np.flatnonzero(rising)
    changes = moving[1:][rising[moving[1:]] != rising[moving[:-1]]] if len(moving) else moving
    turns = [0, *(int(cell) for cell in changes), len(values) - 1]
    while len(turns) > 2:
        steps = np.abs(np.diff(values[turns]))
        smallest = int(np.argmin(steps))
        if steps[smallest] >= least:
            break
        if smallest == 0:
            del turns[1]
        elif smallest == len(steps) - 1:
            del turns[-2]
        else:
            del turns[smallest : smallest + 2]
    return turns
