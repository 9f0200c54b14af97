"""Where a camera is, with an uncertainty that holds; what cannot be solved is refused in words that help."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from benchmarks.calibration_hand_eye import CASES, OURS, measure
from calibration.board import CharucoBoard
from calibration.errors import CalibrationError
from calibration.lens import Lens
from calibration.mounting import rough_mount, solve_mount
from calibration.mounting_fit import Kind
from calibration.poses import apart, from_twist
from calibration.result import Made, MountResult
from tests.calibration.synthetic_mounts import BOARD, LENS, T_BOARD, T_CAMERA, Case, Scene, scene

KINDS: list[Kind] = ["hand-eye", "extrinsics"]


def solve(drawn: Scene, board: CharucoBoard = BOARD, lens: Lens = LENS, **told: Any) -> MountResult:
    return solve_mount(
        drawn.kind, drawn.views, drawn.T_base_ee, lens, board, camera="front", arm="right", intrinsics_uuid="u", **told
    )


@cache
def plain() -> MountResult:
    return solve(scene(2), made=Made(operator="ann", notes=("before",)))


def verdicts(result: MountResult) -> dict[str, str]:
    return {line.name: line.verdict for line in result.lines}


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_capture_gives_the_camera_its_uncertainty_and_passes(kind: Kind) -> None:
    good = Case(robot_m=1e-4, robot_rad=2e-4, pixel=0.1)
    result = solve(scene(1, good, kind), robot_sigma_m=1e-4, robot_sigma_rad=2e-4)
    metres, radians = apart(np.array(result.T), T_CAMERA)
    assert 1e3 * metres < min(0.4, 4 * result.sigma_mm)
    assert np.degrees(radians) < min(0.05, 4 * result.sigma_deg)
    assert apart(np.array(result.T_board), T_BOARD)[0] < 1e-3
    assert result.kind == kind
    assert result.poses == 20
    assert set(verdicts(result).values()) == {"pass"}
    assert result.made.notes == ()


def test_the_result_holds_every_corner_and_its_residual() -> None:
    result = plain()
    assert result.made.operator == "ann"
    assert result.made.notes[0] == "before"
    off = np.concatenate([np.array(p.residuals) for p in result.pictures])
    assert off.shape == (20 * 54, 2)
    assert np.sqrt((off**2).sum(axis=1).mean()) == pytest.approx(result.rms_px, rel=1e-3)
    assert result.rms_px == pytest.approx(0.2 * np.sqrt(2), rel=0.05)
    assert np.sqrt(np.trace(np.array(result.covariance)[:3, :3])) == pytest.approx(1e-3 * result.sigma_mm)


@pytest.mark.parametrize("kind", KINDS)
def test_the_sigmas_hold_over_many_captures(kind: Kind) -> None:
    """A share of benchmarks/calibration_hand_eye.py, which has 100 seeds of every case and OpenCV beside them."""
    errors = measure(next(iter(CASES.values())), kind, range(4), rivals=False)
    mm, deg = errors.medians(OURS)
    assert mm < 0.6
    assert deg < 0.08
    assert 0.4 < errors.within(1) < 0.95
    assert errors.within(3) > 0.9


def test_a_robot_worse_than_supposed_is_found_out_and_widens_the_sigmas() -> None:
    bad = solve(scene(4, Case(robot_m=2e-3, robot_rad=float(np.radians(0.3)))))
    good = plain()
    assert bad.sigma_mm > 3 * good.sigma_mm
    assert apart(np.array(bad.T), T_CAMERA)[0] < 4e-3 * bad.sigma_mm
    assert verdicts(bad)["robot error over supposed"] == "warn"
    assert any("mm and 0." in note for note in bad.made.notes)


def test_an_uncertain_lens_widens_the_sigmas() -> None:
    known, unsure = plain(), solve(scene(2), lens_covariance=np.diag([4.0, 4.0, 4.0, 4.0]))
    assert unsure.sigma_mm > known.sigma_mm + 0.2
    assert unsure.T == known.T


def test_a_board_measured_wrongly_is_told_with_its_true_size() -> None:
    size = 1.1
    told = BOARD.model_copy(update={"square_m": BOARD.square_m / size, "marker_m": BOARD.marker_m / size})
    result = solve(scene(6), told)
    line = next(line for line in result.lines if line.name == "board's size over told")
    assert line.verdict == "fail"
    assert line.value == pytest.approx(size, abs=0.01)
    assert f"measures {line.value:.3f} of what its file says" in line.remedy
    assert "correct square_m" in line.remedy


@pytest.mark.parametrize("kind", KINDS)
def test_small_turns_are_solved_with_a_warning_that_names_the_motion(kind: Kind) -> None:
    result = solve(scene(7, Case(degrees=8.0), kind))
    assert verdicts(result)["turning, second axis"] == "warn"
    assert any("turn the hand about its x" in note and "30 deg to both sides" in note for note in result.made.notes)
    assert apart(np.array(result.T), T_CAMERA)[0] < 4e-3 * result.sigma_mm


def test_one_axis_alone_is_refused() -> None:
    drawn = scene(8)
    turned = drawn.T_base_ee[0] @ from_twist(np.outer(np.linspace(-0.6, 0.6, 20), [0, 0, 0, 0, 1, 0]))
    with pytest.raises(CalibrationError, match=r"mostly its y .* turn it about its .* 30 deg to both sides"):
        solve(replace(drawn, T_base_ee=turned))


def test_moving_without_turning_is_refused() -> None:
    drawn = scene(8)
    shifted = drawn.T_base_ee.copy()
    shifted[:, :3, :3] = shifted[0, :3, :3]
    with pytest.raises(CalibrationError, match="only moves without turning: turn it about its x and about its y"):
        solve(replace(drawn, T_base_ee=shifted))


def test_poses_that_are_no_numbers_are_refused_by_name() -> None:
    drawn = scene(9)
    drawn.T_base_ee[[3, 7], 0, 3] = np.nan
    with pytest.raises(CalibrationError, match=r"robot pose of 3.png, 7.png is no number"):
        solve(drawn)


def test_poses_that_are_no_rigid_motions_are_refused() -> None:
    drawn = scene(9)
    drawn.T_base_ee[:, :3, :3] *= 1.01
    with pytest.raises(CalibrationError, match="no rigid motion"):
        solve(drawn)


def test_pictures_paired_with_other_poses_are_refused_and_the_shift_is_told() -> None:
    drawn = scene(10)
    with pytest.raises(CalibrationError, match=r"do not belong together.*each picture takes the pose 1 later"):
        solve(replace(drawn, T_base_ee=np.roll(drawn.T_base_ee, 1, axis=0)))


def test_too_few_poses_or_not_as_many_as_pictures_are_refused() -> None:
    drawn = scene(11)
    with pytest.raises(CalibrationError, match=r"4 robot poses .* at least 5"):
        solve(replace(drawn, views=drawn.views[:4], T_base_ee=drawn.T_base_ee[:4]))
    with pytest.raises(CalibrationError, match="20 pictures and robot poses of shape"):
        solve(replace(drawn, T_base_ee=drawn.T_base_ee[:19]))


def test_pictures_of_another_size_than_the_lens_are_refused() -> None:
    with pytest.raises(CalibrationError, match="pictures of 848x480 and a lens for 640x480"):
        solve(scene(12), lens=replace(LENS, size=(640, 480)))


def test_pictures_that_show_too_little_are_left_out_and_named() -> None:
    drawn = scene(13)
    poor = replace(drawn.views[5], ids=drawn.views[5].ids[:4], corners=drawn.views[5].corners[:4])
    result = solve(replace(drawn, views=[*drawn.views[:5], poor, *drawn.views[6:]]))
    assert result.poses == 19
    assert any(note.startswith("5.png: left out") for note in result.made.notes)


@pytest.mark.parametrize("wrong", [(0.02, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0.1, 0)])
def test_a_single_wrong_robot_pose_is_left_out_and_named(wrong: tuple[float, ...]) -> None:
    drawn = scene(14)
    drawn.T_base_ee[4] = drawn.T_base_ee[4] @ from_twist(np.array(wrong))
    result = solve(drawn)
    assert result.poses == 19
    assert any(note.startswith("4.png: left out") for note in result.made.notes)
    assert apart(np.array(result.T), T_CAMERA)[0] < 4e-3 * result.sigma_mm


@pytest.mark.parametrize("kind", KINDS)
def test_a_few_small_moves_are_enough_to_plan_by(kind: Kind) -> None:
    drawn = scene(15, Case(poses=8, degrees=8.0), kind)
    camera, board = rough_mount(kind, drawn.views, drawn.T_base_ee, LENS, BOARD)
    assert apart(camera, T_CAMERA)[0] < 0.02
    assert apart(board, T_BOARD)[0] < 0.02
