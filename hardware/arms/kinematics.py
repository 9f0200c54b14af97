"""Forward and inverse kinematics of a serial chain of revolute joints.

Each joint stands at a fixed transform from the one before and turns about an axis of its own frame; behind
the last come a flange and a tool. Poses are (4, 4) homogeneous matrices in metres in the robot's base frame;
q is (n,) rad. This is in the heart of 1 kHz loops.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.samples import Vector

Matrix = NDArray[np.float64]

_DAMPING = 1e-3
_LONGEST_STEP = 0.2  # rad; keeps the linear step honest far from the goal
_ANGLE_M = 0.3  # m: one radian of attitude error weighs as this many metres
_STEPS = 200


def pose(x: float = 0.0, y: float = 0.0, z: float = 0.0, *, roll: float = 0.0, yaw: float = 0.0) -> Matrix:
    """A pose (4, 4) at (x, y, z) m, turned by `yaw` about z and then by `roll` about the x so turned; rad."""
    (cr, sr), (cy, sy) = (math.cos(roll), math.sin(roll)), (math.cos(yaw), math.sin(yaw))
    return np.array([[cy, -sy * cr, sy * sr, x], [sy, cy * cr, -cy * sr, y], [0, sr, cr, z], [0, 0, 0, 1.0]])


@dataclass(frozen=True, slots=True)
class Chain:
    """n joints. A joint's transform is `fixed + cos(q) * cosine + sin(q) * sine`, (n, 4, 4) each.

    axes (n, 3, 1): of each joint, in its frame; flange: T_n_flange; tool: T_flange_EE.
    """

    fixed: Matrix
    cosine: Matrix
    sine: Matrix
    axes: Matrix
    flange: Matrix
    tool: Matrix
    reaches: tuple[int, ...]

    @property
    def joints(self) -> int:
        """How many."""
        return len(self.fixed)

    def frames(self, q: Vector) -> Matrix:
        """Poses (n + 2, 4, 4) of the base, the joints and the flange."""
        angle = q[:, None, None]
        poses = np.empty((len(q) + 2, 4, 4))
        poses[0] = _EYE
        poses[1:-1] = self.fixed + np.cos(angle) * self.cosine + np.sin(angle) * self.sine
        poses[-1] = self.flange
        for reach in self.reaches:  # running products: each step takes in as many frames again
            poses[reach:] = poses[:-reach] @ poses[reach:]
        return poses

    def end_effector(self, q: Vector) -> Matrix:
        """Pose (4, 4) of the tool, `O_T_EE`."""
        return self.frames(q)[-1] @ self.tool

    def jacobian(self, q: Vector) -> Matrix:
        """Velocity of the tool a joint speed, (6, n): m and rad, in the base frame."""
        return self._jacobian(self.frames(q))

    def inverse(self, goal: Matrix, q0: Vector, q_min: Vector, q_max: Vector) -> Vector:
        """Joints (n,) within q_min and q_max whose tool is at `goal` (4, 4), the nearest way from `q0`.

        Damped least squares to 1e-6 m and 3e-6 rad. Raises ValueError where the pose is out of reach.
        """
        q = q0.astype(float)
        for _ in range(_STEPS):
            poses = self.frames(q)
            error = _error(goal, poses[-1] @ self.tool)
            if float(np.linalg.norm(error)) < 1e-6:
                return q
            jac = self._jacobian(poses)
            jac[3:] *= _ANGLE_M
            step = jac.T @ np.linalg.solve(jac @ jac.T + _DAMPING**2 * np.eye(6), error)
            step *= min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-12))
            q = np.clip(q + step, q_min, q_max)
        at = np.round(goal[:3, 3], 3).tolist()
        raise ValueError(f"no joints reach {at} m in this attitude; bring it nearer")

    def _jacobian(self, poses: Matrix) -> Matrix:
        tip = (poses[-1] @ self.tool)[:3, 3]
        joints = poses[1:-1]
        z = (joints[:, :3, :3] @ self.axes)[..., 0].T
        r = tip[:, None] - joints[:, :3, 3].T
        out = np.empty((6, len(joints)))
        out[0] = z[1] * r[2] - z[2] * r[1]
        out[1] = z[2] * r[0] - z[0] * r[2]
        out[2] = z[0] * r[1] - z[1] * r[0]
        out[3:] = z
        return out


_EYE = np.eye(4)


def chain(joints: Sequence[tuple[Matrix, tuple[float, float, float]]], flange: Matrix, tool: Matrix) -> Chain:
    """Build a chain. `joints`: each one's transform (4, 4) from the joint before and its unit axis there."""
    axes = np.array([axis for _, axis in joints])
    places = np.array([place for place, _ in joints])
    along, turn, across = np.zeros((3, len(joints), 4, 4))
    along[:, :3, :3] = axes[:, :, None] * axes[:, None, :]
    turn[:, :3, :3] = np.eye(3) - along[:, :3, :3]
    x, y, z = axes.T
    zero = np.zeros_like(x)
    across[:, :3, :3] = np.array([[zero, -z, y], [z, zero, -x], [-y, x, zero]]).transpose(2, 0, 1)
    along[:, 3, 3] = 1.0
    reaches = tuple(1 << i for i in range((len(joints) + 1).bit_length()))
    return Chain(places @ along, places @ turn, places @ across, axes[..., None], flange, tool, reaches)


def _error(goal: Matrix, at: Matrix) -> Vector:
    """What is missing to the goal, (6,): m, and the rotation vector's sine times `_ANGLE_M`."""
    turn = goal[:3, :3] @ at[:3, :3].T
    axis = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    return np.concatenate([goal[:3, 3] - at[:3, 3], 0.5 * _ANGLE_M * axis])
