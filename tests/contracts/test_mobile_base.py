"""What every mobile base does, whatever it is. One driver so far: Dynamixel wheels, against the virtual far end."""

import time
from collections.abc import Generator

import numpy as np
import pytest

from hardware.bases.dynamixel_base import DynamixelBase
from hardware.interfaces import DeviceRefused, MobileBase
from tests.hardware.bases.bench import Bench, bench


@pytest.fixture(scope="module")
def far_end() -> Generator[Bench]:
    with bench() as running:
        yield running


@pytest.fixture
def base(far_end: Bench) -> Generator[MobileBase]:
    driver = DynamixelBase("base", far_end.config)
    yield driver
    driver.close()


def test_it_says_what_it_is(base: MobileBase) -> None:
    assert base.info().name == "base"
    assert base.info().model
    assert base.retries >= 0


def test_a_read_is_bracketed_and_fresh(base: MobileBase) -> None:
    first, second = base.read(), base.read()
    assert second.stamp.seq > first.stamp.seq
    assert second.stamp.ticks >= first.stamp.ticks
    for sample in (first, second):
        assert sample.t_lo_ns <= sample.stamp.t_ns <= sample.t_hi_ns <= sample.stamp.t_arrival_ns
        assert sample.twist.shape == (3,)
        assert sample.wheels.shape == sample.wheel_speeds.shape


def test_it_moves_as_told_and_rests_after_stop(base: MobileBase) -> None:
    for _ in range(40):
        base.command(np.array([0.1, np.nan, -0.2]))
        sample = base.read()
        time.sleep(0.01)
    assert sample.twist[[0, 2]] == pytest.approx([0.1, -0.2], abs=0.01)
    base.stop()
    time.sleep(0.5)
    assert base.read().twist[[0, 2]] == pytest.approx([0.0, 0.0], abs=1e-3)


def test_a_velocity_that_is_no_number_is_refused(base: MobileBase) -> None:
    with pytest.raises(DeviceRefused):
        base.command(np.full(3, np.inf))
