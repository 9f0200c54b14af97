"""What keeps the robot from following, each in a sentence that tells the operator what to do."""

from math import pi
from typing import NamedTuple

from collector.teleop.inputs import Cause, Inputs, age_ms, largest
from hardware.config import TeleopConfig

_BEYOND_RAD = 1e-3  # an encoder's count at the very end of a joint is no wish to pass it


class Why(NamedTuple):
    """A reason to stop: in a word, and in a sentence."""

    cause: Cause
    reason: str


def stop(inputs: Inputs, config: TeleopConfig) -> Why | None:
    """Why a robot under way must be held now."""
    if inputs.verb == "release":
        return Why("released", "Released; engage to follow again.")
    if age_ms(inputs.leader_age_ns) > config.hold_ms:
        return Why("leader_silent", silent(inputs))
    if not inputs.deadman:
        return Why("deadman", f"The deadman ({_deadman(config)}) was let go; hold it and engage again.")
    if _unheard(inputs, config):
        return Why("heartbeat", f"{_no_word(inputs)}; the robot is held. Engage again when it is back.")
    if inputs.success_rate < config.success_rate:
        return Why("success_rate", _late(inputs, config))
    return None


def runaway(inputs: Inputs, config: TeleopConfig) -> Why | None:
    """Why following must end although all is well with the devices: leader and robot have parted."""
    joint, value = largest(inputs.error)
    if abs(value) <= config.refuse_rad:
        return None
    return Why(
        "leader_ran_away",
        f"Joint {joint} of the leader ran {abs(value):.2f} rad away from the robot, more than {config.refuse_rad};"
        " move slower, or away from the limit that holds the robot back.",
    )


def off_track(inputs: Inputs, config: TeleopConfig) -> Why | None:
    """Is the robot not where it was sent? Counts once it has lasted."""
    joint, value = largest(inputs.tracking)
    if abs(value) <= config.tracking_rad:
        return None
    return Why(
        "tracking",
        f"Joint {joint} of the robot is {abs(value):.2f} rad behind its reference, more than {config.tracking_rad};"
        " see what blocks it.",
    )


def past_end(inputs: Inputs) -> Why | None:
    """Does the leader ask for more than a joint can? Counts once it has lasted."""
    joint, value = largest(inputs.beyond)
    if abs(value) <= _BEYOND_RAD:
        return None
    return Why(
        "joint_limit",
        f"Joint {joint} of the leader is {abs(value):.2f} rad beyond the robot's joint limit;"
        f" move it by {-value:+.2f} rad and engage again.",
    )


def refusal(inputs: Inputs, config: TeleopConfig) -> str:
    """Why alignment may not even begin, or ''."""
    absent = absence(inputs, config)
    if absent:
        return absent
    joint, value = largest(inputs.error)
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


def absence(inputs: Inputs, config: TeleopConfig) -> str:
    """Who is not there to work with, or ''."""
    if age_ms(inputs.leader_age_ns) > config.hold_ms:
        return f"Refused. {silent(inputs)}"
    if _unheard(inputs, config):
        return f"Refused. {_no_word(inputs)}; see that it runs."
    return ""


def obstacle(inputs: Inputs, config: TeleopConfig) -> str:
    """What keeps robot and leader from being let together, or ''."""
    if age_ms(inputs.leader_age_ns) > config.coast_ms:
        return silent(inputs)
    if inputs.success_rate < config.success_rate:
        return _late(inputs, config)
    past = past_end(inputs)
    if past is not None:
        return past.reason
    if inputs.moving:
        return "The robot is still stopping."
    if not inputs.leader_speed < config.still_rad_s:
        return f"Hold the leader still; it moves at {inputs.leader_speed:.2f} rad/s."
    if not inputs.deadman:
        return f"Hold the deadman ({_deadman(config)})."
    return ""


def misaligned(inputs: Inputs, config: TeleopConfig) -> str:
    """Which joint is too far off for following to start, or ''."""
    joint, value = largest(inputs.error)
    if abs(value) < config.align_rad:
        return ""
    return (
        f"Move joint {joint} of the leader by {-value:+.2f} rad (within {config.align_rad}),"
        " or let the robot come to it (approach, or hold the deadman)."
    )


def silent(inputs: Inputs) -> str:
    """That the leader says nothing."""
    if inputs.leader_age_ns is None:
        return "No leader sample has come yet; check the leader's power and bus."
    return f"The leader is silent for {age_ms(inputs.leader_age_ns):.0f} ms; check its bus."


def _unheard(inputs: Inputs, config: TeleopConfig) -> bool:
    return age_ms(inputs.daemon_age_ns) > config.heartbeat_ms


def _no_word(inputs: Inputs) -> str:
    if inputs.daemon_age_ns is None:
        return "No word has come from the daemon yet"
    return f"No word from the daemon for {age_ms(inputs.daemon_age_ns):.0f} ms"


def _late(inputs: Inputs, config: TeleopConfig) -> str:
    return (
        f"Only {inputs.success_rate:.0%} of the commands reach the robot in time,"
        f" less than {config.success_rate:.0%}; free the computer or the network."
    )


def _deadman(config: TeleopConfig) -> str:
    return "the leader's grip" if config.deadman == "grip" else "key or pedal"
