import pytest

from collector.teleop.deadman import Deadman
from collector.teleop.engage import State
from hardware.config import TeleopConfig
from tests.collector.teleop.virtual_time import MS, Run

KEY = TeleopConfig(ramp_s=0.3, deadman="key")
GRIP = TeleopConfig(ramp_s=0.3, deadman="grip")


def test_without_one_it_always_counts_as_held():
    assert Deadman(TeleopConfig()).held(0, None)


def test_a_key_is_held_as_long_as_it_repeats():
    deadman = Deadman(KEY)
    assert not deadman.held(0, None)
    deadman.say(True)
    assert deadman.held(1000 * MS, None) and deadman.held(1700 * MS, None)
    assert not deadman.held(1701 * MS, None)
    deadman.say(True)
    assert deadman.held(2000 * MS, None)
    deadman.say(False)
    assert not deadman.held(2001 * MS, None)


@pytest.mark.parametrize(("grip", "held"), [(None, False), (0.0, False), (0.05, False), (0.06, True), (1.0, True)])
def test_the_leader_s_grip_is_held_when_it_is_squeezed(grip: float | None, held: bool):
    assert Deadman(GRIP).held(0, grip) is held


def test_nothing_starts_before_the_key_is_held():
    run = Run(config=KEY)
    run.step(100)
    run.step(1500, "engage")
    assert run.last.state is State.ALIGN and "Hold the deadman (key or pedal)" in run.last.reason
    run.held = True
    run.until(State.FOLLOW, 1000)


@pytest.mark.parametrize("state", [State.RAMP, State.FOLLOW])
def test_a_key_let_go_holds_the_robot_and_holding_it_again_does_not_start_it(state: State):
    run = Run(config=KEY, held=True)
    run.step(100)
    run.step(1, "engage")
    run.until(state, 1000)
    run.held = False
    assert run.until(State.HOLD, 710) <= 705
    assert run.last.cause == "deadman"
    run.held = True
    run.step(1000)
    assert run.last.state is State.HOLD
    run.step(1, "engage")
    run.until(State.FOLLOW, 1000)


def test_a_grip_let_go_holds_the_robot_at_the_next_sample():
    run = Run(config=GRIP, grip=0.8)
    run.follow()
    run.grip = 0.0
    assert run.until(State.HOLD, 10) <= 7
    assert run.last.cause == "deadman" and "the leader's grip" in run.last.reason
