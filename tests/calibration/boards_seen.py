"""Views of a board through a lens that is known: corners projected, with a detector's noise."""

from collections.abc import Sequence

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.board import ChessBoard
from calibration.lens import Lens
from calibration.poses import Matrix
from calibration.view import View

BOARD = ChessBoard(columns=9, rows=6, square_m=0.03)
LENS = Lens(
    "5p",
    np.array([[615.0, 0.0, 326.0], [0.0, 617.0, 235.0], [0.0, 0.0, 1.0]]),
    np.array([-0.12, 0.09, 0.003, -0.002, 0.1]),
    (640, 480),
)


def held(
    rng: np.random.Generator,
    count: int = 30,
    lens: Lens = LENS,
    tilt_deg: float = 45,
    lean: tuple[float, float] | None = None,
    metres: tuple[float, float] = (0.35, 0.8),
    board: ChessBoard = BOARD,
) -> Matrix:
    """T_camera_board (count, 4, 4): all over the picture, tilted each way, or all by the rotation vector `lean`."""
    middle = board.points().mean(axis=0)
    poses = np.tile(np.eye(4), (count, 1, 1))
    for pose in poses:
        way, tilt = rng.uniform(0, 2 * np.pi), np.deg2rad(rng.uniform(0, tilt_deg))
        about = tilt * np.array([np.cos(way), np.sin(way)]) if lean is None else np.array(lean)
        roll = rng.uniform(-0.3, 0.3) if lean is None else 0.0
        turn = Rotation.from_rotvec([*about, 0.0]) * Rotation.from_rotvec([0.0, 0.0, roll])
        ahead = lens.rays(rng.uniform((0, 0), lens.size)[None])[0] * rng.uniform(*metres)
        pose[:3, :3] = turn.as_matrix()
        pose[:3, 3] = ahead - pose[:3, :3] @ middle
    return poses


def seen(
    rng: np.random.Generator,
    poses: Matrix,
    lens: Lens = LENS,
    noise_px: float = 0.2,
    bend_m: Sequence[float] = (0.0, 0.0),
    stretch: float = 0.0,
    board: ChessBoard = BOARD,
) -> tuple[list[View], Matrix]:
    """The views that show at least eight corners, and their poses."""
    points = board.points()
    half = np.ptp(points, axis=0) / 2
    reach = (points - points.mean(axis=0))[:, :2] / half[:2]
    points[:, 2] = (1 - reach**2) @ np.array(bend_m)
    points[:, 0] *= 1 + stretch
    views: list[View] = []
    kept: list[int] = []
    for number, pose in enumerate(poses):
        before = points @ pose[:3, :3].T + pose[:3, 3]
        corners = lens.project(before) + rng.normal(0, noise_px, (len(points), 2))
        inside = ((corners > 0) & (corners < np.array(lens.size) - 1)).all(axis=1) & (before[:, 2] > 0)
        if inside.sum() >= 8:
            views.append(View(f"view {number:02d}", lens.size, np.flatnonzero(inside), corners[inside]))
            kept.append(number)
    return views, poses[kept]
