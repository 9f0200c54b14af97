"""The second board is where its truth says, in a picture of each camera, whoever holds it."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hardware.arms.kinematics import Matrix
from hardware.arms.models import arm_model
from hardware.config import RigConfig
from hardware.samples import Vector
from hardware.virtual import cell
from hardware.virtual.board import Boards, hand_over
from hardware.virtual.board_hand import MOVE_S, REST_S, ROUND_S, SCRIPT, HeldBoard
from hardware.virtual.scene import Scene
from hardware.virtual.world import FollowerState, World, followers_of
from hardware.virtual_config import VirtualConfig

ROOT = Path(__file__).parents[3]
RIG = RigConfig.model_validate(yaml.safe_load((ROOT / "configs/rigs/virtual.yaml").read_text()))
ARM = arm_model("fr3")
POINTS = np.asarray(cell.HELD_BOARD.opencv().getChessboardCorners(), np.float64)
SIZE = np.array([640, 480])
SECOND = 1_000_000_000
FRONT = HeldBoard(cell.intrinsics(RIG, "front"), (640, 480))


@cache
def scene_of(camera: str) -> Scene:
    return Scene(RIG, camera)


def state(q: Vector) -> FollowerState:
    return FollowerState(0, q, 0.0, np.array([0.45, 0.08, 0.02]))


def picture_of(scene: Scene, q: Vector, board: Matrix | None) -> NDArray[np.uint8]:
    picture = np.empty((480, 640, 3), np.uint8)
    scene.render(picture, None, {"right": state(q)}, 0.0, board)
    return picture


def pixels(camera: str, T_camera_board: Matrix) -> Vector:
    seen = (cell.intrinsics(RIG, camera) @ T_camera_board[:3]) @ np.c_[POINTS, np.ones(len(POINTS))].T
    return (seen[:2] / seen[2:]).T


def found(picture: NDArray[np.uint8], board: cell.BoardSpec = cell.HELD_BOARD) -> tuple[NDArray[np.int64], Vector]:
    detector = cv2.aruco.CharucoDetector(board.opencv())
    corners, ids, *_ = cast(tuple[Any, ...], detector.detectBoard(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)))
    if ids is None:
        return np.zeros(0, np.int64), np.zeros((0, 2))
    return ids.ravel().astype(np.int64), corners.reshape(-1, 2).astype(np.float64)


def corner_errors(camera: str, q: Vector, T_world_board: Matrix, scene: Scene) -> Vector:
    """Of all corners that a detector finds, against the truth, (n, 2) px."""
    ids, corners = found(picture_of(scene, q, T_world_board))
    return corners - pixels(camera, np.linalg.inv(cell.camera_pose(RIG, camera, q)) @ T_world_board)[ids]


@pytest.fixture
def world() -> Iterator[World]:
    world = World.create(VirtualConfig(), followers_of(RIG))
    yield world
    world.close(unlink=True)


@pytest.mark.parametrize("camera", list(RIG.cameras))
def test_a_held_board_is_seen_where_it_is_without_bias(camera: str) -> None:
    scene, hand = scene_of(camera), HeldBoard(cell.intrinsics(RIG, camera), (640, 480))
    place = cell.camera_pose(RIG, camera, ARM.home)
    errors = [
        corner_errors(camera, ARM.home, place @ hand.pose(index * (REST_S + MOVE_S) + REST_S / 2), scene)
        for index in range(0, len(SCRIPT), 4)
    ]
    assert all(len(of_one) >= 4 for of_one in errors)
    every = np.concatenate(errors)
    assert np.linalg.norm(every.mean(axis=0)) < 0.03
    assert np.sqrt((every**2).sum(axis=1).mean()) < 0.12  # most of it the detector's own
    assert np.median(np.linalg.norm(every, axis=1)) < 0.08


@pytest.mark.parametrize(("rig", "camera"), [("virtual", "wrist"), ("aloha_bimanual", "wrist_left")])
def test_a_board_that_is_laid_before_a_camera_lies_flat_and_in_its_view(rig: str, camera: str) -> None:
    config = RigConfig.model_validate(yaml.safe_load((ROOT / f"configs/rigs/{rig}.yaml").read_text()))
    places = cell.layout(config).places
    states = {name: FollowerState(0, place.station.model.home, 0.0, np.array([0.3, 0.0, 0.02]))
              for name, place in places.items()}  # fmt: skip
    world = World.create(VirtualConfig(), followers_of(config))
    hand_over(config, world, "laid", camera, 0)
    T_world_board = Boards.of(config, world).at(SECOND, states)
    world.close(unlink=True)
    assert T_world_board is not None
    assert np.allclose(T_world_board[:3, 2], (0, 0, -1)) and 0 < T_world_board[2, 3] < 0.01
    picture = np.empty((480, 640, 3), np.uint8)
    Scene(config, camera).render(picture, None, states, 0.0, T_world_board)
    ids, corners = found(picture)
    assert len(ids) >= 8, "the hand must not hide it"
    assert corners[ids.argmax()][1] > corners[ids.argmin()][1], "upright"


@pytest.mark.parametrize("camera", ["front", "side"])
def test_a_gripped_board_moves_with_its_hand(camera: str, world: World) -> None:
    hand_over(RIG, world, "gripped", "right", 0)
    boards, scene = Boards.of(RIG, world), scene_of(camera)
    errors: list[Vector] = []
    for seed in range(4):
        q = ARM.home + np.random.default_rng(seed).uniform(-0.2, 0.2, 7)
        board = boards.at(SECOND, {"right": state(q)})
        assert board is not None
        assert np.allclose(np.linalg.inv(ARM.flange(q)) @ board, cell.gripped_board(RIG, "right"), atol=1e-12)
        assert (board @ np.array([[0, 0, 0, 1], [*cell.HELD_BOARD.size_m, 0, 1]]).T)[2].min() > 0, "into the table"
        errors.append(corner_errors(camera, q, board, scene))
    every = np.concatenate(errors)
    assert len(every) > 40
    assert np.linalg.norm(every.mean(axis=0)) < 0.04
    assert np.median(np.linalg.norm(every, axis=1)) < 0.1


@pytest.mark.parametrize(("width", "height"), [(848, 480), (424, 240)])
def test_pictures_of_other_sizes_show_it_where_it_is(width: int, height: int) -> None:
    front = RIG.cameras["front"].model_copy(update={"width": width, "height": height})
    rig = RIG.model_copy(update={"cameras": {"front": front}})
    K = cell.intrinsics(rig, "front")
    T_camera_board = HeldBoard(K, (width, height)).pose(12 * (REST_S + MOVE_S))
    picture = np.empty((height, width, 3), np.uint8)
    Scene(rig, "front").render(picture, None, {}, 0.0, cell.camera_pose(rig, "front", ARM.home) @ T_camera_board)
    ids, corners = found(picture)
    seen = (K @ T_camera_board[:3]) @ np.c_[POINTS, np.ones(len(POINTS))].T
    assert len(ids) == len(POINTS)
    assert np.median(np.linalg.norm(corners - (seen[:2] / seen[2:]).T[ids], axis=1)) < 0.15


@pytest.mark.parametrize("camera", ["front", "wrist"])
def test_what_it_covered_is_as_before_when_it_is_put_away(camera: str) -> None:
    scene, states = scene_of(camera), {"right": state(ARM.home)}
    board = cell.camera_pose(RIG, camera, ARM.home) @ FRONT.pose(20.2)
    picture = np.empty((480, 640, 3), np.uint8)
    scene.render(picture, None, states, 0.0)
    before = picture.copy()
    covered = scene.render(picture, (slice(0, 480), slice(0, 640)), states, 0.0, board)
    assert (picture != before).any()
    scene.render(picture, covered, states, 0.0)
    assert (picture == before).all()


def test_its_back_shows_nothing() -> None:
    place = cell.camera_pose(RIG, "front", ARM.home)
    about = FRONT.pose(12.2) @ np.diag([1.0, -1.0, -1.0, 1.0])
    ids, _ = found(picture_of(scene_of("front"), ARM.home, place @ about))
    assert len(ids) == 0


def test_neither_board_is_taken_for_the_other() -> None:
    scene, place = scene_of("front"), cell.camera_pose(RIG, "front", ARM.home)
    far = 42 + SCRIPT[42:].index(min(SCRIPT[42:], key=lambda held: (held.y, held.x)))
    both = picture_of(scene, ARM.home, place @ FRONT.pose(far * (REST_S + MOVE_S)))
    inner = (cell.BOARD.columns - 1) * (cell.BOARD.rows - 1)
    assert len(found(both, cell.BOARD)[0]) == inner
    assert len(found(picture_of(scene, ARM.home, None))[0]) == 0


def test_the_hand_goes_where_calibration_asks() -> None:
    cells: set[tuple[int, int]] = set()
    tilts: list[float] = []
    ways: set[int] = set()
    for index, held in enumerate(SCRIPT):
        pose = FRONT.pose(index * (REST_S + MOVE_S))
        seen = pixels("front", pose)
        inside = seen[((seen > 2) & (seen < SIZE - 3)).all(axis=1)]
        assert len(inside) >= 6, held
        cells |= {(int(x), int(y)) for x, y in inside * 5 / SIZE}
        tilts.append(float(np.degrees(np.arccos(pose[2, 2]))))
        if tilts[-1] > 15:
            ways.add(round(np.arctan2(pose[1, 2], pose[0, 2]) / (np.pi / 4)) % 8)
    assert len(cells) == 25
    assert max(tilts) == pytest.approx(45, abs=1)
    assert ways == set(range(8))
    assert min(held.fill for held in SCRIPT) < 0.3
    assert max(held.fill for held in SCRIPT) == 1.0
    assert ROUND_S < 60


def test_at_rest_it_trembles_less_than_a_twentieth_of_a_pixel_from_frame_to_frame() -> None:
    for index in range(len(SCRIPT)):
        times = index * (REST_S + MOVE_S) + np.arange(0, REST_S, 1 / 60)
        seen = np.stack([pixels("front", FRONT.pose(float(t))) for t in times])
        seen = seen[:, ((seen > 0) & (seen < SIZE)).all(axis=(0, 2))]
        moved = np.linalg.norm(np.diff(seen, axis=0), axis=2)
        assert 0 < moved.max() < 0.05
        assert np.median(moved) < 0.03


@given(st.floats(0, 3 * ROUND_S))
def test_it_never_jumps(t_s: float) -> None:
    before, after = FRONT.pose(t_s), FRONT.pose(t_s + 1e-3)
    assert np.abs(after - before)[:3, 3].max() < 6e-3
    assert np.abs(after - before)[:3, :3].max() < 1e-2
    assert np.allclose(before[:3, :3] @ before[:3, :3].T, np.eye(3), atol=1e-12)


def test_nobody_has_it_until_told_and_when_it_is_put_away(world: World) -> None:
    boards = Boards.of(RIG, world)
    assert boards.at(SECOND, {}) is None
    hand_over(RIG, world, "held", "side", 2 * SECOND)
    assert boards.at(SECOND, {}) is None
    held = boards.at(3 * SECOND, {})
    assert held is not None
    hand = HeldBoard(cell.intrinsics(RIG, "side"), (640, 480))
    assert np.allclose(held, cell.camera_pose(RIG, "side", ARM.home) @ hand.pose(1.0))
    hand_over(RIG, world, "table", "", 4 * SECOND)
    assert boards.at(5 * SECOND, {}) is None


def test_before_a_wrist_camera_it_is_held_where_that_was_when_asked(world: World) -> None:
    q = ARM.home + 0.1
    for ms in range(3):
        world.publish("right", FollowerState(SECOND + ms * 1_000_000, q, 0.0, np.zeros(3)))
    hand_over(RIG, world, "held", "wrist", SECOND)
    board = Boards.of(RIG, world).at(SECOND, {"right": state(ARM.home)})
    assert board is not None
    hand = HeldBoard(cell.intrinsics(RIG, "wrist"), (640, 480))
    assert np.allclose(board, cell.camera_pose(RIG, "wrist", q) @ hand.pose(0.0))
