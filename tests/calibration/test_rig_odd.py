"""One robot pose or view that does not go with the rest is named and left out; the rest is as good as without it."""

from dataclasses import replace

import numpy as np
import pytest

from calibration.odd import few, odd_poses, odd_views
from calibration.poses import apart, from_twist
from calibration.result import RigResult
from calibration.rig import solve_rig
from calibration.rig_parts import RigBoard
from tests.calibration.synthetic_mounts import Case
from tests.calibration.test_rig import LARGE, RIGHT, TRUE, Seen, cameras, scene_looks, wrists

CASE = Case()


def solved(seen: Seen) -> RigResult:
    return solve_rig(cameras(), {"table": RigBoard(LARGE)}, seen.sights, seen.poses)


def drawn(seed: int) -> Seen:
    seen = wrists(seed, CASE)
    seen.sights += scene_looks(seed + 50, CASE)
    return seen


def near_the_truth(result: RigResult) -> None:
    for name, true in TRUE.items():
        metres, radians = apart(np.array(result.mounts[name]["T"]), true)
        assert 1e3 * metres < 3.5 * result.mounts[name]["sigma_mm"] < 10
        assert np.degrees(radians) < 3.5 * result.mounts[name]["sigma_deg"] < 1
    assert apart(np.array(result.bases["right"]), RIGHT)[0] < 3.5e-3 * result.base_sigmas["right"][0]


@pytest.mark.parametrize(("arm", "moment"), [("left", 3), ("right", 14)])
def test_a_robot_pose_that_is_30_mm_off_is_left_out_and_named(arm: str, moment: int) -> None:
    seen = drawn(1)
    seen.poses[arm][moment] = seen.poses[arm][moment] @ from_twist(np.array([0.03, 0, 0, 0, 0, 0]))
    result = solved(seen)
    (note,) = (note for note in result.made.notes if "left out" in note)
    assert note.startswith(f"{arm}{moment}: left out, the robot's pose there is off by ")
    assert 27 < float(note.split(" off by ")[1].split(" mm")[0]) < 33
    assert f"{arm}{moment}" not in {picture.name for picture in result.pictures}
    near_the_truth(result)
    assert {line.verdict for line in result.lines if "robot error" in line.name} == {"pass"}


def test_a_turn_and_a_shift_at_two_arms_are_both_found() -> None:
    seen = drawn(2)
    seen.poses["left"][5] = seen.poses["left"][5] @ from_twist(np.array([0, 0, 0, 0, 0.1, 0]))
    seen.poses["right"][11] = seen.poses["right"][11] @ from_twist(np.array([0, 0.03, 0, 0, 0, 0]))
    result = solved(seen)
    assert {note.split(":")[0] for note in result.made.notes if "left out" in note} == {"left5", "right11"}
    near_the_truth(result)


def test_a_board_that_was_seen_wrongly_by_a_camera_in_the_cell_is_left_out_and_named() -> None:
    """No robot moves there, so no robot's pose can be taken for what is wrong."""
    seen = drawn(3)
    wrong = next(i for i, sight in enumerate(seen.sights) if sight.view.name == "front4")
    sight = seen.sights[wrong]
    seen.sights[wrong] = replace(sight, view=replace(sight.view, corners=sight.view.corners + np.array([25.0, 0.0])))
    result = solved(seen)
    (note,) = (note for note in result.made.notes if "left out" in note)
    assert note.startswith("front4: left out, its corners are ")
    near_the_truth(result)


def test_a_good_capture_loses_nothing() -> None:
    result = solved(drawn(4))
    assert not [note for note in result.made.notes if "left out" in note]
    assert len(result.pictures) == 30


def test_a_robot_that_errs_everywhere_is_told_by_its_name_instead() -> None:
    seen = drawn(6)
    rng = np.random.default_rng(6)
    noise = np.hstack([rng.normal(0, 5e-3, (20, 3)), rng.normal(0, 5e-3, (20, 3))])
    seen.poses["right"] = seen.poses["right"] @ from_twist(noise)
    lines = {line.name: line for line in solved(seen).lines}
    assert lines["left: robot error over supposed"].verdict == "pass"
    assert lines["right: robot error over supposed"].verdict != "pass"
    assert "the robot's poses are off by" in lines["right: robot error over supposed"].remedy


def test_what_is_odd_is_judged_by_the_others_and_never_more_than_a_fifth() -> None:
    assert odd_poses(np.array([1.0, 2.0, 1.5, 30.0])).tolist() == [False, False, False, True]
    assert not odd_poses(np.array([20.0, 21.0, 19.0, 30.0])).any()
    assert odd_views(np.array([0.3, 0.4, 0.3, 3.0])).tolist() == [False, False, False, True]
    assert not odd_views(np.array([0.1, 0.1, 0.9])).any()
    one = np.array([True] + [False] * 9)
    assert few(one)
    assert not few(one, before=2)
    assert not few(np.array([True, True, False, False]))
    assert not few(np.zeros(5, np.bool_))
