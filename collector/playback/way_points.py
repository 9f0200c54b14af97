"""Way-points as what leads: from where the robot stands, at rest at every one, never past a limit."""

import numpy as np

from collector.playback.orders import NotReplayable, PosesOrder, led_by
from collector.playback.track import GRID_S, Track
from collector.teleop.workspace import room
from hardware.arms.models import ArmModel, arm_model
from hardware.config import RigConfig
from hardware.samples import Vector

_SHORTEST_REST_S = 0.1
_EFFORT = 0.25  # of the acceleration and jerk in use, as when the robot goes to a leader (collector.teleop.approach)
_SLOWEST = 0.1  # of a joint's greatest speed: beside its end the robot allows next to none


def why_not_poses(order: PosesOrder, rig: RigConfig) -> str:
    """Why these way-points cannot lead this rig's arms, or ''."""
    for arm, poses in order.poses.items():
        if arm not in rig.followers:
            return f"way-points of {arm!r}: the rig has no such arm, only {', '.join(rig.followers)}"
        model = arm_model(rig.followers[arm].arm)
        low, high = model.limits.q_min + rig.teleop.margin_rad, model.limits.q_max - rig.teleop.margin_rad
        for number, pose in enumerate(poses, 1):
            if len(pose) != model.joints or not np.isfinite(pose).all():
                return f"way-point {number} of {arm}: {model.joints} joints are needed, each a finite angle in rad"
            out = np.flatnonzero((np.array(pose) < low) | (np.array(pose) > high))
            if len(out):
                joint = int(out[0])
                return (
                    f"way-point {number} of {arm}: joint {joint + 1} at {pose[joint]:.2f} rad is outside of its soft"
                    f" limits {low[joint]:.2f} .. {high[joint]:.2f} rad; choose another pose"
                )
            if (box := rig.teleop.workspace) is not None:
                hand, (least, most) = model.end_effector(np.array(pose))[:3, 3], room(box)
                if (hand < least).any() or (hand > most).any():
                    at = ", ".join(f"{axis:.2f}" for axis in hand)
                    return f"way-point {number} of {arm}: teleop.workspace holds its hand back from ({at}) m; widen it"
    return ""


def poses_track(order: PosesOrder, rig: RigConfig, leader: str, stands: Vector) -> Track:
    """From where the follower stands, (n,) rad, through its way-points, at rest at each. Raises NotReplayable.

    Minimum jerk between two (Flash and Hogan 1985, "The coordination of arm movements", eq. 4), all joints at once.
    """
    if reason := why_not_poses(order, rig):
        raise NotReplayable(reason)
    arm = led_by(rig, leader)
    model, rest = arm_model(rig.followers[arm].arm), max(1, round((order.rest_s or _SHORTEST_REST_S) / GRID_S))
    parts, q, stops = [np.tile(stands, (2, 1))], stands, list[float]()
    for pose in order.poses.get(arm, ()):
        goal = np.array(pose, dtype=np.float64)
        steps = max(1, round(_move_s(rig, model, q, goal) / order.speed / GRID_S))
        part = np.arange(1, steps + 1)[:, None] / steps
        parts += [q + (goal - q) * part**3 * (10.0 - 15.0 * part + 6.0 * part**2), np.tile(goal, (rest, 1))]
        q = goal
        stops.append((sum(map(len, parts)) - 1) * GRID_S)
    way = np.concatenate(parts)
    told = tuple(stops) if order.rest_s is None else ()
    return Track(arm, way, np.gradient(way, GRID_S, axis=0), np.full(len(way), np.nan), way, told)


def _move_s(rig: RigConfig, model: ArmModel, q: Vector, goal: Vector) -> float:
    """How long a minimum-jerk move takes whose peaks of speed, acceleration and jerk just meet the limits."""
    far, limits, effort = np.abs(goal - q), model.limits, _EFFORT * rig.teleop.acceleration
    bounds = [np.minimum(-low, high) for low, high in map(model.velocity_bounds, (q, goal))]
    speed = rig.teleop.velocity * np.maximum(np.minimum(*bounds), _SLOWEST * limits.velocity)
    return float(
        np.max([
            1.875 * far / speed,
            np.sqrt(10.0 / 3.0**0.5 * far / (effort * limits.acceleration)),
            np.cbrt(60.0 * far / (effort * limits.jerk)),
        ])
    )  # fmt: skip
