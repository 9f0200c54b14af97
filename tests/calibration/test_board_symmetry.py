"""A chessboard that looks the same upside down does for a lens, and is refused where its place matters."""

import numpy as np
import pytest

from calibration.board import CharucoBoard, ChessBoard, require_one_way_round
from calibration.check import check_view
from calibration.detect import detect
from calibration.errors import CalibrationError
from calibration.intrinsics import solve_intrinsics
from calibration.mounting import rough_mount, solve_mount
from calibration.rig import solve_rig
from calibration.rig_parts import RigBoard, RigCamera, RigSight
from calibration.stereo import solve_stereo
from calibration.view import View
from tests.calibration.boards_seen import held, seen
from tests.calibration.render import LENS as RENDERED
from tests.calibration.render import facing, render
from tests.calibration.synthetic_mounts import BOARD, LENS, scene

TWO_WAYS = [
    ChessBoard(columns=columns, rows=rows, square_m=0.025) for columns, rows in ((8, 6), (7, 7), (6, 6), (9, 5))
]
ONE_WAY = [ChessBoard(columns=columns, rows=rows, square_m=0.025) for columns, rows in ((9, 6), (6, 7))]
WHY = "looks the same upside down, so where it is cannot be told: use one with an odd and an even side, such as "


def corners(board: ChessBoard, roll: float) -> tuple[np.ndarray, np.ndarray]:
    """As found, and as they are."""
    picture, truth = render(board, facing(board, 0.45, (0.0, 0.0, roll)), RENDERED)
    found = detect(picture, board, "picture")
    assert isinstance(found, View)
    return found.corners, truth


@pytest.mark.parametrize("board", ONE_WAY, ids=str)
def test_a_board_with_an_odd_and_an_even_side_is_known_whichever_way_up_it_is(board: ChessBoard) -> None:
    for roll in (0.2, 2.9):
        found, truth = corners(board, roll)
        assert np.abs(found - truth).max() < 0.3
    require_one_way_round(board)


@pytest.mark.parametrize("board", TWO_WAYS[:2], ids=str)
def test_half_a_turn_of_any_other_board_is_not_seen(board: ChessBoard) -> None:
    found, truth = corners(board, 2.9)
    assert np.abs(found - truth[::-1]).max() < 0.3


@pytest.mark.parametrize("board", TWO_WAYS, ids=str)
def test_such_a_board_is_refused_for_mounts_rigs_pairs_and_checks(board: ChessBoard) -> None:
    given = scene(1)
    mount = ("hand-eye", given.views, given.T_base_ee, LENS, board)
    with pytest.raises(CalibrationError, match=WHY):
        solve_mount(*mount, camera="wrist", arm="right", intrinsics_uuid="")
    with pytest.raises(CalibrationError, match=WHY):
        rough_mount(*mount)
    with pytest.raises(CalibrationError, match=WHY):
        sights = [RigSight("wrist", "board", moment, view) for moment, view in enumerate(given.views)]
        cameras = {"wrist": RigCamera(LENS, "hand-eye", "right")}
        solve_rig(cameras, {"board": RigBoard(board)}, sights, {"right": given.T_base_ee})
    with pytest.raises(CalibrationError, match=WHY):
        solve_stereo(given.views, given.views, LENS, LENS, board)
    with pytest.raises(CalibrationError, match=WHY):
        check_view(given.views[0], LENS, board, np.eye(4))


def test_a_charuco_board_is_never_refused_and_a_lens_takes_any() -> None:
    require_one_way_round(BOARD)
    require_one_way_round(CharucoBoard(columns=6, rows=6, square_m=0.03, marker_m=0.02))
    rng = np.random.default_rng(3)
    board = ChessBoard(columns=8, rows=6, square_m=0.03)
    views, _ = seen(rng, held(rng, 16, board=board), board=board)
    flipped = [View(v.name, v.size, len(board.points()) - 1 - v.ids, v.corners) for v in views[::2]]
    found = solve_intrinsics([*views[1::2], *flipped], board, camera="front", models=["5p"])
    assert found.rms_px < 0.35
