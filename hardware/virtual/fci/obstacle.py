"""Something solid in the arm's way: each joint is held where it was when the obstacle appeared."""

import math

import numpy as np

from hardware.arms.kinematics import Matrix
from hardware.samples import Vector
from hardware.virtual.fci.dynamics import INERTIA

_HZ = 20.0  # of a joint against the obstacle alone: stiffer than any joint impedance, soft enough for 1 ms steps
_DAMPING_RATIO = 0.7
_STIFFNESS: Vector = INERTIA * (2 * math.pi * _HZ) ** 2  # Nm/rad
_VISCOUS: Vector = 2 * _DAMPING_RATIO * INERTIA * (2 * math.pi * _HZ)  # Nm s/rad


class Obstacle:
    """A stiff spring a joint, from the pose `q` (7,) rad on."""

    def __init__(self, q: Vector) -> None:
        self._q: Vector = q.copy()

    def torque(self, q: Vector, dq: Vector) -> Vector:
        """What it does to the joints, (7,) Nm."""
        return _STIFFNESS * (self._q - q) - _VISCOUS * dq


def wrench(jacobian: Matrix, tau: Vector) -> Vector:
    """Force and moment (6,) N, Nm at the hand that joint torques `tau` (7,) look like, as the robot estimates it.

    Least squares over the transposed Jacobian (6, 7): an arm touched along its links feels a hand's wrench too.
    """
    return np.linalg.pinv(jacobian.T) @ tau
