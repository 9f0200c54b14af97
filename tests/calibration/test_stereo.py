"""Two cameras and one board: where the second is, and how well that is known."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from calibration.errors import CalibrationError
from calibration.lens import Lens
from calibration.poses import apart, from_twist, inverse
from calibration.stereo import solve_stereo
from tests.calibration.boards_seen import BOARD, LENS, held, seen
from tests.calibration.photographs import BOARD as PHOTOGRAPHED
from tests.calibration.photographs import SIZE, left_views, right_views

LEFT = Lens(
    "5p",
    np.array([[533.36, 0, 342.00], [0, 533.48, 234.27], [0, 0, 1]]),
    np.array([-0.2799, 0.0218, 0.0011, -0.0001, 0.1708]),
    SIZE,
)
RIGHT = Lens(
    "5p",
    np.array([[536.74, 0, 327.90], [0, 536.36, 249.69], [0, 0, 1]]),
    np.array([-0.299, 0.162, -0.001, 0.0, -0.086]),
    SIZE,
)
OF_THE_SET = Lens(
    "5p",
    np.array([[535.91573, 0, 342.28315], [0, 535.91573, 235.57083], [0, 0, 1]]),
    np.array([-0.26637261, -0.0385889, 0.00178318, -0.00028122, 0.23839153]),
    SIZE,
)
"""left_intrinsics.yml, as it comes with the photographs."""
T_LEFT_RIGHT = from_twist(np.array([0.08, -0.002, 0.004, 0.01, -0.05, 0.02]))


@pytest.mark.parametrize("left", [LEFT, OF_THE_SET], ids=["ours", "of the set"])
def test_the_photographs_pair_is_as_far_apart_as_the_sets_own_lens_says(left: Lens) -> None:
    found = solve_stereo(left_views(), right_views(), left, RIGHT, PHOTOGRAPHED)
    board = [PHOTOGRAPHED.points().astype(np.float32)] * 13
    corners = [[view.corners.astype(np.float32) for view in views] for views in (left_views(), right_views())]
    _, _, _, _, _, R, T, *_ = cv2.stereoCalibrate(
        board, *corners, left.K, left.dist, RIGHT.K, RIGHT.dist, SIZE, flags=cv2.CALIB_FIX_INTRINSIC
    )
    theirs = np.eye(4)
    theirs[:3] = np.column_stack([R, T])
    metres, radians = apart(inverse(found.T_left_right), theirs)
    assert metres < 3e-4 and radians < 1e-3
    assert found.baseline_m == pytest.approx(0.0832, rel=0.003)
    assert found.rms_px < 0.25 and found.sigma_m < 1e-4


def test_the_second_camera_is_where_it_was_put_within_its_sigma() -> None:
    errors: list[float] = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        poses = held(rng, 12, metres=(0.5, 0.8))
        one, other = seen(rng, poses)[0], seen(rng, inverse(T_LEFT_RIGHT) @ poses)[0]
        names = {view.name for view in one} & {view.name for view in other}
        pairs = [[view for view in views if view.name in names] for views in (one, other)]
        found = solve_stereo(*pairs, LENS, LENS, BOARD)
        errors.append((found.baseline_m - float(np.linalg.norm(T_LEFT_RIGHT[:3, 3]))) / found.sigma_m)
        metres, radians = apart(found.T_left_right, T_LEFT_RIGHT)
        assert metres < 1.5e-3 and radians < 3e-3
    assert 0.2 < float(np.sqrt(np.mean(np.square(errors)))) < 2.2


def test_wild_corners_do_not_move_it() -> None:
    spoiled = [replace(view, corners=view.corners.copy()) for view in right_views()]
    for view in spoiled:
        view.corners[7] += 30
    clean, found = (solve_stereo(left_views(), views, LEFT, RIGHT, PHOTOGRAPHED) for views in (right_views(), spoiled))
    assert found.baseline_m == pytest.approx(clean.baseline_m, abs=5e-5)
    assert found.outliers > clean.outliers


def test_views_that_are_no_pairs_are_refused() -> None:
    with pytest.raises(CalibrationError, match="12 views of the left camera and 13 of the right"):
        solve_stereo(left_views()[1:], right_views(), LEFT, RIGHT, PHOTOGRAPHED)
