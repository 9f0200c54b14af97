"""When the robot may follow: the engagement state machine, a pure function of its inputs.

Into RAMP, and from there to FOLLOW, leads one way only: ALIGN, with the leader live, still and near the robot,
the deadman held, for STILL_NS on end. What ends either ends in HOLD or FAULT.
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Literal

from collector.teleop.conditions import (
    Why,
    absence,
    misaligned,
    obstacle,
    off_track,
    past_end,
    refusal,
    runaway,
    silent,
    stop,
)
from collector.teleop.inputs import Cause, Inputs, Verb, age_ms
from hardware.config import TeleopConfig

__all__ = ["LASTING_NS", "STILL_NS", "Engagement", "Inputs", "Phase", "State", "Verb", "advance"]

STILL_NS = 300_000_000  # the leader must rest this long before anything moves towards it
LASTING_NS = 100_000_000  # the robot off track, the leader past a joint's end: so long before it counts
_RAMPING = "Aligned; the robot moves to the leader."
_FOLLOWING = "Following."
_NO_CLUTCH = "This rig has no clutch; set teleop.clutch to true in its file to allow one."

Phase = Literal["", "asked", "going", "clutched"]
"""Within ALIGN: the robot was asked to go to the leader, and goes. Within HOLD: the leader is free."""


class State(IntEnum):
    """Stored with every command."""

    IDLE = 0
    ALIGN = 1
    RAMP = 2
    FOLLOW = 3
    HOLD = 4
    FAULT = 5


@dataclass(frozen=True, slots=True)
class Engagement:
    """The state and why. ns: in it since, the leader still since (ALIGN), off track and past an end since."""

    state: State
    reason: str
    since_ns: int = 0
    cause: Cause = ""
    phase: Phase = ""
    still_ns: int | None = None
    off_ns: int | None = None
    past_ns: int | None = None

    @property
    def driven(self) -> bool:
        """Does the reference move towards the leader?"""
        return self.state in (State.RAMP, State.FOLLOW) or self.phase == "going"


def advance(now: Engagement, inputs: Inputs, config: TeleopConfig) -> Engagement:
    """The engagement after this cycle."""
    if inputs.robot_fault is not None and now.state is not State.FAULT:
        return _enter(State.FAULT, f"The robot stopped: {inputs.robot_fault}.", inputs, "robot")
    match now.state:
        case State.IDLE:
            return _idle(now, inputs, config)
        case State.ALIGN:
            return _approach(now, inputs, config) if now.phase == "going" else _align(now, inputs, config)
        case State.RAMP | State.FOLLOW:
            return _drive(now, inputs, config)
        case State.HOLD:
            return _hold(now, inputs, config)
        case State.FAULT:
            return _fault(now, inputs, config)


def _enter(state: State, reason: str, inputs: Inputs, cause: Cause = "", phase: Phase = "") -> Engagement:
    return Engagement(state, reason, inputs.now_ns, cause, phase)


def _say(now: Engagement, reason: str) -> Engagement:
    return now if reason == now.reason else replace(now, reason=reason)


def _idle(now: Engagement, inputs: Inputs, config: TeleopConfig) -> Engagement:
    match inputs.verb:
        case "engage" | "approach":
            return _begin(now, inputs, config)
        case "clutch" | "unclutch":
            return _say(now, "There is nothing to clutch; engage first." if config.clutch else _NO_CLUTCH)
        case _:
            return now


def _begin(now: Engagement, inputs: Inputs, config: TeleopConfig) -> Engagement:
    """ALIGN, or why not."""
    refused = refusal(inputs, config)
    if refused:
        return _say(now, refused)
    phase: Phase = "asked" if inputs.verb == "approach" else ""
    return _enter(State.ALIGN, "Hold the leader still at the robot's pose.", inputs, phase=phase)


def _align(now: Engagement, inputs: Inputs, config: TeleopConfig) -> Engagement:
    if inputs.verb == "release":
        return _enter(State.IDLE, "Released.", inputs)
    if inputs.verb == "clutch":
        return _clutch(inputs, config)
    refused = refusal(inputs, config)
    if refused:
        return _enter(State.IDLE, refused, inputs)
    phase: Phase = "asked" if inputs.verb == "approach" else now.phase
    far = misaligned(inputs, config)
    # Holding a deadman is a wish; without one the robot goes only when it is told to.
    wanted = phase == "asked" or (config.deadman != "off" and inputs.deadman)
    hinder = obstacle(inputs, config) if wanted or not far else far
    if hinder:
        return replace(now, reason=hinder, phase=phase, still_ns=None)
    if now.still_ns is None:
        reason = "Keep the leader still; the robot will come to it." if far else "Aligned; keep still."
        return replace(now, reason=reason, phase=phase, still_ns=inputs.now_ns)
    if inputs.now_ns - now.still_ns < STILL_NS:
        return now if phase == now.phase else replace(now, phase=phase)
    if far:
        return _enter(State.ALIGN, "The robot goes to the leader; hold the leader still.", inputs, phase="going")
    return _enter(State.RAMP, _RAMPING, inputs)


def _approach(now: Engagement, inputs: Inputs, config: TeleopConfig) -> Engagement:
    """The robot goes to a leader that waits for it."""
    now = _track(now, inputs, config)
    why = stop(inputs, config) or _lasting(now, inputs, config)
    if why is None and inputs.leader_speed >= config.still_rad_s:
        moved = f"The leader moved at {inputs.leader_speed:.2f} rad/s while the robot went to it; keep it still."
        why = Why("leader_moved", moved)
    if why is not None:
        return _enter(State.HOLD, why.reason, inputs, why.cause)
    if inputs.verb == "clutch":
        return _clutch(inputs, config)
    if inputs.arrived:
        return _enter(State.ALIGN, "The robot is there; keep the leader still.", inputs)
    return now


def _drive(now: Engagement, inputs: Inputs, config: TeleopConfig) -> Engagement:
    if age_ms(inputs.leader_age_ns) > config.fault_ms:
        return _enter(State.FAULT, silent(inputs), inputs, "leader_silent")
    if inputs.verb == "clutch":
        return _clutch(inputs, config)
    now = _track(now, inputs, config)
    why = stop(inputs, config) or _lasting(now, inputs, config) or runaway(inputs, config)
    if why is not None:
        return _enter(State.HOLD, why.reason, inputs, why.cause)
    if now.state is State.RAMP and inputs.now_ns - now.since_ns >= config.ramp_s * 1e9:
        return replace(now, state=State.FOLLOW, reason=_FOLLOWING, since_ns=inputs.now_ns)
    if age_ms(inputs.leader_age_ns) > config.coast_ms:
        return _say(now, f"The leader is silent for over {config.coast_ms:.0f} ms; the robot coasts to a stop.")
    return _say(now, _FOLLOWING if now.state is State.FOLLOW else _RAMPING)


def _track(now: Engagement, inputs: Inputs, config: TeleopConfig) -> Engagement:
    """Since when the robot is off track and the leader past an end."""
    off_ns = _since(now.off_ns, off_track(inputs, config), inputs)
    past_ns = _since(now.past_ns, past_end(inputs), inputs)
    return now if (off_ns, past_ns) == (now.off_ns, now.past_ns) else replace(now, off_ns=off_ns, past_ns=past_ns)


def _since(since_ns: int | None, why: Why | None, inputs: Inputs) -> int | None:
    if why is None:
        return None
    return inputs.now_ns if since_ns is None else since_ns


def _lasting(now: Engagement, inputs: Inputs, config: TeleopConfig) -> Why | None:
    if now.off_ns is not None and inputs.now_ns - now.off_ns >= LASTING_NS:
        return off_track(inputs, config)
    if now.past_ns is not None and inputs.now_ns - now.past_ns >= LASTING_NS:
        return past_end(inputs)
    return None


def _clutch(inputs: Inputs, config: TeleopConfig) -> Engagement:
    """Let the leader go; the robot is held even where there is no clutch, for the operator means to move away."""
    if not config.clutch:
        return _enter(State.HOLD, _NO_CLUTCH, inputs, "no_clutch")
    reason = "Clutched: the robot is held, the leader is free; unclutch to go on from there."
    return _enter(State.HOLD, reason, inputs, "clutched", "clutched")


def _hold(now: Engagement, inputs: Inputs, config: TeleopConfig) -> Engagement:
    if age_ms(inputs.leader_age_ns) > config.fault_ms:
        return _enter(State.FAULT, silent(inputs), inputs, "leader_silent")
    match inputs.verb:
        case None | "reset":
            return now
        case "clutch":
            return _say(now, _NO_CLUTCH) if not config.clutch else _clutch(inputs, config)
        case _ if inputs.moving:
            return _say(now, "The robot is still stopping; try again at rest.")
        case "release":
            return _enter(State.IDLE, "Released.", inputs)
        case "engage" | "approach":
            return _begin(now, inputs, config)
        case "unclutch":
            return _unclutch(now, inputs, config)


def _unclutch(now: Engagement, inputs: Inputs, config: TeleopConfig) -> Engagement:
    """ALIGN with a new zero (the caller takes it), or why not."""
    if now.phase != "clutched":
        return _say(now, "It is not clutched; engage to follow again." if config.clutch else _NO_CLUTCH)
    absent = absence(inputs, config)
    if absent:
        return _say(now, absent)
    return _enter(State.ALIGN, "A new zero was set; hold the leader still.", inputs)


def _fault(now: Engagement, inputs: Inputs, config: TeleopConfig) -> Engagement:
    if inputs.verb != "reset":
        return now
    if inputs.robot_fault is not None:
        return _say(now, f"The robot is still in fault: {inputs.robot_fault}; recover it first.")
    if inputs.moving or inputs.robot_speed > config.still_rad_s:
        return _say(now, f"The robot still moves at {inputs.robot_speed:.2f} rad/s; reset it at rest.")
    return _enter(State.IDLE, "Reset.", inputs)
