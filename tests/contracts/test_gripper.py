"""What every gripper does, whatever it is. One driver so far: the Franka Hand, against the virtual far end."""

from collections.abc import Generator

import pytest

from hardware.config import FrankaHandConfig
from hardware.grippers.franka_hand import FrankaHand
from hardware.interfaces import DeviceError, DeviceLost, Gripper
from tests.hardware.arms.endpoint import Endpoint, endpoint


@pytest.fixture(scope="module")
def far_end() -> Generator[Endpoint]:
    with endpoint() as running:
        yield running


@pytest.fixture
def hand(far_end: Endpoint) -> Generator[Gripper]:
    driver = FrankaHand("right", far_end.address, FrankaHandConfig())
    yield driver
    driver.close()


def test_it_says_what_it_is_and_how_far_it_opens(hand: Gripper) -> None:
    assert hand.info().name == "right"
    assert hand.max_width == pytest.approx(0.08)


def test_a_move_ends_where_it_was_sent_and_takes_its_time(hand: Gripper) -> None:
    hand.move(0.06, 0.1)
    before = hand.read()
    hand.move(0.02, 0.1)
    after = hand.read()
    assert (before.width, after.width) == pytest.approx((0.06, 0.02), abs=1e-4)
    # By the hand's own clock, 40 mm at 0.1 m/s.
    assert after.stamp.ticks - before.stamp.ticks >= 0.4e9


def test_a_read_is_bracketed_and_fresh(hand: Gripper) -> None:
    first, second = hand.read(), hand.read()
    assert second.stamp.seq > first.stamp.seq
    assert second.stamp.ticks > first.stamp.ticks
    for sample in (first, second):
        assert sample.t_lo_ns <= sample.stamp.t_ns <= sample.t_hi_ns <= sample.stamp.t_arrival_ns


def test_an_empty_grasp_says_so(hand: Gripper) -> None:
    assert not hand.grasp(0.04, 0.1, 30.0)
    assert hand.read().width == pytest.approx(0.0, abs=1e-4)
    assert not hand.read().is_grasped


def test_a_width_it_cannot_reach_is_an_error_with_its_name(hand: Gripper) -> None:
    with pytest.raises(DeviceError, match="right"):
        hand.move(0.2, 0.1)


def test_stop_is_harmless_at_rest(hand: Gripper) -> None:
    hand.stop()
    hand.read()


def test_nothing_at_the_address_is_lost_by_name() -> None:
    with pytest.raises(DeviceLost, match="right"):
        FrankaHand("right", "127.9.9.9", FrankaHandConfig())
