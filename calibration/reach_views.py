"""How a board may stand before a camera so that all of it is seen, from every side, near and far."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation
from scipy.stats import qmc

from calibration.board import CharucoBoard, ChessBoard
from calibration.lens import Lens
from calibration.poses import Matrix, Vector, from_twist

_EDGE = 0.04  # of the picture that stays free round the corners
_NEARER, _FARTHER = 0.75, 1.3  # of the present distance
_FULL = 0.85  # of the picture that the board fills at the nearest
_NEAREST_M = 0.25  # to the board's middle: a lens of fixed focus is sharp from there on
_DEEP = 1.6  # farthest over nearest, where the camera may choose
_STEEPEST = math.cos(math.radians(58.0))  # of the board's normal to the line of sight
_SEED = 7


@dataclass(frozen=True, slots=True)
class Wanted:
    """`T_camera_board` (4, 4); `features` (6,): how it differs from the others, in comparable units."""

    T_camera_board: Matrix
    features: Vector


def wanted(
    now: Matrix,
    board: CharucoBoard | ChessBoard,
    lens: Lens,
    count: int,
    *,
    tilt_deg: float,
    roll_deg: float,
    aside_m: float,
    nearest: bool = False,
) -> Iterator[Wanted]:
    """Up to `count`, without chance: a Sobol sequence of tilts, rolls, distances and places in the picture.

    `now`: T_camera_board as it is: its roll is the middle of the rolls, its distance about that of the distances, and
    no place is farther aside of it than `aside_m`. `nearest`: as near as the board fills the picture, wherever it is
    now: what a picture tells of the board's attitude falls with the square of the distance.
    """
    points = board.points()
    middle = points.mean(axis=0)
    at = now[:3, :3] @ middle + now[:3, 3]
    upright = _facing(now[:3, :3], at)
    near, far = _distances(points, lens, float(np.linalg.norm(at)), nearest=nearest)
    draws = qmc.Sobol(6, seed=_SEED).random(1 << (8 * count - 1).bit_length())
    given = 0
    for draw in draws:
        if given == count:
            return
        azimuth, steep, roll = 2 * math.pi * draw[0], math.sqrt(draw[1]), 2 * draw[2] - 1
        turn = np.radians([tilt_deg * steep * math.cos(azimuth), tilt_deg * steep * math.sin(azimuth), roll_deg * roll])
        to = lens.rays((np.array(lens.size) * (_EDGE + (1 - 2 * _EDGE) * draw[3:5]))[None])[0]
        place = to / np.linalg.norm(to) * (near + (far - near) * draw[5])
        if np.linalg.norm((place - at)[:2]) > aside_m:
            continue
        pose = from_twist(np.concatenate([np.zeros(3), turn]))
        pose[:3, :3] = _along(place) @ pose[:3, :3] @ upright
        pose[:3, 3] = place - pose[:3, :3] @ middle
        if _seen(pose, points, lens):
            given += 1
            yield Wanted(pose, np.array([*(turn / math.radians(30)), *(0.4 * (place - at)[:2] / 0.1), 2 * draw[5]]))


def _facing(turned: Matrix, at: Vector) -> Matrix:
    """The attitude (3, 3), against a line of sight along z, that faces the camera with the roll it has now."""
    straight = _along(at).T @ turned
    return _swing(straight[:, 2], np.array([0.0, 0.0, 1.0])) @ straight


def _along(direction: Vector) -> Matrix:
    """The smallest turn (3, 3) of z into a direction."""
    return _swing(np.array([0.0, 0.0, 1.0]), direction)


def _swing(begin: Vector, end: Vector) -> Matrix:
    axis = np.cross(begin, end)
    sine, cosine = float(np.linalg.norm(axis)), float(begin @ end)
    if sine < 1e-12:
        return np.eye(3)
    return Rotation.from_rotvec(axis / sine * math.atan2(sine, cosine)).as_matrix()


def _distances(points: Matrix, lens: Lens, now: float, *, nearest: bool) -> tuple[float, float]:
    """From where the board fills most of the picture; but about as far as it is now, unless `nearest`."""
    long, short = sorted(np.ptp(points, axis=0)[:2], reverse=True)
    across, down = lens.size[0] / lens.K[0, 0], lens.size[1] / lens.K[1, 1]
    full = max(long / max(across, down), short / min(across, down)) / _FULL
    if nearest:
        near = max(full, _NEAREST_M)
        return near, max(_DEEP * near, min(now, 2 * near))
    near = max(full, _NEARER * now)
    return near, max(_FARTHER * now, 1.3 * near)


def _seen(pose: Matrix, points: Matrix, lens: Lens) -> bool:
    there = points @ pose[:3, :3].T + pose[:3, 3]
    if there[:, 2].min() <= 0.05:
        return False
    middle = there.mean(axis=0)
    if float(pose[:3, 2] @ middle) / float(np.linalg.norm(middle)) < _STEEPEST:
        return False
    pixels = lens.project(there) / np.array(lens.size)
    return bool(((pixels > _EDGE) & (pixels < 1 - _EDGE)).all())
