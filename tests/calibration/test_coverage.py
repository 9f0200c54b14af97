"""The operator is told what is missing until nothing is; views are few and unlike."""

from dataclasses import replace

import numpy as np
import pytest

from calibration.board import parse_board
from calibration.choose import choose
from calibration.coverage import Coverage, coverage, still
from calibration.lens import Lens
from calibration.view import View
from tests.calibration.photographs import BOARD, SIZE, left_views
from tests.calibration.render import LENS, facing

CHARUCO = parse_board("charuco:10x7:24mm:18mm:DICT_5X5_100")
RIGHT, LOWER, LEFT, UPPER = 0, 2, 4, 6


def look(distance: float, tilt=(0.0, 0.0, 0.0), shift=(0.0, 0.0), lens: Lens = LENS, blur: float = 2.0) -> View:
    """What a perfect detector sees: the corners that are in the picture."""
    pose = facing(CHARUCO, distance, tilt, shift)
    corners = lens.project(CHARUCO.points() @ pose[:3, :3].T + pose[:3, 3])
    ids = np.flatnonzero(((corners > 3) & (corners < np.array(SIZE) - 4)).all(axis=1))
    return View(f"{distance}{tilt}{shift}", SIZE, ids, corners[ids], blur=blur)


def over(*views: View) -> Coverage:
    return coverage(views, CHARUCO, SIZE, LENS)


@pytest.mark.parametrize(
    ("tilt", "nearest"), [((0, 0.6, 0), RIGHT), ((0, -0.6, 0), LEFT), ((0.6, 0, 0), UPPER), ((-0.6, 0, 0), LOWER)]
)
def test_a_tilt_counts_for_the_side_that_is_nearest(tilt, nearest: int) -> None:
    told = over(look(0.5, tilt))
    pose = facing(CHARUCO, 0.5, tilt)
    points = CHARUCO.points() @ pose[:3, :3].T + pose[:3, 3]
    towards = {RIGHT: (1, 0), LEFT: (-1, 0), UPPER: (0, -1), LOWER: (0, 1)}[nearest]
    assert np.corrcoef(points[:, :2] @ towards, points[:, 2])[0, 1] < -0.9
    assert np.flatnonzero(told.tilts).tolist() == [nearest]
    assert told.steep_rad == pytest.approx(0.6, abs=0.01)


def test_a_board_seen_straight_has_no_tilt_wherever_it_is() -> None:
    sight = np.array([0.2, 0.1, 0.6])
    turn = np.cross((0, 0, 1), sight / np.linalg.norm(sight))
    told = over(look(0.6, tuple(turn * np.arcsin(np.linalg.norm(turn)) / np.linalg.norm(turn)), (0.2, 0.1)))
    assert told.steep_rad < 0.06
    assert told.tilts.sum() == 0


def test_without_a_lens_tilts_and_distances_are_about_right() -> None:
    told = coverage([look(0.5, (0, 0.6, 0)), look(1.0)], CHARUCO, SIZE)
    assert told.tilts[RIGHT] == 1
    assert told.steep_rad == pytest.approx(0.6, rel=0.2)
    assert told.far_m / told.near_m == pytest.approx(2.0, rel=0.1)


def test_nothing_yet_asks_for_the_board() -> None:
    told = over()
    assert not told.done
    assert "Hold the board" in told.advice


def test_the_advice_walks_an_operator_to_the_end() -> None:
    """Whoever does what is said is done in the end, and is never told to do what was just done."""
    views = [look(0.5)]
    tilts = {"right": (0, 0.75, 0), "left": (0, -0.75, 0), "upper": (0.75, 0, 0), "lower": (-0.75, 0, 0)}
    asked = set[str]()
    for step in range(60):
        told = over(*views)
        if told.done:
            break
        asked.add(told.advice.split()[0])
        words = told.advice
        if words.startswith("Bring"):
            x = -0.25 if "left" in words else 0.25 if "right" in words else 0.0
            y = -0.18 if "top" in words else 0.18 if "bottom" in words else 0.0
            views.append(look(0.45, (0.1, 0.05 * (step % 3), 0.0), (x, y)))
        elif words.startswith("Tilt"):
            turn = sum(np.array(turn) for side, turn in tilts.items() if side in words)
            views.append(look(0.5, tuple(turn)))
        elif words.startswith("Hold"):
            views.append(look(1.1))
        else:
            views.append(look(0.5 + 0.01 * step, (0.3, 0.2, 0.01 * step)))
    assert over(*views).done, over(*views).advice
    assert len(views) < 45
    assert "Bring" in asked


def test_a_picture_that_is_covered_by_boards_seen_straight_asks_for_the_missing_tilts() -> None:
    tilts = np.array([3, 0, 0, 0, 0, 0, 0, 0])
    told = Coverage(30, np.ones((5, 5), np.int64), tilts, 0.3, 0.3, 0.9)
    assert told.advice == "Tilt the board by 45 degrees, its left side towards the camera."


def test_the_thirteen_photographs_are_too_few_and_leave_the_corners_bare() -> None:
    told = coverage(left_views(), BOARD, SIZE)
    assert not told.done
    assert "corner" in told.advice or "top" in told.advice
    assert told.corner_share < 1
    assert told.near_m == pytest.approx(0.3, rel=0.2)


def test_a_board_at_rest_is_still_and_one_that_moves_is_not() -> None:
    view = look(0.5)
    assert still(view, replace(view, corners=view.corners + 0.2))
    assert not still(view, replace(view, corners=view.corners + 1.0))
    assert not still(view, replace(view, ids=view.ids + 1000))


def many() -> list[View]:
    """Forty near copies from straight ahead, then twenty that tell something."""
    rng = np.random.default_rng(3)
    same = [look(0.8, tuple(rng.normal(0, 0.02, 3))) for _ in range(40)]
    unlike = [look(rng.uniform(0.35, 0.6), tuple(rng.uniform(-0.7, 0.7, 3)), tuple(rng.uniform(-0.12, 0.12, 2)))
              for _ in range(20)]  # fmt: skip
    return [view for view in (*same, *unlike) if len(view.ids) >= 20]


def test_of_many_views_those_that_tell_something_are_chosen_in_their_order() -> None:
    views = many()
    chosen = choose(views, CHARUCO, SIZE, 15)
    index = [next(i for i, view in enumerate(views) if view is one) for one in chosen]
    assert len(chosen) == 15
    assert index == sorted(index)
    assert sum(i >= 40 for i in index) >= 13


def test_of_two_alike_the_sharper_is_chosen() -> None:
    view = look(0.4, (0.5, 0.3, 0.0))
    chosen = choose([replace(view, blur=4.5), replace(view, blur=2.0, name="sharp")], CHARUCO, SIZE, 1)
    assert chosen[0].name == "sharp"


def test_few_views_are_all_kept() -> None:
    views = many()[:5]
    assert choose(views, CHARUCO, SIZE, 5) == views
