"""Everything that can go wrong while the robot follows: named, and at rest within its time."""

from collections.abc import Callable

import numpy as np
import pytest

from collector.teleop.engage import State
from collector.teleop.limit import STOP_S
from hardware.config import TeleopConfig
from tests.collector.teleop.virtual_time import ARM, AWAY, HOME, MS, SERVO_ARM, START, Run, at, swing

KEY = TeleopConfig(ramp_s=0.3, deadman="key")
BUSY = swing(0.2, 0.6, begin_s=1.2)  # fastest at 1.62 s, where the faults strike
STRIKE_S = 1.6
STOP_MS = round(STOP_S * 1e3)


def silence(run: Run) -> None:
    run.silent = True


def block(run: Run) -> None:
    run.blocked = True


def reflex(run: Run) -> None:
    run.robot_fault = "cartesian_reflex"


def daemon_gone(run: Run) -> None:
    run.daemon = False


def let_go(run: Run) -> None:
    run.held = False
    run.teleop.deadman(False)


def key_lost(run: Run) -> None:
    run.held = False


def packets_lost(run: Run) -> None:
    run.success_rate = 0.8


def released(run: Run) -> None:
    run.teleop.request("release")


def clutch(run: Run) -> None:
    run.teleop.request("clutch")


def turned_by(turn: float) -> Callable[[Run], None]:
    """A servo of the leader reboots and comes back by that much elsewhere."""

    def strike(run: Run) -> None:
        before = run.motion
        run.motion = lambda t: (before(t)[0] + np.array([0, 0, 0, 0, 0, 0, turn]), before(t)[1])

    return strike


def past_the_end(run: Run) -> None:
    """The leader runs on past the robot's joint limit at 1.5 rad/s, joint 6 downwards."""
    begin_s, (begin, _) = (run.now_ns - START) * 1e-9, run.motion((run.now_ns - START) * 1e-9)
    down = np.array([0.0, 0, 0, 0, 0, -1.5, 0])
    run.motion = lambda t: (begin + down * (t - begin_s), down)


# What strikes, how long it may take to be noticed (ms), where it ends, and its name.
FAULTS: list[tuple[Callable[[Run], None], int, State, str, str]] = [
    (silence, 56, State.HOLD, "leader_silent", "The leader is silent for"),
    (block, 350, State.HOLD, "tracking", "behind its reference"),
    (reflex, 1, State.FAULT, "robot", "cartesian_reflex"),
    (daemon_gone, 1001, State.HOLD, "heartbeat", "No word from the daemon"),
    (let_go, 1, State.HOLD, "deadman", "was let go"),
    (key_lost, 701, State.HOLD, "deadman", "was let go"),
    (packets_lost, 1, State.HOLD, "success_rate", "Only 80%"),
    (released, 1, State.HOLD, "released", "Released"),
    (clutch, 1, State.HOLD, "no_clutch", "no clutch"),
    (turned_by(-2 * np.pi), 56, State.HOLD, "leader_silent", "The leader is silent for"),
    (turned_by(0.6), 56, State.HOLD, "leader_silent", "The leader is silent for"),
    (past_the_end, 1200, State.HOLD, "joint_limit", "Joint 6 of the leader"),
]


@pytest.mark.parametrize(("strike", "within_ms", "state", "cause", "says"), FAULTS)
def test_each_fault_ends_named_and_at_rest_within_its_time(
    strike: Callable[[Run], None], within_ms: int, state: State, cause: str, says: str
):
    run = Run(BUSY, KEY, held=True)
    run.follow()
    run.step(round(STRIKE_S * 1e3) - (run.now_ns - START) // MS)
    assert run.last.state is State.FOLLOW and np.max(np.abs(run.last.dq)) > 0.3
    strike(run)
    assert run.until(state, within_ms + 50) <= within_ms
    assert run.last.cause == cause and says in run.last.reason
    counters = run.teleop.counters
    assert (counters.holds if state is State.HOLD else counters.faults) == {cause: 1}
    stopped = run.step(STOP_MS)
    assert np.all(stopped.dq == 0.0)
    assert np.all((run.q() >= ARM.limits.q_min + 0.1) & (run.q() <= ARM.limits.q_max - 0.1))
    run.step(400)
    assert np.all(run.last.q == stopped.q) and run.last.state in (State.HOLD, State.FAULT)


def test_a_silent_leader_is_warned_of_at_20_held_at_50_and_a_fault_at_200_ms():
    run = Run(BUSY)
    run.follow()
    run.step(500)
    run.silent = True
    newest_ns = run.teleop._newest_ns
    assert newest_ns is not None
    seen: dict[str, float] = {}
    for _ in range(260):
        run.step(1)
        age_ms = (run.times[-1] - newest_ns) / MS
        seen.setdefault(
            run.last.reason.split(" ")[-1] if run.last.state is State.FOLLOW else run.last.state.name, age_ms
        )
    assert seen["stop."] == pytest.approx(21.0, abs=1.0)  # coasts to a stop
    assert seen["HOLD"] == pytest.approx(51.0, abs=1.0)
    assert seen["FAULT"] == pytest.approx(201.0, abs=1.0)
    assert run.teleop.counters.holds == run.teleop.counters.faults == {"leader_silent": 1}


def test_a_rebooted_servo_that_lost_its_turns_is_refused_by_name_until_it_is_turned_back():
    turned = HOME + np.array([0, 0, 0, 0, 0, 0, 2 * np.pi])

    def motion(t: float):
        return (HOME if t < 1.3 or t > 2.5 else turned), np.zeros(7)

    run = Run(motion)
    run.follow()
    run.step(500)
    assert run.last.state is State.HOLD and run.teleop.counters.rejected["jump"] > 5
    refused = run.step(10, "engage")
    assert refused.state is State.HOLD and "Joint 7 of the leader is off the robot by whole turns: +1" in refused.reason
    run.step(1200)
    assert run.last.state is State.HOLD
    run.step(900, "engage")
    assert run.last.state is State.FOLLOW
    assert np.all(run.q() == HOME)


@pytest.mark.parametrize("turns", [1, -1])
@pytest.mark.parametrize("joint", range(7))
def test_a_leader_that_starts_a_turn_off_is_neither_followed_nor_gone_to(joint: int, turns: int):
    pose = HOME.copy()
    pose[joint] += turns * 2 * np.pi
    run = Run(at(pose))
    run.step(100)
    for verb in ("engage", "approach"):
        refused = run.step(600, verb)
        assert refused.state is State.IDLE
        assert f"Joint {joint + 1} of the leader is off the robot by whole turns: {turns:+d}" in refused.reason
    assert np.all(run.q() == HOME)


def test_a_turn_that_is_lost_while_clutched_moves_nothing():
    turned = HOME + np.array([0, 0, 0, 0, 0, 0, 2 * np.pi])
    run = Run(lambda t: (HOME if t < 1.5 else turned, np.zeros(7)), TeleopConfig(ramp_s=0.3, clutch=True))
    run.follow()
    run.step(800, "clutch")
    run.step(1000, "unclutch")
    assert run.last.state is State.FOLLOW
    assert np.abs(run.q() - HOME).max() < 1e-9


@pytest.mark.parametrize("cycle_ms", [2, 5, 10])
def test_a_servo_arm_is_held_in_the_same_time(cycle_ms: int):
    home = SERVO_ARM.home

    def motion(t: float):
        since = max(t - 1.3, 0.0)
        return home + 0.15 * (1 - np.cos(4.0 * since)), np.full(6, 0.6 * np.sin(4.0 * since))

    run = Run(motion, arm=SERVO_ARM, cycle_ms=cycle_ms)
    run.follow()
    run.step(700)
    assert np.max(np.abs(run.last.dq)) > 0.2
    run.silent = True
    assert run.until(State.HOLD, 80) <= 56 + cycle_ms
    run.step(STOP_MS)
    assert np.all(run.last.dq == 0.0)


def test_a_robot_at_rest_is_not_moved_by_anything_that_goes_wrong():
    for strike, *_ in FAULTS[:-1]:
        run = Run(at(HOME + 0.2 * AWAY), KEY, held=True)
        run.step(100)
        run.step(100, "engage")  # in ALIGN: the leader has not yet rested long enough
        strike(run)
        run.step(150)
        assert np.all(run.q() == HOME), strike.__name__


def test_without_the_daemon_nothing_starts():
    run = Run(daemon=False)
    run.step(100)
    run.step(10, "engage")
    assert run.last.state is State.IDLE and "No word has come from the daemon yet" in run.last.reason
