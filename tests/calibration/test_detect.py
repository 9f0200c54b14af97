"""Corners are where they are, to a few hundredths of a pixel; a picture that tells nothing says why."""

import cv2
import numpy as np
import pytest

from calibration.board import CharucoBoard, parse_board
from calibration.detect import Unseen, detect
from calibration.detect_plane import agreeing
from calibration.lens import Lens
from calibration.view import View
from tests.calibration.photographs import BOARD as PHOTOGRAPHED
from tests.calibration.photographs import SIZE, left_views, right_views
from tests.calibration.render import LENS, facing, render

CHARUCO = parse_board("charuco:10x7:24mm:18mm:DICT_5X5_100")
CHESS = parse_board("chessboard:9x6:25mm")
TILTED = (0.4, 0.25, 0.1)


@pytest.fixture(scope="module")
def sight() -> np.ndarray:
    return render(CHARUCO, facing(CHARUCO, 0.45, TILTED))[0]


@pytest.fixture(scope="module")
def chess_sight() -> np.ndarray:
    return render(CHESS, facing(CHESS, 0.45, TILTED))[0]


def seen(picture: np.ndarray, board=CHARUCO) -> View:
    view = detect(picture, board, "a", 7, "f00")
    assert isinstance(view, View), view
    return view


def why(picture: np.ndarray, board=CHARUCO) -> str:
    told = detect(np.ascontiguousarray(picture), board)
    assert isinstance(told, Unseen), f"{len(told.ids)} corners"
    return told.reason


@pytest.mark.parametrize(
    ("board", "most"),
    [
        ("charuco:10x7:24mm:18mm:DICT_5X5_100", 0.05),
        ("charuco:14x9:20mm:16mm:DICT_5X5_100", 0.08),
        ("chessboard:9x6:25mm", 0.05),
    ],
)
@pytest.mark.parametrize(("blur", "tilt"), [(0.5, (0.5, 0.3, 0.2)), (0.9, (-0.2, 0.6, -0.4))])
def test_corners_are_found_to_a_twentieth_of_a_pixel(board: str, most: float, blur: float, tilt) -> None:
    held = parse_board(board)
    picture, truth = render(held, facing(held, 0.42, tilt), blur=blur, noise=3.0)
    view = seen(picture, held)
    off = view.corners - truth[view.ids]
    assert len(view.ids) > 0.9 * len(truth)
    assert np.linalg.norm(off, axis=1).mean() < most
    assert np.abs(off.mean(axis=0)).max() < 0.02  # no shift of all of them, which no average would take away
    assert np.linalg.norm(off, axis=1).max() < 0.35


def test_corners_up_to_the_picture_s_edge_are_safe_through_a_wide_lens() -> None:
    wide = Lens("5p", LENS.K * [[0.75], [0.75], [1]], np.array([-0.28, 0.08, 0.001, -0.0005, 0.0]), (640, 480))
    picture, truth = render(CHARUCO, facing(CHARUCO, 0.15, (0.2, -0.2, 0.1), (0.05, 0.04)), wide)
    view = seen(picture)
    assert 20 < len(view.ids) < len(truth)
    assert np.linalg.norm(view.corners - truth[view.ids], axis=1).max() < 0.3


def test_colour_or_grey_and_what_the_caller_knows_goes_along(sight: np.ndarray) -> None:
    view, coloured = seen(sight), seen(np.stack([sight] * 3, axis=-1))
    assert (view.name, view.t_ns, view.sha256, view.size) == ("a", 7, "f00", (640, 480))
    np.testing.assert_allclose(view.corners, coloured.corners, atol=1e-6)


def test_blur_is_measured_in_pixels(sight: np.ndarray) -> None:
    """10-90 % of an edge under a Gaussian: 2.56 sigma; the pixel itself adds a little."""
    sharp = seen(render(CHARUCO, facing(CHARUCO, 0.3), blur=0.3, noise=1.0)[0]).blur
    soft = seen(render(CHARUCO, facing(CHARUCO, 0.3), blur=1.2, noise=1.0)[0]).blur
    assert sharp < 2.0
    assert soft == pytest.approx(2.56 * 1.2, rel=0.2)


def test_a_chessboard_begins_with_a_dark_square_however_it_is_turned(chess_sight: np.ndarray) -> None:
    upright = seen(chess_sight, CHESS)
    turned = seen(np.ascontiguousarray(chess_sight[::-1, ::-1]), CHESS)
    np.testing.assert_allclose(turned.corners, np.array([639, 479]) - upright.corners, atol=0.02)


def test_a_board_turned_upside_down_keeps_its_ids(sight: np.ndarray) -> None:
    upright, turned = seen(sight), seen(np.ascontiguousarray(sight[::-1, ::-1]))
    np.testing.assert_array_equal(upright.ids, turned.ids)
    np.testing.assert_allclose(turned.corners, np.array([639, 479]) - upright.corners, atol=0.05)


def test_a_symmetric_chessboard_keeps_its_order_while_it_is_not_turned_over() -> None:
    board = parse_board("chessboard:8x6:25mm")
    for tilt in ((0.3, 0.2, 0.5), (-0.2, 0.4, -0.9)):
        picture, truth = render(board, facing(board, 0.45, tilt))
        np.testing.assert_allclose(seen(picture, board).corners, truth, atol=0.3)


def blurred(picture: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(picture, (0, 0), 4)


def shaken(picture: np.ndarray) -> np.ndarray:
    return cv2.filter2D(picture, -1, np.full((1, 21), 1 / 21, np.float32))


def dimmed(picture: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(2).normal(0.0, 12.0, picture.shape)
    return np.clip(picture * 0.1 + 5 + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda p: p[:, ::-1], "mirrored"),
        (lambda p: np.full_like(p, 3), "empty, all of it black"),
        (lambda p: np.full_like(p, 128), "empty, all of it grey"),
        (dimmed, "too dark"),
        (lambda p: np.clip(p.astype(int) + 210, 0, 255).astype(np.uint8), "too bright"),
        (blurred, "blurred: edges are"),
        (shaken, "moved"),
        (lambda p: np.random.default_rng(1).integers(0, 255, p.shape, dtype=np.uint8), "No board"),
        (lambda p: p.astype(np.float32), "8 bits"),
        (lambda p: p[:20, :20], "smaller than 32"),
    ],
)
def test_a_picture_that_tells_nothing_says_why(sight: np.ndarray, spoil, told: str) -> None:
    reason = why(spoil(sight))
    assert told in reason
    assert len(reason) < 140
    assert reason.endswith(".")


@pytest.mark.parametrize(
    ("board", "told"),
    [
        ("charuco:9x7:24mm:18mm:DICT_5X5_100", "10 squares wide"),
        ("charuco:10x7:24mm:18mm:DICT_4X4_50", "DICT_5X5, not DICT_4X4_50"),
        ("charuco:10x7:24mm:12mm:DICT_5X5_100", "Markers are 0.7"),
    ],
)
def test_another_board_is_named(sight: np.ndarray, board: str, told: str) -> None:
    assert told in why(sight, parse_board(board))


@pytest.mark.parametrize("size", ["8x6", "3x3", "10x7"])
def test_another_chessboard_or_a_part_of_a_larger_one_is_named(chess_sight: np.ndarray, size: str) -> None:
    assert "9x6 inner corners is seen" in why(chess_sight, parse_board(f"chessboard:{size}:25mm"))


def test_the_pattern_before_opencv_4_6_is_told_from_the_one_since() -> None:
    old = CharucoBoard(columns=10, rows=6, square_m=0.024, marker_m=0.018, legacy=True)
    picture, truth = render(old, facing(old, 0.45, TILTED))
    view = seen(picture, old)
    assert np.linalg.norm(view.corners - truth[view.ids], axis=1).max() < 0.3
    assert "pattern before 4.6" in why(picture, old.model_copy(update={"legacy": False}))


def test_too_little_of_the_board_is_told_with_how_much() -> None:
    picture, _ = render(CHARUCO, facing(CHARUCO, 0.16, (0.0, 0.0, 0.0), (0.14, 0.1)))
    assert "corners of the board" in why(picture)


def test_no_corner_is_made_up_where_something_covers_the_board(sight: np.ndarray) -> None:
    whole, covered = seen(sight), sight.copy()
    covered[200:300, 250:420] = 90
    view = seen(covered)
    hidden = (np.abs(view.corners - (334.5, 249.5)) < (80, 45)).all(axis=1)
    assert not hidden.any()
    assert len(view.ids) < len(whole.ids)


def test_corners_that_disagree_with_the_others_go() -> None:
    x, y = np.meshgrid(np.arange(9.0), np.arange(6.0))
    spots = np.column_stack([x.ravel(), y.ravel()])
    corners = spots @ [[30.0, 4.0], [-3.0, 28.0]] + (100, 80)
    corners[[10, 37]] += (0.0, 3.0), (-2.5, 0.0)
    np.testing.assert_array_equal(np.flatnonzero(~agreeing(spots, corners)), [10, 37])


def test_the_photographs_of_opencv_are_as_measured() -> None:
    for views, rms in ((left_views(), 0.18), (right_views(), 0.185)):
        points = [PHOTOGRAPHED.points().astype(np.float32)] * len(views)
        found = [view.corners.astype(np.float32) for view in views]
        assert len(views) == 13
        assert cv2.calibrateCamera(points, found, SIZE, None, None)[0] < rms
