"""Motions whose quality is known: strokes of minimum jerk, rests, tremor and grips, as the streams of one arm."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from collector.quality.motion import Motion, build_motion
from hardware import rows

BEGIN_NS = 7_000_000_000_000
JOINTS = 7
OPEN, CLOSED = 0.08, 0.03

Stroke = tuple[float, float, float]
"""From when, for how long (s), and by how much (rad) joint 2 moves."""


def minimum_jerk(since: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 to 1 over 0 to 1 (Flash and Hogan 1985)."""
    s = np.clip(since, 0.0, 1.0)
    return s**3 * (10 - 15 * s + 6 * s**2)


def joints(t: NDArray[np.float64], strokes: Sequence[Stroke], tremor_rad: float = 0.0) -> NDArray[np.float64]:
    """(N, 7) rad at t (N,) s; the tremor is one of 9 Hz, on joint 2 all the time."""
    q = np.zeros((len(t), JOINTS))
    q[:, 3], q[:, 5] = -1.5, 2.0  # amid their ranges
    for start, lasts, by in strokes:
        q[:, 1] += by * minimum_jerk((t - start) / lasts)
    q[:, 1] += tremor_rad * np.sin(2 * np.pi * 9.0 * t)
    return q


def widths(t: NDArray[np.float64], grips: Mapping[float, float], before: float = OPEN) -> NDArray[np.float64]:
    """(N,) m: from each second on, within 0.3 s, to the width given."""
    width = np.full(len(t), before)
    for start, to in sorted(grips.items()):
        width += (to - width) * np.clip((t - start) / 0.3, 0.0, 1.0)
    return width


def arm(seconds: float, strokes: Sequence[Stroke], *, tremor_rad: float = 0.0, rate: int = 1000) -> NDArray[np.void]:
    """States of a Franka, 1 kHz unless told otherwise."""
    t = np.arange(0, seconds, 1 / rate)
    found = np.zeros(len(t), rows.arm_row(JOINTS))
    found["t_ns"] = BEGIN_NS + np.round(t * 1e9).astype(np.int64)
    found["q"], found["seq"] = joints(t, strokes, tremor_rad), np.arange(len(t))
    found["O_T_EE"] = np.eye(4).T.ravel()
    found["O_T_EE"][:, 12] = found["q"][:, 1]  # the hand goes as far in m as joint 2 in rad
    found["success_rate"] = 1.0
    return found


def gripper(seconds: float, grips: Mapping[float, float], before: float = OPEN) -> NDArray[np.void]:
    """Reads of a hand, 30 Hz."""
    t = np.arange(0, seconds, 1 / 30)
    found = np.zeros(len(t), rows.GRIPPER)
    found["t_ns"] = BEGIN_NS + np.round(t * 1e9).astype(np.int64)
    found["width"] = widths(t, grips, before)
    return found


def steps_ns(seconds: float) -> NDArray[np.int64]:
    """Instants of the steps, 60 Hz."""
    return BEGIN_NS + np.round(np.arange(0.05, seconds - 0.05, 1 / 60) * 1e9).astype(np.int64)


def motion(
    seconds: float,
    strokes: Sequence[Stroke],
    *,
    grips: Mapping[float, float] | None = None,
    tremor_rad: float = 0.0,
    rate: int = 1000,
) -> Motion:
    """Of a take of one arm, from 0.05 s after its first state; with `grips`, of its hand too."""
    streams = {"arms/right": arm(seconds, strokes, tremor_rad=tremor_rad, rate=rate)}
    if grips is not None:
        streams["grippers/right"] = gripper(seconds, grips)
    return build_motion(steps_ns(seconds), streams)
