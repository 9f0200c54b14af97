"""Rigid motions as 4x4 matrices and as six numbers. `T_a_b` maps coordinates of b into those of a; m, rad.

A twist is (6,): translation, then rotation vector. A small one stands for the motion `[R(w) | v]`.
"""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


def from_twist(twist: Vector) -> Matrix:
    """The motion (..., 4, 4) of twists (..., 6)."""
    from scipy.spatial.transform import Rotation  # a fifth of a second to load, which the daemon does without

    twist = np.asarray(twist, np.float64)
    out = np.zeros((*twist.shape[:-1], 4, 4))
    out[..., :3, :3] = Rotation.from_rotvec(twist[..., 3:].reshape(-1, 3)).as_matrix().reshape(*twist.shape[:-1], 3, 3)
    out[..., :3, 3] = twist[..., :3]
    out[..., 3, 3] = 1.0
    return out


def to_twist(pose: Matrix) -> Vector:
    """Twists (..., 6) of motions (..., 4, 4)."""
    from scipy.spatial.transform import Rotation

    turned = Rotation.from_matrix(pose[..., :3, :3].reshape(-1, 3, 3)).as_rotvec().reshape(*pose.shape[:-2], 3)
    return np.concatenate([pose[..., :3, 3], turned], axis=-1)


def inverse(pose: Matrix) -> Matrix:
    """T_b_a of T_a_b, (..., 4, 4)."""
    out = np.zeros_like(pose)
    turned = np.swapaxes(pose[..., :3, :3], -1, -2)
    out[..., :3, :3] = turned
    out[..., :3, 3] = -(turned @ pose[..., :3, 3:])[..., 0]
    out[..., 3, 3] = 1.0
    return out


def apart(one: Matrix, other: Matrix) -> tuple[float, float]:
    """How far two poses (4, 4) of the same thing are apart: m, rad."""
    twist = to_twist(inverse(one) @ other)
    return float(np.linalg.norm(twist[:3])), float(np.linalg.norm(twist[3:]))
