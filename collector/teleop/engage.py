"""When the robot may follow: the engagement state machine, a pure function of its inputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import pi
from typing import Literal

from hardware.config import TeleopConfig

Verb = Literal["engage", "release", "reset"]
STILL_NS = 300_000_000  # the leader must rest this long before following may start
TRACKING_NS = 100_000_000  # and the robot must be off this long before it counts


class State(IntEnum):
    """Stored with every command."""

    IDLE = 0
    ALIGN = 1
    RAMP = 2
    FOLLOW = 3
    HOLD = 4
    FAULT = 5


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is known this cycle. Joint lists are (n,) rad.

    `leader_age_ns`: age of the newest accepted sample, None before the first. `leader_speed`: rad/s
    of the fastest leader joint. `error`: leader - robot, empty without a live leader. `tracking`:
    sent - measured. `moving`: the reference is not at rest. `robot_speed`: rad/s, fastest joint.
    """

    now_ns: int
    verb: Verb | None
    leader_age_ns: int | None
    leader_speed: float
    error: Sequence[float]
    tracking: Sequence[float]
    moving: bool
    robot_speed: float
    success_rate: float
    robot_fault: str | None


@dataclass(frozen=True, slots=True)
class Engagement:
    """The state, why, and since when: in it, the leader still (ALIGN), the robot off track (ns)."""

    state: State
    reason: str
    since_ns: int = 0
    still_ns: int | None = None
    off_ns: int | None = None


def advance(now: Engagement, inputs: Inputs, config: TeleopConfig) -> Engagement:
    """The engagement after this cycle."""
    if inputs.robot_fault is not None and now.state is not State.FAULT:
        return _enter(State.FAULT, f"The robot stopped: {inputs.robot_fault}.", inputs)
    match now.state:
        case State.IDLE:
            return _idle(now, inputs, config)
        case State.ALIGN:
            return _align(now, inputs, config)
        case State.RAMP | State.FOLLOW:
            return _drive(now, inputs, config)
        case State.HOLD:
            return _hold(now, inputs, config)
        case State.FAULT:
            return _fault(now, inputs, config)


def _enter(state: State, reason: str, inputs: Inputs) -> Engagement:
    return Engagement(state, reason, inputs.now_ns)


def _say(now: Engagement, reason: str) -> Engagement:
    if reason == now.reason:
        return now
    return Engagement(now.state, reason, now.since_ns, now.still_ns, now.off_ns)


def _idle(now: Engagement, inputs: Inputs, config: TeleopConfig) -> Engagement:
    if inputs.verb != "engage":
        return now
    refusal = _refusal(inputs, config)
    if refusal:
        return _say(now, refusal)
    return _enter(State.ALIGN, "Hold the leader still at the robot's pose.", inputs)


def _align(now: Engagement, inputs: Inputs, config: TeleopConfig) -> Engagement:
    if inputs.verb == "release":
        return _enter(State.IDLE, "Released.", inputs)
    refusal = _refusal(inputs, config)
    if refusal:
        return _enter(State.IDLE, refusal, inputs)
    obstacle = _obstacle(inputs, config)
    if obstacle:
        return Engagement(now.state, obstacle, now.since_ns)
    if now.still_ns is None:
        return Engagement(now.state, "Aligned; keep still.", now.since_ns, still_ns=inputs.now_ns)
    if inputs.now_ns - now.still_ns < STILL_NS:
        return now
    return _enter(State.RAMP, "Aligned; the robot moves to the leader.", inputs)


def _drive(now: Engagement, inputs: Inputs, config: TeleopConfig) -> Engagement:
    age_ms = _age_ms(inputs)
    if age_ms > config.fault_ms:
        return _enter(State.FAULT, _silent(age_ms), inputs)
    joint, value = _largest(inputs.tracking)
    off_ns = (now.off_ns or inputs.now_ns) if abs(value) > config.tracking_rad else None
    if off_ns is not None and inputs.now_ns - off_ns >= TRACKING_NS:
        return _enter(
            State.HOLD,
            f"Joint {joint} of the robot is {abs(value):.2f} rad behind its reference,"
            f" more than {config.tracking_rad}; see what blocks it.",
            inputs,
        )
    stop = _stop(inputs, config, age_ms)
    if stop:
        return _enter(State.HOLD, stop, inputs)
    if now.state is State.RAMP and inputs.now_ns - now.since_ns >= config.ramp_s * 1e9:
        return Engagement(State.FOLLOW, "Following.", inputs.now_ns, off_ns=off_ns)
    reason = "Following." if now.state is State.FOLLOW else "Aligned; the robot moves to the leader."
    if age_ms > config.coast_ms:
        reason = f"The leader is silent for over {config.coast_ms:.0f} ms; the robot coasts to a stop."
    if reason == now.reason and off_ns == now.off_ns:
        return now
    return Engagement(now.state, reason, now.since_ns, off_ns=off_ns)


def _stop(inputs: Inputs, config: TeleopConfig, age_ms: float) -> str:
    """Why following must end now, or ''."""
    if inputs.verb == "release":
        return "Released; engage to follow again."
    if age_ms > config.hold_ms:
        return _silent(age_ms)
    if inputs.success_rate < config.success_rate:
        return (
            f"Only {inputs.success_rate:.0%} of the commands reached the robot in time,"
            f" less than {config.success_rate:.0%}; free the computer or the network."
        )
    joint, value = _largest(inputs.error)
    if abs(value) > config.refuse_rad:
        return (
            f"Joint {joint} of the leader ran {abs(value):.2f} rad away from the robot,"
            f" more than {config.refuse_rad}; move slower."
        )
    return ""


def _hold(now: Engagement, inputs: Inputs, config: TeleopConfig) -> Engagement:
    age_ms = _age_ms(inputs)
    if age_ms > config.fault_ms:
        return _enter(State.FAULT, _silent(age_ms), inputs)
    if inputs.verb is None or inputs.verb == "reset":
        return now
    if inputs.moving:
        return _say(now, "The robot is still stopping; try again at rest.")
    if inputs.verb == "release":
        return _enter(State.IDLE, "Released.", inputs)
    refusal = _refusal(inputs, config)
    if refusal:
        return _say(now, refusal)
    return _enter(State.ALIGN, "Hold the leader still at the robot's pose.", inputs)


def _fault(now: Engagement, inputs: Inputs, config: TeleopConfig) -> Engagement:
    if inputs.verb != "reset":
        return now
    if inputs.robot_fault is not None:
        return _say(now, f"The robot is still in fault: {inputs.robot_fault}; recover it first.")
    if inputs.moving or inputs.robot_speed > config.still_rad_s:
        return _say(now, f"The robot still moves at {inputs.robot_speed:.2f} rad/s; reset it at rest.")
    return _enter(State.IDLE, "Reset.", inputs)


def _refusal(inputs: Inputs, config: TeleopConfig) -> str:
    """Why alignment may not even begin, or ''."""
    age_ms = _age_ms(inputs)
    if age_ms > config.hold_ms:
        return f"Refused. {_silent(age_ms)}"
    joint, value = _largest(inputs.error)
    if abs(value) <= config.refuse_rad:
        return ""
    turns = round(value / (2.0 * pi))
    if turns != 0 and abs(value - turns * 2.0 * pi) <= config.refuse_rad:
        return (
            f"Refused. Joint {joint} of the leader is off the robot by whole turns: {turns:+d}"
            f" ({value:+.2f} rad); turn it back or correct its offsets_rad."
        )
    return (
        f"Refused. Joint {joint} of the leader is {value:+.2f} rad off the robot, more than"
        f" {config.refuse_rad}; bring it near the robot's pose and engage again."
    )


def _obstacle(inputs: Inputs, config: TeleopConfig) -> str:
    """What keeps an alignment from being complete, or ''."""
    if _age_ms(inputs) > config.coast_ms:
        return _silent(_age_ms(inputs))
    if inputs.success_rate < config.success_rate:
        return (
            f"Only {inputs.success_rate:.0%} of the commands reach the robot in time,"
            f" less than {config.success_rate:.0%}; free the computer or the network."
        )
    joint, value = _largest(inputs.error)
    if not abs(value) < config.align_rad:
        return f"Move joint {joint} of the leader by {-value:+.2f} rad (within {config.align_rad})."
    if not inputs.leader_speed < config.still_rad_s:
        return f"Hold the leader still; it moves at {inputs.leader_speed:.2f} rad/s."
    return ""


def _age_ms(inputs: Inputs) -> float:
    return float("inf") if inputs.leader_age_ns is None else inputs.leader_age_ns * 1e-6


def _silent(age_ms: float) -> str:
    if age_ms == float("inf"):
        return "No leader sample has come yet; check the leader's power and bus."
    return f"The leader is silent for {age_ms:.0f} ms; check its bus."


def _largest(values: Sequence[float]) -> tuple[int, float]:
    """The joint (from 1) with the greatest magnitude, and its value; (0, 0.0) without joints."""
    joint, largest = 0, 0.0
    for number, value in enumerate(values, 1):
        if joint == 0 or abs(value) > abs(largest):
            joint, largest = number, value
    return joint, largest
