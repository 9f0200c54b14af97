"""Teleoperation of one follower: leader samples in, each control cycle a safe joint reference out.

Pure: no I/O and no clock of its own. `now_ns` should be the robot's own instants (the stamp of the
state just read) rather than the host's wake-up: so the scheduler's jitter does not become velocity.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from collector.teleop import retarget
from collector.teleop.approach import Approach
from collector.teleop.counters import Tally, TeleopCounters
from collector.teleop.deadman import Deadman
from collector.teleop.engage import STILL_NS, Engagement, State, advance
from collector.teleop.inputs import Cause, Inputs, Verb
from collector.teleop.interpolate import Interpolator, Node
from collector.teleop.limit import Limiter
from collector.teleop.ramp import Ramp, glide
from collector.teleop.workspace import Workspace
from hardware.arms.models import ArmModel
from hardware.config import TeleopConfig
from hardware.samples import LeaderSample, Vector

# How long a reference goes on without a state: 20 packets of a Franka (libfranka docs/network_requirements.rst).
GAP_NS = 20_000_000
_SPARE_SAMPLES = 8  # beyond the delay: jitter and bursts


@dataclass(frozen=True, slots=True)
class Reference:
    """One cycle's answer. (n,) arrays, rad and rad/s; joints count from 1 wherever they are named.

    q, dq: to be sent. requested: the newest leader sample after retargeting, NaN without a live leader. error:
    requested - robot. offset: what the clutch adds to the leader. width: gripper opening asked for, m; None
    while not following. stiffness: share of the arm's gains, 0..1. cause: why it is held or in fault, in a word.
    """

    state: State
    q: Vector
    dq: Vector
    requested: Vector
    width: float | None
    reason: str
    error: Vector
    stiffness: float
    cause: Cause
    offset: Vector


class Teleop:
    """One follower and its leader: `on_leader` for each sample, `update` for each control cycle."""

    def __init__(
        self,
        config: TeleopConfig,
        model: ArmModel,
        leader_period_ns: int,
        q_start: Vector,
        max_width: float,
        cycle_ns: int,
    ) -> None:
        """q_start: (n,) rad, the pose that the robot holds now. max_width: gripper opening, m.

        cycle_ns: nominal period of `update`, the follower's own (1 ms on a Franka).
        """
        self._config = config = _watchdogs(config, leader_period_ns * 1e-6)
        self._model = model
        self._limiter = Limiter(config, model, q_start, cycle_ns * 1e-9)
        box = config.workspace
        self._workspace = None if box is None else Workspace(box, config, model, self._limiter.gain)
        self._lead_ns = round(self._limiter.lead_s * 1e9)
        self._cycle_ns = cycle_ns
        self._delay_ns = round(config.interpolation_periods * leader_period_ns)
        self._ends = list(zip(model.limits.q_min.tolist(), model.limits.q_max.tolist(), strict=True))
        coast = (config.acceleration * model.limits.acceleration).tolist()
        keep = int(config.interpolation_periods) + _SPARE_SAMPLES
        self._leader = Interpolator(model.joints, coast, keep)
        self._max_width = max_width
        self._newest_ns: int | None = None
        self._heard_ns: int | None = None
        self._deadman = Deadman(config)
        self._engagement = Engagement(State.IDLE, "Ready; engage to follow.")
        self._verb: Verb | None = None
        self._last_ns: int | None = None
        self._approach: Approach | None = None
        self._ramp = Ramp(0, config.ramp_s, self._limiter.q)
        self._offset = [0.0] * model.joints
        self._absent: Vector = np.full(model.joints, np.nan)
        self._stiffness = 1.0
        self._robot_failed = False
        self._tally = Tally()

    @property
    def counters(self) -> TeleopCounters:
        """A snapshot."""
        hits = {f"{limit}/{joint}": count for (limit, joint), count in self._limiter.hits.items()}
        if self._workspace is not None and self._workspace.hits:
            hits["workspace"] = self._workspace.hits
        return self._tally.snapshot({str(why): count for why, count in self._leader.rejected.items()}, hits)

    def on_leader(self, sample: LeaderSample) -> None:
        """Take a leader sample; a bad one is counted and left out."""
        if self._leader.add(sample):
            self._newest_ns = sample.stamp.t_ns

    def request(self, verb: Verb) -> None:
        """The operator's wish, seen by the next `update`; a release is never overruled before that."""
        if self._verb != "release":
            self._verb = verb

    def deadman(self, held: bool = True) -> None:
        """The client says that the key is held now; without a repeat within deadman_ms it counts as let go."""
        self._deadman.say(held)

    def heartbeat(self, now_ns: int) -> None:
        """The daemon is alive; without a word for heartbeat_ms the robot is held."""
        self._heard_ns = now_ns

    def mark(self) -> None:
        """A new stretch begins: the lag's percentiles start anew, counts go on."""
        self._tally.mark()

    def update(self, now_ns: int, q: Vector, dq: Vector, success_rate: float, robot_fault: str | None) -> Reference:
        """The reference for this cycle, from the measured q (n,) rad and dq (n,) rad/s."""
        measured: list[float] = q.tolist()
        leader = self._live_leader(now_ns)
        wanted = retarget.joints(leader.q, self._offset) if leader is not None else []
        error = [w - m for w, m in zip(wanted, measured, strict=True)] if leader is not None else []
        inputs = Inputs(
            now_ns=now_ns,
            verb=self._verb,
            leader_age_ns=None if self._newest_ns is None else now_ns - self._newest_ns,
            leader_speed=max(map(abs, leader.dq)) if leader is not None else 0.0,
            error=error,
            beyond=self._beyond(wanted) if leader is not None else [],
            tracking=[r - m for r, m in zip(self._limiter.q, measured, strict=True)],
            moving=self._limiter.moving,
            arrived=self._approach is not None and self._since_s(now_ns) >= self._approach.duration,
            robot_speed=max(map(abs, dq.tolist())),
            success_rate=success_rate,
            robot_fault=robot_fault,
            deadman=self._deadman.held(now_ns, leader.grip if leader is not None else None),
            daemon_age_ns=None if self._heard_ns is None else now_ns - self._heard_ns,
        )
        self._verb = None
        self._engage(inputs, measured, wanted)
        self._move(now_ns)
        following = self._engagement.state in (State.RAMP, State.FOLLOW)
        return Reference(
            state=self._engagement.state,
            q=np.array(self._limiter.q),
            dq=np.array(self._limiter.dq),
            requested=np.array(wanted) if leader is not None else self._absent,
            width=self._width(leader) if following else None,
            reason=self._engagement.reason,
            error=np.array(error) if leader is not None else self._absent,
            stiffness=self._stiffness,
            cause=self._engagement.cause,
            offset=np.array(self._offset),
        )

    def _live_leader(self, now_ns: int) -> Node | None:
        """The newest sample unless stale. A stale history is dropped, but never while it is followed."""
        newest = self._leader.newest
        if newest is None or now_ns - newest.t_ns <= self._config.hold_ms * 1e6:
            return newest
        if self._engagement.state not in (State.RAMP, State.FOLLOW):
            self._leader.clear()
        return None

    def _beyond(self, wanted: Sequence[float]) -> list[float]:
        return [w - min(max(w, low), high) for w, (low, high) in zip(wanted, self._ends, strict=True)]

    def _since_s(self, now_ns: int) -> float:
        return (now_ns - self._engagement.since_ns) * 1e-9

    def _engage(self, inputs: Inputs, measured: Sequence[float], wanted: Sequence[float]) -> None:
        before = self._engagement
        self._engagement = after = advance(before, inputs, self._config)
        self._robot_failed |= inputs.robot_fault is not None
        if after is before or (after.state, after.phase) == (before.state, before.phase):
            return
        self._tally.changed(before, after)
        self._approach = None
        match after.state:
            case State.ALIGN if after.phase == "going":
                goal = self._limiter.inside(wanted)
                self._approach = Approach(self._config, self._model.limits, self._limiter.q, goal)
            case State.ALIGN if inputs.verb == "unclutch":
                self._zero(wanted)
            case State.RAMP:
                self._ramp = Ramp(inputs.now_ns, self._config.ramp_s, self._limiter.q)
            case State.IDLE:
                self._offset = [0.0] * len(self._offset)
                if self._robot_failed:
                    # A robot that stopped itself stands elsewhere and no longer holds the old reference.
                    self._limiter.rebase(measured)
                    self._robot_failed = False
            case _:
                pass

    def _zero(self, wanted: Sequence[float]) -> None:
        """The leader's pose now is the robot's pose now."""
        self._offset = [z + r - w for z, r, w in zip(self._offset, self._limiter.q, wanted, strict=True)]

    def _move(self, now_ns: int) -> None:
        """Through every cycle of the follower since the last time, states of it that never came included.

        So what is sent after a gap lies on a motion within the limits, near where the robot went meanwhile: it holds
        its last torque. A Franka that hears nothing for longer than GAP_NS has stopped by itself; servos that hold
        their last position are not sent further off than that.
        """
        elapsed = 0 if self._last_ns is None else now_ns - self._last_ns
        if self._last_ns is None or elapsed > 0:
            self._last_ns = now_ns
        if elapsed <= 0:
            return
        cycles = max(1, round(elapsed / self._cycle_ns))
        most = max(1, GAP_NS // self._cycle_ns)
        each = elapsed // cycles if cycles <= most else self._cycle_ns
        for left in range(min(cycles, most) - 1, -1, -1):
            self._step(now_ns - left * each, each * 1e-9)

    def _step(self, now_ns: int, dt: float) -> None:
        self._stiffen(now_ns, dt)
        leader = self._leader.newest
        if self._approach is not None:
            self._follow(now_ns, dt, *self._approach.at(self._since_s(now_ns), self._limiter.lead_s))
        elif self._engagement.driven and leader is not None:
            at_ns = now_ns - self._delay_ns
            self._tally.sent(now_ns - min(at_ns, leader.t_ns))
            target = retarget.joints(self._leader.position(at_ns), self._offset)
            velocity = self._leader.velocity(at_ns, self._lead_ns)
            if self._engagement.state is State.RAMP:
                target, velocity = self._ramp.blend(now_ns, target, velocity)
            self._follow(now_ns, dt, target, velocity)
        else:
            self._limiter.halt(dt)

    def _follow(self, now_ns: int, dt: float, target: list[float], velocity: list[float]) -> None:
        if self._workspace is not None:
            q = self._limiter.q
            share = self._workspace.share(now_ns, q, self._limiter.dq, target, velocity)
            if share < 1.0:
                target = [r + share * (t - r) for r, t in zip(q, target, strict=True)]
                velocity = [share * v for v in velocity]
        self._limiter.follow(target, velocity, dt)

    def _stiffen(self, now_ns: int, dt: float) -> None:
        """Soft by the time the ramp begins, stiff at its end; a robot that is held keeps what it has."""
        start = self._config.start_stiffness
        match self._engagement.state:
            case State.ALIGN:
                goal = 1.0 if self._engagement.still_ns is None else start
                self._stiffness = glide(self._stiffness, goal, dt / (STILL_NS * 1e-9))
            case State.RAMP:
                self._stiffness = start + (1.0 - start) * self._ramp.share(now_ns)
            case State.FOLLOW:
                self._stiffness = 1.0
            case _:
                pass

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
