from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.teleop.interpolate import Interpolator
from hardware.samples import Vector
from tests.collector.teleop.virtual_time import MS, START, leader_sample

COAST = 8.0


def stream(period_ms: int = 5, count: int = 40, hertz: float = 0.5) -> Interpolator:
    """Samples of a sine on two joints."""
    leader = Interpolator(2, [COAST, COAST], keep=count)
    for k in range(count):
        t_ns = START + k * period_ms * MS
        assert leader.add(leader_sample(t_ns, *sine(t_ns, hertz)))
    return leader


def sine(t_ns: int, hertz: float) -> tuple[Vector, Vector]:
    omega, t = 2 * np.pi * hertz, (t_ns - START) * 1e-9
    return (
        np.array([0.5 * np.sin(omega * t), 0.2 * np.cos(omega * t)]),
        np.array([0.5 * omega * np.cos(omega * t), -0.2 * omega * np.sin(omega * t)]),
    )


@given(st.integers(0, 195 * MS))
def test_between_samples_it_is_the_motion_itself(offset_ns: int):
    leader = stream()
    q, dq = sine(START + offset_ns, 0.5)
    assert leader.position(START + offset_ns) == pytest.approx(q, abs=1e-7)
    assert leader.velocity(START + offset_ns, 0) == pytest.approx(dq, abs=1e-4)


def test_velocity_reads_ahead_as_far_as_samples_reach():
    leader = stream()
    end = START + 39 * 5 * MS
    assert leader.velocity(end - 20 * MS, 4 * MS) == pytest.approx(sine(end - 16 * MS, 0.5)[1], abs=1e-4)
    assert leader.velocity(end - 1 * MS, 4 * MS) == pytest.approx(sine(end, 0.5)[1])


def test_beyond_the_newest_sample_it_coasts_to_a_stop():
    leader = Interpolator(2, [COAST, COAST], keep=8)
    leader.add(leader_sample(START, np.array([0.1, 0.2]), np.array([0.8, -0.4])))
    at = [leader.position(START + ms * MS) for ms in range(200)]
    steps = np.diff(np.array(at), axis=0)
    assert np.all(np.abs(steps) <= 0.8e-3 + 1e-12)
    assert np.all(np.diff(np.abs(steps), axis=0) <= 1e-12)
    assert at[-1] == pytest.approx([0.1 + 0.8**2 / 16, 0.2 - 0.4**2 / 16])
    assert leader.velocity(START + 150 * MS, MS) == [0.0, 0.0]


def test_before_the_oldest_sample_it_is_that_sample():
    leader = stream(count=3)
    assert leader.position(START - 50 * MS) == pytest.approx(sine(START, 0.5)[0])


def test_without_samples_it_says_so():
    leader = Interpolator(2, [COAST, COAST], keep=8)
    with pytest.raises(ValueError, match="no leader sample"):
        leader.position(START)


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("t_ms", "q", "dq", "reason"),
    [
        (5, [NAN, 0.0], [0.0, 0.0], "not_finite"),
        (5, [0.0, 0.0], [0.0, INF], "not_finite"),
        (0, [0.0, 0.0], [0.0, 0.0], "duplicate"),
        (-5, [0.0, 0.0], [0.0, 0.0], "backward"),
        (100, [0.51, 0.0], [0.0, 0.0], "jump"),
        (100, [2 * np.pi, 0.0], [0.0, 0.0], "jump"),
        (5, [0.07, 0.0], [0.0, 0.0], "speed"),
        (5, [0.0, 0.0], [0.0, -12.1], "speed"),
        (5, [0.0, 0.0, 0.0], [0.0, 0.0, 0.0], "shape"),
    ],
)
def test_what_no_hand_does_is_turned_away_and_counted(t_ms: int, q: list[float], dq: list[float], reason: str):
    leader = Interpolator(2, [COAST, COAST], keep=8)
    leader.add(leader_sample(START, np.zeros(2), np.zeros(2)))
    assert not leader.add(leader_sample(START + t_ms * MS, np.array(q), np.array(dq)))
    assert leader.rejected == {reason: 1}
    assert leader.position(START + 50 * MS) == [0.0, 0.0]
    assert leader.add(leader_sample(START + 105 * MS, np.zeros(2), np.zeros(2)))


def test_a_stamp_from_the_future_is_turned_away():
    leader = Interpolator(2, [COAST, COAST], keep=8)
    sample = leader_sample(START, np.zeros(2), np.zeros(2))
    late = leader_sample(START + 10 * MS, np.zeros(2), np.zeros(2))
    assert leader.add(sample)
    late = replace(late, stamp=replace(late.stamp, t_arrival_ns=START, u_ns=0))
    assert not leader.add(late)
    assert leader.rejected == {"future": 1}


def test_one_encoder_count_in_a_short_interval_is_no_speed():
    leader = Interpolator(1, [COAST], keep=8)
    leader.add(leader_sample(START, np.zeros(1), np.zeros(1)))
    assert leader.add(leader_sample(START + 50_000, np.full(1, 2 * np.pi / 4096), np.zeros(1)))


def test_after_a_lasting_jump_it_stays_silent_until_cleared():
    leader = Interpolator(1, [COAST], keep=8)
    leader.add(leader_sample(START, np.zeros(1), np.zeros(1)))
    for k in range(1, 20):
        assert not leader.add(leader_sample(START + k * 5 * MS, np.full(1, 1.0), np.zeros(1)))
    leader.clear()
    assert leader.newest is None
    assert leader.add(leader_sample(START + 100 * MS, np.full(1, 1.0), np.zeros(1)))
