"""What the engagement state machine looks at each cycle, and the words it is spoken to in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Verb = Literal["engage", "release", "reset", "approach", "clutch", "unclutch"]
VERBS: tuple[Verb, ...] = ("engage", "release", "reset", "approach", "clutch", "unclutch")

Cause = Literal[
    "",  # nothing is amiss
    "released",
    "deadman",
    "clutched",
    "no_clutch",
    "leader_silent",
    "leader_moved",  # while the robot went to it
    "leader_ran_away",
    "joint_limit",
    "tracking",
    "success_rate",
    "heartbeat",
    "robot",
]
"""Why the robot was held or is in fault, in a word."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is known this cycle. Joint lists are (n,) rad.

    `leader_age_ns`: age of the newest accepted sample, None before the first. `leader_speed`: rad/s of the
    fastest leader joint. `error`: leader - robot, empty without a live leader. `beyond`: how far the leader asks
    the robot past its joints' ends, signed, 0 within; empty without a live leader. `tracking`: sent - measured.
    `moving`: the reference is not at rest. `arrived`: the robot is where it was sent to find the leader.
    `robot_speed`: rad/s, fastest joint. `deadman`: it is held, or none is needed. `daemon_age_ns`: since the
    daemon's last word, None before the first.
    """

    now_ns: int
    verb: Verb | None
    leader_age_ns: int | None
    leader_speed: float
    error: Sequence[float]
    beyond: Sequence[float]
    tracking: Sequence[float]
    moving: bool
    arrived: bool
    robot_speed: float
    success_rate: float
    robot_fault: str | None
    deadman: bool
    daemon_age_ns: int | None


def age_ms(age_ns: int | None) -> float:
    """Milliseconds; infinite for what never was."""
    return float("inf") if age_ns is None else age_ns * 1e-6


def largest(values: Sequence[float]) -> tuple[int, float]:
    """The joint (from 1) with the greatest magnitude, and its value; (0, 0.0) without joints."""
    joint, top = 0, 0.0
    for number, value in enumerate(values, 1):
        if joint == 0 or abs(value) > abs(top):
            joint, top = number, value
    return joint, top
