"""The latency of teleoperation from both ends' joints."""

import numpy as np
import pytest

from collector.selftest.evidence import Rows
from collector.selftest.lag_fit import NotEnough
from collector.selftest.motion_joints import JointLag, joint_lag
from hardware import rows
from tests.collector.selftest.motion_sim import START_NS, joints

SECONDS = 12.0


def took_part(lag_s: float, seed: int, *, speed: float = 1.0, idle_s: float = 0.0) -> tuple[Rows, Rows]:
    """Reads of a leader at 200 Hz, encoder steps of 0.088 deg; states of the arm at 1 kHz, which rests at first."""
    rng = np.random.default_rng(seed)
    t_leader = np.arange(0, SECONDS, 0.005) + rng.uniform(-2e-4, 2e-4, int(SECONDS / 0.005))
    reads = np.zeros(len(t_leader), rows.leader_row(7))
    reads["t_ns"] = START_NS + np.round(t_leader * 1e9)
    step = 2 * np.pi / 4096
    reads["q"] = np.round(joints(t_leader, seed, speed) / step) * step
    t_arm = np.arange(0, SECONDS, 0.001)
    states = np.zeros(len(t_arm), rows.arm_row(7))
    states["t_ns"] = START_NS + np.round(t_arm * 1e9)
    q = 0.99 * joints(t_arm - lag_s, seed, speed) + np.linspace(-0.02, 0.02, 7)
    q[t_arm < idle_s] = q[0]
    states["q"] = q + rng.normal(0, 1e-5, q.shape)
    return reads, states


@pytest.mark.parametrize(("lag_ms", "seed"), [(0.0, 0), (23.0, 1), (180.0, 2)])
def test_the_lag_is_found(lag_ms: float, seed: int) -> None:
    found = joint_lag("right", "right", *took_part(lag_ms * 1e-3, seed))
    assert isinstance(found, JointLag)
    assert found.lag_ns * 1e-6 == pytest.approx(lag_ms, abs=0.3)
    assert abs(found.lag_ns * 1e-6 - lag_ms) < 4e-6 * found.sigma_ns
    assert found.sigma_ns < 0.3e6
    assert found.explained > 0.99


def test_a_while_in_which_the_arm_did_not_follow_counts_little() -> None:
    found = joint_lag("right", "right", *took_part(0.03, 3, idle_s=1.5))
    assert isinstance(found, JointLag)
    assert found.lag_ns * 1e-6 == pytest.approx(30.0, abs=1.5)


def test_resting_hands_are_not_enough() -> None:
    found = joint_lag("left", "right", *took_part(0.03, 3, speed=0.0))
    assert found == NotEnough("right hardly moved: move left while right follows it")


def test_an_arm_that_does_something_else_is_not_enough() -> None:
    reads, _ = took_part(0.03, 3)
    _, states = took_part(0.03, 4)
    found = joint_lag("left", "right", reads, states)
    assert isinstance(found, NotEnough)
    assert "did not do what left did" in found.reason


def test_too_few_samples_are_not_enough() -> None:
    reads, states = took_part(0.03, 3)
    assert isinstance(joint_lag("left", "right", reads[:50], states), NotEnough)
    assert isinstance(joint_lag("left", "right", reads, states[:3]), NotEnough)
