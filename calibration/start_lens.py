"""A first guess of a lens and of every pose: good enough to descend from, and hard to mislead.

No closed form: one focal length after the other is tried with the principal point in the middle, and the one that
explains the middling view best is taken. A picture with wrong corners, or several, cannot bend it, as it would bend
the least squares that OpenCV's calibrateCamera starts from.
"""

import cv2
import numpy as np

from calibration.board_shape import FLAT
from calibration.bundle_lens import Estimate, residuals
from calibration.lens import DISTORTION, Lens, LensModel
from calibration.poses import Matrix, from_twist
from calibration.sights import Sights

_VIEW_ANGLES = np.deg2rad([15.0, 22, 30, 38, 46, 54, 62, 72, 82, 94, 108])
_VIEW_ANGLES_FISHEYE = np.deg2rad([60.0, 80, 100, 120, 140, 160, 180, 200])


def start(sights: Sights, model: LensModel) -> Estimate:
    """The best of the guesses."""
    width, height = sights.size
    across = width / 2 / np.tan(_VIEW_ANGLES / 2) if model != "fisheye" else width / _VIEW_ANGLES_FISHEYE
    guesses: list[tuple[float, Estimate]] = []
    for f in across:
        K = np.array([[f, 0.0, (width - 1) / 2], [0.0, f, (height - 1) / 2], [0.0, 0.0, 1.0]])
        lens = Lens(model, K, np.zeros(DISTORTION[model]), sights.size)
        guess = Estimate(lens, placed(sights, lens), FLAT)
        guesses.append((_middling(sights, guess), guess))
    return min(guesses, key=lambda guess: guess[0])[1]


def placed(sights: Sights, lens: Lens) -> Matrix:
    """T_camera_board (v, 4, 4) of every view by the homography of its plane, or straight ahead where none is found."""
    rays = lens.rays(sights.corners)
    poses = np.tile(np.eye(4), (sights.views, 1, 1))
    for view in range(sights.views):
        rows = sights.view == view
        poses[view] = _pose(sights.points[rows], rays[rows])
    return poses


def _pose(points: Matrix, rays: Matrix) -> Matrix:
    """IPPE (Collins and Bartoli, 2014) on directions; of its two answers the one that fits better."""
    good = np.isfinite(rays).all(axis=1) & (np.abs(rays[:, :2]) < 1e3).all(axis=1)
    points, rays = points[good], rays[good]
    if len(points) >= 4:
        found, turns, shifts, _ = cv2.solvePnPGeneric(
            points, np.ascontiguousarray(rays[:, :2]), np.eye(3), np.zeros(4), flags=cv2.SOLVEPNP_IPPE
        )
        if found and np.isfinite(turns[0]).all() and np.isfinite(shifts[0]).all() and shifts[0][2, 0] > 0:
            return from_twist(np.concatenate([np.ravel(shifts[0]), np.ravel(turns[0])]).astype(np.float64))
    ahead = np.eye(4)
    ahead[2, 3] = 10 * float(np.ptp(points, axis=0).max()) if len(points) else 1.0
    return ahead


def _middling(sights: Sights, at: Estimate) -> float:
    """Median over the views of a view's median distance, with a little of the upper quarter to tell equals apart."""
    off = np.linalg.norm(residuals(sights, at), axis=1)
    of_views = [float(np.median(off[sights.view == view])) for view in range(sights.views)]
    return float(np.quantile(of_views, 0.5) + np.quantile(of_views, 0.75))
