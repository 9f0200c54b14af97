"""How the robots did what they were told, and what they touched. Pure.

Of several arms the worst counts; a figure that no arm can tell is None.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collector.quality.figure import Found, Peak, greatest, least
from collector.quality.motion import RATE_HZ, measured, on_grid
from collector.quality.pace import MOTION_S, PACE_S, velocity
from collector.quality.smoothness import smoothed
from collector.teleop.engage import State
from hardware.arms.limits import JointLimits

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.void]

_ENOUGH_RAD = 0.02
"""Root of the mean square motion, per second of the take, below which nothing tells a lag."""
_HELD_BACK_RAD = 0.05
_TOUCH_S = 0.01
_SILENT_NS = 100_000_000


@dataclass(frozen=True, slots=True)
class ArmRows:
    """One follower within the take: states, commands (hardware.rows), and its model's limits."""

    states: Rows
    commands: Rows
    limits: JointLimits


def robot_figures(arms: Mapping[str, ArmRows], t_ns: NDArray[np.int64]) -> Found:
    """All of the robots' figures; t_ns: (K,) the grid of the take."""
    if len(t_ns):
        arms = {name: _within(arm, int(t_ns[0]), int(t_ns[-1])) for name, arm in arms.items()}
    each = list(arms.values())
    paths = [path for arm in each if (path := _path_m(arm.states, t_ns)) is not None]
    return {
        "path_m": sum(paths) if paths else None,
        "joint_margin_rad": least(_margin(arm) for arm in each),
        "lag_ms": greatest(_lag_ms(arm, t_ns) for arm in each),
        "sent_jerk": greatest(_sent_jerk(arm.commands, t_ns) for arm in each),
        "limited_share": greatest(_limited(arm.commands) for arm in each),
        "not_following_share": greatest(_not_following(arm, t_ns) for arm in each),
        "holds": _holds(arm.commands for arm in each),
        "control_success": least(_mean(arm.states["success_rate"]) for arm in each),
        "peak_force_n": greatest(_force(arm.states, t_ns) for arm in each),
    }


def _within(arm: ArmRows, first_ns: int, last_ns: int) -> ArmRows:
    def cut(rows: Rows) -> Rows:
        return rows[(rows["t_ns"] >= first_ns) & (rows["t_ns"] <= last_ns)]

    return ArmRows(cut(arm.states), cut(arm.commands), arm.limits)


def _path_m(states: Rows, t_ns: NDArray[np.int64]) -> float | None:
    position = on_grid({"t_ns": states["t_ns"], "xyz": states["O_T_EE"][:, 12:15]}, "xyz", t_ns)
    return float(np.nansum(np.linalg.norm(velocity(position, PACE_S), axis=1))) / RATE_HZ if _known(position) else None


def _margin(arm: ArmRows) -> Peak | None:
    q, limits = arm.states["q"], arm.limits
    if not len(q) or q.shape[1] != len(limits.q_min):
        return None
    margin: Floats = np.min(np.minimum(q - limits.q_min, limits.q_max - q), axis=1)
    at = int(np.argmin(margin))
    return Peak(float(margin[at]), int(arm.states["t_ns"][at]))


def _lag_ms(arm: ArmRows, t_ns: NDArray[np.int64]) -> float | None:
    """Sent - measured = lag x velocity, least squares; what stays when nothing moves (droop) is no lag."""
    sent, q = _sent(arm.commands, t_ns), on_grid(arm.states, "q", t_ns)
    rate = velocity(q, MOTION_S)
    known = measured(sent) & measured(rate)
    if np.count_nonzero(known) < RATE_HZ:
        return None
    behind, rate = (sent - q)[known], rate[known]
    rate = rate - rate.mean(axis=0)
    energy = float((rate**2).sum())
    if energy < _ENOUGH_RAD**2 * len(rate):
        return None
    return 1000 * float((behind * rate).sum()) / energy


def _sent_jerk(commands: Rows, t_ns: NDArray[np.int64]) -> float | None:
    rate = velocity(_sent(commands, t_ns), MOTION_S)
    known = measured(rate)
    if np.count_nonzero(known) < 3:
        return None
    jerk = (rate[2:] - 2 * rate[1:-1] + rate[:-2])[known[2:] & known[1:-1] & known[:-2]] * RATE_HZ**2
    return float(np.sqrt((jerk**2).mean(axis=0).max())) if len(jerk) else None


def _sent(commands: Rows, t_ns: NDArray[np.int64]) -> Floats:
    """(K, n) on the grid, NaN where the robot did not follow; where it never did, that tells nothing and all counts."""
    sent, follows = on_grid(commands, "sent", t_ns), _following(commands)
    if follows.any() and not follows.all():
        at = np.clip(np.searchsorted(commands["t_ns"], t_ns), 0, len(commands) - 1)
        sent[~follows[at]] = np.nan
    return sent


def _limited(commands: Rows) -> float | Peak | None:
    """At the first time."""
    rows = commands[_following(commands)]
    if not len(rows):
        return None
    away: Floats = np.max(np.abs(rows["requested"] - rows["sent"]), axis=1, initial=0.0)
    known = np.isfinite(away)
    if not known.any():
        return None
    held_back = np.flatnonzero(away > _HELD_BACK_RAD)
    if not len(held_back):
        return 0.0
    return Peak(len(held_back) / int(np.count_nonzero(known)), int(rows["t_ns"][held_back[0]]))


def _holds(commands: Iterable[Rows]) -> float | Peak | None:
    """How often FOLLOW was left, and when first; None where no arm ever followed."""
    followed = [(rows["t_ns"], follows) for rows in commands if (follows := _following(rows)).any()]
    if not followed:
        return None
    left = [int(t) for t_ns, follows in followed for t in t_ns[1:][follows[:-1] & ~follows[1:]]]
    return Peak(float(len(left)), min(left)) if left else 0.0


def _not_following(arm: ArmRows, t_ns: NDArray[np.int64]) -> float | Peak | None:
    """From when first; where no command was given for 0.1 s it did not follow either."""
    if not len(arm.states) or not len(t_ns):
        return None
    follows, told_ns = np.zeros(len(t_ns), np.bool_), arm.commands["t_ns"]
    if len(told_ns):
        at = np.clip(np.searchsorted(told_ns, t_ns, side="right") - 1, 0, None)
        follows = _following(arm.commands)[at] & (np.abs(t_ns - told_ns[at]) < _SILENT_NS)
    if follows.all():
        return 0.0
    return Peak(1 - float(np.mean(follows)), int(t_ns[np.argmin(follows)]))


def _following(commands: Rows) -> Mask:
    return np.equal(commands["state"], State.FOLLOW)


def _force(states: Rows, t_ns: NDArray[np.int64]) -> Peak | None:
    force = on_grid({"t_ns": states["t_ns"], "force": states["O_F_ext_hat_K"][:, :3]}, "force", t_ns)
    known = measured(force)
    if not known.any():
        return None
    felt = np.linalg.norm(smoothed(force[known], _TOUCH_S * RATE_HZ), axis=1)
    at = int(np.argmax(felt))
    return Peak(float(felt[at]), int(t_ns[known][at]))


def _mean(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _known(values: Floats) -> bool:
    return bool(measured(values).any())
