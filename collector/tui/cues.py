"""What draws the operator's eye and ear: a change from one status to the next. Pure."""

from typing import Any, Literal

from collector.remote_status import Status
from collector.session import State

Cue = Literal["start", "stop", "step", "hold", "fault"]

_MOVING = ("ALIGN", "RAMP", "FOLLOW")
_STILL = ("HOLD", "FAULT")
_ASKED = ("released", "clutched")


def cue(before: Status | None, after: Status) -> Cue | None:
    """The gravest thing that happened in between; None: nothing, or this is the first that is known."""
    if before is None:
        return None
    if after.state is State.FAULT and before.state is not State.FAULT:
        return "fault"
    if any(_stopped(before, name, arm) for name, arm in after.arms.items()):
        return "hold"
    ran, runs = before.take, after.take
    if runs is not None and (ran is None or ran.uuid != runs.uuid):
        return "start"
    if ran is not None and runs is None:
        return "stop"
    if ran is not None and runs is not None and len(runs.marks) > len(ran.marks):
        return "step"
    return None


def _stopped(before: Status, name: str, arm: dict[str, Any]) -> bool:
    """Did the robot stop without having been asked to?"""
    moved = before.arms.get(name, {}).get("teleop") in _MOVING
    return moved and arm.get("teleop") in _STILL and arm.get("cause") not in _ASKED
