"""Way-points lead like a careful hand: from where the robot stands, at rest at every one, never past a limit."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from collector.playback import NotReplayable, PosesOrder, ReplayOrder, order_of, poses_track, why_not_poses
from collector.processes.replay import Player
from collector.teleop.engage import State
from collector.teleop.reference import Teleop
from hardware.arms.models import arm_model
from hardware.config import RigConfig, TeleopConfig
from tests.episodes import rig_config
from tests.synthetic import START_NS

MS = 1_000_000
MODEL = arm_model("fr3")
HOME = MODEL.home


def rig(**teleop: object) -> RigConfig:
    return RigConfig.model_validate(rig_config(("front",)) | {"teleop": teleop})


def order(*poses: np.ndarray, rest_s: float | None = 1.0, speed: float = 1.0) -> PosesOrder:
    rows = tuple(tuple(float(joint) for joint in pose) for pose in poses)
    return PosesOrder(poses={"right": rows}, rest_s=rest_s, speed=speed)


def test_the_robot_rests_at_each_way_point_for_as_long_as_was_told() -> None:
    goals = [HOME + 0.2, HOME - 0.1]
    track = poses_track(order(*goals, rest_s=0.8), rig(), "right", HOME)
    assert np.array_equal(track.q[0], HOME)
    for goal in goals:
        there = np.abs(track.q - goal).max(axis=1) < 1e-9
        assert there.sum() * 0.005 == pytest.approx(0.8, abs=0.011)
    assert np.array_equal(track.q[-1], goals[-1])
    assert not track.dq[0].any()
    assert not track.dq[-1].any()


small = st.lists(st.floats(-0.5, 0.5), min_size=7, max_size=7)


@settings(max_examples=15, deadline=None)
@given(small, small, st.floats(0.05, 1.0))
def test_no_move_is_faster_than_teleoperation_may_be(first: list[float], second: list[float], speed: float) -> None:
    config = TeleopConfig()
    track = poses_track(order(HOME + first, HOME + second, speed=speed), rig(), "right", HOME)
    v = np.diff(track.q, axis=0) / 0.005
    a = np.diff(v, axis=0) / 0.005
    assert np.all(np.abs(v) <= speed * config.velocity * MODEL.limits.velocity * 1.02 + 1e-9)
    assert np.all(np.abs(a) <= speed**2 * config.acceleration * MODEL.limits.acceleration + 1e-6)


def test_way_points_out_of_reach_of_a_joint_are_refused_by_number() -> None:
    too_far = HOME.copy()
    too_far[3] = -0.05
    with pytest.raises(NotReplayable, match=r"way-point 2 of right: joint 4 at -0\.05 rad .* choose another"):
        poses_track(order(HOME, too_far), rig(), "right", HOME)
    with pytest.raises(NotReplayable, match="7 joints are needed"):
        poses_track(order(HOME[:6]), rig(), "right", HOME)
    with pytest.raises(NotReplayable, match="finite"):
        poses_track(order(HOME * math.nan), rig(), "right", HOME)
    assert "no such arm, only right" in why_not_poses(PosesOrder(poses={"left": ()}), rig())


def test_an_arm_without_way_points_holds() -> None:
    track = poses_track(PosesOrder(poses={}), rig(), "right", HOME + 0.1)
    assert np.array_equal(track.q, np.tile(HOME + 0.1, (len(track.q), 1)))


def test_told_to_wait_it_stands_at_every_way_point_until_it_may_go_on() -> None:
    goals = [HOME + 0.2, HOME - 0.1, HOME]
    told = order(*goals, rest_s=None)
    player = Player(poses_track(told, rig(), "right", HOME), told, "right")
    now = START_NS
    for number, goal in enumerate(goals):
        player.obey("play", {"t0_ns": now}, now)
        player.obey("play", {"t0_ns": now}, now)  # twice asked is once gone
        reached = [player.sample(now := now + 5 * MS) for _ in range(1200)]
        assert np.abs(reached[-1].q - goal).max() < 1e-9
        assert not reached[-1].dq.any()
        assert player.status()["replay"]["state"] == ("done" if number == 2 else "paused")


def test_the_gripper_keeps_what_it_holds() -> None:
    told = order(HOME + 0.1)
    player = Player(poses_track(told, rig(), "right", HOME), told, "right")
    player.obey("play", {"t0_ns": START_NS}, START_NS)
    assert all(player.sample(START_NS + ms * MS).grip is None for ms in range(0, 500, 5))


def test_an_order_is_what_its_words_say() -> None:
    assert isinstance(order_of({"poses": {"right": [[0.0] * 7]}, "speed": 0.3}), PosesOrder)
    assert isinstance(order_of({"episode": "a.hdf5"}), ReplayOrder)
    assert order_of({}) is None
    with pytest.raises(ValidationError):
        order_of({"poses": {}, "speed": 2.0})


def test_way_points_pass_the_gates_and_a_pause_goes_on_where_it_was() -> None:
    """In virtual time, on a robot that does at once what it is told."""
    offsets = [0.15, 0.05, 0, 0, 0, 0.1, 0.3], [-0.15, 0, 0.05, 0, 0.2, -0.1, -0.3]
    goals = [HOME + np.array(offset) for offset in offsets]
    told = order(*goals, rest_s=0.5)
    stands = HOME + 1e-3
    player = Player(poses_track(told, rig(), "right", stands), told, "right")
    teleop = Teleop(TeleopConfig(), MODEL, 5 * MS, stands, 0.08, MS)
    q, states, paused, seen = stands, list[str](), False, set[int]()
    for ms in range(20_000):
        now = START_NS + ms * MS
        if ms % 5 == 0:
            teleop.on_leader(player.sample(now))
        if ms % 100 == 0:
            teleop.heartbeat(now)
        if ms in (50, 5500):
            teleop.request("approach")
        if ms == 4000:
            player.obey("release", {}, now)
            teleop.request("release")
            paused = True
        reference = teleop.update(now, q, np.zeros(7), 1.0, None)
        q = reference.q
        if not states or states[-1] != reference.state.name:
            states.append(reference.state.name)
            if reference.state is State.FOLLOW:
                player.obey("play", {"t0_ns": now}, now)
        seen |= {number for number, goal in enumerate(goals) if np.abs(q - goal).max() < 2e-3}
    assert paused
    assert states.count("FOLLOW") == 2
    assert seen == {0, 1}
    assert player.status()["replay"]["state"] == "done"
    assert np.abs(q - goals[-1]).max() < 1e-3
