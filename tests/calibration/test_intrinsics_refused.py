"""Views that give no lens: one sentence says why, and what to do."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from calibration.board import ChessBoard
from calibration.errors import CalibrationError
from calibration.intrinsics import solve_intrinsics
from calibration.view import View
from tests.calibration.boards_seen import BOARD, held, seen

RNG = np.random.default_rng(11)
GOOD = seen(RNG, held(RNG, 14))[0]
FLAT = held(RNG, 14, tilt_deg=0)
ONE_LEAN = held(RNG, 14, lean=(0.4, 0.2))
ALIKE = np.repeat(ONE_LEAN[:1], 14, axis=0)


def no_number(views: list[View]) -> list[View]:
    corners = views[4].corners.copy()
    corners[3] = np.nan
    return [*views[:4], replace(views[4], corners=corners), *views[5:]]


def mirrored(views: list[View]) -> list[View]:
    return [replace(view, corners=np.array([639, 0]) - view.corners * np.array([1, -1])) for view in views]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda _: [], "no picture shows the board"),
        (lambda views: views[:3], "3 views.*at least 6.*take 30 to 50"),
        (no_number, "view 04: a corner is no number"),
        (lambda views: [*views[:-1], replace(views[-1], size=(1280, 720))], "several sizes: 640x480.*1280x720"),
        (lambda views: [replace(views[0], ids=views[0].ids + 40), *views[1:]], "not on this 9x6 board, which has 54"),
        (lambda views: [replace(views[0], ids=views[0].ids * 0), *views[1:]], "a corner appears twice"),
        (lambda views: [replace(views[0], ids=views[0].ids[:4]), *views[1:]], "each corner needs its id"),
        (lambda views: [replace(v, ids=v.ids[:5], corners=v.corners[:5]) for v in views], "0 views with enough"),
        (mirrored, "from behind.*mirrored"),
    ],
)
def test_what_is_no_set_of_views(spoil: Callable[[list[View]], list[View]], said: str) -> None:
    with pytest.raises(CalibrationError, match=said):
        solve_intrinsics(spoil(GOOD), BOARD, models=("k1k2",))


@pytest.mark.parametrize(
    ("poses", "noise_px", "said"),
    [
        (ALIKE, 0.2, "all alike; move the board"),
        (ALIKE, 0.0, "all alike; move the board"),
        (FLAT, 0.2, "faces the camera in all of them; tilt it"),
        (ONE_LEAN, 0.2, "leans the same way in all of them; tilt it"),
    ],
    ids=["alike", "alike, without noise", "flat", "one lean"],
)
def test_a_motion_that_is_missing_is_named(poses: np.ndarray, noise_px: float, said: str) -> None:
    views, _ = seen(np.random.default_rng(12), poses, noise_px=noise_px)
    with pytest.raises(CalibrationError, match=said):
        solve_intrinsics(views, BOARD, models=("5p",))


@pytest.mark.parametrize(
    "board", [ChessBoard(columns=6, rows=9, square_m=0.03), ChessBoard(columns=8, rows=7, square_m=0.03)]
)
def test_another_board_than_the_one_in_the_pictures(board: ChessBoard) -> None:
    with pytest.raises(CalibrationError, match="give the board that the pictures show"):
        solve_intrinsics(GOOD, board, models=("k1k2",))


def test_a_board_a_tenth_longer_one_way_is_refused_with_the_figure() -> None:
    rng = np.random.default_rng(13)
    with pytest.raises(CalibrationError, match=r"(9\.[5-9]|10\.\d) \+- 0\.\d+ % longer along its x"):
        solve_intrinsics(seen(rng, held(rng, 20), stretch=0.1)[0], BOARD, models=("5p",))


def test_a_view_that_shows_a_line_only_is_left_out_and_told() -> None:
    row = GOOD[0].ids // 9 == GOOD[0].ids[0] // 9
    thin = replace(GOOD[0], name="thin", ids=GOOD[0].ids[row], corners=GOOD[0].corners[row])
    found = solve_intrinsics([thin, *GOOD[1:]], BOARD, models=("5p",))
    assert any("thin" in note for note in found.made.notes)
    assert "thin" not in {picture.name for picture in found.pictures}
