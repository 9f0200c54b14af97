"""The box that the end effector does not leave."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.teleop.engage import State
from collector.teleop.workspace import SKIN_M
from hardware.arms.models import ArmModel
from hardware.config import TeleopConfig, WorkspaceConfig
from hardware.samples import Vector
from tests.collector.teleop.virtual_time import ARM, HOME, SERVO_ARM, Motion, Run, at


def place(arm: ArmModel, q: Vector) -> Vector:
    return arm.end_effector(q)[:3, 3]


def box(low: Vector, high: Vector) -> WorkspaceConfig:
    (x, y, z) = zip(low.tolist(), high.tolist(), strict=True)
    return WorkspaceConfig(x=x, y=y, z=z)


def config(low: Vector, high: Vector, acceleration: float = 0.8) -> TeleopConfig:
    return TeleopConfig(ramp_s=0.3, refuse_rad=3.0, acceleration=acceleration, workspace=box(low, high))


def wander(arm: ArmModel, seed: int) -> Motion:
    """Sines of up to 1 rad and 2 rad/s on every joint, from 1.2 s on."""
    rng = np.random.default_rng(seed)
    omega, size = 2 * np.pi * rng.uniform(0.1, 0.6, arm.joints), rng.uniform(-0.5, 0.5, arm.joints)

    def motion(t: float):
        since = max(t - 1.2, 0.0)
        return arm.home + size * (1 - np.cos(omega * since)), size * omega * np.sin(omega * since)

    return motion


@settings(max_examples=12)
@given(
    arm=st.sampled_from([(ARM, 1), (SERVO_ARM, 5), (SERVO_ARM, 10)]),
    seed=st.integers(0, 2**16),
    half=st.tuples(*[st.floats(0.04, 0.15)] * 3),
    acceleration=st.sampled_from([0.3, 0.8]),
)
def test_whatever_the_leader_does_the_box_is_not_left(
    arm: tuple[ArmModel, int], seed: int, half: tuple[float, float, float], acceleration: float
):
    model, cycle_ms = arm
    start = place(model, model.home)
    low, high = start - half, start + half
    run = Run(wander(model, seed), config(low, high, acceleration), arm=model, cycle_ms=cycle_ms)
    run.follow()
    run.step(4000)
    path = np.array([place(model, q) for q in run.q()[::4]])
    assert np.all((path >= low) & (path <= high))


def down_and_up(t: float):
    """The hand goes down by bending joint 2 and 4, rests below, and comes back up."""
    depth = 0.35
    down, up = min(max((t - 1.5) / 2.0, 0.0), 1.0), min(max((t - 4.5) / 2.0, 0.0), 1.0)
    direction = np.array([0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]) * depth
    speed = direction * (0.5 * (0.0 < down < 1.0) - 0.5 * (0.0 < up < 1.0))
    return HOME + direction * (down - up), speed


def test_it_slows_down_before_the_wall_stops_there_and_the_way_back_is_open():
    start = place(ARM, HOME)
    floor = start[2] - 0.08
    wall = np.array([-2.0, -2.0, floor])
    run = Run(down_and_up, config(wall, np.full(3, 2.0)))
    run.follow()
    run.step(3400)
    assert place(ARM, run.last.q)[2] == pytest.approx(floor + SKIN_M, abs=2e-3)
    assert np.max(np.abs(run.last.dq)) < 1e-2
    assert run.teleop.counters.limit_hits["workspace"] > 100
    assert run.last.state is State.FOLLOW
    run.step(3600)
    assert run.last.q == pytest.approx(HOME, abs=1e-3)
    assert min(place(ARM, q)[2] for q in run.q()[::5]) > floor


def test_away_from_the_walls_it_changes_nothing():
    start = place(ARM, HOME)
    free, boxed = Run(down_and_up), Run(down_and_up, config(start - 0.9, start + 0.9))
    for run in (free, boxed):
        run.follow()
        run.step(3000)
    assert np.all(free.q() == boxed.q())
    assert "workspace" not in boxed.teleop.counters.limit_hits


def test_an_arm_that_starts_outside_may_only_come_in():
    start = place(ARM, HOME)
    low, high = np.array([-2.0, -2.0, -2.0]), np.array([2.0, 2.0, start[2] - 0.05])  # it stands above the lid
    run = Run(down_and_up, config(low, high))
    run.follow()
    run.step(3000)
    assert place(ARM, run.last.q)[2] < high[2]
    up = HOME - np.array([0.0, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0])
    run = Run(at(up), config(low, high))
    run.follow()
    run.step(1000)
    assert place(ARM, run.last.q)[2] == pytest.approx(start[2], abs=2e-3)


def test_a_box_without_room_is_refused():
    with pytest.raises(ValueError, match=r"teleop\.workspace"):
        Run(config=TeleopConfig(workspace=WorkspaceConfig(x=(0.3, 0.32))))
