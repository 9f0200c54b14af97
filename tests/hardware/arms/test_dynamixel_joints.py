"""Counts and radians of a servo arm's joints."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.arms.control_table import COUNTS_PER_TURN, EXTENDED_POSITION_MODE, POSITION_MODE, RAD_PER_COUNT
from hardware.arms.dynamixel_joints import joints_of, turned, within
from hardware.arms.limits import VIPERX300S
from hardware.config import DynamixelFollowerConfig
from tests.hardware.arms.servo_arm_bench import aloha

ALOHA = DynamixelFollowerConfig.model_validate(aloha().followers["left"].model_dump())


def config(**changes: object) -> DynamixelFollowerConfig:
    return ALOHA.model_copy(update=changes)


@given(
    st.lists(st.floats(-4, 4), min_size=6, max_size=6),
    st.lists(st.sampled_from((-1, 1)), min_size=6, max_size=6),
    st.lists(st.floats(-7, 7), min_size=6, max_size=6),
    st.lists(st.integers(-3, 3), min_size=6, max_size=6),
)
def test_goals_stay_within_the_limits_in_any_turn_and_come_back_as_they_were(
    q: list[float], signs: list[int], offsets: list[float], turns: list[int]
) -> None:
    joints = joints_of(config(signs=tuple(signs), offsets_rad=tuple(offsets)), VIPERX300S)
    there = joints.counts(VIPERX300S.q_min * 0.0 + 0.1)[0] + COUNTS_PER_TURN * np.array(turns)
    joints = turned(joints, np.where(np.array(joints.modes) == POSITION_MODE, there % COUNTS_PER_TURN, there))
    counts, cut = joints.counts(np.array(q))
    back = joints.q(counts.astype(float))
    assert (back >= VIPERX300S.q_min - 1.5 * RAD_PER_COUNT).all()
    assert (back <= VIPERX300S.q_max + 1.5 * RAD_PER_COUNT).all()
    inside = np.clip(q, VIPERX300S.q_min, VIPERX300S.q_max)
    assert np.abs(back - inside).max() <= 1.5 * RAD_PER_COUNT
    assert cut == 0 or (np.abs(inside - q) > 0).any()
    single = np.array(joints.modes) == POSITION_MODE
    assert ((counts >= 0) & (counts < COUNTS_PER_TURN))[single].all()


def test_a_range_across_the_servos_zero_needs_extended_position_mode() -> None:
    modes = joints_of(config(offsets_rad=(3.1416, 3.1416, 3.1416, 3.1416, 1.5708, 0.0)), VIPERX300S).modes
    assert modes == (*[POSITION_MODE] * 4, EXTENDED_POSITION_MODE, EXTENDED_POSITION_MODE)


def test_the_servos_own_limits_hold_in_a_single_turn() -> None:
    joints = within(joints_of(config(), VIPERX300S), np.full(6, 1000), np.full(6, 3000))
    counts, cut = joints.counts(np.array([3.0, 0.0, 0.0, -3.0, 0.0, 0.0]))
    assert counts.tolist()[:4] == [3000, 2048, 2048, 1000]
    assert cut == 2
    assert joints.q(counts.astype(float))[1] == pytest.approx(0.0, abs=RAD_PER_COUNT)
