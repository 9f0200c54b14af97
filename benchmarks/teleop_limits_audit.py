"""What a follower was told and what it did, against its maker's limits.

The time of what was told is the controller's own: a command answers a state whose tick is in milliseconds, and the
robot acts on it in the next one (servos have no such clock: there it is the state's stamp). Where states or commands
never arrived, the instants are not even: then divided differences over those that were told are taken. By the
mean-value theorem they never exceed a derivative's bound if any motion within the bound goes through the told points:
a lost packet is no breach by itself, and hides none between the points. What a controller makes of the gap is its
own: it holds a lost torque, and goes on with a lost position at constant acceleration. Over more than 20 ms, or a new
control process, nothing is compared: the robot has stopped by itself there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.arms.models import ArmModel
from hardware.config import DynamixelFollowerConfig, FrankaConfig
from hardware.virtual.truth import Told

Floats = NDArray[np.float64]
Rows = NDArray[np.void]

GAP_S = 0.02  # a robot that hears nothing for longer stops by itself
_EPS = 1e-6  # relative: what differences of doubles are good to
_DQ_EPS = 1e-3  # rad/s: the log of the joints is in single precision


@dataclass(frozen=True, slots=True)
class Peak:
    """The nearest that anything came to a limit. share: of the maker's limit, above 1 is a breach."""

    what: str
    share: float
    joint: int
    t_ns: int
    breaches: int
    samples: int


@dataclass(frozen=True, slots=True)
class Sent:
    """The references that one follower was sent. (N,) and (N, n).

    t_ns: host instant of the hand-over; t_s: the robot's own time of it; run: counts up after each gap; q: rad;
    state: teleop.engage.State.
    """

    t_ns: NDArray[np.int64]
    t_s: Floats
    run: NDArray[np.int64]
    q: Floats
    state: NDArray[np.uint8]


def paired(commands: Rows, states: Rows, follower: FrankaConfig | DynamixelFollowerConfig) -> Sent:
    """Each command with the state that it answers: the last that had arrived. One process writes both in turn."""
    at = np.searchsorted(states["t_arrival_ns"], commands["t_ns"]) - 1
    at, commands = at[at >= 0], commands[at >= 0]
    clock = states["seq"] * 1e-3 if follower.driver == "franka" else states["t_ns"] * 1e-9
    t_s = clock[at]
    step = np.diff(t_s, prepend=t_s[:1])
    gap = (step > max(GAP_S, 4.0 / follower.rate_hz)) | (step < 0)
    restarted = np.diff(commands["seq"], prepend=commands["seq"][:1]) < 0
    run = np.cumsum(gap | restarted, dtype=np.int64)
    keep = np.append(np.diff(t_s) != 0, True)[: len(t_s)]  # a state read twice: its last answer counts
    return Sent(commands["t_ns"][keep], t_s[keep], run[keep], commands["sent"][keep], commands["state"][keep])


def told(sent: Sent, arm: ArmModel) -> list[Peak]:
    """Position, velocity, acceleration and jerk of the references."""
    limits = arm.limits
    span = limits.q_max - limits.q_min
    beyond = np.maximum(limits.q_min - sent.q, sent.q - limits.q_max) / span
    found = [_peak("sent position", 1.0 + beyond, sent.t_ns)]
    dt = np.where(sent.run[1:] == sent.run[:-1], np.diff(sent.t_s), np.nan)
    dq = np.diff(sent.q, axis=0) / dt[:, None]
    found.append(_peak("sent velocity", _of_bounds(dq, sent.q[:-1], sent.q[1:], arm), sent.t_ns[1:]))
    span2 = 0.5 * (dt[1:] + dt[:-1])
    ddq = np.diff(dq, axis=0) / span2[:, None]
    found.append(_peak("sent acceleration", np.abs(ddq) / limits.acceleration, sent.t_ns[2:]))
    span3 = (dt[2:] + dt[1:-1] + dt[:-2]) / 3.0
    jerk = np.diff(ddq, axis=0) / span3[:, None]
    found.append(_peak("sent jerk", np.abs(jerk) / limits.jerk, sent.t_ns[3:]))
    return found


def done(motion: Rows, arm: ArmModel) -> list[Peak]:
    """What the joints did while the client moved them, and the torques that came over the wire."""
    rows = motion[(motion["told"] == Told.POSITION) | (motion["told"] == Told.TORQUE)]
    limits = arm.limits
    q, dq = rows["q"].astype(np.float64), rows["dq"].astype(np.float64)
    beyond = np.maximum(limits.q_min - q, q - limits.q_max) / (limits.q_max - limits.q_min)
    found = [
        _peak("done position", 1.0 + beyond, rows["t_ns"]),
        _peak("done velocity", _of_bounds(dq, q, q, arm, _DQ_EPS), rows["t_ns"]),
    ]
    torques = rows[rows["told"] == Told.TORQUE]
    if len(torques):
        tau, t_ns = torques["command"], torques["t_ns"]
        found.append(_peak("told torque", np.abs(tau) / limits.torque, t_ns))
        # Each new torque is one command, whatever ticks went by without one.
        change = np.abs(np.diff(tau, axis=0))
        change[np.diff(torques["tick"]) > GAP_S * 1e3] = np.nan
        found.append(_peak("told torque step", change / (limits.torque_rate * 1e-3), t_ns[1:]))
    return found


def reflexes(motion: Rows) -> int:
    """How often the robot stopped by itself."""
    return int(np.sum(np.diff((motion["told"] == Told.REFLEX).astype(np.int8), prepend=0) == 1))


def _of_bounds(dq: Floats, before: Floats, after: Floats, arm: ArmModel, eps: float = 0.0) -> Floats:
    """Share of the position-dependent velocity in use; of two places the laxer one counts.

    Where a joint may not move on at all (at its very end), any speed that way is a breach.
    """
    low, high = arm.velocity_bounds(before)
    low_after, high_after = arm.velocity_bounds(after)
    most = np.where(dq >= 0.0, np.maximum(high, high_after), -np.minimum(low, low_after))
    return np.maximum(np.abs(dq) - eps, 0.0) / np.maximum(most, 1e-3)


def _peak(what: str, share: Floats, t_ns: NDArray[np.int64]) -> Peak:
    if not np.isfinite(share).any():
        return Peak(what, 0.0, 0, 0, 0, 0)
    index, joint = np.unravel_index(int(np.nanargmax(share)), share.shape)
    return Peak(
        what,
        float(share[index, joint]),
        int(joint) + 1,
        int(t_ns[index]),
        int(np.nansum((share > 1.0 + _EPS).any(axis=1))),
        len(share),
    )
