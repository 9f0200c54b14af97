"""Teleoperation of one follower: leader samples in, each control cycle a safe joint reference out.

Pure: no I/O and no clock of its own. `now_ns` should be the robot's own instants (the stamp of the
state just read) rather than the host's wake-up: so the scheduler's jitter does not become velocity.
"""

from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np

from collector.teleop import retarget
from collector.teleop.engage import Engagement, Inputs, State, Verb, advance
from collector.teleop.interpolate import Interpolator, Node
from collector.teleop.limit import LEAD_S, Limiter
from hardware.arms.limits import JointLimits, velocity_bounds
from hardware.config import TeleopConfig
from hardware.samples import LeaderSample, Vector

_LEAD_NS = round(LEAD_S * 1e9)
_SPARE_SAMPLES = 8  # beyond the delay: jitter and bursts


@dataclass(frozen=True, slots=True)
class Reference:
    """One cycle's answer. (n,) arrays, rad and rad/s.

    q, dq: to be sent. requested: the newest leader sample after retargeting, NaN without a live
    leader. error: requested - robot. width: gripper opening asked for, m; None while not following.
    """

    state: State
    q: Vector
    dq: Vector
    requested: Vector
    width: float | None
    reason: str
    error: Vector


@dataclass(frozen=True, slots=True)
class TeleopCounters:
    """Since the start: leader samples rejected by reason, cycles at a limit by 'limit/joint' (joints
    from 1), HOLDs and FAULTs entered. lag_ns: age of the leader instant that was sent last, 0 if none.
    """

    rejected: dict[str, int]
    limit_hits: dict[str, int]
    holds: int
    faults: int
    lag_ns: int


class Teleop:
    """One follower and its leader: `on_leader` for each sample, `update` for each control cycle."""

    def __init__(
        self,
        config: TeleopConfig,
        limits: JointLimits,
        leader_period_ns: int,
        q_start: Vector,
        max_width: float,
    ) -> None:
        """q_start: (n,) rad, the pose that the robot holds now. max_width: gripper opening, m."""
        self._config = _watchdogs(config, leader_period_ns * 1e-6)
        self._limiter = Limiter(config, limits, velocity_bounds, q_start)
        self._delay_ns = round(config.interpolation_periods * leader_period_ns)
        coast = (config.acceleration * limits.acceleration).tolist()
        keep = int(config.interpolation_periods) + _SPARE_SAMPLES
        self._leader = Interpolator(len(q_start), coast, keep)
        self._max_width = max_width
        self._newest_ns: int | None = None
        self._engagement = Engagement(State.IDLE, "Ready; engage to follow.")
        self._verb: Verb | None = None
        self._last_ns: int | None = None
        self._ramp_from = self._limiter.q
        self._absent: Vector = np.full(len(q_start), np.nan)
        self._robot_failed = False
        self._holds = self._faults = self._lag_ns = 0

    @property
    def counters(self) -> TeleopCounters:
        """A snapshot."""
        return TeleopCounters(
            rejected={str(reason): count for reason, count in self._leader.rejected.items()},
            limit_hits={f"{limit}/{joint}": count for (limit, joint), count in self._limiter.hits.items()},
            holds=self._holds,
            faults=self._faults,
            lag_ns=self._lag_ns,
        )

    def on_leader(self, sample: LeaderSample) -> None:
        """Take a leader sample; a bad one is counted and left out."""
        if self._leader.add(sample):
            self._newest_ns = sample.stamp.t_ns

    def request(self, verb: Verb) -> None:
        """The operator's wish, seen by the next `update`; a release is never overruled before that."""
        if self._verb != "release":
            self._verb = verb

    def update(self, now_ns: int, q: Vector, dq: Vector, success_rate: float, robot_fault: str | None) -> Reference:
        """The reference for this cycle, from the measured q (n,) rad and dq (n,) rad/s."""
        measured: list[float] = q.tolist()
        leader = self._live_leader(now_ns)
        wanted = retarget.joints(leader.q) if leader is not None else None
        error = [w - m for w, m in zip(wanted, measured, strict=True)] if wanted is not None else []
        inputs = Inputs(
            now_ns=now_ns,
            verb=self._verb,
            leader_age_ns=None if self._newest_ns is None else now_ns - self._newest_ns,
            leader_speed=max(map(abs, leader.dq)) if leader is not None else 0.0,
            error=error,
            tracking=[r - m for r, m in zip(self._limiter.q, measured, strict=True)],
            moving=self._limiter.moving,
            robot_speed=max(map(abs, dq.tolist())),
            success_rate=success_rate,
            robot_fault=robot_fault,
        )
        self._verb = None
        self._engage(inputs, measured)
        self._move(now_ns)
        following = self._engagement.state in (State.RAMP, State.FOLLOW)
        return Reference(
            state=self._engagement.state,
            q=np.array(self._limiter.q),
            dq=np.array(self._limiter.dq),
            requested=self._absent if wanted is None else np.array(wanted),
            width=self._width(leader) if following else None,
            reason=self._engagement.reason,
            error=self._absent if wanted is None else np.array(error),
        )

    def _live_leader(self, now_ns: int) -> Node | None:
        """The newest sample unless stale. A stale history is dropped, but never while it is followed."""
        newest = self._leader.newest
        if newest is None or now_ns - newest.t_ns <= self._config.hold_ms * 1e6:
            return newest
        if self._engagement.state not in (State.RAMP, State.FOLLOW):
            self._leader.clear()
        return None

    def _engage(self, inputs: Inputs, measured: list[float]) -> None:
        before = self._engagement
        self._engagement = after = advance(before, inputs, self._config)
        self._robot_failed |= inputs.robot_fault is not None
        if after.state is before.state:
            return
        match after.state:
            case State.RAMP:
                self._ramp_from = self._limiter.q
            case State.HOLD:
                self._holds += 1
            case State.FAULT:
                self._faults += 1
            case State.IDLE if self._robot_failed:
                # A robot that stopped itself stands elsewhere and no longer holds the old reference.
                self._limiter.rebase(measured)
                self._robot_failed = False
            case _:
                pass

    def _move(self, now_ns: int) -> None:
        dt = 0.0 if self._last_ns is None else (now_ns - self._last_ns) * 1e-9
        if self._last_ns is None or dt > 0.0:
            self._last_ns = now_ns
        if dt <= 0.0:
            return
        leader = self._leader.newest
        if self._engagement.state not in (State.RAMP, State.FOLLOW) or leader is None:
            self._limiter.halt(dt)
            return
        at_ns = now_ns - self._delay_ns
        self._lag_ns = now_ns - min(at_ns, leader.t_ns)
        target = retarget.joints(self._leader.position(at_ns))
        velocity = retarget.joints(self._leader.velocity(at_ns, _LEAD_NS))
        if self._engagement.state is State.RAMP:
            target, velocity = self._blend(now_ns, target, velocity)
        self._limiter.follow(target, velocity, dt)

    def _blend(self, now_ns: int, target: list[float], velocity: list[float]) -> tuple[list[float], list[float]]:
        """Cosine from the pose held to the leader over ramp_s."""
        phase = pi * min((now_ns - self._engagement.since_ns) * 1e-9 / self._config.ramp_s, 1.0)
        alpha = 0.5 - 0.5 * cos(phase)
        rate = 0.5 * pi / self._config.ramp_s * sin(phase)
        return (
            [h + alpha * (t - h) for h, t in zip(self._ramp_from, target, strict=True)],
            [alpha * v + rate * (t - h) for h, t, v in zip(self._ramp_from, target, velocity, strict=True)],
        )

    def _width(self, leader: Node | None) -> float | None:
        if leader is None or leader.grip is None:
            return None
        return retarget.width(leader.grip, self._max_width)


def _watchdogs(config: TeleopConfig, period_ms: float) -> TeleopConfig:
    """A slow leader is not a silent one: no watchdog bites within a few of its own periods."""
    return config.model_copy(
        update={
            "coast_ms": max(config.coast_ms, 2.0 * period_ms),
            "hold_ms": max(config.hold_ms, 4.0 * period_ms),
            "fault_ms": max(config.fault_ms, 8.0 * period_ms),
        }
    )
