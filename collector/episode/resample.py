"""Signals on other instants: arrays in, arrays out, NaN where nothing was measured around. Times int64 ns.

Nothing is extrapolated, and nothing is interpolated across a gap of more than three sample periods and 10 ms.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

MAX_GAP_PERIODS = 3
# Brisk teleoperation sampled at 100 Hz and rebuilt by a cubic is wrong by less than 1e-5 degrees, so a few
# milliseconds without a state of a 1 kHz arm hide nothing.
BRIDGED_NS = 10_000_000


def increasing(rows: NDArray[np.void]) -> NDArray[np.void]:
    """The rows whose t_ns is above every earlier one's."""
    t = rows["t_ns"]
    if len(t) < 2:
        return rows
    return rows[np.concatenate([[True], t[1:] > np.maximum.accumulate(t)[:-1]])]


def nearest(sorted_ns: Ints, t_ns: Ints) -> Ints:
    """Index of the nearest of `sorted_ns` (not empty) to each instant."""
    right = np.clip(np.searchsorted(sorted_ns, t_ns), 1, max(len(sorted_ns) - 1, 1))
    right = np.minimum(right, len(sorted_ns) - 1)
    left = np.maximum(right - 1, 0)
    return np.where(t_ns - sorted_ns[left] <= sorted_ns[right] - t_ns, left, right)


def between(samples_ns: Ints, t_ns: Ints, bridged_ns: int = BRIDGED_NS) -> tuple[Ints, Mask]:
    """Index of the sample before each instant, and whether it lies between two with no gap around it.

    A gap is more than MAX_GAP_PERIODS median periods, and more than `bridged_ns`.
    """
    at = np.searchsorted(samples_ns, t_ns, side="right") - 1
    if len(samples_ns) < 2:
        return at, np.zeros(len(t_ns), np.bool_)
    # An instant exactly on the last sample is still between two.
    at = np.where(t_ns == samples_ns[-1], len(samples_ns) - 2, at)
    gaps = np.diff(samples_ns)
    there = (at >= 0) & (at < len(gaps))
    there[there] = gaps[at[there]] <= max(MAX_GAP_PERIODS * float(np.median(gaps)), bridged_ns)
    return at, there


def linear(samples_ns: Ints, values: Floats, t_ns: Ints, at: Ints, there: Mask) -> Floats:
    """(T, n) values on the instants; NaN where not `there`."""
    out = np.full((len(t_ns), values.shape[1]), np.nan)
    i = at[there]
    w = ((t_ns[there] - samples_ns[i]) / (samples_ns[i + 1] - samples_ns[i]))[:, np.newaxis]
    out[there] = (1 - w) * values[i] + w * values[i + 1]
    return out


def hermite(samples_ns: Ints, q: Floats, dq: Floats, t_ns: Ints, at: Ints, there: Mask) -> Floats:
    """(T, n) positions through the samples with their measured velocities; NaN where not `there`."""
    out = np.full((len(t_ns), q.shape[1]), np.nan)
    i = at[there]
    h = seconds(samples_ns[i + 1] - samples_ns[i])[:, np.newaxis]
    s = seconds(t_ns[there] - samples_ns[i])[:, np.newaxis] / h
    out[there] = (
        (1 + 2 * s) * (1 - s) ** 2 * q[i]
        + s**2 * (3 - 2 * s) * q[i + 1]
        + h * s * (1 - s) ** 2 * dq[i]
        - h * s**2 * (1 - s) * dq[i + 1]
    )
    return out


def interpolate_poses(samples_ns: Ints, poses: Floats, t_ns: Ints, at: Ints, there: Mask) -> Floats:
    """(T, 7) xyz and quaternion xyzw from column-major (N, 16) poses; NaN where not `there`."""
    from scipy.spatial.transform import Rotation  # a fifth of a second to load: the console reads joints without it

    out = np.full((len(t_ns), 7), np.nan)
    matrices = poses.reshape(-1, 4, 4).swapaxes(1, 2)
    rigid = np.linalg.det(matrices[:, :3, :3]) > 0.5 if len(poses) else np.zeros(0, np.bool_)
    there = there.copy()
    there[there] = rigid[at[there]] & rigid[at[there] + 1]
    if not there.any():
        return out
    i = at[there]
    w = ((t_ns[there] - samples_ns[i]) / (samples_ns[i + 1] - samples_ns[i]))[:, np.newaxis]
    before, after = (
        Rotation.from_matrix(matrices[i, :3, :3]),
        Rotation.from_matrix(matrices[i + 1, :3, :3]),
    )
    turned = before * Rotation.from_rotvec(w * (before.inv() * after).as_rotvec())
    quaternions = turned.as_quat()
    # q and -q are one rotation: keep the sign that continues the last one.
    flips = np.sum(quaternions[1:] * quaternions[:-1], axis=1) < 0
    quaternions[1:][np.logical_xor.accumulate(flips)] *= -1
    out[there, :3] = (1 - w) * matrices[i, :3, 3] + w * matrices[i + 1, :3, 3]
    out[there, 3:] = quaternions
    return out


def last(told_ns: Ints, values: Floats, t_ns: Ints) -> Floats:
    """(T, n) the last row without NaN at or before each instant (zero order hold)."""
    said = np.all(np.isfinite(values), axis=1)
    told_ns, values = told_ns[said], values[said]
    at = np.searchsorted(told_ns, t_ns, side="right") - 1
    out = np.full((len(t_ns), values.shape[1]), np.nan)
    out[at >= 0] = values[at[at >= 0]]
    return out


def seconds(ns: Ints) -> Floats:
    """Ns as s."""
    return ns.astype(np.float64) * 1e-9
