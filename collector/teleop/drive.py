"""From thumbstick and keys to a velocity of the mobile base that cannot jump. Pure; times int64 ns.

- Keys beat the stick: while a key counts (`keys_ms` after each press or repeat) the stick does not.
- The stick counts while every arm follows; keys also while every arm is idle. In any other state, on a stale stick,
  and after `halt`, the base must stand until nothing is asked for once: the stick let go, the keys too. So it never
  moves off by itself when the arms engage.
- Speed, and its change while driving, stay within the base's limits whatever is asked. Where nothing is asked, or the
  base must stand, it comes to rest within STOP_S.
"""

from dataclasses import dataclass
from math import hypot, isfinite

import numpy as np

from hardware.config import DynamixelBaseConfig
from hardware.rows import AXES
from hardware.samples import Vector

STALE_NS = 100_000_000
"""A stick older than this says nothing."""
STOP_S = 0.25
"""Longest time from full speed to rest."""
_LONGEST_STEP_S = 0.04  # after a stall the velocity moves on as if this had passed, not in one leap


@dataclass(frozen=True, slots=True)
class Allowed:
    """Whose wishes count now."""

    stick: bool
    keys: bool


@dataclass(frozen=True, slots=True)
class Told:
    """(3,) each, vx, vy m/s and wz rad/s, NaN where the base has no such axis; `reason` it must stand, if any."""

    requested: Vector
    sent: Vector
    reason: str


class Drive:
    """The velocity of one base, cycle by cycle."""

    def __init__(self, config: DynamixelBaseConfig) -> None:
        self._config = config
        self._has = np.array([axis in config.axes for axis in AXES])
        self._stick: tuple[int, float, float] | None = None
        self._keys: tuple[int, Vector] | None = None
        self._sent: Vector = np.zeros(len(AXES))
        self._at_ns: int | None = None
        self._at_rest = False  # has the operator asked for nothing since the last stop?

    @property
    def moving(self) -> bool:
        """Is it told any velocity?"""
        return bool(self._sent.any())

    def on_stick(self, t_ns: int, forward: float, turn: float) -> None:
        """A stick sample, -1..1 each; NaN is no sample."""
        if isfinite(forward) and isfinite(turn):
            self._stick = t_ns, forward, turn

    def on_keys(self, t_ns: int, vx: float, vy: float, wz: float) -> None:
        """A key pressed or repeated, m/s, m/s, rad/s; what is not finite is no key."""
        if isfinite(vx) and isfinite(vy) and isfinite(wz):
            self._keys = t_ns, np.array([vx, vy, wz])

    def halt(self) -> None:
        """Stop, and stay until nothing is asked for once."""
        self._at_rest = False

    def halted(self) -> None:
        """The wheels stopped by themselves: go on from rest."""
        self._sent = np.zeros(len(AXES))
        self.halt()

    def update(self, now_ns: int, allowed: Allowed) -> Told:
        """What the base is told now."""
        requested, wished, reason = self._wish(now_ns, allowed)
        if reason:
            self.halt()
        elif not requested.any():
            self._at_rest = True
        elif not self._at_rest:
            reason = "let go of stick and keys first"
        target = np.zeros(len(AXES)) if reason else wished
        self._sent = self._towards(target, self._passed_s(now_ns))
        return Told(self._own(requested), self._own(self._sent), reason)

    def _wish(self, now_ns: int, allowed: Allowed) -> tuple[Vector, Vector, str]:
        """What is asked for, what of it counts, and why nothing does."""
        config, nothing = self._config, np.zeros(len(AXES))
        keyed = self._keys is not None and now_ns - self._keys[0] <= config.keys_ms * 1e6
        if keyed and self._keys is not None:
            asked = self._limited(self._keys[1])
            return (asked, asked, "") if allowed.keys else (asked, nothing, "the arms neither follow nor rest")
        if self._stick is None:
            return nothing, nothing, ""
        t_ns, forward, turn = self._stick
        if now_ns - t_ns > STALE_NS:
            return nothing, nothing, "the leader's stick is stale"
        asked = self._limited(np.array([forward * config.speed, 0.0, turn * config.turn]))
        if not allowed.stick:
            # Nobody drives: an idle stick is no reason to complain of.
            return asked, nothing, "the arms do not follow" if asked.any() or self.moving else ""
        return asked, asked, ""

    def _limited(self, twist: Vector) -> Vector:
        """Within the greatest speeds, the direction of travel kept; nothing along axes that it has not."""
        vx, vy, wz = np.where(self._has, twist, 0.0).tolist()
        over = max(hypot(vx, vy) / self._config.speed, 1.0)
        return np.array([vx / over, vy / over, max(-self._config.turn, min(self._config.turn, wz))])

    def _towards(self, target: Vector, seconds: float) -> Vector:
        config = self._config
        rate, turn_rate = config.acceleration, config.acceleration
        if not target.any():
            rate, turn_rate = max(rate, config.speed / STOP_S), max(turn_rate, config.turn / STOP_S)
        dx, dy, dw = (target - self._sent).tolist()
        way = hypot(dx, dy)
        share = min(1.0, rate * seconds / way) if way else 0.0
        step = max(-turn_rate * seconds, min(turn_rate * seconds, dw))
        return self._sent + np.array([share * dx, share * dy, step])

    def _passed_s(self, now_ns: int) -> float:
        before, self._at_ns = self._at_ns, now_ns
        return 0.0 if before is None else min(max(now_ns - before, 0) * 1e-9, _LONGEST_STEP_S)

    def _own(self, twist: Vector) -> Vector:
        return np.where(self._has, twist, np.nan)
