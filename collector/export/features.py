"""Which arrays of an episode become which features of a data set, and how they are called."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collector.episode.reader import Episode

Array = NDArray[np.generic]
Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

STATE = "observation.state"
ACTION = "action"
# Not "observation.*": lerobot makes each such column an input of the policy (datasets/utils.py,
# dataset_to_policy_features), and a policy must not see absolute time.
STAMP = "timing.t_ns"
BOUND = "timing.alignment_bound_ns"

_WRENCH_AXES = ("F_x", "F_y", "F_z", "M_x", "M_y", "M_z")


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of numbers. `values`: (T,) or (T, n); `names`: one a dimension, None for (T,)."""

    key: str
    values: Array
    names: tuple[str, ...] | None
    unit: str

    @property
    def dtype(self) -> str:
        """numpy's name of the element type."""
        return str(self.values.dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one row, as LeRobot writes it: (n,), or (1,) for a scalar."""
        return self.values.shape[1:] or (1,)


def image_key(camera: str) -> str:
    """The feature of one camera."""
    return f"observation.images.{camera}"


def gripper_widths(episode: Episode, names: tuple[str, ...]) -> Floats:
    """(n,) full opening in metres of each gripper among the columns named, NaN for all else."""
    followers = episode.rig["followers"]
    return np.array([_width(followers, name) for name in names], np.float64)


def state_and_action(episode: Episode, rows: Rows) -> list[Feature]:
    """The columns that every delivered row has."""
    widths, unit = gripper_widths(episode, episode.names), "rad; gripper 0 open .. 1 closed"
    if episode.names != episode.joint_names:
        unit += "; base m/s, rad/s"
    t_ns, bound_ns = episode.t_ns[rows], episode.steps["bound_ns"][rows]
    return [
        Feature(STATE, _f32(closed(episode.qpos[rows], widths)), episode.names, unit),
        Feature(ACTION, _f32(closed(episode.action[rows], widths)), episode.names, unit),
        Feature(STAMP, t_ns.astype(np.int64), None, "ns, the host's CLOCK_MONOTONIC"),
        Feature(BOUND, bound_ns.astype(np.int64), None, "ns"),
    ]


def measurements(episode: Episode, rows: Rows) -> list[Feature]:
    """Columns that only some rigs measure; NaN where they do not."""
    names = episode.joint_names
    widths = gripper_widths(episode, names)
    joint = np.isnan(widths)
    joints = tuple(name for name, is_joint in zip(names, joint, strict=True) if is_joint)
    velocity = closing(episode.qvel[rows], widths)
    effort = episode.effort[rows][:, joint]
    arms = dict.fromkeys(name.rpartition("_joint_")[0] for name in joints)
    axes = tuple(f"{arm}_{axis}" for arm in arms for axis in _WRENCH_AXES)
    return [
        Feature("observation.velocity", _f32(velocity), names, "rad/s; gripper 1/s, closing > 0"),
        Feature("observation.effort", _f32(effort), joints, "Nm"),
        Feature("observation.wrench", _f32(episode.wrench[rows]), axes, "N, Nm, in the base frame"),
    ]


def is_measured(feature: Feature) -> bool:
    """Whether every row has a value."""
    return bool(np.isfinite(feature.values).all())


def closed(positions: Floats, widths: Floats) -> Floats:
    """(T, D) with each opening in metres as 0 open .. 1 closed; all else as it is."""
    return np.where(np.isnan(widths), positions, 1 - positions / widths)


def closing(velocities: Floats, widths: Floats) -> Floats:
    """(T, D) with the gripper's speed in strokes a second, positive while it closes."""
    return np.where(np.isnan(widths), velocities, -velocities / widths)


def _width(followers: dict[str, dict[str, dict[str, float]]], name: str) -> float:
    return followers[name.removesuffix("_gripper")]["gripper"]["max_width"] if name.endswith("_gripper") else np.nan


def _f32(values: Floats) -> NDArray[np.float32]:
    return values.astype(np.float32)
