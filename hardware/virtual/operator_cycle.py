"""One pick and place after the other: where the cube lies, how the hand goes there, whether it grasps."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hardware.arms.kinematics import Matrix
from hardware.samples import Vector
from hardware.virtual.cell import CUBE_M
from hardware.virtual.operator_moves import duration
from hardware.virtual.station import Station
from hardware.virtual_config import VirtualOperatorConfig

PAUSE_S = 1.0
"""Least rest at home at the start of each cycle."""
GRIP_S = 0.3

_BLEND = 0.3  # share of the shorter move by which the next one begins early
_DESCEND, _LIFT, _LOWER = 1, 2, 4  # moves: reach, descend, lift, (carry, lower,) return
_MISS_M = 0.075  # sideways; the closed fingers stay beside the cube


@dataclass(frozen=True, slots=True)
class Cycle:
    """One pick and place. Moves: start s, duration s, change (n, joints) rad; grip ramps: start s, change."""

    start: Vector
    duration: Vector
    change: Vector
    grips: tuple[tuple[float, float], ...]
    active: tuple[float, float]


class Cycles:
    """All of one operator's, from one seed. Each move goes in joint space between way-points found by IK."""

    def __init__(self, seed: int, config: VirtualOperatorConfig, station: Station) -> None:
        self._seed, self._config, self._station = seed, config, station
        self.plan = lru_cache(maxsize=4)(self._make_plan)
        self.pick = lru_cache(maxsize=4)(self._find_pick)

    def misses(self, cycle: int) -> bool:
        """Does the grasp of this cycle miss?"""
        return bool(self._rng(cycle, "grasp").random() < self._config.failure_rate)

    def _make_plan(self, number: int) -> Cycle:
        rng = self._rng(number, "moves")
        pick, place = self.pick(number), self._spot(number + 1)
        missed = self.misses(number)
        aim = pick + np.append(rng.normal(0.0, 0.002, 2), 0.0)
        if missed:
            aim[1] += rng.choice([-1.0, 1.0]) * _MISS_M
        up = np.array([0.0, 0.0, self._station.clearance])
        stops = [aim + up, aim, aim + up]
        if not missed:
            stops += [place + up, place]
        model = self._station.model
        q = [model.home]
        near = self._station.ready
        hand = _attitude(yaw=float(rng.uniform(-0.06, 0.06)), lean=float(rng.uniform(*self._station.lean)))
        for stop in stops:
            hand[:3, 3] = stop
            near = model.inverse(self._station.end_effector(hand), near)
            q.append(near)
        change = np.diff(np.array([*q, model.home]), axis=0)
        lazy = rng.uniform(1.0, 1.06, size=len(change))
        lasts = np.array([duration(step) for step in change]) * lazy
        start, grips, length = _timetable(lasts, missed, rng)
        hurry = min(1.0, (self._config.cycle_s - PAUSE_S) / length)
        spare = self._config.cycle_s - PAUSE_S - length * hurry
        wait = PAUSE_S + spare * float(rng.uniform(0.3, 0.8))
        return Cycle(
            wait + start * hurry,
            lasts * hurry,
            change,
            tuple((wait + t * hurry, by) for t, by in grips),
            (wait, wait + length * hurry),
        )

    def _find_pick(self, number: int) -> Vector:
        """The cube lies where the last grasp that held has put it."""
        while number > 0 and self.misses(number - 1):
            number -= 1
        return self._spot(number)

    def _spot(self, number: int) -> Vector:
        rng = self._rng(number, "spot")
        along, (least, most) = self._station.spots
        middle = (least + most) / 2
        low, high = ((least, middle), (middle, most))[number % 2]
        return np.array([rng.uniform(*along), rng.uniform(low, high), CUBE_M / 2])

    def _rng(self, cycle: int, purpose: str) -> np.random.Generator:
        return np.random.default_rng([self._seed, cycle, *purpose.encode()])


def _timetable(
    lasts: Vector, missed: bool, rng: np.random.Generator
) -> tuple[Vector, tuple[tuple[float, float], ...], float]:
    """When each move starts, when the grip changes and by how much, when all is done; s from the first move.

    Moves blend into the next one, except where the hand must be still: at the grasp and at the release.
    """
    start: list[float] = []
    grips: list[tuple[float, float]] = []
    t = 0.0
    for i, takes in enumerate(lasts):
        start.append(t)
        t += float(takes)
        hesitation = float(rng.uniform(0.02, 0.08))
        if i == _DESCEND:
            grips.append((t + hesitation, 1.0))
            t += hesitation + GRIP_S
        elif missed and i == _LIFT:  # the empty hand is looked at, then opens on the way home
            grips.append((t + 2 * hesitation, -1.0))
            t += 2 * hesitation
        elif i == _LOWER:
            grips.append((t + hesitation, -1.0))
            t += hesitation + GRIP_S
        elif i < len(lasts) - 1:
            t -= _BLEND * float(min(takes, lasts[i + 1]))
    return np.array(start), tuple(grips), t


def _attitude(yaw: float, lean: float) -> Matrix:
    """Pose at the origin of a hand that points down: turned about the vertical, then leant back; rad."""
    cy, sy, cl, sl = math.cos(yaw), math.sin(yaw), math.cos(lean), math.sin(lean)
    return np.array(
        [
            [cy * cl, sy, -cy * sl, 0.0],
            [sy * cl, -cy, -sy * sl, 0.0],
            [-sl, 0.0, -cl, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )
