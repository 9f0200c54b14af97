"""The torque that carries the leader's own weight, from point masses on a chain of frames. Pure."""

import numpy as np
from numpy.typing import NDArray

from hardware.config import GravityConfig
from hardware.samples import Vector

_G = 9.81  # m/s^2


class Gravity:
    """The gradient of the leader's potential energy: the torque that holds it still.

    Frames are by the modified convention (Craig, Introduction to Robotics, chapter 3): frame i lies on the axis of
    joint i, and comes from frame i-1 by a and alpha about x, then d and the joint's angle about z.
    """

    def __init__(self, config: GravityConfig) -> None:
        a, d, alpha, offset = np.array(config.links, float).T
        self._offset: Vector = offset
        self._ca, self._sa = np.cos(alpha), np.sin(alpha)
        self._step = np.stack([a, -self._sa * d, self._ca * d], axis=1)
        self._masses = np.array(config.masses_kg, float)
        self._centers = np.array(config.centers_m, float)
        up = np.array(config.up, float)
        up /= np.linalg.norm(up)
        self._weight = _G * config.share * up
        self._borne = np.cumsum(self._masses[::-1])[::-1]

    def torque(self, q: Vector) -> Vector:
        """At joint angles q (n,) rad: (n,) Nm, positive as q."""
        origins, axes, centers = self._chain(q)
        moments = np.cumsum((self._masses[:, None] * centers)[::-1], axis=0)[::-1]
        arms = moments - self._borne[:, None] * origins  # of all that joint i bears, about its axis, kg m
        return np.einsum("ij,ij->i", axes, np.cross(arms, self._weight))

    def _chain(self, q: Vector) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Origin, axis and centre of mass (n, 3) of every link in the base frame."""
        n = len(q)
        ct, st = np.cos(q + self._offset), np.sin(q + self._offset)
        ca, sa = self._ca, self._sa
        turns = np.zeros((n, 3, 3))
        turns[:, 0, 0], turns[:, 0, 1] = ct, -st
        turns[:, 1, 0], turns[:, 1, 1], turns[:, 1, 2] = st * ca, ct * ca, -sa
        turns[:, 2, 0], turns[:, 2, 1], turns[:, 2, 2] = st * sa, ct * sa, ca
        rotations, origins = np.empty((n, 3, 3)), np.empty((n, 3))
        rotation, origin = np.eye(3), np.zeros(3)
        for i in range(n):
            origin = origin + rotation @ self._step[i]
            rotation = rotation @ turns[i]
            rotations[i], origins[i] = rotation, origin
        centers = origins + np.einsum("ijk,ik->ij", rotations, self._centers)
        return origins, rotations[:, :, 2], centers
