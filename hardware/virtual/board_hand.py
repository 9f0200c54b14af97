"""The operator holds the board before a camera: from pose to pose, with a short rest at each; a pure function of time.

The poses are those that calibration asks for: the board's middle over a 5 x 5 grid of the picture, corners partly out
of view, turned up to 45 degrees about axes all round, filling from a quarter of the picture's width to all of it.
"""

import math
from typing import NamedTuple

import cv2
import numpy as np

from hardware.arms.kinematics import Matrix
from hardware.samples import Vector
from hardware.virtual import cell
from hardware.virtual.operator_moves import unit_move

REST_S = 0.5
MOVE_S = 0.5
_OVERHANG = 0.34  # of the board's length and breadth at most out of the picture
# A hand's sway and tremor at rest: Hz, px. Together below 0.05 px from frame to frame at 60 Hz.
_TREMOR = ((1.3, 0.10), (2.9, 0.03), (8.7, 0.006))
_TREMOR_RAD = 3e-4  # a pixel of it


class Held(NamedTuple):
    """One pose: where the board's middle is from the picture's, as shares of width and height; the share of the width
    that it fills if it faces the camera; its tilt, to which direction, and its turn in its own plane, degrees.
    """

    x: float
    y: float
    fill: float
    tilt: float
    towards: float
    turn: float


def _script() -> tuple[Held, ...]:
    """Over the grid as one reads and back, then close and far."""
    grid = [(row, column if row % 2 == 0 else 4 - column) for row in range(5) for column in range(5)]
    poses = [
        Held((c - 2) / 5, (r - 2) / 5, (0.42, 0.55)[i % 2], (22, 30, 36)[i % 3], 135.0 * i, (-12, 6, 14, 0)[i % 4])
        for i, (r, c) in enumerate(grid)
    ]
    poses += [Held(0.36 * _cos(a), 0.36 * _sin(a), 0.80, 38, a + 90, -10 + a / 18) for a in range(0, 360, 45)]
    poses += [Held(0.12 * _sin(a), 0.12 * _cos(a), 0.65, 45, a, 12 - a / 15) for a in range(0, 360, 45)]
    poses += [Held(x, y, 0.60, 14, 80 * x - 200 * y, 20 * x) for x in (-0.45, 0.45) for y in (-0.45, 0.45)]
    poses += [Held(x, y, 0.27, 12, 200 * x + 90 * y, 20 * y) for x in (0.28, -0.28) for y in (0.25, -0.25)]
    return (*poses, Held(0.0, 0.0, 1.0, 0, 0, 0))


def _cos(degrees: float) -> float:
    return math.cos(math.radians(degrees))


def _sin(degrees: float) -> float:
    return math.sin(math.radians(degrees))


SCRIPT = _script()
ROUND_S = len(SCRIPT) * (REST_S + MOVE_S)
"""Until it begins anew."""


class HeldBoard:
    """Before one camera: `K` (3, 3) px, `size` (width, height) px."""

    def __init__(self, K: Matrix, size: tuple[int, int]) -> None:
        self._focal = float(K[0, 0])
        self._middle = np.array([*cell.HELD_BOARD.size_m, 0.0]) / 2
        places = [_place(pose, K, size) for pose in SCRIPT]
        self._middles = np.array([middle for middle, _ in places])
        self._turns = [turn for _, turn in places]
        onward = [*self._turns[1:], self._turns[0]]
        self._changes = [_about(now.T @ then) for now, then in zip(self._turns, onward, strict=True)]

    def pose(self, t_s: float) -> Matrix:
        """T_camera_board (4, 4), so long after it was taken up."""
        at = max(t_s, 0.0) % ROUND_S
        index, within_s = divmod(at, REST_S + MOVE_S)
        now, then = int(index), (int(index) + 1) % len(SCRIPT)
        share, _ = unit_move((within_s - REST_S) / MOVE_S)
        middle = (1 - share) * self._middles[now] + share * self._middles[then]
        sway = [sum(px * math.sin(2 * math.pi * hz * t_s + k) for hz, px in _TREMOR) for k in range(3)]
        middle = middle + np.array(sway) * middle[2] / self._focal
        pose = np.eye(4)
        pose[:3, :3] = self._turns[now] @ _turn(share * self._changes[now] + _TREMOR_RAD * np.array(sway))
        pose[:3, 3] = middle - pose[:3, :3] @ self._middle
        return pose


def _place(held: Held, K: Matrix, size: tuple[int, int]) -> tuple[Vector, Matrix]:
    """The board's middle (3,) m and its turn in the camera's frame."""
    width, height = size
    length, breadth = cell.HELD_BOARD.size_m
    depth = K[0, 0] * length / (held.fill * width)
    shares = held.fill, held.fill * width * breadth / (length * height)
    x, y = (
        min(max(at, -most), most)
        for at, most in zip((held.x, held.y), (0.5 - share * (0.5 - _OVERHANG) for share in shares), strict=True)
    )
    ray = np.array([((0.5 + x) * width - K[0, 2]) / K[0, 0], ((0.5 + y) * height - K[1, 2]) / K[1, 1], 1.0])
    axis = np.array([-_sin(held.towards), _cos(held.towards), 0.0])
    turned = np.array([0.0, 0.0, math.radians(held.turn)])
    return depth * ray, _turn(axis * math.radians(held.tilt)) @ _turn(turned)


def _turn(about: Vector) -> Matrix:
    """The rotation (3, 3) about a vector (3,), rad. By OpenCV: to load scipy too is a third of the renderer's start."""
    return np.asarray(cv2.Rodrigues(about)[0], np.float64)


def _about(turn: Matrix) -> Vector:
    """The vector (3,), rad, of a rotation (3, 3)."""
    return np.asarray(cv2.Rodrigues(turn)[0], np.float64).ravel()
