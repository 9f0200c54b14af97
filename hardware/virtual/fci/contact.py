"""What the hand meets: the table's top, and a cube that it can carry. m and N in the base frame."""

import math
from typing import Protocol

import numpy as np

from hardware.arms.kinematics import Matrix
from hardware.samples import Vector
from hardware.virtual.cell import CUBE_M
from hardware.virtual.fci.model import EARTH

CUBE_KG = 0.12
_FINGERTIP_M = 0.009  # from the grasp point to the tip of the fingers
_TABLE_N_M, _TABLE_N_S_M = 6000.0, 80.0
_FRICTION = 0.4  # rubber fingertips on the table
_STICK_M_S = 0.01  # below it the friction grows with the speed
_REACH_M = (0.03, 0.03, 0.025)  # of the cube's centre about the grasp point, to be between the fingers
_RELEASE_M = 0.002


class Operator(Protocol):
    """Who puts the cube back: where it lies at the start of each cycle."""

    def cycle(self, t_ns: int) -> int:
        """Number of the cycle under way."""
        ...

    def object_start(self, t_ns: int) -> Vector:
        """Centre of the cube (3,) m as that cycle finds it."""
        ...


class Cell:
    """The cube's place, and the force on the grasp point."""

    def __init__(self, operator: Operator, t_ns: int) -> None:
        self._operator = operator
        self._cycle = operator.cycle(t_ns)
        self.cube: Vector = operator.object_start(t_ns).astype(float)
        self._held: Vector | None = None
        self._fall = 0.0

    @property
    def held(self) -> bool:
        """Does the hand carry the cube?"""
        return self._held is not None

    def between(self, pose: Matrix) -> bool:
        """Is the cube between the fingers of a hand at `pose` (4, 4)?"""
        away = pose[:3, :3].T @ (self.cube - pose[:3, 3])
        return self.held or all(abs(float(a)) < r for a, r in zip(away, _REACH_M, strict=True))

    def step(self, pose: Matrix, width: float, t_ns: int, dt: float) -> None:
        """Move the cube on by `dt` s, the hand at `pose` and open by `width` m."""
        if self._held is not None and width > CUBE_M + _RELEASE_M:
            self._held, self._fall = None, 0.0
        if self._held is None and width <= CUBE_M + 1e-6 and self.between(pose):
            self._held = pose[:3, :3].T @ (self.cube - pose[:3, 3])
        if self._held is not None:
            self.cube = pose[:3, 3] + pose[:3, :3] @ self._held
            return
        cycle = self._operator.cycle(t_ns)
        if cycle != self._cycle:
            self._cycle, self.cube = cycle, self._operator.object_start(t_ns).astype(float)
        height = float(self.cube[2])
        if height > CUBE_M / 2:
            self._fall += EARTH * dt
            height = max(height - self._fall * dt, CUBE_M / 2)
            self.cube = np.array([self.cube[0], self.cube[1], height])

    def force(self, pose: Matrix, velocity: Vector) -> Vector | None:
        """Force (3,) N of table and cube on the grasp point, which moves at (3,) m/s; None where there is neither."""
        depth = _FINGERTIP_M - float(pose[2, 3])
        if depth <= 0 and not self.held:
            return None
        x, y, z = velocity.tolist()
        up = max(_TABLE_N_M * depth - _TABLE_N_S_M * z, 0.0) if depth > 0 else 0.0
        drag = _FRICTION * up / max(math.hypot(x, y), _STICK_M_S)
        return np.array([-drag * x, -drag * y, up - (CUBE_KG * EARTH if self.held else 0.0)])
