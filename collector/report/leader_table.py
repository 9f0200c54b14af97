"""A leader's signs and offsets for the terminal: what was found, beside what the rig's file says."""

import math
from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from calibration.result import LeaderResult
from hardware.config import DynamixelLeaderConfig

_COLOUR = {"pass": "green", "warn": "yellow", "fail": "bold red"}
_ALIKE_RAD = 0.05


def leader_table(found: LeaderResult, config: DynamixelLeaderConfig, offsets: Sequence[float]) -> Group:
    """One line a joint, then the grip, then every line that is not met. `offsets`: those that go into the file."""
    table = Table(box=None, title=f"Leader {found.leader}", title_justify="left")
    for head in ("joint", "sign", "offset", "sigma", "at the check", "in the file", ""):
        table.add_column(head, no_wrap=True, justify="left" if not head else "right")
    checks = [line for line in found.lines if line.name.endswith("at the check")]
    per_joint = zip(found.signs, offsets, found.offset_sigmas_rad, checks, strict=True)
    for joint, (sign, offset, sigma, check) in enumerate(per_joint):
        then = (config.signs[joint], config.offsets_rad[joint])
        table.add_row(
            str(joint + 1), f"{sign:+d}", f"{offset:.4f}", f"{sigma:.3f}",
            Text(f"{check.value:.3f}", style=_COLOUR[check.verdict]), f"{then[0]:+d} {then[1]:.4f}",
            _compared(sign, offset, *then),
        )  # fmt: skip
    return Group(table, *_grip(found, config), *_remedies(found))


def _compared(sign: int, offset: float, sign_then: int, offset_then: float) -> Text:
    if sign != sign_then:
        return Text("turns the other way", style="bold red")
    off = math.remainder(offset - offset_then, 2 * math.pi)
    if abs(off) <= _ALIKE_RAD:
        return Text("alike", style="green")
    return Text(f"off by {off:+.3f} rad", style="bold red")


def _grip(found: LeaderResult, config: DynamixelLeaderConfig) -> list[Text]:
    if found.grip_open_rad is None or found.grip_closed_rad is None or config.grip is None:
        return []
    then = f"{config.grip.open_rad:.3f} .. {config.grip.closed_rad:.3f}"
    return [Text(f"grip: {found.grip_open_rad:.3f} .. {found.grip_closed_rad:.3f} rad, in the file {then}")]


def _remedies(found: LeaderResult) -> list[Text]:
    return [
        Text(f"{line.verdict} {line.name}: {line.value:.3g} {line.unit}, limit {line.limit:.3g}; {line.remedy}",
             style=_COLOUR[line.verdict])
        for line in found.lines
        if line.verdict != "pass"
    ]  # fmt: skip
