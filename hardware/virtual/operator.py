"""A scripted operator: picks a cube and places it elsewhere, over and over, as a person would.

Each move is a minimum-jerk sub-movement (Flash and Hogan, 1985) in joint space between way-points found
by inverse kinematics; a move may begin before the last one has ended, as people's do. Physiological
tremor rides on top, its acceleration even over 8..12 Hz. The leader rests at home until the robots are
there too; from that instant on all is a pure function of seed and time. While the fault `leader_still` is
on, the script stands still: the hands come to rest within _EASE_S and later go on from where they were.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hardware.samples import Vector
from hardware.virtual import kinematics
from hardware.virtual.cell import CUBE_M
from hardware.virtual.kinematics import Matrix
from hardware.virtual.world import JOINTS, World, seed_for

PAUSE_S = 1.0
"""Least rest at home at the start of each cycle."""

_PEAK_RAD_S = 1.08  # of one move; two may blend
_PEAK_RAD_S2 = 2.2
_UNIT_SPEED, _UNIT_ACCELERATION = 1.875, 10 / math.sqrt(3)  # peaks of the unit minimum-jerk move
_BLEND = 0.3  # share of the shorter move by which the next one begins early
_GRIP_S = 0.3
_HERE_RAD = 0.02  # a robot this near to the leader's pose follows it
_DESCEND, _LIFT, _LOWER = 1, 2, 4  # moves: reach, descend, lift, (carry, lower,) return
_SPOT_X, _SPOT_Y = (0.38, 0.45), (0.00, 0.19)  # m, clear of the board and the box
_CLEARANCE_M = 0.08  # from the grasp up to where the hand travels
_MISS_M = 0.075  # sideways; the closed fingers stay beside the cube
# How much of the tremor each joint bears; the norm is 1.
_TREMOR_SHARE = np.array([0.38, 0.28, 0.40, 0.34, 0.46, 0.38, 0.36])
_TREMOR_HZ = (8.0, 12.0)
_TREMOR_FADE_S = 0.4
_EASE_S = 0.3  # in which hands that are in motion come to rest, and rest to motion


@dataclass(frozen=True, slots=True)
class _Cycle:
    """One pick and place. Moves: start s, duration s, change (n, 7) rad; grip ramps: start s, change."""

    start: Vector
    duration: Vector
    change: Vector
    grips: tuple[tuple[float, float], ...]
    active: tuple[float, float]


class Operator:
    """The person at one leader. Two leaders of one rig move differently; equal seeds move equally."""

    def __init__(self, world: World, leader: str) -> None:
        self._config = world.config.operator
        self._seed = seed_for(world.config, f"operator/{leader}")
        self._world, self._name = world, leader
        self._cycle_s = self._config.cycle_s
        rng = np.random.default_rng(self._seed)
        hz = rng.uniform(*_TREMOR_HZ, size=JOINTS)
        self._omega: Vector = 2 * math.pi * hz
        self._amplitude: Vector = self._config.tremor_rad * _TREMOR_SHARE * (_TREMOR_HZ[0] / hz) ** 2
        self._phase: Vector = rng.uniform(0, 2 * math.pi, size=JOINTS)
        self._plan = lru_cache(maxsize=4)(self._make_plan)
        self._pick = lru_cache(maxsize=4)(self._find_pick)
        self._at: tuple[int, tuple[Vector, Vector, float]] | None = None

    def leader(self, t_ns: int) -> tuple[Vector, Vector, float]:
        """At an instant: q (7,) rad, dq (7,) rad/s (its exact derivative), grip 0 open .. 1 closed."""
        if self._at is None or self._at[0] != t_ns:
            self._at = (t_ns, self._leader(t_ns))
        return self._at[1]

    def cycle(self, t_ns: int) -> int:
        """Number of the pick and place under way; 0 from the start of the world on."""
        since_ns = self._world.operator_since_ns
        return max(0, int(self._script(t_ns, since_ns)[0] // self._cycle_s)) if since_ns else 0

    def object_start(self, t_ns: int) -> Vector:
        """Centre of the cube (3,) m in the follower's base frame as the cycle of `t_ns` finds it."""
        return self._pick(self.cycle(t_ns)).copy()

    def misses(self, cycle: int) -> bool:
        """Does the grasp of this cycle miss?"""
        return bool(self._rng(cycle, "grasp").random() < self._config.failure_rate)

    def _leader(self, t_ns: int) -> tuple[Vector, Vector, float]:
        since_ns = self._world.operator_since_ns
        if not since_ns:
            if self._robots_are_here(t_ns):
                self._world.start_operator(t_ns + round(self._config.lead_in_s * 1e9))
            return kinematics.HOME.copy(), np.zeros(JOINTS), 0.0
        script, pace = self._script(t_ns, since_ns)
        number = max(0, int(script // self._cycle_s))
        t = script - number * self._cycle_s
        plan = self._plan(number)
        done, rate = _unit_moves((t - plan.start) / plan.duration)
        q = kinematics.HOME + done @ plan.change
        dq = (rate / plan.duration) @ plan.change
        shake, shake_rate = self._tremor(t, plan.active)
        grip = 0.0
        for start, change in plan.grips:
            grip += change * _unit_move((t - start) / _GRIP_S)[0]
        return q + shake, (dq + shake_rate) * pace, min(max(grip, 0.0), 1.0)

    def _script(self, t_ns: int, since_ns: int) -> tuple[float, float]:
        """Where in the script an instant is, s from its start, and the pace there: 1, or 0 while the hands rest."""
        spells = self._world.fault_spells("leader_still", self._name)
        script, pace = (t_ns - since_ns) * 1e-9, 1.0
        for begin_ns, end_ns in _united([(spell.from_ns, spell.to_ns) for spell in spells]):
            rested, rest = _eased((t_ns - max(begin_ns, since_ns)) * 1e-9)
            resumed, go = _eased((t_ns - max(end_ns, since_ns)) * 1e-9)
            script, pace = script - rested + resumed, pace - rest + go
        return script, pace

    def _robots_are_here(self, t_ns: int) -> bool:
        """A person begins once the robots have come to where the leaders rest."""
        states = [self._world.state_at(name, t_ns) for name in self._world.followers]
        return all(s is not None and float(np.abs(s.q - kinematics.HOME).max()) < _HERE_RAD for s in states)

    def _tremor(self, t: float, active: tuple[float, float]) -> tuple[Vector, Vector]:
        """Tremor and its rate, (7,) each; it fades in and out with the effort, and home is quiet."""
        rise, rise_rate = _unit_move((t - active[0]) / _TREMOR_FADE_S)
        fall, fall_rate = _unit_move((active[1] - t) / _TREMOR_FADE_S)
        level = rise * fall
        level_rate = (rise_rate * fall - rise * fall_rate) / _TREMOR_FADE_S
        angle = self._omega * t + self._phase
        wave = self._amplitude * np.sin(angle)
        return level * wave, level_rate * wave + level * self._amplitude * self._omega * np.cos(angle)

    def _make_plan(self, number: int) -> _Cycle:
        rng = self._rng(number, "moves")
        pick, place = self._pick(number), self._spot(number + 1)
        missed = self.misses(number)
        aim = pick + np.append(rng.normal(0.0, 0.002, 2), 0.0)
        if missed:
            aim[1] += rng.choice([-1.0, 1.0]) * _MISS_M
        up = np.array([0.0, 0.0, _CLEARANCE_M])
        stops = [aim + up, aim, aim + up]
        if not missed:
            stops += [place + up, place]
        q = [kinematics.HOME]
        attitude = _attitude(yaw=float(rng.uniform(-0.06, 0.06)), pitch=float(rng.uniform(0.1, 0.22)))
        for stop in stops:
            attitude[:3, 3] = stop
            q.append(kinematics.inverse(attitude, q[-1]))
        change = np.diff(np.array([*q, kinematics.HOME]), axis=0)
        lazy = rng.uniform(1.0, 1.06, size=len(change))
        duration = np.array([_duration(step) for step in change]) * lazy
        start, grips, length = _timetable(duration, missed, rng)
        hurry = min(1.0, (self._cycle_s - PAUSE_S) / length)
        spare = self._cycle_s - PAUSE_S - length * hurry
        wait = PAUSE_S + spare * float(rng.uniform(0.3, 0.8))
        return _Cycle(
            wait + start * hurry,
            duration * hurry,
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
        middle = sum(_SPOT_Y) / 2
        low, high = ((_SPOT_Y[0], middle), (middle, _SPOT_Y[1]))[number % 2]
        return np.array([rng.uniform(*_SPOT_X), rng.uniform(low, high), CUBE_M / 2])

    def _rng(self, cycle: int, purpose: str) -> np.random.Generator:
        return np.random.default_rng([self._seed, cycle, *purpose.encode()])


def _united(spells: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same stretches of time without overlaps, in order."""
    united: list[tuple[int, int]] = []
    for begin, end in sorted(spells):
        if united and begin <= united[-1][1]:
            united[-1] = united[-1][0], max(united[-1][1], end)
        else:
            united.append((begin, end))
    return united


def _eased(t: float) -> tuple[float, float]:
    """A switch that goes smoothly from 0 to 1 within _EASE_S: its integral up to `t` (s after its begin), its value."""
    x = min(max(t / _EASE_S, 0.0), 1.0)
    return _EASE_S * x**3 * (1.0 - x / 2.0) + max(t - _EASE_S, 0.0), x * x * (3.0 - 2.0 * x)


def _timetable(
    duration: Vector, missed: bool, rng: np.random.Generator
) -> tuple[Vector, tuple[tuple[float, float], ...], float]:
    """When each move starts, when the grip changes and by how much, when all is done; s from the first move.

    Moves blend into the next one, except where the hand must be still: at the grasp and at the release.
    """
    start: list[float] = []
    grips: list[tuple[float, float]] = []
    t = 0.0
    for i, lasts in enumerate(duration):
        start.append(t)
        t += float(lasts)
        hesitation = float(rng.uniform(0.02, 0.08))
        if i == _DESCEND:
            grips.append((t + hesitation, 1.0))
            t += hesitation + _GRIP_S
        elif missed and i == _LIFT:  # the empty hand is looked at, then opens on the way home
            grips.append((t + 2 * hesitation, -1.0))
            t += 2 * hesitation
        elif i == _LOWER:
            grips.append((t + hesitation, -1.0))
            t += hesitation + _GRIP_S
        elif i < len(duration) - 1:
            t -= _BLEND * float(min(lasts, duration[i + 1]))
    return np.array(start), tuple(grips), t


def _duration(change: Vector) -> float:
    """Time of one move that keeps its peak speed and acceleration, s."""
    far = float(np.abs(change).max())
    return max(_UNIT_SPEED * far / _PEAK_RAD_S, math.sqrt(_UNIT_ACCELERATION * far / _PEAK_RAD_S2))


def _attitude(yaw: float, pitch: float) -> Matrix:
    """Pose at the origin of a hand that points down: turned about the vertical, then leant back; rad."""
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    return np.array(
        [
            [cy * cp, sy, -cy * sp, 0.0],
            [sy * cp, -cy, -sy * sp, 0.0],
            [-sp, 0.0, -cp, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )


def _unit_moves(tau: Vector) -> tuple[Vector, Vector]:
    """Minimum jerk from 0 to 1 while tau goes from 0 to 1, and its rate; still outside."""
    x = np.minimum(np.maximum(tau, 0.0), 1.0)
    x2 = x * x
    return x * x2 * (10.0 - 15.0 * x + 6.0 * x2), 30.0 * x2 * (1.0 - 2.0 * x + x2)


def _unit_move(tau: float) -> tuple[float, float]:
    x = min(max(tau, 0.0), 1.0)
    return x**3 * (10.0 - 15.0 * x + 6.0 * x * x), 30.0 * x * x * (1.0 - x) ** 2
