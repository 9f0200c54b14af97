"""The state of everything in one word, and what to do about it in one sentence. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from collector.remote_status import RunningTold, Status
from collector.session import State

Kind = Literal["wait", "ready", "count", "recording", "held", "review", "fault"]

SYMBOLS: Final[dict[Kind, str]] = {
    "wait": "○", "ready": "▶", "count": "◆", "recording": "●", "held": "‖", "review": "■", "fault": "✖",
}  # fmt: skip
"""So that no state is told by its colour alone."""

_GRAVEST: Final = ("FAULT", "HOLD", "IDLE", "ALIGN", "RAMP", "FOLLOW")

KeyOf = Callable[[str], str]
"""The key of an action, for the eye."""


@dataclass(frozen=True, slots=True)
class Word:
    """`text`: the big word; `aside`: another big one at the other end; `says`: what to do, or why."""

    text: str
    kind: Kind
    says: str
    aside: str = ""


def word_of(status: Status, key: KeyOf) -> Word:
    """Of this moment, worst first."""
    match status.state:
        case State.STARTING:
            late = ", ".join(name for name, told in status.processes.items() if not told.get("ready"))
            return Word("STARTING", "wait", f"waiting for {late}" if late else "")
        case State.FAULT:
            device = status.fault.device if status.fault else ""
            return Word("FAULT", "fault", f"{device} failed; the robots hold. {key('reset')} resets, once mended.")
        case State.IDLE:
            return Word("NOT ARMED", "wait", f"{key('preflight')} shows the checks")
        case State.ARMED:
            return _armed(status, key)
        case State.RECORDING:
            return _recording(status, status.take, key)
        case State.REVIEW:
            says = f"1-5 scores it, {key('toggle')} keeps it and starts the next, {key('retake')} does it again"
            return _counting(status, key) or Word("REVIEW", "review", says, _count(status))


def clock_text(seconds: float) -> str:
    """Minutes and seconds, as on a stop-watch."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def gravest_arm(status: Status) -> tuple[str, dict[str, Any]] | None:
    """The arm that keeps from demonstrating most, by its name; None where the rig has none, or none has spoken."""
    told = [(name, arm) for name, arm in status.arms.items() if arm.get("teleop") in _GRAVEST]
    return min(told, key=lambda one: _GRAVEST.index(one[1]["teleop"]), default=None)


def _armed(status: Status, key: KeyOf) -> Word:
    if counting := _counting(status, key):
        return counting
    if held := _held(status, key):
        return Word(*held, aside=_count(status))
    return Word("READY", "ready", f"{key('toggle')} starts the take", _count(status))


def _recording(status: Status, take: RunningTold | None, key: KeyOf) -> Word:
    timer = clock_text(take.elapsed_s) if take else ""
    if paused := (status.recording or {}).get("paused"):
        return Word("PAUSED", "held", f"nothing is recorded: {paused}", timer)
    if held := _held(status, key):
        text, kind, says = held
        return Word(f"REC {text}", kind, says, timer)
    marks = f"{key('step')} begins {take.next_step}, " if take and take.next_step else ""
    ends = "" if take is None or take.stops_in_s is None else f"; it stops by itself in {take.stops_in_s:.0f} s"
    return Word("RECORDING", "recording", f"{marks}{key('toggle')} stops{ends}", timer)


def _counting(status: Status, key: KeyOf) -> Word | None:
    if status.starts_in_s is None:
        return None
    return Word(f"START IN {-int(-status.starts_in_s // 1)}", "count", f"{key('toggle')} cancels")


def _held(status: Status, key: KeyOf) -> tuple[str, Kind, str] | None:
    """Where a robot does not follow: the word, and why with the key that helps."""
    found = gravest_arm(status)
    if found is None:
        return None
    name, arm = found
    who = f"{name}: " if len(status.arms) > 1 else ""
    reason = str(arm.get("reason", ""))
    match arm["teleop"]:
        case "FAULT":
            return "ROBOT FAULT", "fault", f"{who}{reason} {key('reset')} resets it."
        case "HOLD" if arm.get("cause") == "clutched":
            return "CLUTCHED", "held", f"{who}the leader is free; {key('clutch')} goes on from here"
        case "HOLD":
            return "HOLD", "held", f"{who}{reason} {key('approach')}: the robot comes to the leader."
        case "IDLE":
            return "AT REST", "held", f"{who}hold the leader still; {key('approach')}: the robot comes and follows"
        case "ALIGN" | "RAMP":
            return "ALIGN", "count", f"{who}{reason}"
        case _:
            return None


def _count(status: Status) -> str:
    return f"{status.plan.kept}/{status.plan.goal}" if status.plan else ""
