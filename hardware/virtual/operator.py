"""A scripted operator: picks a cube and places it elsewhere, over and over, as a person would.

Moves may begin before the last one has ended, as people's do. Physiological tremor rides on top, its
acceleration even over 8..12 Hz. The leaders rest at home until all robots are there too; from that instant on
all is a pure function of seed and time, each hand at a phase of its own, so that whoever takes one arm for the
other is found out; except for what happens to the robots and the hands: at the start of each cycle a hand waits,
at home, for its robot if that is not there, and fetches it (operator_meet.py), and so does the other hand;
while the fault `leader_still` is on, the script stands still, the hands come to rest within EASE_S and later go
on from where they were; `hands_astray` and `hands_low` push them off the script; an operator who calibrates a leader
holds it as told (operator_hands.py).
"""

import math
from functools import lru_cache

import numpy as np

from hardware.samples import Vector
from hardware.virtual.operator_cycle import GRIP_S, Cycles
from hardware.virtual.operator_hands import Hands
from hardware.virtual.operator_meet import Meetings
from hardware.virtual.operator_moves import EASE_S, eased, unit_move, unit_moves, united
from hardware.virtual.operator_push import Push
from hardware.virtual.station import station
from hardware.virtual.world import World, seed_for

_HERE_RAD = 0.05  # a robot this near to the leader's home follows it
_SETTLED_NS = round(1.1 * EASE_S * 1e9)
_LOOK_S = (0.35, 0.60)  # of each cycle, at rest: when the operator looks whether the robot is there
_BEHIND = (0.3, 0.45)  # of a cycle, by which the hand at each further follower's leader begins later
# How much of the tremor each joint bears; the norm of all seven is 1.
_TREMOR_SHARE = np.array([0.38, 0.28, 0.40, 0.34, 0.46, 0.38, 0.36])
_TREMOR_HZ = (8.0, 12.0)
_TREMOR_FADE_S = 0.4
_DRIVE_S = 5.0  # a mobile base is driven once in this time, or not
_DRIVE_BEGIN_S, _DRIVE_RAMP_S, _DRIVE_LASTS_S = 0.6, 0.8, (1.8, 3.4)
_DRIVE_FORWARD, _DRIVE_TURN = (0.3, 0.9), (0.3, 0.8)  # deflection of the stick


class Operator:
    """The person at one leader. Two leaders of one rig move differently; equal seeds move equally."""

    def __init__(self, world: World, leader: str) -> None:
        self._config = world.config.operator
        self._seed = seed_for(world.config, f"operator/{leader}")
        self._world, self._name = world, leader
        led = world.led_by(leader)
        own = station(led.arm)
        self._home = own.model.home
        self._homes = [(f.leader, f.name, station(f.arm).model.home) for f in world.followers]
        self._cycles = Cycles(self._seed, self._config, own)
        self._meetings = Meetings(world, leader, own.model.home)
        self._push = Push(world, leader, own.model)
        self._told = Hands(world, leader)
        behind = float(np.random.default_rng([self._seed, *b"phase"]).uniform(*_BEHIND))
        self._behind_s = world.followers.index(led) * behind * self._config.cycle_s
        rng = np.random.default_rng(self._seed)
        hz = rng.uniform(*_TREMOR_HZ, size=own.model.joints)
        self._omega: Vector = 2 * math.pi * hz
        share = _TREMOR_SHARE[: own.model.joints]
        self._amplitude: Vector = self._config.tremor_rad * share * (_TREMOR_HZ[0] / hz) ** 2
        self._phase: Vector = rng.uniform(0, 2 * math.pi, size=own.model.joints)
        self._drive = lru_cache(maxsize=4)(self._plan_drive)
        self._at: tuple[int, tuple[Vector, Vector, float]] | None = None

    def leader(self, t_ns: int) -> tuple[Vector, Vector, float]:
        """At an instant: q (n,) rad, dq (n,) rad/s (its exact derivative), grip 0 open .. 1 closed."""
        if self._at is None or self._at[0] != t_ns:
            q, dq, grip = self._hands(t_ns)
            off, rate = self._meetings.offset(t_ns)
            q, dq = self._push.on(q + off, dq + rate, t_ns)
            self._at = (t_ns, self._told.on(q, dq, grip, t_ns))
        return self._at[1]

    def stick(self, t_ns: int) -> Vector:
        """The thumbstick (2,), forward and turn (to the left), -1..1: moved smoothly now and then, or at rest."""
        since_ns = self._world.operator_since_ns
        if not since_ns:
            return np.zeros(2)
        script, pace = self._script(t_ns, since_ns)
        number = max(0, int(script // _DRIVE_S))
        deflection, lasts = self._drive(number)
        t = script - number * _DRIVE_S - _DRIVE_BEGIN_S
        rise, fall = unit_move(t / _DRIVE_RAMP_S)[0], unit_move((lasts - t) / _DRIVE_RAMP_S)[0]
        return pace * rise * fall * deflection

    def cycle(self, t_ns: int) -> int:
        """Number of the pick and place under way; 0 from the start of the world on."""
        since_ns = self._world.operator_since_ns
        return max(0, int(self._script(t_ns, since_ns)[0] // self._config.cycle_s)) if since_ns else 0

    def object_start(self, t_ns: int) -> Vector:
        """Centre of the cube (3,) m in the follower's base frame as the cycle of `t_ns` finds it."""
        return self._cycles.pick(self.cycle(t_ns)).copy()

    def misses(self, cycle: int) -> bool:
        """Does the grasp of this cycle miss?"""
        return self._cycles.misses(cycle)

    def _hands(self, t_ns: int) -> tuple[Vector, Vector, float]:
        """The script's q, dq and grip."""
        since_ns = self._world.operator_since_ns
        if not since_ns:
            if all(self._is_here(name, home, t_ns, unknown=False) for _, name, home in self._homes):
                self._world.start_operator(t_ns + round(self._config.lead_in_s * 1e9))
            return self._home.copy(), np.zeros(len(self._home)), 0.0
        script, pace = self._script(t_ns, since_ns)
        number = max(0, int(script // self._config.cycle_s))
        t = script - number * self._config.cycle_s
        self._look(t_ns, t)
        plan = self._cycles.plan(number)
        done, rate = unit_moves((t - plan.start) / plan.duration)
        q = self._home + done @ plan.change
        dq = (rate / plan.duration) @ plan.change
        shake, shake_rate = self._tremor(t, plan.active)
        grip = 0.0
        for start, change in plan.grips:
            grip += change * unit_move((t - start) / GRIP_S)[0]
        return q + shake, (dq + shake_rate) * pace, min(max(grip, 0.0), 1.0)

    def _script(self, t_ns: int, since_ns: int) -> tuple[float, float]:
        """Where in the script an instant is, s from its start, and the pace there: 1, or 0 while the hands rest."""
        waits = self._world.waits(self._name)
        script, pace = (t_ns - since_ns - waits.before_ns) * 1e-9 - self._behind_s, 1.0
        waited = [(waits.from_ns, waits.to_ns)] if waits.from_ns else []
        for begin_ns, end_ns in united([*self._still_spells(), *waited]):
            rested, rest = eased((t_ns - max(begin_ns, since_ns)) * 1e-9)
            resumed, go = eased((t_ns - max(end_ns, since_ns)) * 1e-9)
            script, pace = script - rested + resumed, pace - rest + go
        return script, pace

    def _look(self, t_ns: int, t: float) -> None:
        """At rest at home, `t` s into the cycle: wait for robots that are not there, or wait no more."""
        waits = self._world.waits(self._name)
        if waits.from_ns <= t_ns < waits.to_ns:
            if self._goes_on(t_ns) and not self._meetings.offset(t_ns)[0].any():
                self._world.end_wait(self._name, t_ns)
            else:
                self._meetings.look(t_ns, waits.from_ns)
        elif _LOOK_S[0] <= t < _LOOK_S[1] and t_ns > waits.to_ns + _SETTLED_NS and not self._goes_on(t_ns):
            still = united(self._still_spells())
            both = sum(max(0, min(end, waits.to_ns) - max(begin, waits.from_ns)) for begin, end in still)
            before_ns = waits.before_ns + waits.to_ns - waits.from_ns - both
            self._world.begin_wait(self._name, t_ns, before_ns)

    def _still_spells(self) -> list[tuple[int, int]]:
        return [(spell.from_ns, spell.to_ns) for spell in self._world.fault_spells("leader_still", self._name)]

    def _goes_on(self, t_ns: int) -> bool:
        """Is the own robot here, and does no other hand wait for one that is not?"""
        return all(
            self._is_here(name, home, t_ns, unknown=True)
            for leader, name, home in self._homes
            if leader == self._name or self._world.waits(leader).from_ns <= t_ns < self._world.waits(leader).to_ns
        )

    def _is_here(self, robot: str, home: Vector, t_ns: int, *, unknown: bool) -> bool:
        """Is this robot where its leader rests? `unknown`: is one of which nothing was ever heard?"""
        state = self._world.state_at(robot, t_ns)
        return unknown if state is None else float(np.abs(state.q - home).max()) < _HERE_RAD

    def _tremor(self, t: float, active: tuple[float, float]) -> tuple[Vector, Vector]:
        """Tremor and its rate, (n,) each; it fades in and out with the effort, and home is quiet."""
        rise, rise_rate = unit_move((t - active[0]) / _TREMOR_FADE_S)
        fall, fall_rate = unit_move((active[1] - t) / _TREMOR_FADE_S)
        level = rise * fall
        level_rate = (rise_rate * fall - rise * fall_rate) / _TREMOR_FADE_S
        angle = self._omega * t + self._phase
        wave = self._amplitude * np.sin(angle)
        return level * wave, level_rate * wave + level * self._amplitude * self._omega * np.cos(angle)

    def _plan_drive(self, number: int) -> tuple[Vector, float]:
        """The stick's deflection and how long it lasts, s: straight, a turn, or both; sometimes none."""
        rng = np.random.default_rng([self._seed, number, *b"drive"])
        forward, turn = rng.random(2) < 0.6
        signs = rng.choice([-1.0, 1.0], size=2)
        deflection = signs * [rng.uniform(*_DRIVE_FORWARD) * forward, rng.uniform(*_DRIVE_TURN) * turn]
        return deflection, float(rng.uniform(*_DRIVE_LASTS_S))
