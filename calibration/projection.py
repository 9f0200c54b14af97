"""Pixels of points, and how they move with the lens and with the point."""

import cv2
import numpy as np

from calibration.lens import Lens
from calibration.poses import Matrix


def project(lens: Lens, points: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Pixels (n, 2) of points (n, 3) m in the camera's frame, and their derivatives.

    The second is (n, 2, 4 + distortion) by `Lens.parameters`, the third (n, 2, 3) by the point.
    """
    points = np.ascontiguousarray(points, np.float64).reshape(-1, 1, 3)
    nothing = np.zeros(3)
    if lens.model == "fisheye":
        seen, rates = cv2.fisheye.projectPoints(points, nothing, nothing, lens.K, lens.dist)
        of_lens, of_point = slice(0, 8), slice(11, 14)
    else:
        seen, rates = cv2.projectPoints(points, nothing, nothing, lens.K, lens.opencv_dist)
        of_lens, of_point = slice(6, 10 + len(lens.dist)), slice(3, 6)
    rates = np.asarray(rates, np.float64).reshape(len(points), 2, -1)
    return np.asarray(seen, np.float64).reshape(-1, 2), rates[..., of_lens], rates[..., of_point]


def skewed(points: Matrix) -> Matrix:
    """(n, 3, 3) that give `p x v` for a v."""
    out = np.zeros((len(points), 3, 3))
    x, y, z = points.T
    out[:, 0, 1], out[:, 0, 2], out[:, 1, 2] = -z, y, -x
    out[:, 1, 0], out[:, 2, 0], out[:, 2, 1] = z, -y, x
    return out
