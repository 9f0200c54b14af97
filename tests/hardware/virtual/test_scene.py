"""What the virtual cameras show is where geometry says, so calibration and motion lag can be measured."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from hardware.arms.kinematics import Matrix
from hardware.arms.models import arm_model
from hardware.config import RigConfig
from hardware.samples import Vector
from hardware.virtual import cell
from hardware.virtual.operator import Operator
from hardware.virtual.scene import Scene
from hardware.virtual.world import FollowerState, World, followers_of

ROOT = Path(__file__).parents[3]
ARM = arm_model("fr3")
CUBE = np.array([0.45, 0.08, 0.02])


def rig_with(**cameras: dict[str, object]) -> RigConfig:
    raw = yaml.safe_load((ROOT / "configs/rigs/virtual.yaml").read_text())
    raw["cameras"].update(cameras)
    return RigConfig.model_validate(raw)


RIG = rig_with()
PLACE = cell.layout(RIG).places["right"]
FACING: dict[str, cell.Tag] = dict(zip(("front", "side"), PLACE.hand_tags, strict=True))
LED = cell.layout(RIG).led


@cache
def scene_of(camera: str) -> Scene:
    """As any scene it owes nothing to what it drew before, so all tests look through the same."""
    return Scene(RIG, camera)


def state(q: Vector, width: float = 0.08, cube: Vector = CUBE) -> FollowerState:
    return FollowerState(0, q, width, cube)


def above_board(lean: float = 0.0) -> Vector:
    c, s = np.cos(lean), np.sin(lean)
    pose = np.eye(4)
    pose[:3, :3] = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) @ np.diag([1.0, -1.0, -1.0])
    pose[:3, 3] = cell.board_corners().mean(axis=0) + np.array([-0.09, 0.0, 0.30])
    return ARM.inverse(pose, ARM.home)


def project(rig: RigConfig, camera: str, q: Vector, points: Vector) -> Vector:
    """OpenCV's own projection, as the reference."""
    to_camera = np.linalg.inv(cell.camera_pose(rig, camera, q))
    turn = cv2.Rodrigues(to_camera[:3, :3])[0]
    K = cell.intrinsics(rig, camera)
    pixels = cv2.projectPoints(points.copy(), turn, to_camera[:3, 3], K, None)[0]
    return pixels.reshape(-1, 2).astype(np.float64)


def draw(
    scene: Scene,
    now: FollowerState | dict[str, FollowerState] | None,
    *,
    led: float,
    size: tuple[int, int] = (480, 640),
) -> NDArray[np.uint8]:
    """A picture in a buffer of its own, which holds rubbish at first."""
    picture = np.full((*size, 3), 99, dtype=np.uint8)
    scene.render(picture, None, {"right": now} if isinstance(now, FollowerState) else now or {}, led)
    return picture


def board_error(rig: RigConfig, camera: str, q: Vector) -> tuple[int, Vector]:
    """How many corners a detector finds, and how far each is from its true projection, px."""
    config = rig.cameras[camera]
    scene = scene_of(camera) if rig is RIG else Scene(rig, camera)
    picture = draw(scene, state(q), led=1.0, size=(config.height, config.width))
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    found, ids, _, _ = cv2.aruco.CharucoDetector(cell.BOARD.opencv()).detectBoard(gray)
    assert ids is not None, "no board in view"
    true = project(rig, camera, q, cell.board_corners()[ids.ravel().astype(int)])
    return len(ids), np.linalg.norm(found.reshape(-1, 2) - true, axis=1)


def pixel(picture: NDArray[np.uint8], at: Vector) -> NDArray[np.int64]:
    x, y = np.rint(at).astype(int)
    return picture[y, x].astype(np.int64)


@pytest.mark.parametrize("camera", ["front", "side"])
def test_board_lies_at_its_true_place_in_scene_cameras(camera: str) -> None:
    count, error = board_error(RIG, camera, ARM.home)
    assert count == (cell.BOARD.columns - 1) * (cell.BOARD.rows - 1)
    assert error.max() < 0.3 and np.median(error) < 0.1


@pytest.mark.parametrize("lean", [-0.3, -0.15, 0.0])
def test_board_lies_at_its_true_place_in_the_moving_wrist_camera(lean: float) -> None:
    count, error = board_error(RIG, "wrist", above_board(lean))
    assert count >= 9
    assert error.max() < 0.3 and np.median(error) < 0.1


@pytest.mark.parametrize(("width", "height"), [(848, 480), (1280, 720), (424, 240)])
def test_other_picture_sizes_keep_the_geometry(width: int, height: int) -> None:
    size: dict[str, object] = {"width": width, "height": height}
    front = RIG.cameras["front"].model_copy(update=size)
    wrist = RIG.cameras["wrist"].model_copy(update=size)
    rig = RIG.model_copy(update={"cameras": {"front": front, "wrist": wrist}})
    front_view = draw(Scene(rig, "front"), None, led=0.0, size=(height, width))
    assert (front_view != 99).any(axis=-1).mean() > 0.9
    count, error = board_error(rig, "wrist", above_board())
    assert count >= 6 and np.median(error) < 0.3


@pytest.mark.parametrize("camera", ["front", "side"])
@pytest.mark.parametrize("seed", range(4))
def test_arm_stands_where_its_joints_say(camera: str, seed: int) -> None:
    q = ARM.home + np.random.default_rng(seed).uniform(-0.4, 0.4, 7)
    picture = draw(scene_of(camera), state(q), led=0.0)
    origins = ARM.frames(q)[[1, 3, 4, 5, 7], :3, 3]
    for at in project(RIG, camera, q, origins):
        if (at > 0).all() and at[0] < 639 and at[1] < 479:
            colour = pixel(picture, at)
            assert np.ptp(colour) < 25, "neither white nor grey: this is no part of the arm"


@pytest.mark.parametrize("camera", ["front", "side"])
def test_a_small_turn_moves_the_hand_by_as_many_pixels(camera: str) -> None:
    scene, turn = scene_of(camera), 0.1 * np.eye(7)[0]
    before = draw(scene, state(ARM.home), led=0.0)
    after = draw(scene, state(ARM.home + turn), led=0.0)
    tag = FACING[camera]
    hand = [cell.tag_corners(PLACE, tag, q).mean(axis=0) for q in (ARM.home, ARM.home + turn)]
    places = [project(RIG, camera, ARM.home, point[None])[0] for point in hand]
    x, y = np.rint(places[0]).astype(int)
    patch = before[y - 12 : y + 12, x - 12 : x + 12]
    reach = after[y - 42 : y + 42, x - 42 : x + 42]
    _, _, _, best = cv2.minMaxLoc(cv2.matchTemplate(reach, patch, cv2.TM_CCOEFF_NORMED))
    moved = np.array(best) - (30, 30)
    assert np.abs(moved - (places[1] - places[0])).max() < 2, (moved, places[1] - places[0])


def edge_lines(gray: NDArray[np.uint8], corners: Vector) -> Vector:
    """The quadrangle's corners (4, 2) px as the lines along which the grey is half way between paper and ink."""
    lines: list[Vector] = []
    reach = np.arange(-2.0, 2.01, 0.125)
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = (b - a) / np.linalg.norm(b - a)
        outward = np.array([along[1], -along[0]])
        points: list[Vector] = []
        for share in np.linspace(0.2, 0.8, 13):
            at = a + share * (b - a) + reach[:, None] * outward
            x, y = at.astype(np.float32).T
            grey = cv2.remap(gray, x, y, cv2.INTER_CUBIC).ravel().astype(float)
            half = (grey.min() + grey.max()) / 2
            cross = int(np.argmax((grey[:-1] < half) & (grey[1:] >= half)))
            lies = reach[cross] + 0.125 * (half - grey[cross]) / max(grey[cross + 1] - grey[cross], 1e-9)
            points.append(a + share * (b - a) + lies * outward)
        centre = np.mean(points, axis=0)
        direction = np.linalg.svd(np.array(points) - centre)[2][0]
        normal = np.array([-direction[1], direction[0]])
        lines.append(np.append(normal, -normal @ centre))
    meets = [np.cross(lines[i - 1], lines[i]) for i in range(4)]
    return np.array([p[:2] / p[2] for p in meets])


@pytest.mark.parametrize("camera", ["front", "side"])
def test_tag_on_the_hand_is_seen_and_lies_at_its_true_place(camera: str) -> None:
    scene, tag, rng = scene_of(camera), FACING[camera], np.random.default_rng(0)
    marks = cv2.aruco.getPredefinedDictionary(cell.BOARD.dictionary)
    errors: list[Vector] = []
    for _ in range(20):
        q = ARM.home + rng.uniform(-0.15, 0.15, 7)
        gray = np.asarray(cv2.cvtColor(draw(scene, state(q), led=0.0), cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        true = project(RIG, camera, q, cell.tag_corners(PLACE, tag, q))
        corners, ids, _ = cv2.aruco.ArucoDetector(marks).detectMarkers(gray)
        assert ids is not None and tag.id in ids
        found = np.asarray(corners[ids.ravel().tolist().index(tag.id)]).reshape(4, 2)
        assert np.linalg.norm(found - true, axis=1).mean() < 3, "the marker is mirrored or turned"
        errors.append(np.linalg.norm(edge_lines(gray, true) - true, axis=1))
    assert np.median(errors) < 0.15


@pytest.mark.parametrize(
    ("camera", "ids", "share"),
    [("front", {40, 41}, 0.7), ("side", {40, 41}, 0.7), ("wrist", {*range(12), 42, 43}, 0.55)],
)
def test_a_cycle_shows_each_camera_markers_most_of_the_time(camera: str, ids: set[int], share: float) -> None:
    assert RIG.virtual is not None
    world = World.create(RIG.virtual, followers_of(RIG))
    world.start_operator(world.epoch_ns)
    operator, scene = Operator(world, "right"), scene_of(camera)
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cell.BOARD.dictionary))
    seen: list[bool] = []
    for tenth in range(0, 80, 4):
        t_ns = world.epoch_ns + tenth * 100_000_000
        q, _, grip = operator.leader(t_ns)
        picture = draw(scene, state(q, 0.08 - 0.04 * grip, operator.object_start(t_ns)), led=0.0)
        found = detector.detectMarkers(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))[1]
        seen.append(found is not None and not ids.isdisjoint(found.ravel().tolist()))
    world.close(unlink=True)
    assert np.mean(seen) >= share


@pytest.mark.parametrize("camera", ["front", "side", "wrist"])
def test_led_is_as_bright_as_the_share_of_the_exposure_that_it_lights(camera: str) -> None:
    scene = scene_of(camera)
    at = project(RIG, camera, ARM.home, LED[None])[0]
    shown = np.array([pixel(draw(scene, None, led=led), at).mean() for led in np.linspace(0, 1, 11)])
    assert shown == pytest.approx(np.linspace(shown[0], shown[-1], 11), abs=1.5)
    assert draw(scene, None, led=1.1)[int(at[1]), int(at[0])].max() < 255, "noise must not clip"


@pytest.mark.parametrize("camera", ["front", "side", "wrist"])
def test_led_is_seen_to_switch_by_every_camera_at_home(camera: str) -> None:
    scene = scene_of(camera)
    at = project(RIG, camera, ARM.home, LED[None])[0]
    off = pixel(draw(scene, None, led=0.0), at)
    on = pixel(draw(scene, None, led=1.0), at)
    assert (on - off).min() > 100
    changed = np.argwhere((draw(scene, None, led=1.0) != draw(scene, None, led=0.0)).any(axis=-1))
    assert np.abs(changed[:, ::-1] - at).max() < 40


@pytest.mark.parametrize("camera", ["front", "side", "wrist"])
def test_cube_is_drawn_where_it_lies(camera: str) -> None:
    picture = draw(scene_of(camera), state(ARM.home), led=0.0).astype(int)
    red = (picture[..., 0] > 110) & (picture[..., 1] < 80) & (picture[..., 2] < 70)
    middle = np.argwhere(red).mean(axis=0)[::-1]
    assert np.abs(middle - project(RIG, camera, ARM.home, CUBE[None])[0]).max() < 6


def test_fingers_open_in_the_wrist_camera_as_wide_as_told() -> None:
    scene = scene_of("wrist")
    q = ARM.home
    for width in (0.02, 0.05, 0.08):
        picture = draw(scene, state(q, width), led=0.0)
        tool = ARM.end_effector(q)
        inner = [tool @ [0.0, side * (width / 2 + 0.005), 0.0, 1.0] for side in (-1, 1)]
        for at in project(RIG, "wrist", q, np.array(inner)[:, :3]):
            assert pixel(picture, at).max() < 60


def test_without_a_state_the_arm_stands_at_home_and_no_cube_is_invented() -> None:
    scene = scene_of("front")
    alone = draw(scene, None, led=0.0)
    at_home = draw(scene, state(ARM.home), led=0.0)
    rows, columns = np.nonzero((alone != at_home).any(axis=-1))
    cube = project(RIG, "front", ARM.home, CUBE[None])[0]
    assert len(rows) and np.abs(np.stack([columns, rows], axis=1) - cube).max() < 60


def test_each_scene_camera_has_a_place() -> None:
    third: dict[str, object] = {"driver": "realsense", "serial": "9", "sync": "slave"}
    rig = rig_with(back=third)
    poses: list[Matrix] = [cell.camera_pose(rig, c, ARM.home) for c in ("front", "side", "back")]
    assert len({tuple(np.round(pose[:3, 3], 3)) for pose in poses}) == 3
    assert board_error(rig, "back", ARM.home)[0] >= 6


def test_pictures_are_neither_flat_nor_noise() -> None:
    for camera in RIG.cameras:
        picture = draw(scene_of(camera), state(ARM.home), led=1.0)
        ok, jpeg = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
        assert ok and 35_000 < len(jpeg) < 75_000


@pytest.mark.parametrize("camera", ["front", "side", "wrist"])
def test_picture_painted_over_an_older_one_is_the_same_as_on_an_empty_sheet(camera: str) -> None:
    scene, rng = scene_of(camera), np.random.default_rng(0)
    used, stale = np.zeros((480, 640, 3), dtype=np.uint8), None
    for led in (1.0, 0.0, 0.3, 1.08, 1.0, -0.07):
        now = state(ARM.home + rng.uniform(-0.5, 0.5, 7), rng.uniform(0.0, 0.08), rng.uniform(0.0, 0.4, 3))
        stale = scene.render(used, stale, {"right": now}, led)
        assert np.array_equal(used, draw(scene, now, led=led))
