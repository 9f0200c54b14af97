"""The last step before the robot: whatever target comes in, the joints get a motion they can do.

The reference is (q, v, a) per joint. Guaranteed from each cycle to the next, for any input whatever:

- |v' - v| <= a_max dt, and |a' - a| <= j_max dt: the share in use, in a stop 95 % of the robot's own;
- v stays below the share of the position-dependent limit, and below what a stop of STOP_S can end;
- q stays inside the soft limits (from outside them it may only come back).

Jerk is bounded between cycles, as differences of what is sent; between two packets the robot's own
interpolation decides. The proof is a look-ahead that full braking preserves: after ramping `a` down to
full braking at j_max, the joint must be under its braking envelope (envelope.py).

A target is followed by a = gain (v_target + closing(q_target - q) - v), with v_target read `lead_s`
ahead of q_target. The lead cancels the follower's own delay up to third order: smooth motion passes
with no lag added, while the steps of the leader's encoders do not pass. A control cycle longer than
1 / (2 GAIN) needs a lower gain to stay well damped, and then a longer lead.

Stops are `halt`, not ruckig: both end within a cycle of each other from any speed, at the same jerk
(from 1.32 rad/s 141 and 142 ms, 4750 rad/s^3; benchmarks/teleop_stop.py). ruckig costs less (0.4 us
a cycle of seven joints against 11), but knows no velocity limit that depends on position, carries a
plan that a late cycle breaks, and can answer with an error instead of a stop.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import copysign, isfinite, sqrt

import numpy as np

from collector.teleop.envelope import Envelope, envelopes
from hardware.arms.models import ArmModel
from hardware.config import TeleopConfig
from hardware.samples import Vector

STOP_S = 0.150  # reference: a release or a fault ends in rest within this
STOP_SHARE = 0.95  # of the robot's acceleration limit that a stop may use
LONGEST_S = 0.005  # a longer pause counts as this, or as 1.5 cycles: the reference never leaps over it
GAIN = 200.0  # 1/s
CLOSING_GAIN = 12.5  # 1/s: an encoder step of 1.5 mrad then costs under 4 rad/s^2
CLOSING_SHARE = 0.5  # of the acceleration, kept for catching up without overshoot
_HALVINGS = 8
_STANDING = 1e-9  # rad/s


@dataclass(slots=True)
class Joint:
    """One joint's reference and its limits (rad, s)."""

    q: float
    low: float
    high: float
    acceleration: float
    stop: float
    jerk: float
    stop_jerk: float
    gain: float
    upper: Envelope
    lower: Envelope
    v: float = 0.0
    a: float = 0.0

    def follow(self, target: float, velocity: float, dt: float) -> str:
        """One cycle towards a target moving at `velocity`; names the limit that was hit, or ''."""
        if not (isfinite(target) and isfinite(velocity)):
            self.halt(dt)
            return "not_finite"
        inside = min(max(target, self.low), self.high)
        error = inside - (self.q + self.v * dt)
        braking = CLOSING_SHARE * self.acceleration
        knee = braking / CLOSING_GAIN**2
        closing = CLOSING_GAIN * error
        if abs(error) > knee:
            closing = copysign(sqrt(2.0 * braking * (abs(error) - 0.5 * knee)), error)
        if inside != target:
            velocity = 0.0
        hit = self._advance(self.gain * (velocity + closing - self.v), self.acceleration, self.jerk * dt, dt)
        return "position" if inside != target else hit

    def halt(self, dt: float) -> None:
        """One cycle of stopping as fast as allowed, landing without overshoot."""
        if abs(self.v) < _STANDING and abs(self.a) < _STANDING / dt:
            self.v = self.a = 0.0
            return
        last, slew = -self.v / dt, self.stop_jerk * dt
        if abs(last) <= slew and abs(last - self.a) <= slew:
            wanted = last
        else:
            wanted = -copysign(min(self.stop, sqrt(self.stop_jerk * abs(self.v))), self.v)
        self._advance(wanted, self.stop, slew, dt)

    def _advance(self, wanted: float, bound: float, slew: float, dt: float) -> str:
        allowed = min(max(wanted, -bound), bound)
        a = min(max(allowed, self.a - slew), self.a + slew)
        hit = "" if a == wanted else "acceleration" if allowed != wanted else "jerk"
        if not self._can_stop(1.0, self.upper, a, dt):
            a, hit = self._brake(1.0, self.upper, a, slew, dt), "velocity"
        elif not self._can_stop(-1.0, self.lower, a, dt):
            a, hit = self._brake(-1.0, self.lower, a, slew, dt), "velocity"
        self.a = a
        self.v += a * dt
        self.q += self.v * dt
        return hit

    def _can_stop(self, side: float, envelope: Envelope, a: float, dt: float) -> bool:
        """Would one cycle at `a` leave the joint able to brake on this side?"""
        towards = side * a
        velocity = side * (self.v + a * dt)
        peak = velocity + (towards * towards / (2.0 * self.jerk) if towards > 0.0 else 0.0)
        if peak <= 0.0:
            return True
        ramp = max(towards + self.acceleration, 0.0) / self.jerk
        return peak * peak <= envelope.at(side * self.q + velocity * dt + peak * ramp)

    def _brake(self, side: float, envelope: Envelope, a: float, slew: float, dt: float) -> float:
        """The acceleration nearest `a` that leaves the joint able to stop; full braking always does."""
        full = min(max(-side * self.acceleration, self.a - slew), self.a + slew)
        safe, unsafe = full, a
        for _ in range(_HALVINGS):
            middle = 0.5 * (safe + unsafe)
            if self._can_stop(side, envelope, middle, dt):
                safe = middle
            else:
                unsafe = middle
        return safe


class Limiter:
    """The reference of all joints. `hits` counts cycles per (limit, joint); joints count from 1.

    gain: 1/s. lead_s: how far ahead of a target its velocity is to be read, s. longest_s: the longest cycle that
    counts, s.
    """

    def __init__(self, config: TeleopConfig, model: ArmModel, q_start: Vector, cycle_s: float) -> None:
        """cycle_s: of the control loop, nominally, s."""
        limits = model.limits
        self.gain = gain = min(GAIN, 0.5 / cycle_s)
        self.lead_s = 1.0 / gain - cycle_s  # a cycle less, because v acts in the cycle it is set
        self.longest_s = max(LONGEST_S, 1.5 * cycle_s)
        if config.acceleration == 0.0:
            raise ValueError("teleop.acceleration is 0, so the robot could never stop; set 0.1 to 1")
        acceleration = config.acceleration * limits.acceleration
        jerk = config.acceleration * limits.jerk
        stop, stop_jerk = STOP_SHARE * limits.acceleration, STOP_SHARE * limits.jerk
        stop, stop_jerk = np.maximum(stop, acceleration), np.maximum(stop_jerk, jerk)
        # What the jerk-limited ramps at both ends of a stop, and its last cycle begun, take from STOP_S.
        cap = stop * (STOP_S - (acceleration + 4.0 * stop) / stop_jerk - cycle_s)
        sides = envelopes(limits, model.velocity_bounds, config.margin_rad, cap, acceleration, config.velocity)
        self._joints = [
            Joint(
                q=float(q_start[i]),
                low=float(limits.q_min[i]) + config.margin_rad,
                high=float(limits.q_max[i]) - config.margin_rad,
                acceleration=float(acceleration[i]),
                stop=float(stop[i]),
                jerk=float(jerk[i]),
                stop_jerk=float(stop_jerk[i]),
                gain=gain,
                upper=upper,
                lower=lower,
            )
            for i, (upper, lower) in enumerate(sides)
        ]
        self.hits: Counter[tuple[str, int]] = Counter()

    @property
    def q(self) -> list[float]:
        """The reference now, rad."""
        return [joint.q for joint in self._joints]

    @property
    def dq(self) -> list[float]:
        """Its velocity, rad/s."""
        return [joint.v for joint in self._joints]

    @property
    def moving(self) -> bool:
        """Is any joint of the reference not at rest?"""
        return any(joint.v != 0.0 for joint in self._joints)

    def inside(self, q: Sequence[float]) -> list[float]:
        """The same pose, (n,) rad, with each joint within its soft limits."""
        return [min(max(target, joint.low), joint.high) for joint, target in zip(self._joints, q, strict=True)]

    def follow(self, q: Sequence[float], dq: Sequence[float], dt: float) -> None:
        """One cycle of `dt` s towards q (rad) with dq (rad/s, lead_s ahead of q)."""
        dt = min(dt, self.longest_s)
        for number, (joint, target, velocity) in enumerate(zip(self._joints, q, dq, strict=True), 1):
            hit = joint.follow(target, velocity, dt)
            if hit:
                self.hits[hit, number] += 1

    def halt(self, dt: float) -> None:
        """One cycle of stopping and then holding."""
        dt = min(dt, self.longest_s)
        for joint in self._joints:
            joint.halt(dt)

    def rebase(self, q: Sequence[float]) -> None:
        """Stand at q (rad): only while the robot is not under control."""
        for joint, position in zip(self._joints, q, strict=True):
            joint.q, joint.v, joint.a = position, 0.0, 0.0
