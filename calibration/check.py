"""Does a stored calibration still hold? Where it puts a board's corners, against where they are seen. Pure.

A sight is a camera's view of a board that lies still, with where the camera is by its stored mount (for one on a wrist:
and by its robot's pose). The board's place is known from an earlier calibration, or found from the other sights.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import Final

import cv2
import numpy as np

from calibration.board import CharucoBoard, ChessBoard, require_one_way_round
from calibration.drift import FAIL_PX
from calibration.errors import CalibrationError
from calibration.lens import Lens
from calibration.poses import Matrix, Vector, from_twist, inverse
from calibration.view import View

FAIL_MM: Final = 3.0
FEWEST_CORNERS: Final = 6
ENOUGH_POSES: Final = 3
"""Of one camera's robot poses: so many tell whether its mount holds wherever the board may lie by now."""

_MOVED: Final = 0.02  # m, or rad about: less is no other pose
_STEP: Final = np.array([1e-2, 1e-2, 1e-2, 3e-2, 3e-2, 3e-2])  # m, rad: what moves corners by about as much
_LIKELIER: Final = 3.0  # exchanged, two cameras fit this many times better than as they are named: they are exchanged


@dataclass(frozen=True, slots=True)
class Sight:
    """`T_base_camera` (4, 4): at the instant of the view, by what is stored; of all sights in the same base frame."""

    camera: str
    view: View
    lens: Lens
    T_base_camera: Matrix


@dataclass(frozen=True, slots=True)
class Shift:
    """Of one camera. `px`: root mean square distance of a corner from where it should be; `mm`: across the line of
    sight, at the board's distance; `lens_px`: what is left if the board may be anywhere (the lens alone);
    `residual` (n, 2) px: seen less expected; `against`: what the expectation is from.
    """

    camera: str
    px: float
    mm: float
    lens_px: float
    residual: Matrix
    against: str

    @property
    def corners(self) -> int:
        """How many told it."""
        return len(self.residual)


def check_view(view: View, lens: Lens, board: CharucoBoard | ChessBoard, T_camera_board: Matrix) -> Shift:
    """A view against where the board (T_camera_board (4, 4)) should be. Raises CalibrationError."""
    return check_sights([Sight("", view, lens, np.eye(4))], board, T_camera_board)[""]


def check_sights(
    sights: Sequence[Sight], board: CharucoBoard | ChessBoard, T_base_board: Matrix | None = None
) -> dict[str, Shift]:
    """The shift of each camera, by name, against whatever agrees best with it.

    Its board is expected where it lay (`T_base_board` (4, 4), if known), where each other camera sees it, and, for a
    camera that moves with its arm, where its own other robot poses saw it. One that agrees with any of these holds:
    that the board was moved since, or that another camera was knocked, does not count against it.
    Raises CalibrationError where nothing can be expected of what is seen, or the board may as well be upside down.
    """
    require_one_way_round(board)
    for sight in sights:
        _require(sight)
    points = board.points()
    own = {sight.camera: _of(sight.camera, sights) for sight in sights}
    alone = {camera: [_seats([sight], points) for sight in of] for camera, of in own.items()}
    places = {camera: _seats(of, points) if len(of) > 1 else alone[camera][0] for camera, of in own.items()}
    found: dict[str, Shift] = {}
    for camera, of in own.items():
        shifts = [_shift(of, points, [place], other) for other in own if other != camera for place in places[other]]
        if T_base_board is not None:
            shifts.append(_shift(of, points, [T_base_board], "where the board lay"))
        if len(of) >= ENOUGH_POSES and _moved(of):
            rest = [_seats([other for other in of if other is not sight], points)[0] for sight in of]
            shifts.append(_shift(of, points, rest, f"its own {len(of)} poses"))
        if not shifts:
            raise CalibrationError(
                f"nothing tells where the board should be for {camera}: show the board to a second camera, or, of a"
                f" wrist camera, move the arm to {ENOUGH_POSES} poses and turn it"
            )
        best = min(shifts, key=lambda shift: shift.px)
        lens = [_residual(sight, points, seats[0]) for sight, seats in zip(of, alone[camera], strict=True)]
        found[camera] = replace(best, lens_px=_rms(np.concatenate(lens)))
    return found


def swapped(
    sights: Sequence[Sight], board: CharucoBoard | ChessBoard, T_base_board: Matrix | None = None
) -> list[tuple[str, str]]:
    """Pairs of cameras that fit far better with each other's calibration than with their own: exchanged ones."""
    one_each = list({sight.camera: sight for sight in sights}.values())
    found: list[tuple[str, str]] = []
    own = _together(one_each, board, T_base_board)
    if own <= FAIL_PX:
        return found
    for a, b in combinations(range(len(one_each)), 2):
        first, second = one_each[a], one_each[b]
        if first.lens.size != second.lens.size:
            continue
        exchanged = list(one_each)
        exchanged[a], exchanged[b] = replace(first, view=second.view), replace(second, view=first.view)
        if _LIKELIER * _together(exchanged, board, T_base_board) < own:
            found.append((first.camera, second.camera))
    return found


def seat(sights: Sequence[Sight], board: CharucoBoard | ChessBoard) -> Matrix:
    """T_base_board (4, 4) that fits all sights best, by least squares on the corners."""
    return _seats(sights, board.points())[0]


def _seats(sights: Sequence[Sight], points: Matrix) -> list[Matrix]:
    """The best place of the board first, and the other one that a single view of a flat board allows."""
    from scipy.optimize import least_squares  # a third of a second to load: the daemon and its pre-flight do without

    starts = [sight.T_base_camera @ pose for sight in sights for pose in _poses_seen(sight, points)]

    def left(twist: Vector, start: Matrix) -> Vector:
        return np.concatenate([_residual(sight, points, start @ from_twist(twist)).ravel() for sight in sights])

    still = np.zeros(6)
    near = sorted(starts, key=lambda start: float(np.square(left(still, start)).sum()))[:2]
    fits = [(least_squares(left, still, args=(start,), x_scale=_STEP), start) for start in near]
    fits.sort(key=lambda fit: float(fit[0].cost))
    return [start @ from_twist(np.asarray(best.x, np.float64)) for best, start in fits]


def _poses_seen(sight: Sight, points: Matrix) -> list[Matrix]:
    """T_camera_board (4, 4) by one view: the likelier first of the two that a flat board allows.

    Collins and Bartoli, "Infinitesimal plane-based pose estimation", 2014, by OpenCV.
    """
    flat = np.ascontiguousarray(sight.lens.rays(sight.view.corners)[:, :2])
    told = cv2.solvePnPGeneric(points[sight.view.ids], flat, np.eye(3), np.zeros(4), flags=cv2.SOLVEPNP_IPPE)
    found = zip(told[1], told[2], strict=True)
    poses = [from_twist(np.concatenate([np.ravel(v), np.ravel(w)]).astype(np.float64)) for w, v in found]
    if not poses:
        raise CalibrationError(f"{sight.camera}: the board's pose cannot be told from this view; show more of it")
    return poses


def _require(sight: Sight) -> None:
    view = sight.view
    if view.size != sight.lens.size:
        raise CalibrationError(
            f"{sight.camera}: its pictures have {view.size[0]}x{view.size[1]} px, it was calibrated at"
            f" {sight.lens.size[0]}x{sight.lens.size[1]}; set its old resolution, or calibrate it anew"
        )
    if len(view.ids) < FEWEST_CORNERS:
        raise CalibrationError(
            f"{sight.camera} sees {len(view.ids)} of the board's corners, {FEWEST_CORNERS} are needed:"
            " show it more of the board"
        )
    if not np.isfinite(sight.T_base_camera).all():
        raise CalibrationError(f"{sight.camera}: its robot's pose is no number; look at the arm's connection")


def _of(camera: str, sights: Iterable[Sight]) -> list[Sight]:
    return [sight for sight in sights if sight.camera == camera]


def _moved(sights: Sequence[Sight]) -> bool:
    """Has the camera been in places that differ enough to tell?"""
    apart = (inverse(a.T_base_camera) @ b.T_base_camera - np.eye(4) for a, b in pairwise(sights))
    return max(float(np.abs(matrix).max()) for matrix in apart) >= _MOVED


def _shift(sights: Sequence[Sight], points: Matrix, places: Sequence[Matrix], against: str) -> Shift:
    """All sights of one camera, each against its own of the places, or the only one."""
    wheres = list(places) * len(sights) if len(places) == 1 else list(places)
    residual = np.concatenate([_residual(sight, points, at) for sight, at in zip(sights, wheres, strict=True)])
    across = np.concatenate([_across_mm(sight, points, at) for sight, at in zip(sights, wheres, strict=True)])
    return Shift(sights[0].camera, _rms(residual), _rms(across), float("nan"), residual, against)


def _residual(sight: Sight, points: Matrix, T_base_board: Matrix) -> Matrix:
    """Seen less expected (n, 2) px. Points behind the camera are a whole picture off."""
    at = _in_camera(sight, points, T_base_board)
    ahead = at[:, 2] > 1e-3
    out = np.full((len(at), 2), float(max(sight.lens.size)))
    if ahead.any():
        out[ahead] = sight.view.corners[ahead] - sight.lens.project(at[ahead])
    return out


def _across_mm(sight: Sight, points: Matrix, T_base_board: Matrix) -> Matrix:
    """How far off the corners are across the line of sight, (n, 2) mm, at the distance that was expected."""
    at = _in_camera(sight, points, T_base_board)
    seen = sight.lens.rays(sight.view.corners)[:, :2]
    return 1e3 * (seen * at[:, 2:] - at[:, :2])


def _in_camera(sight: Sight, points: Matrix, T_base_board: Matrix) -> Matrix:
    T_camera_board = inverse(sight.T_base_camera) @ T_base_board
    return points[sight.view.ids] @ T_camera_board[:3, :3].T + T_camera_board[:3, 3]


def _together(sights: Sequence[Sight], board: CharucoBoard | ChessBoard, T_base_board: Matrix | None) -> float:
    """Rms px of all sights, about the known place or the one that fits them best."""
    place = seat(sights, board) if T_base_board is None else T_base_board
    return _rms(np.concatenate([_residual(sight, board.points(), place) for sight in sights]))


def _rms(vectors: Matrix) -> float:
    return float(np.sqrt(np.square(vectors).sum(axis=1).mean()))
