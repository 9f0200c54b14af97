"""Teleop as a whole at 1 kHz of virtual time: what the robot is sent, and when."""

import numpy as np
import pytest

from collector.teleop.engage import State
from collector.teleop.limit import STOP_S
from collector.teleop.reference import GAP_NS
from hardware.arms.limits import FR3
from hardware.config import TeleopConfig
from tests.collector.teleop.virtual_time import AWAY, HOME, MS, SERVO_ARM, START, Run, leader_sample, still, swing


@pytest.mark.parametrize(
    ("period_ms", "amplitude", "hertz"),
    [(2.0, 0.2, 0.5), (5.0, 0.2, 0.5), (10.0, 0.2, 0.5), (40.0, 0.2, 0.5), (5.0, 0.01, 3.0)],
)
def test_smooth_motion_arrives_whole_and_exactly_the_interpolation_delay_later(
    period_ms: float, amplitude: float, hertz: float
):
    run = Run(swing(amplitude, hertz, begin_s=1.5), period_ms=period_ms)
    run.follow()
    run.step(4000)
    times, q = np.array(run.times), run.q()
    moving = times > START + 2500 * MS

    def error(lag_ms: float) -> float:
        wanted = [run.motion((t - START) * 1e-9 - lag_ms * 1e-3)[0] for t in times[moving][::7]]
        return float(np.sqrt(np.mean((np.array(wanted) - q[moving][::7]) ** 2)))

    lags = np.arange(0.0, 2 * period_ms + 3.0, 0.25)
    errors = [error(lag) for lag in lags]
    lag = float(lags[int(np.argmin(errors))])
    assert lag == pytest.approx(2 * period_ms, abs=0.5)
    assert min(errors) < 0.02 * amplitude
    assert run.teleop.counters.lag_ns == round(2 * period_ms * MS)
    assert run.teleop.counters.limit_hits == {}


def test_encoder_steps_do_not_reach_the_robot():
    count, unit = 2 * np.pi / 4096, 0.229 * 2 * np.pi / 60  # X series: Present Position, Present Velocity
    smooth = swing(0.25, 0.4, begin_s=1.5)

    def quantised(t: float):
        q, dq = smooth(t)
        return np.round(q / count) * count, np.round(dq / unit) * unit

    run = Run(quantised)
    run.follow()
    run.step(3000)
    begin = 2500
    wanted = np.array([smooth((t - START) * 1e-9 - 0.010)[0] for t in run.times])
    assert np.max(np.abs(run.q() - wanted)[begin:]) < 1.5e-3
    assert np.max(np.abs(np.diff(run.dq(), axis=0))[begin:]) * 1e3 < 0.8 * FR3.acceleration[0]


def test_the_held_pose_does_not_follow_a_drifting_measurement():
    run = Run()
    run.step(50)
    run.blocked = True
    run.robot = HOME + 0.05
    run.step(300)
    assert np.all(run.q() == HOME)
    assert run.last.state is State.IDLE
    assert run.last.error == pytest.approx(np.full(7, -0.05))


def test_without_a_leader_nothing_is_requested_and_nothing_invented():
    run = Run(silent=True)
    reference = run.step(10)
    assert np.all(np.isnan(reference.requested)) and np.all(np.isnan(reference.error))
    assert reference.width is None
    assert "No leader sample" in run.step(10, "engage").reason


def test_alignment_first_then_a_ramp_from_where_the_robot_is():
    run = Run(lambda t: (HOME + 0.25 * AWAY, np.zeros(7)), config=TeleopConfig(ramp_s=1.0))
    run.step(100)
    run.step(1600, "engage")
    states = run.states()
    assert [s for k, s in enumerate(states) if k == 0 or s is not states[k - 1]] == [
        State.IDLE,
        State.ALIGN,
        State.RAMP,
        State.FOLLOW,
    ]
    assert np.all(run.q()[: states.index(State.RAMP)] == HOME)
    assert run.last.q == pytest.approx(HOME + 0.25 * AWAY, abs=1e-3)
    assert np.max(np.abs(run.dq())) < 0.25 * np.pi / 2 * 1.05


def test_a_leader_far_away_is_refused_by_name_and_the_robot_stays():
    run = Run(lambda t: (HOME + np.array([0, 0, 0, 0, 0, 0, 2 * np.pi]), np.zeros(7)))
    run.step(100)
    reference = run.step(500, "engage")
    assert reference.state is State.IDLE
    assert "Joint 7" in reference.reason and "whole turns: +1" in reference.reason
    assert np.all(run.q() == HOME)


def test_a_release_stops_the_robot_within_150_ms_and_holds():
    run = Run(swing(0.38, 0.5, begin_s=1.2))  # 1.2 rad/s at its peak, 0.5 s after begin
    run.follow()
    run.step(700)
    assert np.max(np.abs(run.last.dq)) > 1.1
    run.step(round(STOP_S * 1e3), "release")
    assert run.last.state is State.HOLD
    assert np.all(run.last.dq == 0.0)
    held = run.last.q
    run.step(500)
    assert np.all(run.last.q == held)


def test_a_release_is_not_lost_to_a_later_wish_in_the_same_cycle():
    run = Run()
    run.follow()
    run.teleop.request("release")
    assert run.step(1, "engage").state is State.HOLD


def test_following_again_goes_through_alignment():
    run = Run()
    run.follow()
    run.step(200, "release")
    run.step(1, "engage")
    assert run.last.state is State.ALIGN
    run.step(900)
    assert run.last.state is State.FOLLOW
    assert run.teleop.counters.holds == {"released": 1}


def test_a_silent_leader_coasts_holds_and_faults_in_turn():
    run = Run(swing(0.2, 0.5, begin_s=1.2))
    run.follow()
    run.step(600)
    run.silent = True
    run.step(40)
    assert run.last.state is State.FOLLOW and "coasts" in run.last.reason
    run.step(20)
    assert run.last.state is State.HOLD
    run.step(150)
    assert run.last.state is State.FAULT
    assert np.all(run.last.dq == 0.0) and np.all(np.isnan(run.last.requested))
    run.silent = False
    run.step(300)
    assert run.last.state is State.FAULT
    assert run.step(1, "reset").state is State.IDLE
    assert run.teleop.counters.holds == {"leader_silent": 1} and run.teleop.counters.faults == {"leader_silent": 1}


def test_a_short_gap_is_coasted_through():
    run = Run(swing(0.2, 0.5, begin_s=1.2))
    run.follow()
    run.step(600)
    run.silent = True
    run.step(30)
    run.silent = False
    run.step(500)
    assert set(run.states()[1000:]) == {State.FOLLOW}
    wanted = run.motion((run.times[-1] - START) * 1e-9 - 0.010)[0]
    assert run.last.q == pytest.approx(wanted, abs=2e-3)


def test_a_slow_leader_is_not_a_silent_one():
    run = Run(period_ms=40.0)
    run.follow()
    run.step(1000)
    assert run.last.state is State.FOLLOW and run.last.reason == "Following."


def test_a_leader_that_jumps_for_good_ends_in_hold_and_is_trusted_only_after_alignment():
    jumped = HOME + np.array([0.0, 0.6, 0, 0, 0, 0, 0])
    run = Run(lambda t: (HOME if t < 1.2 else jumped, np.zeros(7)))
    run.follow()
    run.step(300)
    assert run.last.state is State.HOLD
    assert run.last.requested == pytest.approx(jumped)
    assert np.all(run.q() == HOME)
    assert run.teleop.counters.rejected["jump"] > 5
    assert "Move joint 2" in run.step(400, "engage").reason


def test_a_blocked_robot_is_held():
    run = Run(swing(0.2, 0.5, begin_s=1.2))
    run.follow()
    run.blocked = True
    run.step(800)
    assert run.last.state is State.HOLD
    assert "behind its reference" in run.last.reason


def test_after_a_reflex_the_reference_restarts_where_the_robot_stands():
    run = Run(swing(0.2, 0.5, begin_s=1.2))
    run.follow()
    run.step(500)
    run.robot_fault, run.blocked = "cartesian_reflex", True
    run.step(300)
    assert run.last.state is State.FAULT and "cartesian_reflex" in run.last.reason
    run.robot = run.robot + 0.03
    assert run.step(1, "reset").state is State.FAULT
    run.robot_fault = None
    assert run.step(1, "reset").state is State.IDLE
    run.step(5)
    assert np.all(run.last.q == run.robot)


def test_the_trigger_asks_for_a_width_only_while_following():
    run = Run(grip=0.25)
    assert run.step(100).width is None
    run.follow()
    assert run.last.width == pytest.approx(0.06)
    assert run.step(5, "release").width is None


def test_a_leader_without_trigger_asks_for_no_width():
    run = Run(grip=None)
    assert run.follow().width is None


def test_a_control_cycle_that_comes_late_is_no_leap():
    run = Run(swing(0.3, 0.5, begin_s=1.2))
    run.follow()
    run.step(700)
    before = run.last
    run.now_ns += 60 * MS
    after = run.step(1)
    assert np.all(np.abs(after.q - before.q) <= (np.abs(before.dq) + 0.2) * GAP_NS * 1e-9)


def test_a_cycle_asked_for_twice_changes_nothing():
    run = Run(swing(0.3, 0.5, begin_s=1.2))
    run.follow()
    run.step(500)
    before = run.last
    run.now_ns -= MS
    again = run.step(1)
    assert np.all(again.q == before.q) and np.all(again.dq == before.dq)


def test_a_bad_sample_is_counted_and_left_out():
    run = Run()
    run.follow()
    run.teleop.on_leader(leader_sample(run.now_ns - MS, np.full(7, np.nan), np.zeros(7)))
    run.step(50)
    assert run.last.state is State.FOLLOW
    assert run.teleop.counters.rejected == {"not_finite": 1}


def test_limits_that_bite_are_counted_by_joint():
    run = Run(swing(0.3, 0.9, begin_s=1.2), config=TeleopConfig(ramp_s=0.3, acceleration=0.3))
    run.follow()
    run.step(1500)
    assert any(key.startswith("acceleration/") for key in run.teleop.counters.limit_hits)


def test_a_still_leader_leaves_the_robot_still():
    run = Run(still)
    run.follow()
    assert np.all(run.q() == HOME)


def test_stiffness_grows_over_the_ramp_without_a_step():
    run = Run(config=TeleopConfig(ramp_s=0.3, start_stiffness=0.3))
    assert run.step(100).stiffness == 1.0
    run.step(800, "engage")
    states, stiffness = run.states(), np.array([reference.stiffness for reference in run.references])
    begin, end = states.index(State.RAMP), states.index(State.FOLLOW)
    assert stiffness[begin] == pytest.approx(0.3, abs=1e-3)
    assert np.all(np.diff(stiffness[begin:end]) >= 0.0) and np.all(stiffness[end:] == 1.0)
    assert np.max(np.abs(np.diff(stiffness))) < 0.01
    assert run.step(100, "release").stiffness == 1.0


def test_a_robot_held_in_the_ramp_keeps_the_stiffness_it_had():
    run = Run(config=TeleopConfig(ramp_s=0.3, start_stiffness=0.3))
    run.step(100)
    assert run.step(450, "engage").state is State.RAMP
    held = run.step(1, "release").stiffness
    assert 0.3 < held < 1.0
    assert run.step(300).stiffness == held


def test_the_lag_is_kept_over_the_session():
    run = Run(swing(0.2, 0.5, begin_s=1.2))
    assert run.teleop.counters.lag_p50_ns == 0
    run.follow()
    run.step(500)
    run.silent = True
    run.step(15)
    counters = run.teleop.counters
    assert counters.lag_p50_ns == counters.lag_p95_ns == 10 * MS  # two periods of the leader
    assert counters.lag_max_ns == counters.lag_ns > 10 * MS  # and what the silence made of it


@pytest.mark.parametrize(("cycle_ms", "period_ms"), [(2, 5.0), (5, 5.0), (10, 5.0), (10, 10.0)])
def test_a_servo_arm_follows_exactly_the_interpolation_delay_later(cycle_ms: int, period_ms: float):
    home, omega = SERVO_ARM.home, 2 * np.pi * 0.5

    def motion(t: float):
        since = max(t - 1.5, 0.0)
        return home + 0.1 * (1 - np.cos(omega * since)), np.full(6, 0.1 * omega * np.sin(omega * since))

    run = Run(motion, arm=SERVO_ARM, cycle_ms=cycle_ms, period_ms=period_ms)
    run.follow()
    run.step(3000)
    begin = len(run.times) * 2 // 3
    wanted = [motion((t - START) * 1e-9 - 2e-3 * period_ms)[0] for t in run.times[begin:]]
    # What is sent holds until the next cycle: half a cycle of the fastest motion is the best there is.
    assert np.max(np.abs(run.q()[begin:] - wanted)) < 0.1 * omega * 0.5e-3 * cycle_ms + 1e-3
    assert run.teleop.counters.limit_hits == {}
