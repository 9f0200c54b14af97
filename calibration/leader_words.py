"""Which way is a joint's positive one, in words for the person who holds the leader. Pure.

Directions are of the base, as one sees them who stands behind it: x forward, y to the left, z up.
"""

from typing import Final

import numpy as np

from calibration.poses import Vector
from hardware.arms.models import ArmModel

_MOVES_M: Final = 0.05  # a radian that moves the hand less than this turns it
_WAYS: Final = (("forward", "back"), ("to the left", "to the right"), ("up", "down"))
_SEEN_FROM: Final = ("the front", "the left", "above")


def which_way(model: ArmModel, q: Vector, joint: int) -> str:
    """What the hand does as joint number `joint` (from 0) grows from q (n,) rad: a predicate."""
    moves = model.jacobian(q)[:, joint]
    goes, turns = moves[:3], moves[3:]
    if float(np.abs(goes).max()) >= _MOVES_M:
        axis = int(np.argmax(np.abs(goes)))
        return f"goes {_WAYS[axis][int(goes[axis] < 0)]}"
    axis = int(np.argmax(np.abs(turns)))
    sense = "counter-clockwise" if turns[axis] > 0 else "clockwise"
    return f"turns {sense}, seen from {_SEEN_FROM[axis]}"
