"""The limiter's promises, on targets that no operator could ever make."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collector.teleop.limit import LONGEST_S, STOP_S, STOP_SHARE, Limiter
from hardware.arms.limits import FR3, velocity_bounds
from hardware.config import TeleopConfig
from hardware.samples import Vector
from tests.collector.teleop.virtual_time import ARM, AWAY, HOME

LOW, HIGH = FR3.q_min, FR3.q_max
wild = st.one_of(
    st.floats(-4.0, 4.0),
    st.sampled_from([0.0, 1e6, -1e6, 1e300, float("nan"), float("inf"), float("-inf")]),
)
speeds = st.one_of(st.floats(-15.0, 15.0), st.sampled_from([0.0, 1e9, float("nan")]))
stretch = st.tuples(
    st.lists(wild, min_size=7, max_size=7),
    st.lists(speeds, min_size=7, max_size=7),
    st.sampled_from([1e-4, 1e-3, 1e-3, 1e-3, 2e-3, 5e-3, 0.05]),
    st.integers(1, 250),
    st.booleans(),
)


def make(config: TeleopConfig, q: Vector) -> Limiter:
    return Limiter(config, ARM, q, 1e-3)


@settings(max_examples=30)
@given(
    stretches=st.lists(stretch, min_size=1, max_size=6),
    place=st.floats(0.0, 1.0),
    velocity=st.sampled_from([0.1, 0.5, 1.0]),
    acceleration=st.sampled_from([0.05, 0.5, 0.8, 1.0]),
)
@example([((HIGH - 0.1001).tolist(), [15.0] * 7, 1e-3, 3000, False)], 0.5, 1.0, 1.0)
@example([((LOW + 0.1001).tolist(), [-15.0] * 7, 1e-3, 3000, False)], 0.5, 0.5, 0.5)
@example([((HIGH - 0.1001).tolist(), [15.0] * 7, 5e-3, 900, False)], 0.9, 1.0, 0.8)
@example([((HIGH - 0.1001).tolist(), [15.0] * 7, 1e-3, 300, False)], 0.99, 1.0, 1.0)
@example([((LOW + 0.1001).tolist(), [-15.0] * 7, 1e-3, 300, False)], 0.015, 1.0, 0.8)
@example([([1e6] * 7, [15.0] * 7, 1e-3, 3000, False)], 0.0, 1.0, 1.0)
@example([([-1e6] * 7, [-15.0] * 7, 1e-3, 3000, False)], 1.0, 1.0, 1.0)
@example([([1e6] * 7, [15.0] * 7, 5e-3, 600, False)], 0.5, 1.0, 0.05)
def test_whatever_the_target_does_no_limit_is_passed(
    stretches: list[tuple[list[float], list[float], float, int, bool]],
    place: float,
    velocity: float,
    acceleration: float,
):
    config = TeleopConfig(velocity=velocity, acceleration=acceleration)
    low, high = LOW + config.margin_rad, HIGH - config.margin_rad
    limiter = make(config, low + place * (high - low))
    path, rates, steps = [limiter.q], [limiter.dq], list[float]()
    for target, rate, dt, cycles, halt in stretches:
        for _ in range(cycles):
            if halt:
                limiter.halt(dt)
            else:
                limiter.follow(target, rate, dt)
            path.append(limiter.q)
            rates.append(limiter.dq)
            steps.append(min(dt, LONGEST_S))
    q, v, dt_s = np.array(path), np.array(rates), np.array(steps)[:, None]
    a = np.diff(v, axis=0, prepend=v[:1])[1:] / dt_s
    share = max(STOP_SHARE, acceleration)
    lower, upper = velocity_bounds(q)
    assert np.allclose(np.diff(q, axis=0), v[1:] * dt_s, atol=1e-12)
    assert np.all(np.abs(a) <= share * FR3.acceleration + 1e-6)
    assert np.all(np.abs(np.diff(a, axis=0)) <= share * FR3.jerk * dt_s[1:] + 1e-6)
    assert np.all((v <= velocity * upper + 1e-9) & (v >= velocity * lower - 1e-9))
    assert np.all((q >= low - 1e-9) & (q <= high + 1e-9))


@pytest.mark.parametrize("acceleration", [0.1, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("velocity", [0.3, 0.5, 1.0])
@pytest.mark.parametrize("lead_in", [30, 60, 100, 170, 300])
def test_a_stop_ends_within_150_ms_from_any_speed_in_use(velocity: float, acceleration: float, lead_in: int):
    limiter = make(TeleopConfig(velocity=velocity, acceleration=acceleration), HOME)
    for _ in range(lead_in):
        limiter.follow((HOME + 10 * AWAY).tolist(), (20 * AWAY).tolist(), 1e-3)
    cycles = 0
    while limiter.moving:
        limiter.halt(1e-3)
        cycles += 1
    assert cycles * 1e-3 <= STOP_S


def test_a_stop_lands_without_turning_back_and_then_holds():
    limiter = make(TeleopConfig(), HOME)
    for _ in range(200):
        limiter.follow((HOME + 10 * AWAY).tolist(), (20 * AWAY).tolist(), 1e-3)
    directed: list[Vector] = []
    while limiter.moving:
        limiter.halt(1e-3)
        directed.append(np.array(limiter.dq) * AWAY)
    assert np.min(directed) >= -1e-9
    held = limiter.q
    limiter.halt(1e-3)
    assert limiter.q == held


def test_a_target_that_jumps_is_reached_without_a_step_and_without_overshoot():
    limiter = make(TeleopConfig(), HOME)
    target = HOME + 0.6 * AWAY
    path: list[Vector] = []
    for _ in range(2000):
        limiter.follow(target.tolist(), [0.0] * 7, 1e-3)
        path.append((np.array(limiter.q) - HOME) * AWAY)
    assert np.max(path) <= 0.6 + 1e-3
    assert path[-1] == pytest.approx(np.full(7, 0.6), abs=1e-5)


def test_the_soft_limit_is_reached_and_the_way_back_stays_open():
    limiter = make(TeleopConfig(), HOME)
    for _ in range(4000):
        limiter.follow((HOME + 10.0).tolist(), [0.0] * 7, 1e-3)
    assert np.array(limiter.q) == pytest.approx(HIGH - 0.1, abs=2e-3)
    assert limiter.hits["position", 1] > 0
    for _ in range(4000):
        limiter.follow(HOME.tolist(), [0.0] * 7, 1e-3)
    assert np.array(limiter.q) == pytest.approx(HOME, abs=1e-4)


@pytest.mark.parametrize("end", [LOW + 0.01, HIGH - 0.01])
def test_a_robot_that_starts_beyond_the_soft_limit_holds_and_may_only_come_back(end: Vector):
    limiter = make(TeleopConfig(), end)
    outward = np.sign(end - HOME)
    for _ in range(300):
        limiter.halt(1e-3)
    assert limiter.q == end.tolist()
    for _ in range(300):
        limiter.follow((end + outward).tolist(), outward.tolist(), 1e-3)
        assert np.all((np.array(limiter.q) - end) * outward <= 1e-9)
    for _ in range(4000):
        limiter.follow(HOME.tolist(), [0.0] * 7, 1e-3)
    assert np.array(limiter.q) == pytest.approx(HOME, abs=1e-4)


def test_hits_name_the_limit_and_the_joint():
    limiter = make(TeleopConfig(), HOME)
    target = HOME.copy()
    target[3] -= 0.5
    for _ in range(400):
        limiter.follow(target.tolist(), [0.0] * 7, 1e-3)
    assert {joint for _, joint in limiter.hits} == {4}
    assert limiter.hits["acceleration", 4] > 0
    limiter = make(TeleopConfig(), HOME)
    limiter.follow(HOME.tolist(), [0.03] * 7, 1e-3)
    assert limiter.hits == {("jerk", joint): 1 for joint in range(1, 8)}
    limiter.follow([float("nan")] * 7, [0.0] * 7, 1e-3)
    assert limiter.hits["not_finite", 7] == 1


def test_a_configuration_that_cannot_stop_or_move_is_refused():
    with pytest.raises(ValueError, match=r"teleop\.acceleration"):
        make(TeleopConfig(acceleration=0.0), HOME)
    with pytest.raises(ValueError, match=r"teleop\.margin_rad"):
        make(TeleopConfig(margin_rad=2.0), HOME)
