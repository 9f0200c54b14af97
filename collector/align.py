"""Trigger instants x streams -> steps. Pure: arrays in, arrays out; times int64 ns on the host clock.

A step describes one instant: its trigger edge plus the rig's common nominal offset from edge to
mid-exposure. A camera belongs to it through that edge; joints are interpolated onto it (cubic Hermite; a
base's velocity linearly), never extrapolated and never across a gap of more than three sample periods and 10 ms.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collector.episode.resample import (
    Floats,
    Ints,
    Mask,
    between,
    hermite,
    increasing,
    interpolate_poses,
    last,
    linear,
    nearest,
    seconds,
)

# A hand that is busy with a move answers no read. Its longest stroke (0.08 m at 0.1 m/s, then the grip)
# is a steady motion between the widths before and after.
MAX_STROKE_NS = 1_500_000_000


@dataclass(frozen=True, slots=True)
class CameraTrack:
    """A camera's frames: mid-exposure, its bound, and the index of each frame's edge.

    `edge` is -1 where no edge was caught; None for a camera that is not tied to the edges.
    """

    t_ns: Ints
    u_ns: Ints
    edge: Ints | None


@dataclass(frozen=True, slots=True)
class ArmTrack:
    """A follower's rows (hardware.rows): states, its gripper's (None: no gripper), and its commands."""

    states: NDArray[np.void]
    gripper: NDArray[np.void] | None
    commands: NDArray[np.void]


@dataclass(frozen=True, slots=True)
class BaseTrack:
    """A mobile base's rows: states, and what it was asked and told; `axes`: columns of a twist that it has."""

    states: NDArray[np.void]
    drive: NDArray[np.void]
    axes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CameraSteps:
    """(T,) each: frame index (-1 missing), mid-exposure minus step instant, its bound |offset| + u (ns)."""

    frame: Ints
    offset_ns: Ints
    bound_ns: Ints

    @property
    def valid(self) -> Mask:
        """(T,) a frame is there."""
        return self.frame >= 0


@dataclass(frozen=True, slots=True)
class ArmSteps:
    """A follower on the steps; n joints, then the gripper's width if it has one (D columns).

    qpos, qvel, effort, requested, sent: (T, D), SI; effort of the gripper is NaN (not measured).
    wrench (T, 6) N, Nm; ee_pose (T, 7) xyz m and quaternion xyzw. NaN where not valid.
    """

    qpos: Floats
    qvel: Floats
    effort: Floats
    wrench: Floats
    ee_pose: Floats
    requested: Floats
    sent: Floats
    bound_ns: Ints

    @property
    def valid(self) -> Mask:
        """(T,) all of qpos was measured on both sides of the instant."""
        return np.all(np.isfinite(self.qpos), axis=1)

    @property
    def action_valid(self) -> Mask:
        """(T,) the robot had been told something."""
        return np.all(np.isfinite(self.sent), axis=1)


@dataclass(frozen=True, slots=True)
class BaseSteps:
    """A mobile base on the steps: measured velocity, requested and sent, (T, axes) m/s and rad/s; NaN: not valid."""

    velocity: Floats
    requested: Floats
    sent: Floats
    bound_ns: Ints

    @property
    def valid(self) -> Mask:
        """(T,) its velocity was measured on both sides of the instant."""
        return np.all(np.isfinite(self.velocity), axis=1)

    @property
    def action_valid(self) -> Mask:
        """(T,) it had been told something."""
        return np.all(np.isfinite(self.sent), axis=1)


@dataclass(frozen=True, slots=True)
class Steps:
    """`bound_ns`: no valid stream of the step is farther than this from `t_ns`; -1 without any."""

    t_ns: Ints
    edge_seq: Ints
    bound_ns: Ints
    mid_exposure_offset_ns: int
    cameras: dict[str, CameraSteps]
    arms: dict[str, ArmSteps]
    bases: dict[str, BaseSteps]


def align(
    edge_t_ns: Ints,
    edge_seq: Ints,
    period_ns: float,
    cameras: Mapping[str, CameraTrack],
    arms: Mapping[str, ArmTrack],
    bases: Mapping[str, BaseTrack],
) -> Steps:
    """One step for each edge between the first and the last frame, whoever missed it."""
    offset = mid_exposure_offset(edge_t_ns, cameras)
    filmed = [track.t_ns for track in cameras.values() if len(track.t_ns)]
    first = min((t.min() for t in filmed), default=0) - period_ns / 2
    last = max((t.max() for t in filmed), default=-1) + period_ns / 2
    t_ns = edge_t_ns + offset
    chosen = np.flatnonzero((t_ns >= first) & (t_ns <= last))
    steps_t = t_ns[chosen]
    on_steps = {
        name: camera_steps(track, chosen, len(edge_t_ns), steps_t, period_ns) for name, track in cameras.items()
    }
    moved = {name: arm_steps(track, steps_t) for name, track in arms.items()}
    driven = {name: base_steps(track, steps_t) for name, track in bases.items()}
    there = [*on_steps.values(), *moved.values(), *driven.values()]
    bounds = [np.where(stream.valid, stream.bound_ns, -1) for stream in there]
    bound = np.max([np.full(len(steps_t), -1), *bounds], axis=0)
    return Steps(steps_t, edge_seq[chosen], bound.astype(np.int64), offset, on_steps, moved, driven)


def mid_exposure_offset(edge_t_ns: Ints, cameras: Mapping[str, CameraTrack]) -> int:
    """Nominal edge -> mid-exposure, ns: the median over the edge-tied cameras' medians; 0 without any."""
    medians = [
        float(np.median(track.t_ns[tied] - edge_t_ns[track.edge[tied]]))
        for track in cameras.values()
        if track.edge is not None and (tied := track.edge >= 0).any()
    ]
    return round(float(np.median(medians))) if medians else 0


def camera_steps(track: CameraTrack, chosen: Ints, edges: int, steps_t: Ints, period_ns: float) -> CameraSteps:
    """Frames by their edge; for a camera that is not tied, the frame nearest within half a period."""
    frame = np.full(len(steps_t), -1, dtype=np.int64)
    if track.edge is not None:
        of_edge = np.full(edges, -1, dtype=np.int64)
        tied = np.flatnonzero(track.edge >= 0)
        of_edge[track.edge[tied]] = tied
        frame = of_edge[chosen]
    elif len(track.t_ns) and len(steps_t):
        step = nearest(steps_t, track.t_ns)
        distance = np.abs(track.t_ns - steps_t[step])
        # Farthest first, so that of two frames near one step the nearer is written last and stays.
        for i in np.argsort(-distance, kind="stable"):
            if distance[i] <= period_ns / 2:
                frame[step[i]] = i
    there = frame >= 0
    offset, bound = np.zeros(len(frame), np.int64), np.zeros(len(frame), np.int64)
    offset[there] = track.t_ns[frame[there]] - steps_t[there]
    bound[there] = np.abs(offset[there]) + track.u_ns[frame[there]]
    return CameraSteps(frame, offset, bound)


def arm_steps(track: ArmTrack, t_ns: Ints) -> ArmSteps:
    """Everything of one follower at the given instants."""
    states = increasing(track.states)
    t, q, dq, u = states["t_ns"], states["q"], states["dq"], states["u_ns"]
    at, there = between(t, t_ns)
    qpos = hermite(t, q, dq, t_ns, at, there)
    qvel = linear(t, dq, t_ns, at, there)
    effort = linear(t, states["tau_J"], t_ns, at, there)
    if track.gripper is not None:
        width, speed = gripper_steps(increasing(track.gripper), t_ns)
        unmeasured = np.full_like(width, np.nan)
        qpos, qvel = np.hstack([qpos, width]), np.hstack([qvel, speed])
        effort = np.hstack([effort, unmeasured])
    requested, sent = hold(track.commands, t_ns, gripper=track.gripper is not None)
    return ArmSteps(
        qpos=qpos,
        qvel=qvel,
        effort=effort,
        wrench=linear(t, states["O_F_ext_hat_K"], t_ns, at, there),
        ee_pose=interpolate_poses(t, states["O_T_EE"], t_ns, at, there),
        requested=requested,
        sent=sent,
        bound_ns=_larger(u, at, there),
    )


def base_steps(track: BaseTrack, t_ns: Ints) -> BaseSteps:
    """Everything of one mobile base at the given instants."""
    states, axes = increasing(track.states), list(track.axes)
    at, there = between(states["t_ns"], t_ns)
    told = track.drive["t_ns"]
    return BaseSteps(
        velocity=linear(states["t_ns"], states["twist"][:, axes], t_ns, at, there),
        requested=last(told, track.drive["requested"][:, axes], t_ns),
        sent=last(told, track.drive["sent"][:, axes], t_ns),
        bound_ns=_larger(states["u_ns"], at, there),
    )


def _larger(u_ns: Ints, at: Ints, there: Mask) -> Ints:
    """(T,) the larger bound of the two samples around each instant; -1 where not `there`."""
    bound = np.full(len(at), -1, dtype=np.int64)
    bound[there] = np.maximum(u_ns[at[there]], u_ns[at[there] + 1])
    return bound


def gripper_steps(rows: NDArray[np.void], t_ns: Ints) -> tuple[Floats, Floats]:
    """(T, 1) width (m), linear between reads also over a stroke, and its slope (m/s)."""
    t, width = rows["t_ns"], rows["width"][:, np.newaxis]
    at, there = between(t, t_ns, MAX_STROKE_NS)
    speed = np.full((len(t_ns), 1), np.nan)
    i = at[there]
    speed[there] = (width[i + 1] - width[i]) / seconds(t[i + 1] - t[i])[:, np.newaxis]
    return linear(t, width, t_ns, at, there), speed


def hold(commands: NDArray[np.void], t_ns: Ints, *, gripper: bool) -> tuple[Floats, Floats]:
    """(T, D) requested and sent: the last told at or before each instant, NaN before the first.

    A NaN in a row tells nothing: a gripper keeps the last width that it was told.
    """
    told = [
        np.hstack(
            [last(commands["t_ns"], commands[joints], t_ns)]
            + [last(commands["t_ns"], commands[width][:, np.newaxis], t_ns)] * gripper
        )
        for joints, width in (("requested", "requested_width"), ("sent", "sent_width"))
    ]
    return told[0], told[1]
