"""Pictures of a board through a known lens from a known place: pixels are light summed over their area, then noise."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.board import CharucoBoard, ChessBoard
from calibration.lens import Lens
from calibration.poses import Matrix, from_twist

_FINE = 3
"""Rays along each side of a pixel."""
_TEXELS = 60
"""Along a square of the print."""

LENS = Lens("pinhole", np.array([[560.0, 0.0, 322.3], [0.0, 561.0, 238.1], [0.0, 0.0, 1.0]]), np.zeros(0), (640, 480))


def facing(board: CharucoBoard | ChessBoard, distance: float, tilt=(0.0, 0.0, 0.0), shift=(0.0, 0.0)) -> Matrix:
    """T_camera_board: its middle at `distance` m and `shift` (x, y) m, turned about it by `tilt` (rotation vector)."""
    pose = from_twist(np.array([*shift, distance, *tilt]))
    middle = np.append(board.points().mean(axis=0), 1.0)
    pose[:3, 3] -= pose[:3, :3] @ middle[:3]
    return pose


def render(
    board: CharucoBoard | ChessBoard,
    pose: Matrix,
    lens: Lens = LENS,
    *,
    blur: float = 0.5,
    noise: float = 2.0,
    light: tuple[float, float] = (25.0, 220.0),
    seed: int = 0,
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The picture (H, W) and where all the board's corners are in it, (n, 2) px.

    `pose`: T_camera_board; `blur`: sigma of the lens's, px; `noise`: of a pixel's grey value; `light`: of black, white.
    """
    texture, origin = _print(board)
    plane = np.linalg.inv(np.column_stack([pose[:3, :2], pose[:3, 3]]))
    hit = _rays(_key(lens)) @ plane.T.astype(np.float32)
    spots = (hit[..., :2] / hit[..., 2:] / board.square_m + origin) * _TEXELS - 0.5
    spots[hit[..., 2] <= 0] = -10.0
    scene = cv2.remap(texture, *spots.astype(np.float32).transpose(2, 0, 1), cv2.INTER_LINEAR, borderValue=0.45)
    if blur:
        scene = cv2.GaussianBlur(scene, (0, 0), blur * _FINE)
    seen = cv2.resize(scene, lens.size, interpolation=cv2.INTER_AREA)
    seen = light[0] + (light[1] - light[0]) * seen + np.random.default_rng(seed).normal(0.0, noise, seen.shape)
    corners = lens.project(board.points() @ pose[:3, :3].T + pose[:3, 3])
    return np.clip(np.rint(seen), 0, 255).astype(np.uint8), corners


@lru_cache(maxsize=8)
def _print(board: CharucoBoard | ChessBoard) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Print with a rim of a square, white 1; where the points' origin is on it, in squares."""
    if isinstance(board, CharucoBoard):
        size = board.columns * _TEXELS, board.rows * _TEXELS
        drawn, origin = board.opencv().generateImage(size, marginSize=0), 0.0
    else:
        white = np.indices((board.rows + 1, board.columns + 1)).sum(axis=0) % 2
        drawn, origin = np.kron(white, np.ones((_TEXELS, _TEXELS))) * 255, 1.0
    return np.pad(drawn / np.float32(255), _TEXELS, constant_values=1.0).astype(np.float32), np.full(2, origin + 1.0)


def _key(lens: Lens) -> tuple[object, ...]:
    return lens.model, tuple(lens.K.ravel()), tuple(lens.dist), lens.size


@lru_cache(maxsize=2)
def _rays(key: tuple) -> NDArray[np.float32]:
    """Of all fine pixels, (H, W, 3): of every fourth pixel's corner, and between them in proportion (0.005 px)."""
    model, K, dist, size = key
    lens = Lens(model, np.array(K).reshape(3, 3), np.array(dist), size)
    step = 4
    nodes = np.stack(np.meshgrid(*(np.arange(-1, side // step + 2) for side in size)), axis=-1) * float(step)
    rays = lens.rays(nodes.reshape(-1, 2)).reshape((*nodes.shape[:2], 3)).astype(np.float32)
    fine = (((np.arange(side * _FINE) + 0.5) / _FINE - 0.5) / step + 1 for side in size)
    x, y = np.meshgrid(*fine)
    return cv2.remap(rays, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
