"""What every follower does, whatever it is. One driver so far: Franka, against the virtual far end."""

from collections.abc import Generator
from itertools import pairwise

import numpy as np
import pytest

from hardware.arms.franka import FrankaArm
from hardware.interfaces import FollowerArm
from tests.hardware.arms.endpoint import Endpoint, endpoint


@pytest.fixture(scope="module")
def far_end() -> Generator[Endpoint]:
    with endpoint() as running:
        yield running


@pytest.fixture(params=["torque", "async_position"])
def arm(far_end: Endpoint, request: pytest.FixtureRequest) -> Generator[FollowerArm]:
    driver = FrankaArm("right", far_end.config(request.param))
    yield driver
    driver.close()


def test_info_names_the_device_as_the_rig_file_does(arm: FollowerArm) -> None:
    assert arm.info().name == "right"


def test_samples_are_whole_and_stamped_in_order(arm: FollowerArm) -> None:
    samples = [arm.start()]
    for _ in range(20):
        arm.command(samples[0].q, np.zeros(7))
        samples.append(arm.read())
    arm.stop()
    for before, after in pairwise(samples):
        assert after.stamp.seq > before.stamp.seq
        assert after.stamp.ticks > before.stamp.ticks
        assert after.stamp.t_arrival_ns > before.stamp.t_arrival_ns
    for sample in samples:
        assert sample.arm == "right"
        assert sample.stamp.t_ns - sample.stamp.u_ns <= sample.stamp.t_arrival_ns
        shapes = [sample.q, sample.dq, sample.tau_J, sample.tau_ext]
        assert {value.shape for value in shapes} == {(7,)}
        assert sample.O_F_ext_hat_K.shape == sample.K_F_ext_hat_K.shape == (6,)
        assert sample.O_T_EE.shape == (16,)


def test_a_sample_is_not_changed_by_the_next_one(arm: FollowerArm) -> None:
    first = arm.observe()
    kept = first.q.copy()
    arm.observe()
    np.testing.assert_array_equal(first.q, kept)


def test_control_can_be_taken_again_after_it_was_given_back(arm: FollowerArm) -> None:
    for _ in range(2):
        sample = arm.start()
        arm.command(sample.q, np.zeros(7))
        arm.read()
        arm.stop()
    arm.observe()


def test_close_gives_control_back(far_end: Endpoint) -> None:
    driver = FrankaArm("right", far_end.config())
    sample = driver.start()
    driver.command(sample.q, np.zeros(7))
    driver.close()
    again = FrankaArm("right", far_end.config())
    again.start()
    again.stop()
    again.close()
