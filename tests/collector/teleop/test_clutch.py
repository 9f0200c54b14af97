"""The clutch: let go, move the leader elsewhere, go on from there. No jump, and a new zero."""

import numpy as np
import pytest

from collector.teleop.engage import State
from hardware.config import TeleopConfig
from tests.collector.teleop.virtual_time import HOME, Run

CLUTCH = TeleopConfig(ramp_s=0.3, clutch=True)
ELSEWHERE = np.array([0.5, -0.3, 0.4, 0.2, -1.2, 0.3, 1.5])


def goes_elsewhere(t: float):
    """Rests until 1.5 s, moves by ELSEWHERE within 2 s, rests, and from 6 s turns joint 1 at 0.1 rad/s."""
    share = min(max((t - 1.5) / 2.0, 0.0), 1.0)
    turn = np.array([0.1, 0, 0, 0, 0, 0, 0]) * (t > 6.0)
    moving = ELSEWHERE / 2.0 if 0.0 < share < 1.0 else np.zeros(7)
    return HOME + share * ELSEWHERE + turn * max(t - 6.0, 0.0), moving + turn


def test_the_robot_stands_while_the_leader_moves_and_then_follows_from_the_new_zero():
    run = Run(goes_elsewhere, CLUTCH)
    run.follow()
    clutched = run.step(50, "clutch")
    assert clutched.state is State.HOLD and clutched.cause == "clutched"
    run.step(3000)
    assert run.last.state is State.HOLD and np.all(run.q() == HOME)
    run.step(1, "unclutch")
    assert run.last.state is State.ALIGN
    run.step(900)
    assert run.last.state is State.FOLLOW
    assert run.last.offset == pytest.approx(-ELSEWHERE)
    assert run.last.error == pytest.approx(np.zeros(7), abs=1e-9)
    assert run.last.q == pytest.approx(HOME, abs=1e-6)
    run.step(2000)
    since = (run.now_ns - 1_000_000) * 1e-9 - 1.0 - 6.0 - 0.010
    assert run.last.q - HOME == pytest.approx([0.1 * since, 0, 0, 0, 0, 0, 0], abs=1e-3)
    assert run.teleop.counters.clutches == 1 and run.teleop.counters.holds == {"clutched": 1}


def test_after_idle_the_leader_is_absolute_again():
    run = Run(goes_elsewhere, CLUTCH)
    run.follow()
    run.step(50, "clutch")
    run.step(3000)
    run.step(500, "unclutch")
    run.step(300, "release")
    assert run.last.state is State.HOLD and run.last.offset == pytest.approx(-ELSEWHERE)
    run.step(10, "release")
    assert run.last.state is State.IDLE and np.all(run.last.offset == 0.0)
    assert "Refused" in run.step(10, "engage").reason


def test_holding_again_keeps_the_zero():
    run = Run(goes_elsewhere, CLUTCH)
    run.follow()
    run.step(50, "clutch")
    run.step(3000)
    run.step(900, "unclutch")
    run.step(200, "release")
    run.step(900, "engage")
    assert run.last.state is State.FOLLOW and run.last.offset == pytest.approx(-ELSEWHERE)


def test_a_moving_leader_keeps_an_unclutched_robot_waiting():
    run = Run(goes_elsewhere, CLUTCH)
    run.follow()
    run.step(800, "clutch")
    run.step(200, "unclutch")  # the leader is on its way
    assert run.last.state is State.ALIGN and "Hold the leader still" in run.last.reason
    assert np.all(run.q() == HOME)


def test_a_rig_without_a_clutch_holds_the_robot_and_says_how_to_allow_one():
    run = Run(goes_elsewhere)
    run.follow()
    reference = run.step(50, "clutch")
    assert reference.state is State.HOLD and reference.cause == "no_clutch"
    assert "teleop.clutch to true" in reference.reason
    run.step(3000)
    assert run.step(10, "unclutch").state is State.HOLD
    assert np.all(run.last.offset == 0.0)
