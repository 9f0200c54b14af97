"""A lens from views: as good as it can be, with the model that it takes, and wrong corners told from right ones."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from calibration.bundle_lens import Estimate, Free, adjust, residuals
from calibration.intrinsics import lens_of, solve_intrinsics
from calibration.lens import DISTORTION, Lens, LensModel
from calibration.lens_told import compared
from calibration.result import IntrinsicsResult
from calibration.sights import stack
from calibration.start_lens import start
from calibration.view import View
from tests.calibration.boards_seen import BOARD, LENS, held, seen
from tests.calibration.photographs import BOARD as PHOTOGRAPHED
from tests.calibration.photographs import SIZE, left_views, right_views


@pytest.fixture(scope="module")
def views() -> list[View]:
    rng = np.random.default_rng(3)
    return seen(rng, held(rng, 20), noise_px=0.15)[0]


@pytest.fixture(scope="module")
def left() -> IntrinsicsResult:
    return solve_intrinsics(left_views(), PHOTOGRAPHED, "left")


def verdicts(result: IntrinsicsResult) -> dict[str, str]:
    return {line.name: line.verdict for line in result.lines}


def test_the_photographs_of_the_left_camera_give_what_is_known_of_it(left: IntrinsicsResult) -> None:
    assert left.holdout_rms_px <= 0.26
    assert left.K[0][0] == pytest.approx(533.75, rel=0.003)
    assert left.rms_px < left.holdout_rms_px < 1.15 * left.rms_px
    assert len(left.pictures) == 13 and left.outliers < 0.03


def test_the_photographs_of_the_left_camera_leave_the_corners_of_its_picture_open(left: IntrinsicsResult) -> None:
    told = left.uncertainty
    assert 0.08 < told["centre"] < 0.16
    assert told["corner_max"] > 1.9
    assert max(told["map"][0][0], told["map"][0][-1], told["map"][-1][0], told["map"][-1][-1]) == told["corner_max"]
    assert told["near"]["centre"] < told["centre"]
    assert verdicts(left)["train rms"] == "pass"
    bad = next(line for line in left.lines if "90 %" in line.name)
    assert bad.verdict == "fail" and "corners" in bad.remedy


def test_more_parameters_are_not_taken_where_held_out_views_do_not_gain(left: IntrinsicsResult) -> None:
    chosen = next(rung for rung in left.ladder if rung["chosen"])
    assert chosen["model"] in ("k1k2", "5p") and left.model == chosen["model"]
    best_in_training = min(left.ladder, key=lambda rung: rung["rms_px"])
    assert best_in_training["model"] == "rational"


def test_the_right_camera_too() -> None:
    found = solve_intrinsics(right_views(), PHOTOGRAPHED, "right", models=("k1k2",))
    assert found.holdout_rms_px <= 0.26 and found.K[0][0] == pytest.approx(536.3, abs=1.5)


@pytest.mark.parametrize(
    ("model", "flags"), [("k1k2", cv2.CALIB_FIX_K3 | cv2.CALIB_ZERO_TANGENT_DIST), ("5p", 0)], ids=["k1k2", "5p"]
)
def test_without_outliers_and_bend_the_lens_is_opencvs_to_the_digit(model: LensModel, flags: int) -> None:
    sights, used, _ = stack(left_views(), PHOTOGRAPHED)
    ours = adjust(sights, start(sights, model))
    board = [PHOTOGRAPHED.points().astype(np.float32)] * len(used)
    corners = [view.corners.astype(np.float32) for view in used]
    until = (cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, 200, 1e-12)
    rms, K, dist, *_ = cv2.calibrateCamera(board, corners, SIZE, np.eye(3), np.zeros(5), flags=flags, criteria=until)
    assert np.sqrt((residuals(sights, ours) ** 2).sum(axis=1).mean()) == pytest.approx(rms, abs=1e-5)
    assert ours.lens.parameters[:4] == pytest.approx(K[[0, 1, 0, 1], [0, 1, 2, 2]], abs=2e-2)
    assert ours.lens.dist == pytest.approx(np.ravel(dist)[: DISTORTION[model]], abs=1e-3)


def test_clean_corners_give_the_lens_back() -> None:
    rng = np.random.default_rng(0)
    clean, _ = seen(rng, held(rng, 12), noise_px=0.0)
    found = lens_of(solve_intrinsics(clean, BOARD, models=("5p",)))
    assert found.parameters == pytest.approx(LENS.parameters, abs=1e-5)


def test_the_model_that_the_lens_has_is_chosen_and_its_figures_pass(views: list[View]) -> None:
    found = solve_intrinsics(views, BOARD, "front", models=("k1k2", "5p"), serial="123")
    assert (found.model, found.camera, found.serial) == ("5p", "front", "123")
    assert found.rms_px == pytest.approx(0.15 * np.sqrt(2), rel=0.1)
    assert found.cross_validation["ratio"] < 2
    assert all(line.verdict != "fail" for line in found.lines)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(list(found.sigmas.values()))
    assert found.names == ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2", "k3")


def test_a_wide_lens_is_tried_as_a_fisheye_unasked() -> None:
    wide = Lens("fisheye", np.array([[250.0, 0, 322], [0, 250, 238], [0, 0, 1]]), np.full(4, 0.005), (640, 480))
    rng = np.random.default_rng(5)
    found = solve_intrinsics(seen(rng, held(rng, 12, wide, metres=(0.12, 0.4)), wide)[0], BOARD)
    assert found.model == "fisheye"
    assert found.K[0][0] == pytest.approx(250, abs=4 * found.sigmas["fx"])


def test_a_bent_board_is_found_bent() -> None:
    rng = np.random.default_rng(6)
    found = solve_intrinsics(seen(rng, held(rng, 14), bend_m=(1e-3, 4e-4))[0], BOARD, models=("5p",))
    assert found.board_warp_m == pytest.approx((1e-3, 4e-4), abs=1e-4)


@pytest.mark.parametrize("share", [0.01, -0.02])
def test_a_print_stretched_one_way_is_measured(share: float) -> None:
    rng = np.random.default_rng(7)
    found = solve_intrinsics(seen(rng, held(rng, 14), stretch=share)[0], BOARD, models=("5p",))
    line = next(line for line in found.lines if "squares" in line.name)
    assert line.value == pytest.approx(100 * abs(share), abs=0.3)
    assert line.verdict != "pass" and "print" in line.remedy


def test_a_uniformly_wrong_square_does_not_change_the_lens(views: list[View]) -> None:
    larger = BOARD.model_copy(update={"square_m": 1.1 * BOARD.square_m})
    right, wrong = (solve_intrinsics(views, board, models=("5p",)) for board in (BOARD, larger))
    assert np.array(wrong.K) == pytest.approx(np.array(right.K), abs=1e-3)


def test_wild_corners_and_whole_wrong_views_are_left_out_and_told(views: list[View]) -> None:
    rng = np.random.default_rng(8)
    spoiled = [replace(view, corners=view.corners.copy()) for view in views]
    for view in spoiled:
        wild = rng.random(len(view.ids)) < 0.05
        view.corners[wild] += rng.normal(0, 15, (int(wild.sum()), 2))
    for view in spoiled[::8]:
        view.corners[:] = view.corners[::-1]
    found = solve_intrinsics(spoiled, BOARD, models=("5p",))
    assert found.rms_px < 0.25
    assert found.K[0][0] == pytest.approx(LENS.K[0, 0], abs=4 * found.sigmas["fx"])
    notes = " ".join(found.made.notes)
    assert "view 00" in notes and "more than 3 %" in notes
    assert verdicts(found)["corners left out"] != "pass"
    assert len(found.pictures) == len(spoiled), "those left out are told with their residuals"


def test_the_makers_values_are_held_against_ours(views: list[View]) -> None:
    near = {"K": (1.004 * LENS.K).tolist(), "distortion": LENS.dist.tolist(), "model": "5p", "maker": "brown_conrady"}
    far = {**near, "K": (1.05 * LENS.K).tolist()}
    foreign = {**near, "model": "inverse_brown_conrady"}
    found = solve_intrinsics(views, BOARD, models=("5p",), factory=far)
    assert verdicts(found)["focal length away from the factory's"] == "fail"
    told = [compared(lens_of(found), factory) for factory in (near, far, foreign)]
    assert told[0]["focal_percent"] < 1 < told[1]["focal_percent"]
    assert told[0]["max_px"] < told[1]["max_px"]
    assert "max_px" not in told[2]
    assert told[1] == found.factory


def test_a_pose_alone_is_found_through_a_lens_that_stays(views: list[View]) -> None:
    sights, _, _ = stack(views, BOARD)
    begun = start(sights, "5p")
    held_fast = Estimate(LENS, begun.poses, begun.shape)
    found = adjust(sights, held_fast, Free(lens=False))
    assert found.lens is LENS
    assert np.sqrt((residuals(sights, found) ** 2).mean()) == pytest.approx(0.15, rel=0.1)
