"""The audit of limits: sees a breach, and takes no lost packet for one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.teleop_limits_audit import Rows, done, paired, reflexes, told
from hardware.arms.models import arm_model
from hardware.config import FrankaConfig
from hardware.rows import arm_row, command_row
from hardware.virtual.truth import Told, motion_row

MS = 1_000_000
ARM = arm_model("fr3")
FRANKA = FrankaConfig(address="virtual", leader="right")


def rows(ticks: list[int], q: list[float]) -> tuple[Rows, Rows]:
    """Commands and the states that they answer, joint 1 at `q` off home."""
    commands, states = np.zeros(len(ticks), command_row(7)), np.zeros(len(ticks), arm_row(7))
    states["seq"], commands["seq"] = ticks, np.arange(len(ticks))
    states["t_arrival_ns"] = np.array(ticks) * MS + 200_000
    commands["t_ns"] = np.array(ticks) * MS + 300_000
    commands["sent"] = ARM.home
    commands["sent"][:, 0] += q
    return commands, states


def breaches(ticks: list[int], q: list[float]) -> dict[str, int]:
    return {peak.what: peak.breaches for peak in told(paired(*rows(ticks, q), FRANKA), ARM)}


def swing(tick: int, amplitude: float, hz: float) -> float:
    return amplitude * (1 - np.cos(2 * np.pi * hz * tick * 1e-3))


@given(st.lists(st.integers(1, 12), min_size=50, max_size=400))
def test_a_smooth_motion_stays_within_limits_whatever_packets_are_lost(steps: list[int]) -> None:
    ticks = np.cumsum(steps).tolist()
    # 9.9 rad/s^2 at most
    assert set(breaches(ticks, [swing(tick, 0.25, 1.0) for tick in ticks]).values()) == {0}


@given(st.lists(st.integers(1, 3), min_size=50, max_size=400), st.integers(5, 45), st.floats(0.001, 0.1))
def test_a_step_is_seen(steps: list[int], at: int, size: float) -> None:
    ticks = np.cumsum(steps).tolist()
    found = breaches(ticks, [size * (n >= at) for n in range(len(ticks))])
    assert found["sent jerk"] > 0
    assert found["sent acceleration"] > 0


def test_too_fast_and_too_far_are_seen() -> None:
    ticks = list(range(200))
    assert breaches(ticks, [3.0 * tick * 1e-3 for tick in ticks])["sent velocity"] > 0
    assert breaches(ticks, [2.8] * 200)["sent position"] == 200


def test_where_the_robot_had_stopped_nothing_is_compared() -> None:
    ticks = [*range(100), *range(200, 300)]
    assert set(breaches(ticks, [0.5 * (tick >= 200) for tick in ticks]).values()) == {0}


def test_what_the_joints_did_counts_only_while_the_client_moved_them() -> None:
    motion = np.zeros(4, motion_row(7))
    motion["t_ns"], motion["tick"], motion["q"] = np.arange(4) * MS, np.arange(4), ARM.home
    motion["told"] = [Told.TORQUE, Told.TORQUE, Told.REFLEX, Told.NOTHING]
    motion["dq"][:, 0] = [0.5, 0.5, 9.0, 9.0]
    motion["command"][1, 0] = 2.0
    found = {peak.what: peak.breaches for peak in done(motion, ARM)}
    assert found == {"done position": 0, "done velocity": 0, "told torque": 0, "told torque step": 1}
    assert reflexes(motion) == 1
