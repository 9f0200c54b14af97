"""The Franka driver against franka-sim, which aborts a motion as the robot does. Run it on a quiet machine."""

import os
import time
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from hardware.arms.franka import FrankaArm
from hardware.config import FrankaConfig
from hardware.interfaces import ReflexError
from tests.hardware.arms.endpoint import smooth
from tests.peers.franka_sim import franka_sim

pytestmark = [pytest.mark.peers, pytest.mark.timeout(1800)]


@pytest.fixture
def arm(tmp_path: Path) -> Generator[FrankaArm]:
    policy, parameter = os.sched_getscheduler(0), os.sched_getparam(0)
    with franka_sim(tmp_path / "sim.log"):
        driver = FrankaArm("peer", FrankaConfig(address="127.0.0.1", leader="right"))
        yield driver
        driver.close()
    os.sched_setscheduler(0, policy, parameter)  # libfranka raised it


@pytest.mark.parametrize("stiffness", [1.0, 0.2])
def test_a_smooth_way_is_followed_without_an_abort(arm: FrankaArm, stiffness: float) -> None:
    sample = arm.start()
    begin, start, reference = sample.stamp.seq, sample.q, sample.q
    while (t := (sample.stamp.seq - begin) * 1e-3) < 4.0:
        reference, speed = smooth(start, 0.2, t, 2.5)
        arm.command(reference, speed, stiffness=stiffness)
        sample = arm.read()
    arm.stop()
    # Its joints have dry friction (1.1 Nm), so that an impedance stops short by friction over stiffness.
    assert np.abs(sample.q - reference)[:4].max() < 2.0 / (240 * stiffness)


def test_a_step_of_the_reference_is_no_step_of_the_torque(arm: FrankaArm) -> None:
    sample = arm.start()
    goal = sample.q + 0.1
    for _ in range(1000):
        arm.command(goal, np.zeros(7))
        sample = arm.read()
    arm.stop()
    assert np.abs(sample.q - goal)[:4].max() < 0.02


def test_a_client_that_falls_silent_is_stopped_by_name_and_can_recover(arm: FrankaArm) -> None:
    sample = arm.start()
    for _ in range(100):
        arm.command(sample.q, np.zeros(7))
        arm.read()
    time.sleep(0.3)
    with pytest.raises(ReflexError) as error:
        for _ in range(100):
            arm.command(sample.q, np.zeros(7))
            arm.read()
    assert error.value.reflex == "communication_constraints_violation"
    arm.recover()
    arm.start()
    arm.command(sample.q, np.zeros(7))
    arm.stop()
