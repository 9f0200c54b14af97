"""Where the board was in a view, before any lens is known."""

import cv2
import numpy as np

from calibration.board import CharucoBoard, ChessBoard
from calibration.lens import Lens
from calibration.poses import Matrix
from calibration.view import View

_FOCAL = 0.9
"""Of a lens that nothing is known of, as a share of the picture's width: 58 degrees across."""


def guessed_lens(size: tuple[int, int]) -> Lens:
    """A usual one for pictures of `size` (width, height) px; tilts and distances by it are good to a fifth."""
    width, height = size
    f = _FOCAL * width
    K = np.array([[f, 0.0, (width - 1) / 2], [0.0, f, (height - 1) / 2], [0.0, 0.0, 1.0]])
    return Lens("pinhole", K, np.zeros(0), size)


def place(view: View, board: CharucoBoard | ChessBoard, lens: Lens) -> Matrix | None:
    """T_camera_board (4, 4) from one view; None where its corners tell none (fewer than 4, or in one line).

    IPPE (Collins and Bartoli, IJCV 2014), then least squares.
    """
    points, rays = board.points()[view.ids], lens.rays(view.corners)
    if len(points) < 4 or np.linalg.matrix_rank(points - points[0], tol=0.5 * board.square_m) < 2:
        return None
    flat = np.ascontiguousarray(rays[:, :2])
    try:
        there, turned, moved = cv2.solvePnP(points, flat, np.eye(3), np.zeros(0), flags=cv2.SOLVEPNP_IPPE)
        if not there or not np.isfinite(moved).all():
            return None
        turned, moved = cv2.solvePnPRefineLM(points, flat, np.eye(3), np.zeros(0), turned, moved)
    except cv2.error:
        return None
    out = np.eye(4)
    out[:3, :3], out[:3, 3] = cv2.Rodrigues(turned)[0], np.asarray(moved).ravel()
    return out
