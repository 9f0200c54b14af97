"""Joints of a servo arm in the servos' counts, and back. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.arms.control_table import COUNTS_PER_TURN, EXTENDED_POSITION_MODE, POSITION_MODE, RAD_PER_COUNT
from hardware.arms.limits import JointLimits
from hardware.config import DynamixelFollowerConfig
from hardware.samples import Vector

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Joints:
    """q = signs * (counts * RAD_PER_COUNT - offsets); counts within low..high are within the joint limits.

    modes: Operating Mode of each, single turn where its whole range is in one, else extended; turns: (n,) whole
    turns, in counts, that each servo counts more than the offsets suppose (after power-up, or while it is free).
    """

    signs: Vector
    offsets: Vector
    low: Counts
    high: Counts
    modes: tuple[int, ...]
    turns: Counts

    def q(self, counts: Vector) -> Vector:
        """Counts (n,) as read -> rad."""
        return self.signs * ((counts - self.turns) * RAD_PER_COUNT - self.offsets)

    def counts(self, q: Vector) -> tuple[Counts, int]:
        """Goals (n,) for rad, within the limits, as the servos count; and how many joints were cut."""
        wanted = np.rint((self.signs * q + self.offsets) / RAD_PER_COUNT).astype(np.int64)
        goal = np.clip(wanted, self.low, self.high)
        return goal + self.turns, int((np.abs(goal - wanted) > 1).sum())


def joints_of(config: DynamixelFollowerConfig, limits: JointLimits) -> Joints:
    """As the rig file describes them, no turns counted yet."""
    signs, offsets = np.array(config.signs, np.float64), np.array(config.offsets_rad)
    ends = (signs * np.array([limits.q_min, limits.q_max]) + offsets) / RAD_PER_COUNT
    low: Counts = np.ceil(ends.min(axis=0) - 0.5).astype(np.int64)
    high: Counts = np.floor(ends.max(axis=0) + 0.5).astype(np.int64)
    # A range of a full turn is 4096 counts, one more than a single turn has.
    single = (low >= -1) & (high <= COUNTS_PER_TURN)
    low = np.where(single, np.maximum(low, 0), low)
    high = np.where(single, np.minimum(high, COUNTS_PER_TURN - 1), high)
    modes = tuple(POSITION_MODE if one else EXTENDED_POSITION_MODE for one in single)
    return Joints(signs, offsets, low, high, modes, np.zeros(len(signs), np.int64))


def within(joints: Joints, low: Counts, high: Counts) -> Joints:
    """The same joints within the servos' own position limits (n,), counts, which hold in single-turn mode."""
    single = np.array(joints.modes) == POSITION_MODE
    return Joints(
        joints.signs,
        joints.offsets,
        np.where(single, np.maximum(joints.low, low), joints.low),
        np.where(single, np.minimum(joints.high, high), joints.high),
        joints.modes,
        joints.turns,
    )


def turned(joints: Joints, counts: Counts) -> Joints:
    """The same joints now that the servos read `counts` (n,): each within half a turn of the middle of its range."""
    single = np.array(joints.modes) == POSITION_MODE
    middle = np.where(single, (COUNTS_PER_TURN - 1) / 2, (joints.low + joints.high) / 2)
    turns = np.rint((counts - middle) / COUNTS_PER_TURN).astype(np.int64) * COUNTS_PER_TURN
    return Joints(joints.signs, joints.offsets, joints.low, joints.high, joints.modes, turns)
