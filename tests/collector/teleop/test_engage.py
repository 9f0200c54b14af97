"""Every edge of the engagement state machine, its conditions, and what the operator is told."""

from dataclasses import replace
from itertools import product

import pytest

from collector.teleop.engage import STILL_NS, TRACKING_NS, Engagement, Inputs, State, Verb, advance
from hardware.config import TeleopConfig

MS = 1_000_000
NOW = 10_000 * MS
CONFIG = TeleopConfig()
ALIGNED = (0.0,) * 7
QUIET = Inputs(
    now_ns=NOW,
    verb=None,
    leader_age_ns=5 * MS,
    leader_speed=0.0,
    error=ALIGNED,
    tracking=ALIGNED,
    moving=False,
    robot_speed=0.0,
    success_rate=1.0,
    robot_fault=None,
)


def off(joint: int, rad: float) -> tuple[float, ...]:
    return tuple(rad if number == joint else 0.0 for number in range(1, 8))


def standing(state: State, since_ms: int = 5_000) -> Engagement:
    """In the state for a while, its timers long run out."""
    return Engagement(state, "So.", NOW - since_ms * MS, NOW - since_ms * MS, None)


EDGES = {
    State.IDLE: {State.IDLE, State.ALIGN, State.FAULT},
    State.ALIGN: {State.ALIGN, State.IDLE, State.RAMP, State.FAULT},
    State.RAMP: {State.RAMP, State.FOLLOW, State.HOLD, State.FAULT},
    State.FOLLOW: {State.FOLLOW, State.HOLD, State.FAULT},
    State.HOLD: {State.HOLD, State.IDLE, State.ALIGN, State.FAULT},
    State.FAULT: {State.FAULT, State.IDLE},
}


def test_these_edges_exist_and_no_others():
    verbs: list[Verb | None] = [None, "engage", "release", "reset"]
    seen: dict[State, set[State]] = {state: set() for state in State}
    for state, verb, age_ms, error, tracking, rate, fault, moving, speed, since_ms in product(
        State,
        verbs,
        [None, 5, 25, 60, 250],
        [0.0, 0.5, 0.9, 6.3],
        [0.0, 0.2],
        [1.0, 0.5],
        [None, "cartesian_reflex"],
        [False, True],
        [0.0, 0.2],
        [1, 5_000],
    ):
        inputs = replace(
            QUIET,
            verb=verb,
            leader_age_ns=None if age_ms is None else age_ms * MS,
            error=off(2, error),
            tracking=off(3, tracking),
            success_rate=rate,
            robot_fault=fault,
            moving=moving,
            leader_speed=speed,
            robot_speed=speed,
        )
        before = replace(standing(state, since_ms), off_ns=NOW - since_ms * MS)
        after = advance(before, inputs, CONFIG)
        seen[state].add(after.state)
        assert after.reason.endswith(".")
        if fault is not None:
            assert after.state is State.FAULT
        if after.state in (State.RAMP, State.FOLLOW):
            assert verb != "release" and rate >= CONFIG.success_rate
            assert age_ms is not None and age_ms <= CONFIG.hold_ms and error <= CONFIG.refuse_rad
        if state is State.ALIGN and after.state is State.RAMP:
            assert error < CONFIG.align_rad and speed < CONFIG.still_rad_s and since_ms > 300
        if state is State.FAULT and after.state is State.IDLE:
            assert verb == "reset" and not moving and speed == 0.0
    assert seen == EDGES


def test_alignment_needs_the_leader_still_for_its_whole_time():
    aligning = Engagement(State.ALIGN, "So.", NOW)
    aligning = advance(aligning, QUIET, CONFIG)
    assert aligning.still_ns == NOW
    almost = advance(aligning, replace(QUIET, now_ns=NOW + STILL_NS - 1), CONFIG)
    assert almost.state is State.ALIGN
    assert advance(almost, replace(QUIET, now_ns=NOW + STILL_NS), CONFIG).state is State.RAMP
    moved = advance(almost, replace(QUIET, now_ns=NOW + STILL_NS - 1, leader_speed=0.06), CONFIG)
    assert moved.still_ns is None and "0.06 rad/s" in moved.reason


@pytest.mark.parametrize(
    ("state", "change", "after", "says"),
    [
        (State.IDLE, {"verb": "engage", "leader_age_ns": None}, State.IDLE, "No leader sample"),
        (State.IDLE, {"verb": "engage", "leader_age_ns": 300 * MS}, State.IDLE, "silent for 300 ms"),
        (State.IDLE, {"verb": "engage", "error": off(4, 0.92)}, State.IDLE, "Joint 4 of the leader is +0.92"),
        (State.IDLE, {"verb": "engage", "error": off(7, 6.31)}, State.IDLE, "Joint 7 of the leader is off"),
        (State.IDLE, {"verb": "engage", "error": off(6, -12.4)}, State.IDLE, "whole turns: -2"),
        (State.IDLE, {"verb": "engage", "error": off(7, 6.31)}, State.IDLE, "whole turns: +1"),
        (State.ALIGN, {"error": off(1, -0.9)}, State.IDLE, "Joint 1 of the leader is -0.90"),
        (State.ALIGN, {"error": off(5, 0.4)}, State.ALIGN, "Move joint 5 of the leader by -0.40 rad"),
        (State.ALIGN, {"success_rate": 0.5}, State.ALIGN, "Only 50%"),
        (State.ALIGN, {"leader_age_ns": 30 * MS}, State.ALIGN, "silent for 30 ms"),
        (State.FOLLOW, {"leader_age_ns": 30 * MS}, State.FOLLOW, "coasts to a stop"),
        (State.FOLLOW, {"leader_age_ns": 51 * MS}, State.HOLD, "silent for 51 ms"),
        (State.FOLLOW, {"leader_age_ns": 201 * MS}, State.FAULT, "silent for 201 ms"),
        (State.FOLLOW, {"success_rate": 0.85}, State.HOLD, "Only 85%"),
        (State.FOLLOW, {"error": off(3, 0.9)}, State.HOLD, "Joint 3 of the leader ran 0.90 rad"),
        (State.FOLLOW, {"verb": "release"}, State.HOLD, "Released"),
        (State.FOLLOW, {"robot_fault": "cartesian_reflex"}, State.FAULT, "cartesian_reflex"),
        (State.HOLD, {"leader_age_ns": 201 * MS}, State.FAULT, "silent for 201 ms"),
        (State.HOLD, {"verb": "engage", "moving": True}, State.HOLD, "still stopping"),
        (State.HOLD, {"verb": "engage"}, State.ALIGN, "Hold the leader still"),
        (State.HOLD, {"verb": "engage", "error": off(2, 0.9)}, State.HOLD, "Joint 2"),
        (State.FAULT, {"verb": "reset", "robot_fault": "joint_reflex"}, State.FAULT, "joint_reflex"),
        (State.FAULT, {"verb": "reset", "robot_speed": 0.3}, State.FAULT, "0.30 rad/s"),
        (State.FAULT, {"verb": "engage"}, State.FAULT, "So."),
    ],
)
def test_the_operator_is_told_what_and_how_much(state: State, change: dict[str, object], after: State, says: str):
    result = advance(standing(state), replace(QUIET, **change), CONFIG)
    assert result.state is after
    assert says in result.reason


def test_being_off_track_counts_only_after_100_ms_on_end():
    state = standing(State.FOLLOW)
    behind = replace(QUIET, tracking=off(6, -0.2))
    state = advance(state, behind, CONFIG)
    state = advance(state, replace(behind, now_ns=NOW + TRACKING_NS - 1), CONFIG)
    assert state.state is State.FOLLOW
    recovered = advance(state, replace(QUIET, now_ns=NOW + TRACKING_NS - 1), CONFIG)
    assert recovered.off_ns is None
    held = advance(state, replace(behind, now_ns=NOW + TRACKING_NS), CONFIG)
    assert held.state is State.HOLD
    assert "Joint 6 of the robot is 0.20 rad behind" in held.reason


def test_the_ramp_lasts_its_time():
    ramp = Engagement(State.RAMP, "So.", NOW)
    end = NOW + round(CONFIG.ramp_s * 1e9)
    assert advance(ramp, replace(QUIET, now_ns=end - 1), CONFIG).state is State.RAMP
    assert advance(ramp, replace(QUIET, now_ns=end), CONFIG).state is State.FOLLOW
