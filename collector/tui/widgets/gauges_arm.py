"""A follower's gauges as text: how far its joints are from the leader's, what pushes it, how late it follows. Pure."""

import math
from collections.abc import Sequence
from typing import Any, Final

from textual.content import Content

from collector.tui.widgets.gauges import MARKS, STYLES, bar, level, lines, sided_bar, sparkline, worst
from hardware.config import DynamixelFollowerConfig, FrankaConfig, Limits, TeleopConfig
from hardware.samples import Vector

_NEAR: Final = 0.5  # share of the force that stops the robot at which the operator should ease off
_LAG_TOP_MS: Final = 100.0  # the sparkline's; at 100 ms an operator moves and waits
_LAG_MS: Final[Limits] = (50.0, 100.0)
_CARTESIAN: Final = ("x", "y", "z")


def joint_lines(error: Sequence[float | None], teleop: TeleopConfig, width: int) -> Content:
    """One line a joint: leader minus robot, up to what is refused, with what must be reached marked on it."""
    return lines([joint_line(number, value, teleop, width) for number, value in enumerate(error, 1)])


def joint_line(number: int, error: float | None, teleop: TeleopConfig, width: int) -> Content:
    """A positive error: the leader's joint stands at a greater angle than the robot's."""
    limits = (teleop.align_rad, teleop.refuse_rad)
    cells = max(width - 9, 4)
    if error is None:
        return Content.assemble(f" {number} {'·' * cells} ", ("    -", STYLES["none"]))
    found = level(error, limits)
    drawn = bar(abs(error) / teleop.refuse_rad, cells, teleop.align_rad / teleop.refuse_rad)
    return Content.assemble((f"{MARKS[found]}{number} {drawn} {error:+.2f}", STYLES[found]))


def joints_word(error: Sequence[float | None], teleop: TeleopConfig) -> Content:
    """The same in a few words: the joint that is worst, and what to do."""
    known = [(abs(value), number, value) for number, value in enumerate(error, 1) if value is not None]
    if not known:
        return Content.assemble(("no leader seen yet", STYLES["none"]))
    size, number, value = max(known)
    found = level(value, (teleop.align_rad, teleop.refuse_rad))
    if found == "ok":
        return Content.assemble(("aligned", STYLES["ok"]))
    away = math.degrees(math.copysign(size, -value))
    text = f"turn leader joint {number} by {away:+.0f} deg"
    return Content.assemble((f"{MARKS[found]} {text}", STYLES[found]))


def wrench_limits(follower: FrankaConfig | DynamixelFollowerConfig) -> tuple[float, ...] | None:
    """(6,) force and moment at which the robot stops itself, N and Nm; None where it does not measure them."""
    return follower.collision_force if isinstance(follower, FrankaConfig) else None


def wrench_lines(wrench: Sequence[float] | Vector | None, limits: Sequence[float], width: int) -> Content:
    """Two lines, force and moment: x, y, z from the middle up to what stops the robot, and the size in all.

    `wrench`: (6,) as collector.live has it; None: nothing is known of it.
    """
    values = [math.nan] * 6 if wrench is None else [float(value) for value in wrench]
    cells = max((width - 21) // 6, 1)
    parts = (("F", slice(0, 3), "N", 0), ("M", slice(3, 6), "Nm", 1))
    return lines([_wrench(name, values[at], limits[at], f"{{:5.{d}f}} {unit}", cells) for name, at, unit, d in parts])


def lag_line(lags_ms: Sequence[float | None], told: dict[str, Any], width: int) -> Content:
    """How late the leader's motion is sent, now and lately, then the take's own p95 and greatest."""
    now = lags_ms[-1] if lags_ms else None
    if now is None:
        return Content.assemble(("lag -", STYLES["none"]))
    found = level(now, _LAG_MS)
    head, tail = f"{MARKS[found]}lag {now:3.0f} ms ", f" p95 {told['p95_ms']:.0f} max {told['max_ms']:.0f}"
    room = width - len(head) - len(tail)
    if room < 4:
        head, tail, room = head, "", max(width - len(head), 0)
    return Content.assemble((head, STYLES[found]), sparkline(lags_ms, room, _LAG_TOP_MS), tail)


def _wrench(name: str, values: list[float], limits: Sequence[float], form: str, cells: int) -> Content:
    shares = [value / limit for value, limit in zip(values, limits, strict=True)]
    found = worst([level(share, (_NEAR, 1.0)) for share in shares])
    bars = " ".join(f"{axis}{sided_bar(share, cells)}" for axis, share in zip(_CARTESIAN, shares, strict=True))
    size = math.hypot(*values)
    text = form.format(size) if math.isfinite(size) else "    -"
    return Content.assemble((f"{MARKS[found]}{name} ", STYLES[found]), (bars, STYLES[found]), f" {text}")
