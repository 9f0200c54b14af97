"""How far each joint of a robot is from its leader, until it follows: one line an arm."""

from typing import Any

from textual.content import Content

from collector.remote_status import Status
from collector.tui.widgets.field import Field
from collector.tui.widgets.gauges import STYLES, level
from collector.tui.widgets.gauges_arm import joints_word
from hardware.config import TeleopConfig

_BLOCKS = "▁▂▃▄▅▆▇█"
_SHOWN = ("ALIGN", "RAMP", "HOLD")


class JointErrors(Field):
    """Nothing while every arm rests or follows."""

    DEFAULT_CSS = """
    JointErrors { height: auto; display: none; }
    """

    def show(self, status: Status, teleop: TeleopConfig) -> None:
        """Of the arms that are on their way."""
        told = [arm_line(name, arm, teleop) for name, arm in status.arms.items() if arm.get("teleop") in _SHOWN]
        self.display = bool(told)
        self.tell(Content("\n").join(told))


def arm_line(name: str, arm: dict[str, Any], teleop: TeleopConfig) -> Content:
    """Each joint's error up to what is refused, then what the operator does about the worst."""
    errors: list[float | None] = arm.get("error") or []
    joints = [_joint(number, error, teleop) for number, error in enumerate(errors, 1)]
    return Content.assemble((f"{name} {arm['teleop']}", "bold"), *joints, "  ", joints_word(errors, teleop))


def _joint(number: int, error: float | None, teleop: TeleopConfig) -> Content:
    if error is None:
        return Content(f" {number}-")
    block = _BLOCKS[min(int(abs(error) / teleop.refuse_rad * len(_BLOCKS)), len(_BLOCKS) - 1)]
    return Content.assemble(f" {number}", (block, STYLES[level(error, (teleop.align_rad, teleop.refuse_rad))]))
