"""The cell of rigs with several arms, of either kind: each is seen where it is, and told from the others."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from hardware.config import RigConfig
from hardware.config.followers import ArmName
from hardware.samples import Vector
from hardware.virtual import cell
from hardware.virtual.operator import Operator
from hardware.virtual.scene import Scene
from hardware.virtual.world import FollowerState, World, followers_of

ROOT = Path(__file__).parents[3]
CODE = cv2.aruco.getPredefinedDictionary(cell.BOARD.dictionary)
ARMS: list[ArmName] = ["fr3", "viperx300s"]
PAIR = ("left", "right")
CUBE = np.array([0.36, 0.02, 0.02])


@cache
def rig_of(arm: ArmName, *names: str) -> RigConfig:
    """The virtual rig with these followers in place of its own, and a wrist camera for each."""
    raw = yaml.safe_load((ROOT / "configs/rigs/virtual.yaml").read_text())
    wrist = raw["cameras"].pop("wrist")
    raw["cameras"] |= {f"wrist_{n}": wrist | {"serial": n, "follower": n} for n in names}
    leader, follower = raw["leaders"]["right"], raw["followers"]["right"]
    if arm == "viperx300s":
        joints = {"ids": [1, 2, 3, 4, 5, 6], "signs": [1] * 6, "offsets_rad": [3.14] * 6}
        leader = leader | joints
        follower = {"driver": "dynamixel", "port": "virtual", "models": ["xm540-w270"] * 6, **joints}
    raw["leaders"] = dict.fromkeys(names, leader)
    raw["followers"] = {name: follower | {"leader": name} for name in names}
    return RigConfig.model_validate(raw)


@cache
def scene_of(arm: ArmName, names: tuple[str, ...], camera: str) -> Scene:
    return Scene(rig_of(arm, *names), camera)


def draw(scene: Scene, states: dict[str, FollowerState], *, led: float = 0.0) -> NDArray[np.uint8]:
    picture = np.full((480, 640, 3), 99, dtype=np.uint8)
    scene.render(picture, None, states, led)
    return picture


def markers(picture: NDArray[np.uint8]) -> dict[int, Vector]:
    """Corners (4, 2) px of each marker that a detector finds."""
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    corners, ids, _ = cv2.aruco.ArucoDetector(CODE).detectMarkers(gray)
    found = [int(id) for id in np.ravel(ids)] if len(corners) else []
    return {id: np.asarray(c, np.float64).reshape(4, 2) for id, c in zip(found, corners, strict=True)}


def project(rig: RigConfig, camera: str, q: Vector, points: Vector) -> Vector:
    to_camera = np.linalg.inv(cell.camera_pose(rig, camera, q))
    at = (points @ to_camera[:3, :3].T + to_camera[:3, 3]) @ cell.intrinsics(rig, camera).T
    return at[..., :2] / at[..., 2:]


def at_work(rig: RigConfig, world: World, t: float) -> dict[str, FollowerState]:
    states: dict[str, FollowerState] = {}
    for name in rig.followers:
        operator, t_ns = Operator(world, name), world.epoch_ns + round(t * 1e9)
        q, _, grip = operator.leader(t_ns)
        states[name] = FollowerState(0, q, 0.074 - 0.034 * grip, operator.object_start(t_ns))
    return states


@pytest.mark.parametrize("names", [("right", "left"), ("left", "right")])
def test_arms_stand_side_by_side_the_left_one_to_the_left(names: tuple[str, str]) -> None:
    places = cell.layout(rig_of("fr3", *names)).places
    assert np.array_equal(places["right"].base, np.eye(4))
    assert np.allclose(places["left"].base[:3, 3], [0.0, places["right"].station.spacing, 0.0])


def test_markers_of_four_arms_are_unique() -> None:
    layout = cell.layout(rig_of("viperx300s", "a", "b", "c", "d"))
    ids = [tag.id for place in layout.places.values() for tag in (*place.hand_tags, *place.table_tags)]
    board = np.asarray(cell.BOARD.opencv().getIds()).ravel().tolist()
    assert len({*ids, *board}) == len(ids) + len(board)
    assert max(ids) < np.asarray(CODE.bytesList).shape[0]


@pytest.mark.parametrize("arm", ARMS)
def test_tags_on_every_hand_are_seen_at_their_true_place(arm: ArmName) -> None:
    rig, rng = rig_of(arm, *PAIR), np.random.default_rng(0)
    places = cell.layout(rig).places
    scenes = {camera: scene_of(arm, PAIR, camera) for camera in ("front", "side")}
    seen: set[int] = set()
    for _ in range(6):
        states = {
            name: FollowerState(
                0, place.station.model.home + rng.uniform(-0.12, 0.12, place.station.model.joints), 0.05, CUBE
            )
            for name, place in places.items()
        }
        for camera, scene in scenes.items():
            found = markers(draw(scene, states))
            for name, place in places.items():
                for tag in place.hand_tags:
                    if tag.id in found:
                        true = project(rig, camera, states[name].q, cell.tag_corners(place, tag, states[name].q))
                        assert np.linalg.norm(found[tag.id] - true, axis=1).mean() < 2
                        seen.add(tag.id)
    for place in places.values():
        assert not seen.isdisjoint(tag.id for tag in place.hand_tags), "a hand that no camera proves"


@pytest.mark.parametrize("arm", ARMS)
def test_while_they_work_every_camera_sees_a_marker_that_tells_of_each_arm(arm: ArmName) -> None:
    rig = rig_of(arm, *PAIR)
    assert rig.virtual is not None
    layout = cell.layout(rig)
    world = World.create(rig.virtual, followers_of(rig))
    world.start_operator(world.epoch_ns)
    fixed = {tag.id for tag in layout.table_tags} | set(range(12))
    scenes = {camera: scene_of(arm, PAIR, camera) for camera in rig.cameras}
    seen: dict[str, list[set[int]]] = {camera: [] for camera in rig.cameras}
    for t in np.arange(1.0, 16.0, 1.25):
        states = at_work(rig, world, float(t))
        for camera, scene in scenes.items():
            seen[camera].append(set(markers(draw(scene, states))))
    world.close(unlink=True)
    for name, place in layout.places.items():
        hand = {tag.id for tag in place.hand_tags}
        scene_cameras = max(np.mean([bool(ids & hand) for ids in seen[camera]]) for camera in ("front", "side"))
        assert scene_cameras > 0.6
        assert np.mean([bool(ids & fixed) for ids in seen[f"wrist_{name}"]]) > 0.5


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("names", [("right",), PAIR])
def test_every_camera_sees_the_led_switch_while_the_arms_are_at_home(arm: ArmName, names: tuple[str, ...]) -> None:
    rig = rig_of(arm, *names)
    led = cell.layout(rig).led[None]
    for camera, config in rig.cameras.items():
        scene = scene_of(arm, names, camera)
        changed = np.argwhere((draw(scene, {}, led=1.0) != draw(scene, {}, led=0.0)).any(axis=-1))
        home = cell.layout(rig).places[config.follower or "right"].station.model.home
        assert len(changed) > 60
        assert np.abs(changed[:, ::-1] - project(rig, camera, home, led)).max() < 40


def test_viperx_stands_where_its_joints_say_and_its_cube_beside_its_own_base() -> None:
    rig = rig_of("viperx300s", *PAIR)
    place = cell.layout(rig).places["left"]
    model = place.station.model
    q = model.home + np.random.default_rng(1).uniform(-0.2, 0.2, 6)
    picture = draw(scene_of("viperx300s", PAIR, "front"), {"left": FollowerState(0, q, 0.05, CUBE)}).astype(int)
    origins = (place.base @ model.frames(q))[[2, 3, 4, 5], :3, 3]
    for x, y in np.rint(project(rig, "front", q, origins)).astype(int):
        assert np.ptp(picture[y, x]) < 25 and picture[y, x].max() < 170, "neither black nor steel"
    red = (picture[..., 0] > 110) & (picture[..., 1] < 80) & (picture[..., 2] < 70)
    middle = np.argwhere(red).mean(axis=0)[::-1]
    assert np.abs(middle - project(rig, "front", q, (place.base[:3, 3] + CUBE)[None])[0]).max() < 6


@pytest.mark.parametrize("camera", ["front", "wrist_left"])
def test_two_arms_painted_over_an_older_picture_leave_nothing_of_it(camera: str) -> None:
    rig = rig_of("viperx300s", *PAIR)
    scene, rng = scene_of("viperx300s", PAIR, camera), np.random.default_rng(0)
    home = cell.layout(rig).places["left"].station.model.home
    used, stale = np.zeros((480, 640, 3), dtype=np.uint8), None
    for _ in range(4):
        states = {
            name: FollowerState(0, home + rng.uniform(-0.4, 0.4, 6), rng.uniform(0.0, 0.07), rng.uniform(0.0, 0.4, 3))
            for name in rig.followers
        }
        stale = scene.render(used, stale, states, 0.5)
        assert np.array_equal(used, draw(scene, states, led=0.5))


def test_a_wrist_camera_of_nobody_is_refused() -> None:
    raw = rig_of("fr3", *PAIR).model_dump()
    raw["cameras"]["wrist_left"]["follower"] = "middle"
    with pytest.raises(
        ValueError, match=r"cameras\.wrist_left\.follower is 'middle'; followers are \['left', 'right'\]"
    ):
        RigConfig.model_validate(raw)
