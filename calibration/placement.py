"""Where a board is before a camera, from one picture: a start for what uses many, and a look of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from calibration.board import CharucoBoard, ChessBoard
from calibration.lens import Lens
from calibration.poses import Matrix, Vector
from calibration.view import View

LEAST_CORNERS = 6


@dataclass(frozen=True, slots=True)
class Placement:
    """`T_camera_board` (4, 4) m; `rms_px`: distance of the corners from where it puts them."""

    T_camera_board: Matrix
    rms_px: float


def place(view: View, board: CharucoBoard | ChessBoard, lens: Lens, points: Vector | None = None) -> Placement | None:
    """The better of the two places that a flat board may have (Collins and Bartoli 2014, IPPE), then refined.

    `points`: the board's, (n, 3) m, where the caller has them at hand. None where the view has fewer than
    LEAST_CORNERS corners, all of them on a line, or nothing fits.
    """
    points = board.points() if points is None else points
    if len(view.ids) < LEAST_CORNERS:
        return None
    seen = points[view.ids]
    if np.linalg.svd(seen - seen.mean(axis=0), compute_uv=False)[1] < 1e-6:
        return None
    flat = np.ascontiguousarray(lens.rays(view.corners)[:, None, :2])
    eye = np.eye(3)
    _, turns, shifts, _ = cv2.solvePnPGeneric(seen, flat, eye, None, flags=cv2.SOLVEPNP_IPPE)
    found: list[Placement] = []
    for turn, shift in zip(turns, shifts, strict=True):
        turn, shift = cv2.solvePnPRefineLM(seen, flat, eye, np.zeros(0), turn.copy(), shift.copy())
        pose = np.eye(4)
        pose[:3, :3] = Rotation.from_rotvec(turn.ravel()).as_matrix()
        pose[:3, 3] = shift.ravel()
        if np.isfinite(pose).all() and pose[2, 3] > 0:
            off = lens.project(seen @ pose[:3, :3].T + pose[:3, 3]) - view.corners
            found.append(Placement(pose, float(np.sqrt((off**2).sum(axis=1).mean()))))
    return min(found, key=lambda each: each.rms_px, default=None)


def mean_pose(poses: Matrix, weights: Vector | Sequence[float] | None = None) -> Matrix:
    """The pose (4, 4) amid poses (k, 4, 4): median place, mean rotation after leaving out those far from the median."""
    weights = np.ones(len(poses)) if weights is None else np.asarray(weights, np.float64)
    turned = Rotation.from_matrix(poses[:, :3, :3])
    keep = np.ones(len(poses), bool)
    for _ in range(3):
        mean = turned[keep].mean(weights[keep])
        off = np.linalg.norm((mean.inv() * turned).as_rotvec(), axis=1)
        keep = np.asarray(off <= max(3 * float(np.median(off)), 1e-6), np.bool_)
    out = np.eye(4)
    out[:3, :3] = turned[keep].mean(weights[keep]).as_matrix()
    out[:3, 3] = np.median(poses[keep, :3, 3], axis=0)
    return out
