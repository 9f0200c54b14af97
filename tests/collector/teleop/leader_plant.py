"""A leader as a body: point masses on a chain, geared servos with rotor inertia and friction, torque held a read long.

Frames and gravity are worked out here on their own (homogeneous matrices, numeric gradients), not by the code under
test. Coriolis forces are left out: the tests' motions are slow.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.config import GravityConfig
from hardware.samples import Vector

STEP_S = 0.001
_EPS = 1e-6


def centers(config: GravityConfig, q: Vector) -> NDArray[np.float64]:
    """Where the masses are (n, 3), m."""
    pose, out = np.eye(4), list[Vector]()
    for (a, d, alpha, offset), center, angle in zip(config.links, config.centers_m, q, strict=True):
        c, s = np.cos(alpha), np.sin(alpha)
        about_x = np.array([[1, 0, 0, a], [0, c, -s, 0], [0, s, c, 0], [0, 0, 0, 1]])
        c, s = np.cos(angle + offset), np.sin(angle + offset)
        about_z = np.array([[c, -s, 0, 0], [s, c, 0, 0], [0, 0, 1, d], [0, 0, 0, 1]])
        pose = pose @ about_x @ about_z
        out.append((pose @ np.array([*center, 1.0]))[:3])
    return np.array(out)


def potential_j(config: GravityConfig, q: Vector) -> float:
    up = np.array(config.up) / np.linalg.norm(config.up)
    return float(9.81 * np.array(config.masses_kg) @ (centers(config, q) @ up))


def weight_torque(config: GravityConfig, q: Vector) -> Vector:
    """What holds it against its weight (n,) Nm."""
    steps = np.eye(len(q)) * _EPS
    return np.array([(potential_j(config, q + e) - potential_j(config, q - e)) / (2 * _EPS) for e in steps])


@dataclass
class Plant:
    """q rad, dq rad/s (n,); rotor: reflected inertia of each servo, kg m^2; friction: dry, of each gear, Nm."""

    config: GravityConfig
    q: Vector
    dq: Vector
    rotor: float = 0.002
    friction: float = 0.0

    def step(self, tau: Vector) -> None:
        """One STEP_S under the torque `tau` (n,) Nm."""
        n = len(self.q)
        jacobian = np.array(
            [
                (centers(self.config, self.q + e) - centers(self.config, self.q - e)) / (2 * _EPS)
                for e in np.eye(n) * _EPS
            ]
        )
        masses = np.array(self.config.masses_kg)
        inertia = np.einsum("ikx,jkx,k->ij", jacobian, jacobian, masses) + self.rotor * np.eye(n)
        up = np.array(self.config.up) / np.linalg.norm(self.config.up)
        force = tau - 9.81 * np.einsum("ikx,x,k->i", jacobian, up, masses)
        gone: Vector = self.dq + np.asarray(np.linalg.inv(inertia), float) @ force * STEP_S
        loss = self.friction * STEP_S / np.diag(inertia)
        self.dq = np.sign(gone) * np.maximum(np.abs(gone) - loss, 0.0)
        self.q = self.q + self.dq * STEP_S
