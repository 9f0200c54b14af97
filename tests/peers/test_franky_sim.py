"""The Franka drivers against franky-sim, a simulator with MuJoCo physics that we did not write."""

import os
import re
import subprocess
import time
from collections.abc import Generator
from itertools import pairwise

import numpy as np
import pytest

from hardware.arms.franka import FrankaArm
from hardware.config import FrankaConfig, FrankaHandConfig
from hardware.grippers.franka_hand import FrankaHand
from hardware.interfaces import DeviceLost
from tests.hardware.arms.endpoint import smooth
from tests.peers.venvs import peer_python

pytestmark = [pytest.mark.peers, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def address() -> Generator[str]:
    server = peer_python("franky-sim", ("franky-sim==1.0.4",)).with_name("franky-sim")
    policy, parameter = os.sched_getscheduler(0), os.sched_getparam(0)
    with subprocess.Popen(
        [server, "-s", "mujoco"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        said = ""
        while not (found := re.search(r"using '([\d.]+)'", said)):
            line = process.stdout.readline()
            assert line, f"franky-sim ended before it could be reached:\n{said}"
            said += line
        yield _reachable(found.group(1))
        os.sched_setscheduler(0, policy, parameter)
        process.terminate()
        process.communicate(timeout=20)


def _reachable(address: str) -> str:
    for _ in range(60):
        try:
            FrankaArm("peer", FrankaConfig(address=address, leader="right")).close()
            return address
        except DeviceLost:
            time.sleep(0.5)
    raise AssertionError(f"franky-sim does not answer at {address}")


def test_the_arm_follows_in_torque_control(address: str) -> None:
    arm = FrankaArm("peer", FrankaConfig(address=address, leader="right"))
    sample = arm.start()
    begin, start, reference = sample.stamp.seq, sample.q, sample.q
    while sample.stamp.seq < begin + 3000:
        reference, speed = smooth(start, 0.15, (sample.stamp.seq - begin) * 1e-3, 2.0)
        arm.command(reference, speed)
        sample = arm.read()
    arm.stop()
    arm.close()
    np.testing.assert_allclose(sample.q, reference, atol=0.05)


def test_states_come_with_a_steady_clock(address: str) -> None:
    arm = FrankaArm("peer", FrankaConfig(address=address, leader="right"))
    samples = [arm.observe() for _ in range(200)]
    arm.close()
    assert all(b.stamp.seq > a.stamp.seq for a, b in pairwise(samples))
    device_ns = samples[-1].stamp.ticks - samples[0].stamp.ticks
    host_ns = samples[-1].stamp.t_arrival_ns - samples[0].stamp.t_arrival_ns
    # A simulator on a busy machine falls behind real time; each observation still spans two of its milliseconds.
    assert 2_000_000 * (len(samples) - 1) <= device_ns <= host_ns + 100_000_000


def test_the_hand_opens_and_closes(address: str) -> None:
    hand = FrankaHand("peer", address, FrankaHandConfig())
    hand.move(0.07, 0.1)
    opened = hand.read().width
    hand.move(0.02, 0.1)
    closed = hand.read().width
    hand.close()
    assert (opened, closed) == pytest.approx((0.07, 0.02), abs=0.005)
