"""Every edge of the engagement state machine, its conditions, and what the operator is told."""

from dataclasses import replace
from itertools import product

import pytest

from collector.teleop.engage import LASTING_NS, STILL_NS, Engagement, Phase, State, advance
from collector.teleop.inputs import VERBS, Inputs
from hardware.config import TeleopConfig

MS = 1_000_000
NOW = 10_000 * MS
CONFIG = TeleopConfig()
CLUTCH = TeleopConfig(clutch=True, deadman="key", ramp_s=10.0)  # the ramp is still under way
ALIGNED = (0.0,) * 7
QUIET = Inputs(
    now_ns=NOW,
    verb=None,
    leader_age_ns=5 * MS,
    leader_speed=0.0,
    error=ALIGNED,
    beyond=ALIGNED,
    tracking=ALIGNED,
    moving=False,
    arrived=False,
    robot_speed=0.0,
    success_rate=1.0,
    robot_fault=None,
    deadman=True,
    daemon_age_ns=100 * MS,
)
PLACES: list[tuple[State, Phase]] = [
    *((state, "") for state in State),
    (State.ALIGN, "asked"),
    (State.ALIGN, "going"),
    (State.HOLD, "clutched"),
]


def off(joint: int, rad: float) -> tuple[float, ...]:
    return tuple(rad if number == joint else 0.0 for number in range(1, 8))


def standing(state: State, phase: Phase = "", since_ms: int = 5_000) -> Engagement:
    """In the state for a while, its timers long run out."""
    since_ns = NOW - since_ms * MS
    return Engagement(state, "So.", since_ns, "", phase, since_ns, None, None)


EDGES = {
    State.IDLE: {State.IDLE, State.ALIGN, State.FAULT},
    State.ALIGN: {State.ALIGN, State.IDLE, State.RAMP, State.HOLD, State.FAULT},
    State.RAMP: {State.RAMP, State.FOLLOW, State.HOLD, State.FAULT},
    State.FOLLOW: {State.FOLLOW, State.HOLD, State.FAULT},
    State.HOLD: {State.HOLD, State.IDLE, State.ALIGN, State.FAULT},
    State.FAULT: {State.FAULT, State.IDLE},
}


@pytest.mark.parametrize("config", [CONFIG, CLUTCH], ids=["plain", "clutch_and_deadman"])
def test_these_edges_exist_and_no_others_whatever_the_conditions(config: TeleopConfig):
    seen: dict[State, set[State]] = {state: set() for state in State}
    for place, verb, age, error, (tracking, beyond), rate, fault, moving, speed, deadman, daemon, arrived in product(
        PLACES if config.clutch else PLACES[:-1],
        [None, *VERBS],
        [None, 5, 40, 60, 230],
        [0.0, 0.5, 6.3],
        [(0.0, 0.0), (0.2, 0.0), (0.0, 0.1)],
        [1.0, 0.5],
        [None, "cartesian_reflex"],
        [False, True],
        [0.0, 0.2],
        [True, False],
        [100, 1100],
        [False, True],
    ):
        if (config is CONFIG and not deadman) or (fault is not None and rate < 1.0):
            continue  # without a deadman it counts as held; a reflex is one whatever the rate
        if arrived and place[1] != "going":
            continue
        (state, phase), live = place, age is not None and age <= config.hold_ms
        inputs = Inputs(
            NOW,
            verb,
            None if age is None else age * MS,
            speed,
            off(2, error) if live else (),
            off(5, beyond) if live else (),
            off(3, tracking),
            moving,
            arrived,
            speed,
            rate,
            fault,
            deadman,
            daemon * MS,
        )
        since_ns = NOW - 5_000 * MS
        before = Engagement(state, "So.", since_ns, "", phase, since_ns, since_ns, since_ns)
        after = advance(before, inputs, config)
        seen[state].add(after.state)
        well = fault is None and rate == 1.0 and live and deadman and daemon == 100 and verb != "release"
        on_track = tracking == 0.0 and beyond == 0.0
        if fault is not None:
            assert after.state is State.FAULT
        if after.state in (State.RAMP, State.FOLLOW):
            assert state in (State.ALIGN, State.RAMP, State.FOLLOW) and phase != "going"
            assert well and verb != "clutch" and error <= config.refuse_rad
            assert state is State.ALIGN or on_track
        if state is State.ALIGN and after.state is State.RAMP:
            assert error < config.align_rad and speed < config.still_rad_s and not moving and beyond == 0.0
        if after.phase == "going":
            assert state is State.ALIGN and well and verb != "clutch" and speed < config.still_rad_s
            assert on_track if phase == "going" else beyond == 0.0 and not moving and error <= config.refuse_rad
            assert phase in ("asked", "going") or verb == "approach" or config.deadman != "off"
        if after.phase == "clutched":
            assert config.clutch and after.state is State.HOLD
        if after.state in (State.HOLD, State.FAULT) and state is not after.state:
            assert after.cause
        if state is State.FAULT and after.state is State.IDLE:
            assert verb == "reset" and not moving and speed == 0.0
        if state is State.HOLD and after.state is not State.FAULT and verb in (None, "reset"):
            assert after is before
        assert after.reason.endswith(".")
    assert seen == {**EDGES, State.RAMP: EDGES[State.RAMP] - {State.RAMP if config is CONFIG else State.FOLLOW}}


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
        (State.IDLE, {"verb": "engage", "daemon_age_ns": None}, State.IDLE, "No word has come from the daemon yet"),
        (State.IDLE, {"verb": "engage", "error": off(4, 0.92)}, State.IDLE, "Joint 4 of the leader is +0.92"),
        (State.IDLE, {"verb": "approach", "error": off(4, 0.92)}, State.IDLE, "Joint 4 of the leader is +0.92"),
        (State.IDLE, {"verb": "engage", "error": off(7, 6.31)}, State.IDLE, "Joint 7 of the leader is off"),
        (State.IDLE, {"verb": "engage", "error": off(6, -12.4)}, State.IDLE, "whole turns: -2"),
        (State.IDLE, {"verb": "engage", "error": off(7, 6.31)}, State.IDLE, "whole turns: +1"),
        (State.IDLE, {"verb": "clutch"}, State.IDLE, "set teleop.clutch to true"),
        (State.ALIGN, {"error": off(1, -0.9)}, State.IDLE, "Joint 1 of the leader is -0.90"),
        (State.ALIGN, {"error": off(5, 0.4)}, State.ALIGN, "Move joint 5 of the leader by -0.40 rad"),
        (State.ALIGN, {"beyond": off(4, 0.2)}, State.ALIGN, "0.20 rad beyond the robot's joint limit"),
        (State.ALIGN, {"success_rate": 0.5}, State.ALIGN, "Only 50%"),
        (State.ALIGN, {"leader_age_ns": 30 * MS}, State.ALIGN, "silent for 30 ms"),
        (State.ALIGN, {"daemon_age_ns": 1100 * MS}, State.IDLE, "No word from the daemon for 1100 ms"),
        (State.ALIGN, {"moving": True}, State.ALIGN, "still stopping"),
        (State.FOLLOW, {"leader_age_ns": 30 * MS}, State.FOLLOW, "coasts to a stop"),
        (State.FOLLOW, {"leader_age_ns": 51 * MS}, State.HOLD, "silent for 51 ms"),
        (State.FOLLOW, {"leader_age_ns": 201 * MS}, State.FAULT, "silent for 201 ms"),
        (State.FOLLOW, {"success_rate": 0.85}, State.HOLD, "Only 85%"),
        (State.FOLLOW, {"daemon_age_ns": 1100 * MS}, State.HOLD, "No word from the daemon for 1100 ms"),
        (State.FOLLOW, {"error": off(3, 0.9)}, State.HOLD, "Joint 3 of the leader ran 0.90 rad"),
        (State.FOLLOW, {"verb": "release"}, State.HOLD, "Released"),
        (State.FOLLOW, {"verb": "clutch"}, State.HOLD, "set teleop.clutch to true"),
        (State.FOLLOW, {"robot_fault": "cartesian_reflex"}, State.FAULT, "cartesian_reflex"),
        (State.HOLD, {"leader_age_ns": 201 * MS}, State.FAULT, "silent for 201 ms"),
        (State.HOLD, {"verb": "engage", "moving": True}, State.HOLD, "still stopping"),
        (State.HOLD, {"verb": "engage"}, State.ALIGN, "Hold the leader still"),
        (State.HOLD, {"verb": "engage", "error": off(2, 0.9)}, State.HOLD, "Joint 2"),
        (State.HOLD, {"verb": "clutch"}, State.HOLD, "set teleop.clutch to true"),
        (State.HOLD, {"verb": "unclutch"}, State.HOLD, "set teleop.clutch to true"),
        (State.FAULT, {"verb": "reset", "robot_fault": "joint_reflex"}, State.FAULT, "joint_reflex"),
        (State.FAULT, {"verb": "reset", "robot_speed": 0.3}, State.FAULT, "0.30 rad/s"),
        (State.FAULT, {"verb": "engage"}, State.FAULT, "So."),
    ],
)
def test_the_operator_is_told_what_and_how_much(state: State, change: dict[str, object], after: State, says: str):
    result = advance(standing(state), replace(QUIET, **change), CONFIG)
    assert result.state is after
    assert says in result.reason


@pytest.mark.parametrize(
    ("place", "change", "after", "says"),
    [
        ((State.IDLE, ""), {"verb": "clutch"}, (State.IDLE, ""), "engage first"),
        ((State.ALIGN, ""), {"deadman": False}, (State.ALIGN, ""), "Hold the deadman (key or pedal)"),
        ((State.FOLLOW, ""), {"deadman": False}, (State.HOLD, ""), "The deadman (key or pedal) was let go"),
        ((State.RAMP, ""), {"deadman": False}, (State.HOLD, ""), "was let go"),
        ((State.FOLLOW, ""), {"verb": "clutch"}, (State.HOLD, "clutched"), "the leader is free"),
        ((State.HOLD, "clutched"), {"verb": "unclutch", "error": off(1, 2.0)}, (State.ALIGN, ""), "A new zero"),
        ((State.HOLD, "clutched"), {"verb": "unclutch", "moving": True}, (State.HOLD, "clutched"), "still stopping"),
        ((State.HOLD, "clutched"), {"verb": "unclutch", "leader_age_ns": 60 * MS}, (State.HOLD, "clutched"), "silent"),
        ((State.HOLD, "clutched"), {"verb": "engage", "error": off(1, 2.0)}, (State.HOLD, "clutched"), "Joint 1"),
        ((State.HOLD, "clutched"), {"verb": "release"}, (State.IDLE, ""), "Released"),
        ((State.HOLD, ""), {"verb": "unclutch"}, (State.HOLD, ""), "not clutched"),
        ((State.HOLD, ""), {"verb": "clutch"}, (State.HOLD, "clutched"), "Clutched"),
        ((State.ALIGN, "going"), {"deadman": False}, (State.HOLD, ""), "was let go"),
        ((State.ALIGN, "going"), {"leader_speed": 0.3}, (State.HOLD, ""), "moved at 0.30 rad/s"),
        ((State.ALIGN, "going"), {"verb": "release"}, (State.HOLD, ""), "Released"),
        ((State.ALIGN, "going"), {"arrived": True}, (State.ALIGN, ""), "is there"),
        ((State.ALIGN, ""), {"error": off(3, 0.5)}, (State.ALIGN, "going"), "goes to the leader"),
    ],
)
def test_deadman_clutch_and_approach(
    place: tuple[State, Phase], change: dict[str, object], after: tuple[State, Phase], says: str
):
    result = advance(standing(*place), replace(QUIET, **change), CLUTCH)
    assert (result.state, result.phase) == after
    assert says in result.reason


def test_without_a_deadman_the_robot_goes_to_the_leader_only_when_it_is_told_to():
    far = replace(QUIET, error=off(3, 0.5))
    waiting = advance(standing(State.ALIGN), far, CONFIG)
    assert waiting.phase == "" and "Move joint 3" in waiting.reason
    asked = advance(waiting, replace(far, verb="approach"), CONFIG)
    assert asked.phase == "asked"
    assert advance(asked, replace(far, now_ns=NOW + STILL_NS - 1), CONFIG).phase == "asked"
    assert advance(asked, replace(far, now_ns=NOW + STILL_NS), CONFIG).phase == "going"


def test_being_off_track_counts_only_after_100_ms_on_end():
    state = standing(State.FOLLOW)
    behind = replace(QUIET, tracking=off(6, -0.2))
    state = advance(state, behind, CONFIG)
    state = advance(state, replace(behind, now_ns=NOW + LASTING_NS - 1), CONFIG)
    assert state.state is State.FOLLOW
    recovered = advance(state, replace(QUIET, now_ns=NOW + LASTING_NS - 1), CONFIG)
    assert recovered.off_ns is None
    held = advance(state, replace(behind, now_ns=NOW + LASTING_NS), CONFIG)
    assert held.state is State.HOLD and held.cause == "tracking"
    assert "Joint 6 of the robot is 0.20 rad behind" in held.reason


def test_a_leader_past_a_joint_s_end_counts_only_after_100_ms_on_end():
    state = standing(State.FOLLOW)
    past = replace(QUIET, beyond=off(4, -0.07))
    state = advance(state, past, CONFIG)
    state = advance(state, replace(past, now_ns=NOW + LASTING_NS - 1), CONFIG)
    assert state.state is State.FOLLOW
    held = advance(state, replace(past, now_ns=NOW + LASTING_NS), CONFIG)
    assert held.state is State.HOLD and held.cause == "joint_limit"
    assert "Joint 4 of the leader is 0.07 rad beyond" in held.reason and "+0.07 rad" in held.reason


def test_the_ramp_lasts_its_time():
    ramp = Engagement(State.RAMP, "So.", NOW)
    end = NOW + round(CONFIG.ramp_s * 1e9)
    assert advance(ramp, replace(QUIET, now_ns=end - 1), CONFIG).state is State.RAMP
    assert advance(ramp, replace(QUIET, now_ns=end), CONFIG).state is State.FOLLOW
