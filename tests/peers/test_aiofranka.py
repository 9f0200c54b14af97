"""The backend aiofranka (extra [rt]) against the virtual robot, from the same tree with aiofranka beside it."""

import sys
import time
from collections.abc import Generator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from hardware.arms.franka import FrankaArm
from hardware.interfaces import DeviceLost, DeviceRefused, ReflexError
from hardware.samples import ArmSample
from tests.hardware.arms.endpoint import Endpoint, endpoint, smooth
from tests.peers.franka_sim import AIOFRANKA
from tests.peers.venvs import peer_site
from tests.truth import truth_of

pytestmark = [pytest.mark.peers, pytest.mark.timeout(1800), pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module", autouse=True)
def aiofranka() -> Generator[None]:
    site = str(peer_site("aiofranka", AIOFRANKA))
    sys.path.append(site)  # what we have ourselves comes first
    yield
    sys.path.remove(site)


def open_arm(far_end: Endpoint) -> FrankaArm:
    # A wide prior: on a busy host even the quickest of many states may be slow.
    wide = {"backend": "aiofranka", "network_delay_us": (30.0, 20_000.0)}
    return FrankaArm("right", far_end.config().model_copy(update=wide))


def lead(arm: FrankaArm, way: float, seconds: float, lead_s: float) -> tuple[list[ArmSample], np.ndarray]:
    """Lead the started arm by `way` on each joint within `lead_s`, for `seconds`; its samples, the last reference."""
    samples = [arm.read()]
    begin, start, reference = samples[0].stamp.seq, samples[0].q, samples[0].q
    while (t := (samples[-1].stamp.seq - begin) * 1e-3) < seconds:
        reference, speed = smooth(start, way, t, lead_s)
        arm.command(reference, speed)
        samples.append(arm.read())
    return samples, reference


def test_it_goes_where_it_is_led_and_stamps_hold_their_bound(tmp_path: Path) -> None:
    with endpoint(truth_dir=str(tmp_path)) as far_end:
        arm = open_arm(far_end)
        arm.start()
        samples, reference = lead(arm, 0.1, 1.5, 1.0)
        arm.stop()
        after = arm.observe()
        arm.close()
    np.testing.assert_allclose(samples[-1].q, reference, atol=0.02)
    np.testing.assert_allclose(after.q, reference, atol=0.02)
    assert all(a.stamp.seq < b.stamp.seq and a.stamp.t_arrival_ns < b.stamp.t_arrival_ns for a, b in pairwise(samples))
    truth = truth_of(tmp_path, "arms/right")
    for sample in samples:
        assert abs(sample.stamp.t_ns - truth[sample.stamp.seq]) <= sample.stamp.u_ns


def test_when_python_falls_silent_the_robot_is_answered_and_brakes_to_rest() -> None:
    with endpoint() as far_end:
        arm = open_arm(far_end)
        arm.start()
        _, reference = lead(arm, 0.3, 0.5, 1.0)  # half-way: at full speed
        time.sleep(0.4)
        samples = [arm.read() for _ in range(380)]
        arm.stop()
        arm.close()
    # The reference was at 0.47 rad/s, and 10 rad/s^2 brings that to rest within 47 ms and 11 mrad.
    assert samples[-1].success_rate > 0.5
    assert np.abs(samples[-1].dq).max() < 0.05
    assert np.abs(samples[-1].q - reference).max() < 0.04


def test_a_reflex_comes_by_name_and_control_can_be_taken_again() -> None:
    with endpoint() as far_end:
        arm = open_arm(far_end)
        arm.start()
        far_end.world.inject("robot_reflex", "right", for_s=0.2)
        with pytest.raises(ReflexError) as error:
            lead(arm, 0.0, 5.0, 1.0)
        assert error.value.reflex == "cartesian_reflex"
        time.sleep(0.3)
        arm.recover()
        for _ in range(2):
            arm.start()
            lead(arm, 0.0, 0.2, 1.0)
            arm.stop()
        arm.close()


def test_a_command_before_start_is_refused() -> None:
    with endpoint() as far_end:
        arm = open_arm(far_end)
        with pytest.raises(DeviceRefused, match="start"):
            arm.command(np.zeros(7), np.zeros(7))
        arm.close()


def test_a_robot_that_falls_silent_is_lost_and_found_again() -> None:
    with endpoint() as far_end:
        arm = open_arm(far_end)
        arm.start()
        far_end.world.inject("robot_silent", "right", for_s=3.0)
        with pytest.raises(DeviceLost):
            lead(arm, 0.0, 5.0, 1.0)
        time.sleep(2.5)
        arm.recover()
        arm.start()
        lead(arm, 0.0, 0.2, 1.0)
        arm.stop()
        arm.close()
