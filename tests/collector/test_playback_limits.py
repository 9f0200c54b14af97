"""Whatever way-points lead, at full speed and on a machine that stalls, what the robot is sent keeps to its limits."""

from collections.abc import Iterator, Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.board import CharucoBoard
from calibration.lens import Lens
from calibration.poses import Matrix, from_twist
from calibration.reach import plan_poses
from collector.calibrate.mount_live import room_of
from collector.playback import PosesOrder, poses_track, why_not_poses
from collector.processes.replay import Player
from collector.teleop.engage import State
from collector.teleop.reference import Reference, Teleop
from hardware.arms.limits import velocity_bounds
from hardware.arms.models import arm_model
from hardware.config import RigConfig
from hardware.samples import Vector
from tests.episodes import rig_config
from tests.synthetic import START_NS

MS = 1_000_000
MODEL = arm_model("fr3")
HOME = MODEL.home
BOARD = CharucoBoard(columns=6, rows=4, square_m=0.04, marker_m=0.028, dictionary="DICT_4X4_50")
LENS = Lens("pinhole", np.array([[430.0, 0, 320], [0, 430, 240], [0, 0, 1]]), np.zeros(0), (640, 480))
WRIST = from_twist(np.array([0.07, 0.0, -0.10, 0.0, 0.0, np.pi / 2]))
PATIENT = {"hold_ms": 2000, "fault_ms": 4000, "heartbeat_ms": 5000}


def rig(**teleop: object) -> RigConfig:
    return RigConfig.model_validate(rig_config(("front",)) | {"teleop": {**PATIENT, **teleop}})


def order(poses: Sequence[Vector]) -> PosesOrder:
    return PosesOrder(poses={"right": tuple(tuple(float(q) for q in pose) for pose in poses)}, rest_s=0.1, speed=1.0)


def sent(
    config: RigConfig, poses: Sequence[Vector], stalls: Sequence[tuple[int, int, bool]] = ()
) -> Iterator[Reference]:
    """Each reference until the last way-point is reached, in virtual time; the robot does at once what it is told.

    stalls: (begin, length, whose) in ms after the start: of the process that leads, or of the robot's connection.
    """
    told = order(poses)
    player = Player(poses_track(told, config, "right", HOME), told, "right")
    teleop = Teleop(config.teleop, MODEL, 5 * MS, HOME, 0.08, MS)
    q, begun, rest = HOME, None, 0
    for ms in range(60_000):
        now = START_NS + ms * MS
        since = -1 if begun is None else ms - begun
        stalled = {leads for begin, length, leads in stalls if begin <= since < begin + length}
        if ms % 5 == 0 and True not in stalled:
            teleop.on_leader(player.sample(now))
        if ms == 50:
            teleop.heartbeat(now)
            teleop.request("approach")
        if ms % 100 == 0:
            teleop.heartbeat(now)
        if False in stalled:
            continue
        reference = teleop.update(now, q, np.zeros(7), 1.0, None)
        q = reference.q
        if begun is None and reference.state is State.FOLLOW:
            begun = ms
            player.obey("play", {"t0_ns": now}, now)
        yield reference
        rest = rest + 1 if player.status()["replay"]["state"] == "done" else 0
        if rest > 250:
            return
    raise AssertionError("the last way-point was never reached")


far = st.lists(st.floats(-0.9, 0.9), min_size=7, max_size=7).map(np.array)
stalled = st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 300), st.booleans()), max_size=6)


@settings(max_examples=4, deadline=None)
@given(far, far, stalled)
def test_no_joint_is_sent_faster_than_its_share_of_what_the_robot_allows_there(
    first: Vector, second: Vector, stalls: list[tuple[int, int, bool]]
) -> None:
    """The FR3's limits depend on where each joint is: libfranka rate_limiting.h."""
    config = rig()
    low, high = MODEL.limits.q_min + 0.11, MODEL.limits.q_max - 0.11
    goals = [np.clip(HOME + offset, low, high) for offset in (first, second)]
    last = HOME
    for reference in sent(config, goals, stalls):
        lower, upper = (config.teleop.velocity * bound for bound in velocity_bounds(reference.q))
        assert (reference.dq <= upper + 1e-6).all()
        assert (reference.dq >= lower - 1e-6).all()
        last = reference.q
    assert np.abs(last - goals[-1]).max() < 2e-3


def table() -> Matrix:
    """A board under the hand."""
    pose = from_twist(np.array([0.0, 0.0, 0.0, np.pi, 0.0, 0.0]))
    pose[:3, 3] = MODEL.end_effector(HOME)[:3, 3] * [1, 1, 0] - pose[:3, :3] @ BOARD.points().mean(axis=0)
    return pose


def test_planned_poses_are_reached_and_teleoperations_box_holds_none_of_them_back() -> None:
    at = MODEL.end_effector(HOME)[:3, 3]
    tight = {axis: (float(x) - 0.13, float(x) + 0.13) for axis, x in zip("xyz", at, strict=True)}
    config = rig(workspace=tight)
    unaware = plan_poses(MODEL, HOME, WRIST, table(), BOARD, LENS, 6)
    assert "teleop.workspace holds its hand back" in why_not_poses(order(unaware), config)
    poses = plan_poses(MODEL, HOME, WRIST, table(), BOARD, LENS, 4, room_of(config))
    assert why_not_poses(order(poses), config) == ""
    left = list(poses)
    for with_box, without in zip(sent(config, poses), sent(rig(), poses), strict=True):
        assert np.array_equal(with_box.q, without.q)
        if left and np.abs(with_box.q - left[0]).max() < 1e-3:
            left.pop(0)
    assert not left


def test_a_way_point_beyond_a_wall_is_refused_by_number() -> None:
    walls = {"workspace": {"x": (0.2, 0.6), "y": (-0.3, 0.3), "z": (0.0, 0.8)}}
    out = HOME.copy()
    out[0] = 1.2  # turned to the side
    assert why_not_poses(order([HOME, out]), rig(**walls)).startswith("way-point 2 of right: teleop.workspace holds")
    assert why_not_poses(order([HOME]), rig(**walls)) == ""
