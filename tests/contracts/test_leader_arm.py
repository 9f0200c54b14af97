"""What every LeaderArm must do, whatever its make. A new driver adds itself to `LEADERS`."""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import pairwise

import numpy as np
import pytest

from hardware.arms.dynamixel import DynamixelLeader
from hardware.config import FeelConfig
from hardware.interfaces import DeviceRefused, LeaderArm
from hardware.samples import TimeSource, monotonic_ns
from tests.hardware.arms.bench import bench


@contextmanager
def dynamixel() -> Generator[LeaderArm]:
    with bench() as rig:
        leader = DynamixelLeader("right", rig.config)
        try:
            yield leader
        finally:
            leader.close()


@contextmanager
def dynamixel_felt() -> Generator[LeaderArm]:
    with bench(feel=FeelConfig(mode="spring")) as rig:
        leader = DynamixelLeader("right", rig.config)
        try:
            yield leader
        finally:
            leader.close()


LEADERS: list[Callable[[], AbstractContextManager[LeaderArm]]] = [dynamixel, dynamixel_felt]


@pytest.fixture(params=LEADERS, ids=lambda make: make.__name__)
def leader(request: pytest.FixtureRequest) -> Iterator[LeaderArm]:
    with request.param() as made:
        yield made


def test_it_says_what_it_is(leader: LeaderArm) -> None:
    info = leader.info()
    assert info.name == "right"
    assert info.driver and info.model and info.firmware
    assert info.serial == ""  # servos have none, and a pseudo-terminal has no adapter whose number it could be


def test_samples_are_stamped_within_the_read(leader: LeaderArm) -> None:
    before = monotonic_ns()
    sample = leader.read()
    after = monotonic_ns()
    stamp = sample.stamp
    assert before <= sample.t_lo_ns <= stamp.t_ns <= sample.t_hi_ns <= stamp.t_arrival_ns <= after
    assert stamp.u_ns == max(stamp.t_ns - sample.t_lo_ns, sample.t_hi_ns - stamp.t_ns)
    assert stamp.source is TimeSource.BRACKETED


def test_samples_follow_one_another(leader: LeaderArm) -> None:
    samples = [leader.read() for _ in range(10)]
    for one, other in pairwise(samples):
        assert other.stamp.seq > one.stamp.seq
        assert other.stamp.t_ns > one.stamp.t_ns
        assert other.stamp.ticks >= one.stamp.ticks


def test_values_are_finite_and_of_one_length(leader: LeaderArm) -> None:
    sample = leader.read()
    assert sample.leader == "right"
    assert sample.q.shape == sample.dq.shape and sample.q.dtype == sample.dq.dtype == np.float64
    assert np.isfinite(sample.q).all() and np.isfinite(sample.dq).all()
    assert sample.grip is None or 0 <= sample.grip <= 1


def test_samples_are_not_overwritten_by_later_ones(leader: LeaderArm) -> None:
    first = leader.read()
    kept = first.q.copy()
    leader.read()
    assert np.array_equal(first.q, kept)


def test_retries_are_counted_and_close_may_come_twice(leader: LeaderArm) -> None:
    leader.read()
    assert leader.retries >= 0
    leader.close()
    leader.close()


def test_torque_is_taken_with_what_it_gave_in_each_sample_or_refused(leader: LeaderArm) -> None:
    sample = leader.read()
    wanted = np.full(len(sample.q), 0.05)
    if sample.tau is None:
        with pytest.raises(DeviceRefused):
            leader.feel(wanted)
        return
    leader.feel(wanted)
    given = leader.read().tau
    assert given is not None and given.shape == sample.q.shape
    assert (np.abs(given) <= 0.05 + 1e-3).all()
    assert leader.feel_off == ""


def test_its_temperature_is_one_or_not_yet_known(leader: LeaderArm) -> None:
    leader.read()
    assert np.isnan(leader.temperature) or 0 < leader.temperature < 100
