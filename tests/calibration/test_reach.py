"""Scripted poses keep the board in view, turn the hand far, keep clear of the table and of the joints' ends."""

import itertools
from functools import cache

import numpy as np
import pytest

from calibration.board import CharucoBoard
from calibration.diversity import diversity
from calibration.errors import CalibrationError
from calibration.lens import Lens
from calibration.poses import Matrix, Vector, apart, from_twist, inverse
from calibration.reach import Room, first_moves, plan_board_poses, plan_poses, spread
from hardware.arms.models import ArmModel, arm_model
from tests.calibration.synthetic_mounts import moved

FR3, VIPERX = arm_model("fr3"), arm_model("viperx300s")
BOARD = CharucoBoard(columns=6, rows=4, square_m=0.06, marker_m=0.042, dictionary="DICT_4X4_50")
LENS = Lens("pinhole", np.array([[430.0, 0, 320], [0, 430, 240], [0, 0, 1]]), np.zeros(0), (640, 480))
WRIST = from_twist(np.array([0.07, 0.0, -0.10, 0.0, 0.0, np.pi / 2]))


@cache
def plan(count: int = 12) -> tuple[Vector, ...]:
    return tuple(plan_poses(FR3, FR3.home, WRIST, table(), BOARD, LENS, count))


def table() -> Matrix:
    """A board on the table before the arm, its middle under the hand."""
    pose = from_twist(np.array([0.0, 0.0, 0.0, np.pi, 0.0, 0.0]))
    pose[:3, 3] = np.array([0.36, 0.0, 0.0]) - pose[:3, :3] @ BOARD.points().mean(axis=0)
    return pose


def in_view(T_camera_board: Matrix) -> bool:
    there = moved(T_camera_board, BOARD.points())
    seen = LENS.project(there)
    return bool((there[:, 2] > 0).all() and (seen > 0).all() and (seen < np.array(LENS.size)).all())


def hands(model: ArmModel, joints: tuple[Vector, ...] | list[Vector]) -> Matrix:
    return np.stack([model.end_effector(q) for q in joints])


def test_the_whole_board_is_in_every_picture() -> None:
    assert all(in_view(inverse(hand @ WRIST) @ table()) for hand in hands(FR3, plan()))


def test_the_hand_turns_enough_about_all_three_axes() -> None:
    told = diversity(hands(FR3, plan()))
    assert len(plan()) >= 12
    assert told.enough
    assert min(told.range_deg) > 35


def test_nothing_comes_near_the_table_or_a_joints_end_not_even_on_the_way() -> None:
    stops = [FR3.home, *plan()]
    for begin, end in itertools.pairwise(stops):
        for q in np.linspace(begin, end, 5):
            assert FR3.end_effector(q)[2, 3] > 0.079
            assert ((q > FR3.limits.q_min + 0.05) & (q < FR3.limits.q_max - 0.05)).all()


def test_the_way_is_shorter_than_in_any_old_order() -> None:
    def way(order: list[Vector]) -> float:
        return sum(float(np.abs(b - a).max()) for a, b in itertools.pairwise(order))

    rng = np.random.default_rng(0)
    others = [way([FR3.home, *(plan()[i] for i in rng.permutation(len(plan())))]) for _ in range(20)]
    assert way([FR3.home, *plan()]) < min(others)


def test_the_same_is_planned_again() -> None:
    again = plan_poses(FR3, FR3.home, WRIST, table(), BOARD, LENS, 12)
    assert all(np.array_equal(one, other) for one, other in zip(plan(), again, strict=True))


def test_a_board_on_the_hand_is_turned_before_a_fixed_camera() -> None:
    held = from_twist(np.array([0.0, 0.0, 0.05, np.pi, 0.0, 0.0]))
    held[:3, 3] -= held[:3, :3] @ BOARD.points().mean(axis=0)
    ahead = FR3.end_effector(FR3.home) @ held
    camera = ahead @ inverse(from_twist(np.array([-0.15, -0.1, 0.9, 0.2, 0.1, 0.0])))
    planned = plan_board_poses(FR3, FR3.home, camera, held, BOARD, LENS, 10)
    assert all(in_view(inverse(camera) @ hand @ held) for hand in hands(FR3, planned))
    assert diversity(hands(FR3, planned)).enough


@pytest.mark.parametrize("model", [FR3, VIPERX], ids=["fr3", "viperx300s"])
def test_the_first_moves_turn_a_little_about_two_axes_or_more(model: ArmModel) -> None:
    moves = first_moves(model, model.home)
    assert np.array_equal(moves[0], model.home)
    assert len(moves) >= 5
    start = model.end_effector(model.home)
    assert all(apart(start, hand)[1] < np.radians(8.1) for hand in hands(model, moves))
    assert diversity(hands(model, moves)).solvable


def test_a_board_out_of_reach_is_refused_with_the_remedy() -> None:
    far = table()
    far[0, 3] += 3.0
    with pytest.raises(
        CalibrationError, match="poses keep the board in view within the arm's reach: put board and hand"
    ):
        plan_poses(FR3, FR3.home, WRIST, far, BOARD, LENS, 12)


def test_a_high_floor_is_kept() -> None:
    planned = plan_poses(FR3, FR3.home, WRIST, table(), BOARD, LENS, 8, Room(lowest_m=0.35, tilt_deg=25.0))
    assert hands(FR3, planned)[:, 2, 3].min() >= 0.35


def box_about(model: ArmModel, half: tuple[float, float, float]) -> tuple[Vector, Vector]:
    """Walls about where the hand is at home."""
    at = model.end_effector(model.home)[:3, 3]
    return at - np.array(half), at + np.array(half)


def test_the_hand_keeps_to_the_box_at_the_poses_and_on_the_way() -> None:
    box = box_about(FR3, (0.08, 0.07, 0.09))
    free = hands(FR3, plan(8))[:, :3, 3]
    assert ((free < box[0]) | (free > box[1])).any()  # without a box it leaves it
    planned = plan_poses(FR3, FR3.home, WRIST, table(), BOARD, LENS, 8, Room(box=box))
    assert len(planned) >= 8
    for begin, end in itertools.pairwise([FR3.home, *planned]):
        at = np.stack([FR3.end_effector(q)[:3, 3] for q in np.linspace(begin, end, 9)])
        assert (at >= box[0] - 1e-3).all() and (at <= box[1] + 1e-3).all()


def test_a_hand_that_stands_outside_of_the_box_is_refused_and_told_by_which_wall() -> None:
    low, high = box_about(FR3, (0.1, 0.1, 0.1))
    high[2] -= 0.15
    with pytest.raises(CalibrationError, match=r"stands at z = .* m, and teleop.workspace leaves .* begin farther"):
        plan_poses(FR3, FR3.home, WRIST, table(), BOARD, LENS, 8, Room(box=(low, high)))


def test_a_box_with_too_little_room_for_the_turns_is_named() -> None:
    with pytest.raises(CalibrationError, match=r"within the arm's reach and teleop\.workspace"):
        plan_poses(FR3, FR3.home, WRIST, table(), BOARD, LENS, 8, Room(box=box_about(FR3, (0.004, 0.004, 0.004))))


def test_spread_takes_the_corners_of_a_cloud_first() -> None:
    cloud = np.array([[0.0, 0], [0.1, 0], [5, 0], [0, 5], [0.1, 0.1], [5, 5]])
    assert set(spread(cloud, 4)) == {2, 3, 5, 0}
