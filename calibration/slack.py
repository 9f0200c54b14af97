"""How a robot's own pose is expected to err: in place and turn, or, of an arm of servos, by its joints.

A pose's error is a twist on its right, a sum of parts, each some numbers of one 1-sigma and what a unit of them moves.
Of a servo arm these are its joints' angles: one encoder count of the shoulder shifts and turns the hand at once, and
where it does so hangs on the pose. Twists whose six numbers were free of each other would hide that, and tell sigmas
that are too small across the arm and too large along it. Joint angles as observations that err: Hollerbach and Wampler
1996, "The calibration index and taxonomy for robot kinematic calibration methods" (the implicit loop method); their
noise and offsets in a bundle adjustment: Pradeep, Konolige and Berger 2010, "Calibrating a multi-arm multi-sensor
robot: a bundle adjustment approach".
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from calibration.poses import Matrix
from hardware.arms.models import ArmModel
from hardware.samples import Vector

COUNT_RAD = 2 * math.pi / 4096
"""Of a Dynamixel X servo's encoder (ROBOTIS e-manual, "Present Position")."""
JOINT_RAD = COUNT_RAD / math.sqrt(12)
"""1-sigma of an angle that is told in whole counts."""
FLOOR_M, FLOOR_RAD = 5e-5, 1e-4
"""1-sigma of what is left beside the joints: no six joints move the hand any way from any pose."""
OFFSET_RAD = 5e-3
"""1-sigma of what a joint's zero is off by, the same at every pose."""
_PLACE: Matrix = np.vstack([np.eye(3), np.zeros((3, 3))])
_TURN: Matrix = np.vstack([np.zeros((3, 3)), np.eye(3)])


@dataclass(frozen=True, slots=True)
class Slack:
    """`parts`: of each the name of its 1-sigma, and the twist (6, n) of a unit of its numbers."""

    parts: tuple[tuple[str, Matrix], ...]

    def covariance(self, noise: Mapping[str, float]) -> Matrix:
        """Of the twist, (6, 6)."""
        return sum((noise[name] ** 2 * by @ by.T for name, by in self.parts), np.zeros((6, 6)))

    def share(self, name: str) -> Matrix:
        """Of the covariance, (6, 6), for a variance of one."""
        return sum((by @ by.T for part, by in self.parts if part == name), np.zeros((6, 6)))


def rigid(arm: str) -> Slack:
    """Of an arm whose poses err in place and turn, any way alike."""
    return Slack(((place(arm), _PLACE), (turn(arm), _TURN)))


def jointed(arm: str, J_ee: Matrix) -> Slack:
    """Of an arm whose joints err, each by its own; J_ee: (6, n) at this pose, as `hand_jacobian` gives it."""
    each = ((joint(arm, i), J_ee[:, i : i + 1]) for i in range(J_ee.shape[1]))
    return Slack((*each, (place(arm), _PLACE), (turn(arm), _TURN)))


def place(arm: str) -> str:
    """Name of a 1-sigma, m."""
    return f"{arm}: place"


def turn(arm: str) -> str:
    """Name of a 1-sigma, rad."""
    return f"{arm}: turn"


def joint(arm: str, index: int) -> str:
    """Name of a 1-sigma, rad."""
    return f"{arm}: joint {index + 1}"


def offsets(arm: str) -> str:
    """Name of what the inner joints' zeros are off by, rad."""
    return f"{arm}: offsets"


def inner(J_ee: Matrix) -> Matrix:
    """Of the twist of every joint, (..., 6, n), those whose zeros a camera can tell, (..., 6, n - 2).

    An offset of the first turns the base's frame, one of the last the hand's: these are where the arm says they are.
    """
    return J_ee[..., 1:-1]


def hand_jacobian(model: ArmModel, q: Vector) -> Matrix:
    """Twists (k, 6, n) of the hand on the right of O_T_EE, in its own frame, a radian of each joint; q (k, n) rad."""
    found: list[Matrix] = []
    for angles in q:
        turned = model.end_effector(angles)[:3, :3].T
        moved = model.jacobian(angles)
        found.append(np.vstack([turned @ moved[:3], turned @ moved[3:]]))
    return np.stack(found)
