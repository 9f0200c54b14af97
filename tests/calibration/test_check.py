"""A calibration that holds passes its check; a knocked, refocused or exchanged camera is named."""

from dataclasses import replace

import numpy as np
import pytest

from calibration.board import CharucoBoard
from calibration.check import Sight, check_sights, check_view, seat, swapped
from calibration.drift import FAIL_PX, WARN_PX, drifts
from calibration.errors import CalibrationError
from calibration.lens import Lens
from calibration.poses import Matrix, apart, from_twist, inverse
from calibration.result import CheckResult, Made
from calibration.view import View

BOARD = CharucoBoard(columns=6, rows=4, square_m=0.06, marker_m=0.042, dictionary="DICT_4X4_50")
LENS = Lens("k1k2", np.array([[470.0, 0, 322], [0, 470.0, 238], [0, 0, 1]]), np.array([0.05, -0.08]), (640, 480))
PLACE = from_twist(np.array([0.35, -0.12, 0.0, np.pi, 0.0, 0.0]))  # T_base_board


def looking(eye: tuple[float, float, float], at: tuple[float, float, float] = (0.5, -0.2, 0.0)) -> Matrix:
    forward = np.subtract(at, eye) / np.linalg.norm(np.subtract(at, eye))
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([right, np.cross(forward, right), forward])
    pose[:3, 3] = eye
    return pose


FRONT, SIDE, FAR = looking((1.14, 0.10, 1.04)), looking((0.55, -1.12, 0.86)), looking((0.86, 0.66, 1.02))


def sight(camera: str, T: Matrix, *, seed: int = 0, stored: Matrix | None = None, place: Matrix = PLACE) -> Sight:
    """What a camera at T sees of the board at `place`, with the mount that is stored for it."""
    T_camera_board = inverse(T) @ place
    points = BOARD.points()
    corners = LENS.project(points @ T_camera_board[:3, :3].T + T_camera_board[:3, 3])
    corners += np.random.default_rng(seed).normal(0, 0.08, corners.shape)
    inside = ((corners > 0) & (corners < LENS.size)).all(axis=1)
    view = View(camera, LENS.size, np.flatnonzero(inside), corners[inside])
    return Sight(camera, view, LENS, T if stored is None else stored)


def knocked(T: Matrix, mrad: float = 8.0) -> Matrix:
    return T @ from_twist(np.array([0, 0, 0, 0, mrad * 1e-3, 0]))


def test_cameras_that_hold_pass_whatever_they_are_checked_against() -> None:
    sights = [sight("front", FRONT), sight("side", SIDE, seed=1)]
    for shifts in (check_sights(sights, BOARD), check_sights(sights, BOARD, PLACE)):
        for shift in shifts.values():
            assert shift.px < WARN_PX / 2 and shift.mm < 1 and shift.lens_px < 0.2
    assert swapped(sights, BOARD) == []


def test_a_knocked_camera_is_told_by_the_size_of_its_shift() -> None:
    shift = check_view(sight("front", knocked(FRONT)).view, LENS, BOARD, inverse(FRONT) @ PLACE)
    assert shift.px == pytest.approx(8e-3 * 470, rel=0.15)
    distance = float(np.linalg.norm((inverse(FRONT) @ PLACE)[:3, 3]))
    assert shift.mm == pytest.approx(8 * distance, rel=0.2)
    assert shift.lens_px < 0.2, "the lens is not to blame"


def test_of_three_cameras_the_knocked_one_is_named_though_the_board_was_moved() -> None:
    place = PLACE @ from_twist(np.array([0.05, 0.02, 0, 0, 0, 0.3]))
    sights = [
        sight("front", FRONT, place=place),
        sight("side", knocked(SIDE), stored=SIDE, place=place, seed=1),
        sight("far", FAR, place=place, seed=2),
    ]
    shifts = check_sights(sights, BOARD, PLACE)
    assert [name for name, shift in shifts.items() if shift.px > FAIL_PX] == ["side"]
    assert shifts["front"].against == "far"


def test_of_two_cameras_the_board_s_known_place_tells_which() -> None:
    sights = [sight("front", FRONT), sight("side", knocked(SIDE), stored=SIDE, seed=1)]
    shifts = check_sights(sights, BOARD, PLACE)
    assert shifts["front"].px < WARN_PX and shifts["side"].px > FAIL_PX


def _wrist(stored_off: Matrix, poses: int = 3, place: Matrix = PLACE) -> list[Sight]:
    """A camera on a wrist above the board; its hand-eye is off by `stored_off`."""
    eyes = [(0.50, -0.24, 0.45), (0.62, -0.10, 0.40), (0.42, -0.33, 0.50), (0.58, -0.30, 0.36)]
    return [sight("wrist", looking(eye), stored=looking(eye) @ stored_off, seed=n, place=place)
            for n, eye in enumerate(eyes[:poses])]  # fmt: skip


def test_three_robot_poses_check_a_wrist_camera_wherever_the_board_lies() -> None:
    moved = PLACE @ from_twist(np.array([0.03, 0.04, 0, 0, 0, 0.5]))
    good = check_sights(_wrist(np.eye(4), place=moved), BOARD, PLACE)["wrist"]
    assert good.px < WARN_PX and good.against == "its own 3 poses"
    bad = check_sights(_wrist(from_twist(np.array([0.01, 0, 0, 0.02, 0, 0])), place=moved), BOARD, PLACE)["wrist"]
    assert bad.px > FAIL_PX


def test_another_focus_is_the_lens_fault() -> None:
    near = looking((0.58, -0.24, 0.30))
    other = Lens("k1k2", LENS.K, np.array([-0.25, 0.3]), LENS.size)
    assert check_view(sight("wrist", near).view, other, BOARD, inverse(near) @ PLACE).lens_px > 1


def test_exchanged_cameras_are_named_as_a_pair() -> None:
    front, side, far = sight("front", FRONT), sight("side", SIDE, seed=1), sight("far", FAR, seed=2)
    sights = [replace(front, view=side.view), replace(side, view=front.view), far]
    assert swapped(sights, BOARD) == [("front", "side")]
    assert swapped(sights[:2], BOARD, PLACE) == [("front", "side")]
    assert swapped([front, side, far], BOARD, PLACE) == []


def test_a_knock_is_no_exchange() -> None:
    sights = [sight("front", FRONT), sight("side", knocked(SIDE), stored=SIDE, seed=1)]
    assert swapped(sights, BOARD, PLACE) == []


def test_the_board_s_place_is_found_from_many_views() -> None:
    found = seat([sight("front", FRONT), sight("side", SIDE, seed=1), sight("far", FAR, seed=2)], BOARD)
    metres, radians = apart(found, PLACE)
    assert metres < 5e-4 and radians < 2e-3


def test_what_tells_nothing_is_refused_in_words() -> None:
    one = sight("front", FRONT)
    few = replace(one, view=replace(one.view, ids=one.view.ids[:3], corners=one.view.corners[:3]))
    large = replace(one, view=replace(one.view, size=(1280, 720)))
    lost = replace(one, T_base_camera=np.full((4, 4), np.nan))
    for sights, words in (
        ([one], "second camera"),
        ([few, sight("side", SIDE)], "3 of the board's corners"),
        ([large, sight("side", SIDE)], "1280x720"),
        ([lost, sight("side", SIDE)], "no number"),
        ([replace(s, T_base_camera=_wrist(np.eye(4))[0].T_base_camera) for s in _wrist(np.eye(4))], "turn it"),
    ):
        with pytest.raises(CalibrationError, match=words):
            check_sights(sights, BOARD)


def _checks(*px: float, mount: str = "m", camera: str = "front", day: int = 0) -> list[CheckResult]:
    return [
        CheckResult(
            made=Made(made_utc_ns=(day + n) * 86_400 * 10**9),
            camera=camera,
            intrinsics="i",
            mount=mount,
            shift_px=value,
        )
        for n, value in enumerate(px)
    ]


def test_a_steady_camera_neither_drifts_nor_was_knocked() -> None:
    found = drifts(_checks(0.3, 0.4, 0.25, 0.35, 0.3))["front"]
    assert found.days_left is None and not found.knocked_utc_ns and "holds" in found.says


def test_a_drift_tells_how_many_days_are_left() -> None:
    found = drifts(_checks(0.2, 0.31, 0.39, 0.5, 0.61, 0.7))["front"]
    assert found.days_left == pytest.approx(13, abs=1) and "loose screw" in found.says


def test_a_knock_is_dated_and_a_single_bad_check_is_none() -> None:
    found = drifts(_checks(0.3, 0.3, 2.6, 2.5))["front"]
    assert found.knocked_utc_ns == 2 * 86_400 * 10**9 and "knocked" in found.says
    assert not drifts(_checks(0.3, 0.3, 2.6, 0.4, 0.3))["front"].knocked_utc_ns


def test_checks_of_an_older_calibration_are_left_out() -> None:
    found = drifts([*_checks(3.0, 3.1, 3.2, mount="old"), *_checks(0.2, 0.2, mount="new", day=3)])["front"]
    assert found.px == (0.2, 0.2) and found.px_per_day != found.px_per_day
