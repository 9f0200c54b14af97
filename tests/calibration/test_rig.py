"""All cameras, boards and arms at once; what is tied to nothing is named with what to show to whom."""

from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import pytest

from calibration.board import CharucoBoard
from calibration.errors import CalibrationError
from calibration.poses import Matrix, apart, from_twist, inverse
from calibration.result import RigResult
from calibration.rig import solve_rig
from calibration.rig_parts import RigBoard, RigCamera, RigSight
from tests.calibration.synthetic_mounts import LENS, T_BOARD, T_CAMERA, Case, boards_in_view, disturbed, view

LARGE = CharucoBoard(columns=10, rows=7, square_m=0.04, marker_m=0.03)
LEFT, RIGHT = np.eye(4), from_twist(np.array([0.02, -0.6, 0.0, 0.0, 0.0, 0.03]))
TABLE = from_twist(np.array([0.35, -0.4, 0.0, np.pi, 0.0, 0.0]))
WRISTS = {"left": T_CAMERA, "right": T_CAMERA @ from_twist(np.array([0.0, 0.01, 0.0, 0.05, 0.0, 0.0]))}
BASES = {"left": LEFT, "right": RIGHT}
EXACT = Case(robot_m=1e-9, robot_rad=1e-9, pixel=0.0)


def looking(eye: tuple[float, float, float], at: tuple[float, float, float]) -> Matrix:
    """T_base_camera of a camera at `eye`."""
    forward = np.subtract(at, eye) / np.linalg.norm(np.subtract(at, eye))
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([right, np.cross(forward, right), forward])
    pose[:3, 3] = eye
    return pose


FRONT = looking((1.1, -0.3, 0.9), (0.35, -0.4, 0.0))
SIDE = looking((0.4, -1.3, 0.8), (0.35, -0.4, 0.0))


@dataclass
class Seen:
    """Sights, and the arms' poses at every moment as the robots tell them."""

    sights: list[RigSight] = field(default_factory=list[RigSight])
    poses: dict[str, Matrix] = field(default_factory=dict[str, Matrix])


def wrists(seed: int, case: Case, board_of_right: str = "table", each: int = 10) -> Seen:
    """Both arms' cameras look at the table, one arm after the other; the other rests."""
    rng = np.random.default_rng(seed)
    seen = Seen()
    for arm in BASES:
        boards = boards_in_view(rng, replace(case, poses=2 * each))
        boards[:, :3, 3] *= 1.7
        true = inverse(BASES[arm]) @ TABLE @ inverse(boards) @ inverse(WRISTS[arm])
        seen.poses[arm] = disturbed(rng, true, case)
        mine = range(each) if arm == "left" else range(each, 2 * each)
        board = "table" if arm == "left" else board_of_right
        seen.sights += [RigSight(arm, board, m, view(rng, f"{arm}{m}", boards[m], case.pixel, LARGE)) for m in mine]
    return seen


def scene_looks(seed: int, case: Case, moments: int = 10) -> list[RigSight]:
    rng = np.random.default_rng(seed)
    return [
        RigSight("front", "table", m, view(rng, f"front{m}", inverse(FRONT) @ TABLE, case.pixel, LARGE))
        for m in range(moments)
    ]


def cameras() -> dict[str, RigCamera]:
    return {
        "front": RigCamera(LENS, "extrinsics", intrinsics="f"),
        "left": RigCamera(LENS, "hand-eye", "left"),
        "right": RigCamera(LENS, "hand-eye", "right"),
    }


@cache
def noisy() -> RigResult:
    case = Case()
    seen = wrists(1, case)
    return solve_rig(cameras(), {"table": RigBoard(LARGE)}, [*seen.sights, *scene_looks(2, case)], seen.poses)


TRUE = {"front": FRONT, "left": WRISTS["left"], "right": WRISTS["right"]}


def test_two_arms_and_a_scene_camera_are_found_within_their_sigmas() -> None:
    result = noisy()
    for name, true in TRUE.items():
        mount = result.mounts[name]
        metres, radians = apart(np.array(mount["T"]), true)
        assert 1e3 * metres < 3.5 * mount["sigma_mm"] < 10
        assert np.degrees(radians) < 3.5 * mount["sigma_deg"] < 1
    metres, radians = apart(np.array(result.bases["right"]), RIGHT)
    mm, deg = result.base_sigmas["right"]
    assert 1e3 * metres < 3.5 * mm < 10
    assert np.degrees(radians) < 3.5 * deg
    assert result.bases["left"] == tuple(tuple(row) for row in np.eye(4).tolist())
    assert apart(np.array(result.boards["table"]["T"]), TABLE)[0] < 5e-3
    assert result.rms_px == pytest.approx(0.28, abs=0.03)


def test_every_figure_is_judged_and_every_picture_kept() -> None:
    result = noisy()
    names = {line.name for line in result.lines}
    assert {"hold-out, place", "hold-out, turn", "front: 1-sigma, place", "corners, rms"} <= names
    assert len(result.pictures) == 30
    assert result.mounts["front"]["intrinsics"] == "f"
    assert result.mounts["right"]["of"] == "right"


def test_an_uncertain_lens_widens_what_was_found_with_it() -> None:
    case, covariance = Case(), np.diag([1.0, 1.0, 4.0, 4.0])
    seen = wrists(1, case)
    sights = [*seen.sights, *scene_looks(2, case, moments=1)]  # so seldom that it is eliminated before the others
    given = [cameras() | {"front": RigCamera(LENS, "extrinsics", lens_covariance=told)} for told in (None, covariance)]
    sure, unsure = (solve_rig(those, {"table": RigBoard(LARGE)}, sights, seen.poses) for those in given)
    assert unsure.mounts["front"]["sigma_mm"] > sure.mounts["front"]["sigma_mm"] + 2  # 2 px at 615, 0.8 m
    assert unsure.mounts["left"]["sigma_mm"] < 1.5 * sure.mounts["left"]["sigma_mm"]


def test_links_count_the_corners_that_two_cameras_share() -> None:
    links = {tuple(link["cameras"]): link for link in noisy().links}
    assert links["front", "left"]["quality"] == "good"
    seen = wrists(1, EXACT)
    few = [sight for sight in scene_looks(2, EXACT) if sight.moment < 2]
    told = solve_rig(cameras(), {"table": RigBoard(LARGE)}, [*seen.sights, *few], seen.poses)
    link = next(link for link in told.links if link["cameras"] == ["front", "left"])
    assert link["shared_corners"] == 108
    assert link["quality"] == "marginal"
    assert any("show a board to front and" in note for note in told.made.notes)


def test_an_arm_whose_board_no_other_camera_sees_is_named() -> None:
    seen = wrists(3, EXACT, board_of_right="aside")
    boards = {"table": RigBoard(LARGE), "aside": RigBoard(LARGE)}
    with pytest.raises(CalibrationError, match=r"base of right stands is not told.*show one board to front and left"):
        solve_rig(cameras(), boards, [*seen.sights, *scene_looks(2, EXACT)], seen.poses)


def test_a_camera_that_shares_nothing_is_named_with_what_to_show() -> None:
    rng = np.random.default_rng(4)
    seen = wrists(3, EXACT)
    alone = RigSight("side", "plate", 0, view(rng, "side0", inverse(SIDE) @ TABLE, 0.0, LARGE))
    boards = {"table": RigBoard(LARGE), "plate": RigBoard(LARGE)}
    told = cameras() | {"side": RigCamera(LENS, "extrinsics")}
    with pytest.raises(
        CalibrationError, match="side is not tied to the others: show plate to side and to front and left"
    ):
        solve_rig(told, boards, [*seen.sights, *scene_looks(2, EXACT), alone], seen.poses)


def test_a_board_on_the_hand_places_scene_cameras_and_the_other_arm() -> None:
    """Front sees the boards that both hands carry: no wrist camera at all."""
    rng = np.random.default_rng(5)
    hands = {"left": T_BOARD, "right": T_BOARD @ from_twist(np.array([0.01, 0, 0, 0, 0.1, 0]))}
    sights: list[RigSight] = []
    poses: dict[str, Matrix] = {}
    for arm, held in hands.items():
        boards = boards_in_view(rng, Case(poses=10))
        boards[:, :3, 3] *= 1.7
        poses[arm] = inverse(BASES[arm]) @ FRONT @ boards @ inverse(held)
        sights += [RigSight("front", arm, m, view(rng, f"{arm}{m}", boards[m], 0.0, LARGE)) for m in range(10)]
    held_boards = {arm: RigBoard(LARGE, arm) for arm in hands}
    result = solve_rig({"front": RigCamera(LENS, "extrinsics")}, held_boards, sights, poses)
    assert apart(np.array(result.mounts["front"]["T"]), FRONT)[0] < 1e-5
    assert apart(np.array(result.bases["right"]), RIGHT)[0] < 1e-5
    assert apart(np.array(result.boards["right"]["T"]), hands["right"])[0] < 1e-5


def test_without_arms_a_board_carried_round_ties_cameras_to_the_first() -> None:
    rng = np.random.default_rng(6)
    sights: list[RigSight] = []
    for m in range(8):
        held = TABLE @ from_twist(np.concatenate([rng.uniform(-0.08, 0.08, 3), rng.uniform(-0.3, 0.3, 3)]))
        for name, pose in (("front", FRONT), ("side", SIDE)):
            sights.append(RigSight(name, "plate", m, view(rng, f"{name}{m}", inverse(pose) @ held, 0.0, LARGE)))
    both = {"front": RigCamera(LENS, "extrinsics"), "side": RigCamera(LENS, "extrinsics")}
    result = solve_rig(both, {"plate": RigBoard(LARGE, "free")}, sights, {})
    assert apart(np.array(result.mounts["side"]["T"]), inverse(FRONT) @ SIDE)[0] < 1e-5
    assert result.mounts["side"]["of"] == "front"
    assert result.bases == {}


@pytest.mark.parametrize(
    ("sight", "says"),
    [
        ({"camera": "rear"}, "there is no camera rear; there are front, left, right"),
        ({"board": "plate"}, "there is no board plate; there are table"),
        ({"moment": 99}, "left has no pose at moment 99"),
    ],
)
def test_names_and_moments_that_do_not_exist_are_refused(sight: dict[str, object], says: str) -> None:
    seen = wrists(3, EXACT)
    wrong = replace(seen.sights[0], **sight)  # pyright: ignore[reportArgumentType]
    with pytest.raises(CalibrationError, match=says):
        solve_rig(cameras(), {"table": RigBoard(LARGE)}, [wrong], seen.poses)
