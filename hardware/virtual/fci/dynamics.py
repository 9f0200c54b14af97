"""Seven joints with inertia and damping, stepped at 1 ms: cheap, and stable under torque control.

The joints are independent: their inertia is the diagonal of the FR3's mass matrix near home plus the
rotors', so coupling and Coriolis torques are not modelled. Gravity and most friction are compensated
inside the robot, as the control interface promises, and never appear in a commanded torque.
"""

import math

import numpy as np

from hardware.arms.limits import FR3
from hardware.samples import Vector

DT = 1e-3  # s

INERTIA: Vector = np.array([0.9, 1.3, 1.0, 1.0, 0.14, 0.13, 0.10])  # kg m^2
_DAMPING: Vector = np.array([0.5, 0.5, 0.5, 0.5, 0.15, 0.15, 0.10])  # Nm s/rad left after compensation


class Joints:
    """q (7,) rad, dq (7,) rad/s and the torque `tau` (7,) Nm that moved them last, gravity aside."""

    def __init__(self, q: Vector, bandwidth_hz: float) -> None:
        self.q: Vector = q.astype(float)
        self.dq: Vector = np.zeros(7)
        self.tau: Vector = np.zeros(7)
        omega = 2 * math.pi * bandwidth_hz
        # Critically damped, and what the damping above takes is given back.
        self._stiffness = INERTIA * omega**2
        self._viscous = 2 * INERTIA * omega

    def apply(self, tau: Vector, tau_env: Vector) -> None:
        """One step under a commanded torque and the environment's torque on the joints, (7,) Nm."""
        self.tau = tau
        self.dq = self.dq + (tau + tau_env - _DAMPING * self.dq) / INERTIA * DT
        self.q = self.q + self.dq * DT

    def brake(self, tau_env: Vector) -> None:
        """One step of coming to rest at the limit of the acceleration, and of staying there."""
        slower = np.clip(-self.dq / DT, -FR3.acceleration, FR3.acceleration)
        self.apply(INERTIA * slower + _DAMPING * self.dq - tau_env, tau_env)

    def track(self, q_d: Vector, dq_d: Vector, tau_env: Vector) -> None:
        """One step of the robot's own position loop towards a set-point, rad and rad/s."""
        pull = self._stiffness * (q_d - self.q) + self._viscous * (dq_d - self.dq)
        self.apply(pull + _DAMPING * self.dq, tau_env)
