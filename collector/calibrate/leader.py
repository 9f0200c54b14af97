"""Signs, offsets and grip of a leader: somebody holds it as its follower stands, turns each joint, works the trigger.

The follower stands still all the while, or goes to further poses by itself; it never follows this leader.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from calibration.leader import Grip, Match, Sweep, solve_leader
from calibration.leader_words import which_way
from calibration.poses import Matrix, Vector
from calibration.result import LeaderResult, Made
from collector.calibrate.goes import Move
from collector.calibrate.leader_reads import Reads, held, swept
from hardware.arms.models import ArmModel

MATCHES: Final = 3
"""At the pose that the follower stands in: a hand that lets go in between errs anew."""
SWEEP_RAD: Final = 0.5

_MOVE_RAD: Final = 0.35  # how far each joint goes to another pose
_LOWER_M: Final = 0.02  # by so much the hand may be lower there
_TRIES: Final = 200


class Person(Protocol):
    """Who holds the leader. Each returns once that is done."""

    def hold(self, what: str, q: Vector, grip: float = 0.0) -> None:
        """Hold it as the follower stands, at q (n,) rad, the trigger released (0) or squeezed (1)."""
        ...

    def turn(self, what: str, q: Vector) -> Callable[[], bool]:
        """Begin to turn it to q (n,) rad; what is returned tells when that is done."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was taken."""

    matches: Sequence[Match]
    sweeps: Sequence[Sweep]
    check: Match
    grip: Grip | None

    def solved(self, leader: str, made: Made) -> LeaderResult:
        """Raises CalibrationError."""
        return solve_leader(self.matches, self.sweeps, self.check, self.grip, leader=leader, made=made)


def take(
    reads: Reads,
    person: Person,
    model: ArmModel,
    *,
    grip: bool,
    others: Sequence[Vector] = (),
    move: Move | None = None,
) -> Evidence:
    """The whole procedure. `others`: further poses (n,) rad, to which `move` brings the follower; the last one checks.

    Raises CalibrationError where leader or follower says nothing, or a hand does not hold still.
    """
    q = reads.follower()
    matches = [_match(reads, person, f"Hold the leader as the follower stands ({n} of {MATCHES})") for n in _count()]
    sweeps = [_sweep(reads, person, model, q, joint) for joint in range(model.joints)]
    closing = _grip(reads, person, q) if grip else None
    for n, other in enumerate(others, 1):
        if move is not None:
            move(other)  # somebody else led it meanwhile: the leader's bus was opened again
        matches.append(_match(reads, person, f"Hold it as the follower stands now (pose {n + 1})", n))
    check = matches.pop() if others else _match(reads, person, "Let go, and hold it as the follower stands once more")
    return Evidence(matches, sweeps, check, closing)


def other_poses(model: ArmModel, q: Vector, count: int, margin_rad: float = 0.1) -> list[Vector]:
    """Poses (n,) rad around q in which every joint differs, and the hand is no lower. Fewer where there is no room."""
    rng = np.random.default_rng(0)
    low, high = model.limits.q_min + margin_rad, model.limits.q_max - margin_rad
    floor = float(model.end_effector(q)[2, 3]) - _LOWER_M
    found: list[Vector] = []
    for _ in range(_TRIES):
        pose = q + rng.choice([-1.0, 1.0], len(q)) * rng.uniform(0.6, 1.0, len(q)) * _MOVE_RAD
        if len(found) < count and bool(((pose > low) & (pose < high)).all()):
            if float(model.end_effector(pose)[2, 3]) > floor:
                found.append(pose)
    return found


def _count() -> range:
    return range(1, MATCHES + 1)


def _match(reads: Reads, person: Person, what: str, opening: int = 0) -> Match:
    q = reads.follower()
    person.hold(what, q)
    raw, _ = held(reads)
    return Match(raw, reads.follower(), opening)


def _sweep(reads: Reads, person: Person, model: ArmModel, q: Vector, joint: int) -> Sweep:
    """From the follower's pose the way that it calls positive; up to it where the joint's range ends soon."""
    goal, way = q + SWEEP_RAD * np.eye(model.joints)[joint], which_way(model, q, joint)
    if goal[joint] > model.limits.q_max[joint]:
        goal = q
        begin = q - SWEEP_RAD * np.eye(model.joints)[joint]
        person.hold(
            f"Turn joint {joint + 1} back by some 30 degrees: the way against that in which the hand {way}", begin
        )
    done = person.turn(f"Turn only joint {joint + 1} slowly by some 30 degrees, so that the leader's hand {way}", goal)
    raw = swept(reads, done)
    person.hold("Bring it back to where the follower stands", q)
    return Sweep(joint, raw)


def _grip(reads: Reads, person: Person, q: Vector) -> Grip:
    sides: list[Matrix] = []
    for what, squeezed in (("Let go of the trigger", 0.0), ("Squeeze the trigger as far as it goes", 1.0)):
        person.hold(what, q, squeezed)
        sides.append(np.array([held(reads, 0.5)[1]]))
    person.hold("Let go of the trigger", q)
    return Grip(sides[0], sides[1])
