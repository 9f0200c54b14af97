from math import cos, pi, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.bases.kinematics import WheelKinematics, fastest, integrate, rolling
from hardware.config import DynamixelBaseConfig, WheelConfig
from tests.hardware.bases.bench import DIFFERENTIAL, HALF_TRACK, RADIUS, base_config, omni

speeds = st.floats(-2, 2)


def test_both_wheels_roll_forward_on_a_straight_way_and_against_each_other_in_a_turn() -> None:
    wheels = WheelKinematics(DIFFERENTIAL, ("vx", "wz"))
    ahead = wheels.wheel_speeds(np.array([0.4, np.nan, 0.0]))
    left = wheels.wheel_speeds(np.array([0.0, np.nan, 1.0]))
    assert ahead == pytest.approx([0.4 / RADIUS] * 2)
    assert left == pytest.approx([-HALF_TRACK / RADIUS, HALF_TRACK / RADIUS])


def test_what_the_base_cannot_do_is_missing() -> None:
    twist = WheelKinematics(DIFFERENTIAL, ("vx", "wz")).twist(np.array([1.0, 1.0]))
    assert np.isnan(twist[1])
    assert twist[[0, 2]] == pytest.approx([RADIUS, 0.0])


@given(speeds, speeds, speeds, st.integers(3, 6))
def test_a_holonomic_base_goes_where_its_wheels_say(vx: float, vy: float, wz: float, count: int) -> None:
    wheels = WheelKinematics(omni(count), ("vx", "vy", "wz"))
    twist = np.array([vx, vy, wz])
    assert wheels.twist(wheels.wheel_speeds(twist)) == pytest.approx(twist, abs=1e-9)


def test_one_wheel_that_slips_does_not_move_the_estimate_as_much() -> None:
    wheels = WheelKinematics(omni(4), ("vx", "vy", "wz"))
    seen = wheels.wheel_speeds(np.array([0.3, 0.0, 0.0])) + np.array([1.0, 0.0, 0.0, 0.0])
    assert np.abs(wheels.twist(seen) - [0.3, 0.0, 0.0]).max() < 0.2


def test_wheels_that_do_not_determine_the_axes_are_named() -> None:
    with pytest.raises(ValueError, match="vx, vy"):
        WheelKinematics(DIFFERENTIAL, ("vx", "vy"))


@given(speeds, speeds, speeds, st.floats(0, 3), st.integers(1, 5))
def test_an_arc_is_the_same_in_one_step_or_in_many(vx: float, vy: float, wz: float, total: float, steps: int) -> None:
    twist, start = np.array([vx, vy, wz]), np.array([1.0, -2.0, 0.7])
    pose = start
    for _ in range(steps):
        pose = integrate(pose, twist, total / steps)
    assert pose == pytest.approx(integrate(start, twist, total), abs=1e-9)


def test_a_quarter_circle_ends_beside_the_start() -> None:
    pose = integrate(np.zeros(3), np.array([pi / 2, np.nan, pi / 2]), 1.0)
    assert pose == pytest.approx([1.0, 1.0, pi / 2])


@given(st.floats(-pi, pi), st.floats(-1, 1), st.sampled_from([DIFFERENTIAL, omni(3), omni(4)]))
def test_no_wheel_is_asked_for_more_than_its_greatest_speed(
    direction: float, turn: float, wheels: tuple[WheelConfig, ...]
) -> None:
    holonomic = len(wheels) > 2
    axes = ("vx", "vy", "wz") if holonomic else ("vx", "wz")
    config: DynamixelBaseConfig = base_config(wheels=wheels, axes=axes)
    aside = sin(direction) if holonomic else 0.0
    twist = np.array([config.speed * cos(direction), config.speed * aside, config.turn * turn])
    assert (np.abs(rolling(wheels) @ twist) <= np.array(fastest(config)) + 1e-9).all()
