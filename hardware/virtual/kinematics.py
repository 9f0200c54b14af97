"""Forward and inverse kinematics of the Franka Research 3.

Modified Denavit-Hartenberg parameters (Craig's convention), the flange at 0.107 m and the Franka Hand's
0.1034 m, -45 deg: Franka Robotics, "FCI documentation: Robot and interface specifications",
section "Denavit-Hartenberg parameters", and libfranka's default `F_T_EE` for the hand.
Poses are (4, 4) homogeneous matrices in metres in the robot's base frame; q is (7,) rad.
"""

import math

import numpy as np
from numpy.typing import NDArray

from hardware.arms.limits import FR3
from hardware.samples import Vector

Matrix = NDArray[np.float64]

HOME: Vector = np.array([0.0, -math.pi / 4, 0.0, -3 * math.pi / 4, 0.0, math.pi / 2, math.pi / 4])

_A = (0.0, 0.0, 0.0, 0.0825, -0.0825, 0.0, 0.088)  # m
_D = (0.333, 0.0, 0.316, 0.0, 0.384, 0.0, 0.0)  # m
_ALPHA = (0.0, -math.pi / 2, math.pi / 2, math.pi / 2, -math.pi / 2, math.pi / 2, math.pi / 2)
_FLANGE_M = 0.107
_HAND_M = 0.1034
_DAMPING = 1e-3
_LONGEST_STEP = 0.2  # rad; keeps the linear step honest far from the goal
_ANGLE_M = 0.3  # m: one radian of attitude error weighs as this many metres


def _pose(x: float, y: float, z: float, yaw: float = 0.0) -> Matrix:
    c, s = math.cos(yaw), math.sin(yaw)
    return np.array([[c, -s, 0.0, x], [s, c, 0.0, y], [0.0, 0.0, 1.0, z], [0.0, 0.0, 0.0, 1.0]])


HAND: Matrix = _pose(0.0, 0.0, _HAND_M, -math.pi / 4)
_FLANGE: Matrix = _pose(0.0, 0.0, _FLANGE_M)


def _links() -> tuple[Matrix, Matrix, Matrix]:
    """Each joint's transform is `fixed + cos(q) * cosine + sin(q) * sine`, all (7, 4, 4)."""
    fixed, cosine, sine = np.zeros((3, 7, 4, 4))
    for i, (a, d, alpha) in enumerate(zip(_A, _D, _ALPHA, strict=True)):
        ca, sa = math.cos(alpha), math.sin(alpha)
        fixed[i] = [[0, 0, 0, a], [0, 0, -sa, -d * sa], [0, 0, ca, d * ca], [0, 0, 0, 1]]
        cosine[i, :3, :2] = [[1, 0], [0, ca], [0, sa]]
        sine[i, :3, :2] = [[0, -1], [ca, 0], [sa, 0]]
    return fixed, cosine, sine


_FIXED, _COSINE, _SINE = _links()


def frames(q: Vector) -> Matrix:
    """Poses (9, 4, 4) of the base, joints 1 to 7 and the flange."""
    angle = q[:, None, None]
    joints = _FIXED + np.cos(angle) * _COSINE + np.sin(angle) * _SINE
    poses = np.empty((9, 4, 4))
    poses[0] = np.eye(4)
    poses[1:8] = joints
    poses[8] = _FLANGE
    for reach in (1, 2, 4, 8):  # running products in four steps: each takes in as many frames again
        poses[reach:] = poses[:-reach] @ poses[reach:]
    return poses


def flange(q: Vector) -> Matrix:
    """Pose (4, 4) of the flange."""
    return frames(q)[8]


def end_effector(q: Vector) -> Matrix:
    """Pose (4, 4) of the hand's grasp point, libfranka's `O_T_EE`."""
    return frames(q)[8] @ HAND


def jacobian(q: Vector) -> Matrix:
    """Velocity of the grasp point a joint speed, (6, 7): m and rad, in the base frame."""
    return _jacobian(frames(q))


def inverse(pose: Matrix, q0: Vector) -> Vector:
    """Joints (7,) within the FR3's limits whose end effector is at `pose` (4, 4), the nearest way from `q0`.

    Damped least squares to 1e-6 m and 3e-6 rad. Raises ValueError where the pose is out of reach.
    """
    q = q0.astype(float)
    for _ in range(200):
        poses = frames(q)
        error = _error(pose, poses[8] @ HAND)
        if float(np.linalg.norm(error)) < 1e-6:
            return q
        jac = _jacobian(poses)
        jac[3:] *= _ANGLE_M
        step = jac.T @ np.linalg.solve(jac @ jac.T + _DAMPING**2 * np.eye(6), error)
        step *= min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-12))
        q = np.clip(q + step, FR3.q_min, FR3.q_max)
    at = np.round(pose[:3, 3], 3).tolist()
    raise ValueError(f"no joints reach {at} m in this attitude; bring it nearer")


def _jacobian(poses: Matrix) -> Matrix:
    tip = (poses[8] @ HAND)[:3, 3]
    z = poses[1:8, :3, 2].T
    r = tip[:, None] - poses[1:8, :3, 3].T
    out = np.empty((6, 7))
    out[0] = z[1] * r[2] - z[2] * r[1]
    out[1] = z[2] * r[0] - z[0] * r[2]
    out[2] = z[0] * r[1] - z[1] * r[0]
    out[3:] = z
    return out


def _error(goal: Matrix, pose: Matrix) -> Vector:
    """What is missing to the goal, (6,): m, and the rotation vector's sine times `_ANGLE_M`."""
    turn = goal[:3, :3] @ pose[:3, :3].T
    axis = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    return np.concatenate([goal[:3, 3] - pose[:3, 3], 0.5 * _ANGLE_M * axis])
