"""The robot goes to a leader that waits for it: slowly, all joints at once, and only while it waits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.teleop.approach import EFFORT_SHARE, SPEED_SHARE, Approach
from collector.teleop.engage import State
from collector.teleop.limit import STOP_S
from hardware.arms.models import ArmModel
from hardware.config import TeleopConfig
from tests.collector.teleop.virtual_time import ARM, AWAY, HOME, SERVO_ARM, Run, at

FAR = HOME + 0.6 * AWAY
KEY = TeleopConfig(ramp_s=0.3, deadman="key")
PLAIN = TeleopConfig(ramp_s=0.3)


@settings(max_examples=25)
@given(arm=st.sampled_from([ARM, SERVO_ARM]), seed=st.integers(0, 2**16), speed=st.sampled_from([0.1, 0.5, 1.0]))
def test_from_any_pose_to_any_pose_it_keeps_to_reduced_limits(arm: ArmModel, seed: int, speed: float):
    rng, limits, config = np.random.default_rng(seed), arm.limits, TeleopConfig(approach_rad_s=speed)
    start, goal = rng.uniform(limits.q_min, limits.q_max, (2, arm.joints))
    way = Approach(config, limits, start.tolist(), goal.tolist())
    times = np.linspace(0.0, way.duration + 0.1, 500)
    steps = [way.at(float(t), 0.0) for t in times]
    q, v = np.array([q for q, _ in steps]), np.array([v for _, v in steps])
    assert q[0] == pytest.approx(start) and q[-1] == pytest.approx(goal)
    assert np.max(np.abs(v[-1])) < 1e-9
    assert np.all(np.abs(v) <= np.minimum(speed, SPEED_SHARE * limits.velocity) + 1e-9)
    a = np.diff(v, axis=0) / np.diff(times)[:, None]
    assert np.all(np.abs(a) <= EFFORT_SHARE * config.acceleration * limits.acceleration + 1e-6)
    assert np.all((q >= np.minimum(start, goal) - 1e-9) & (q <= np.maximum(start, goal) + 1e-9))


def test_a_pose_that_is_already_reached_takes_no_time():
    assert Approach(PLAIN, ARM.limits, HOME.tolist(), HOME.tolist()).duration == 0.0


def test_asked_to_approach_the_robot_goes_and_then_follows():
    run = Run(at(FAR), PLAIN)
    run.step(100)
    run.step(200, "approach")
    assert run.last.state is State.ALIGN and np.all(run.q() == HOME)  # the leader must rest a while first
    run.until(State.FOLLOW, 6000)
    assert run.last.q == pytest.approx(FAR, abs=1e-3)
    assert np.max(np.abs(run.dq())) <= PLAIN.approach_rad_s * 1.01
    aligned = run.states().index(State.RAMP)
    assert run.q()[aligned] == pytest.approx(FAR, abs=2e-3)  # the ramp had nothing left to do
    assert run.teleop.counters.approaches == 1
    assert run.teleop.counters.limit_hits == {}


def test_engaged_without_a_deadman_the_robot_waits_to_be_asked():
    run = Run(at(FAR), PLAIN)
    run.step(100)
    run.step(1500, "engage")
    assert run.last.state is State.ALIGN and "or let the robot come" in run.last.reason
    assert np.all(run.q() == HOME)
    run.step(10, "approach")
    run.until(State.FOLLOW, 6000)


def test_engaged_with_the_deadman_held_the_robot_goes_by_itself():
    run = Run(at(FAR), KEY)
    run.step(100)
    run.step(1000, "engage")
    assert np.all(run.q() == HOME)
    run.held = True
    run.until(State.FOLLOW, 6000)


@pytest.mark.parametrize("why", ["deadman", "leader_moved", "leader_silent", "released", "tracking", "heartbeat"])
def test_whatever_ends_the_wait_ends_the_motion_and_is_named(why: str):
    moved_s = 1.2

    def wanders(t: float):
        speed = np.zeros(7) if t < moved_s or why != "leader_moved" else 0.2 * AWAY
        return FAR + speed * max(t - moved_s, 0.0), speed

    run = Run(wanders, KEY, held=True)
    run.step(100)
    run.step(1100, "engage")
    assert run.last.reason.startswith("The robot goes to the leader") and np.max(np.abs(run.last.dq)) > 0.1
    run.blocked = why == "tracking"
    run.silent = why == "leader_silent"
    run.daemon = why != "heartbeat"
    if why == "deadman":
        run.held = False
        run.teleop.deadman(False)
    if why == "released":
        run.teleop.request("release")
    run.until(State.HOLD, 1010)
    assert run.last.cause == why and run.teleop.counters.holds == {why: 1}
    run.step(round(STOP_S * 1e3))
    assert np.all(run.last.dq == 0.0)
    held = run.last.q
    run.step(30)
    assert np.all(run.last.q == held)


def test_a_leader_beyond_the_refusal_is_not_gone_to():
    run = Run(at(HOME + 0.9 * AWAY), PLAIN)
    run.step(100)
    run.step(500, "approach")
    assert run.last.state is State.IDLE and "Refused" in run.last.reason
    assert np.all(run.q() == HOME)


def test_a_leader_within_the_soft_margin_is_gone_to_as_far_as_the_soft_limit():
    pose = HOME.copy()
    pose[5] = ARM.limits.q_max[5] - 0.02
    run = Run(at(pose), TeleopConfig(ramp_s=0.3, refuse_rad=4.0))
    run.step(100)
    run.step(100, "approach")
    run.until(State.FOLLOW, 9000)
    assert run.last.q[5] == pytest.approx(ARM.limits.q_max[5] - 0.1, abs=2e-3)


def test_a_servo_arm_is_brought_as_well():
    run = Run(at(SERVO_ARM.home - 0.5), PLAIN, arm=SERVO_ARM, cycle_ms=10)
    run.step(100)
    run.step(100, "approach")
    run.until(State.FOLLOW, 6000)
    assert run.last.q == pytest.approx(SERVO_ARM.home - 0.5, abs=1e-3)
