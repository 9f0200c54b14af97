"""Process: one follower's control connection at its rate, and nothing else.

pylibfranka holds the interpreter lock in every call, so a second thread here would stall the robot. A robot that
stops itself, or is lost, ends this process with its name; only the operator's reset starts it again.
"""

import gc
import math
import time
from dataclasses import asdict

from collector.links import Channel, Links, RingReader, RingWriter
from collector.realtime import set_scheduler
from collector.teleop.engage import State
from collector.teleop.inputs import VERBS
from collector.teleop.pace import Pace
from collector.teleop.reference import Reference, Teleop
from collector.teleop.robot_lag import RobotLag
from hardware.arms.models import arm_model
from hardware.config import RigConfig
from hardware.interfaces import FollowerArm
from hardware.open import open_follower
from hardware.rows import as_row, leader_sample
from hardware.samples import ArmSample, Vector, monotonic_ns

_STATUS_NS = 100_000_000
_VERBS_NS = 20_000_000  # a release waits no longer than this
_STOP_NS = 250_000_000  # the reference comes to rest within 150 ms; the arm a little later


def main(rig: RigConfig, name: str, recover: bool, links: Links, channel: Channel) -> None:
    """Hold, follow the leader when engaged, hold again; give control back at the end."""
    arm = open_follower(rig, name)
    try:
        if recover:  # only ever on the operator's request
            arm.recover()
        warning = set_scheduler(rig.realtime, 80, rig.control_cpu)
        loop = Loop(arm, rig, name, links)
        info = asdict(arm.info())
        gc.collect()
        gc.freeze()  # nothing made at start-up is looked at again: no long pauses in the loop
        loop.start()
        loop.cycle()
        # A Franka without a command for twenty cycles stops itself: from here on nothing may take long.
        channel.report("ready", info=info, warning=warning)
        run(loop, channel)
        loop.stop()
    finally:
        arm.close()


def run(loop: "Loop", channel: Channel) -> None:
    """Cycle until told to stop, or until the daemon is gone."""
    next_verbs = next_status = monotonic_ns()
    while not channel.stopped:
        loop.cycle()
        now = monotonic_ns()
        if now >= next_verbs:
            next_verbs = now + _VERBS_NS
            for verb, _ in channel.verbs():
                loop.obey(verb, now)
        if now >= next_status:
            next_status = now + _STATUS_NS
            channel.report("status", cpu_s=time.process_time(), **loop.status())


class Loop:
    """Read, refer, command, once a cycle of the arm."""

    def __init__(self, arm: FollowerArm, rig: RigConfig, name: str, links: Links) -> None:
        self._arm = arm
        self._config = config = rig.followers[name]
        self._states = RingWriter(links[f"arms/{name}"])
        self._commands = RingWriter(links[f"commands/{name}"])
        self._samples = RingReader(links[f"leaders/{config.leader}"])
        # A gripper on a connection of its own has a process of its own, and that writes its ring.
        on_bus = config.gripper is not None and config.gripper.driver == "dynamixel"
        self._grippers = RingWriter(links[f"grippers/{name}"]) if on_bus else None
        self._state = arm.observe()
        leader_ns, cycle_ns = (int(1e9 / hz) for hz in (rig.leaders[config.leader].rate_hz, config.rate_hz))
        max_width = config.gripper.max_width if config.gripper else float("nan")
        self.teleop = Teleop(rig.teleop, arm_model(config.arm), leader_ns, self._state.q, max_width, cycle_ns)
        self._reference: Reference | None = None
        self._robot_lag, self._pace = RobotLag(), Pace()
        self.cycles = self._lost = 0
        self._success_min = 1.0

    def start(self) -> None:
        """Take control at the present pose."""
        self._state = self._arm.start()

    def cycle(self) -> None:
        """One state in, one command out, both into their rings."""
        state, last = self._arm.read(), self._reference
        for row in self._samples.drain():
            self.teleop.on_leader(leader_sample(self._config.leader, row))
        now_ns = state.stamp.t_ns if state.read is not None else self._pace.at(state.stamp.ticks, state.stamp.t_ns)
        reference = self.teleop.update(now_ns, state.q, state.dq, state.success_rate, None)
        before = monotonic_ns()
        self._arm.command(reference.q, reference.dq, reference.width, reference.stiffness)
        after = monotonic_ns()
        self._states.write(as_row(state))
        self._commands.write(_command_row(reference, self.cycles, before, after))
        if self._grippers is not None and (width := self._arm.gripper()) is not None:
            self._grippers.write(as_row(width))
        if last is not None and last.state is State.FOLLOW:  # a stop is no tracking
            elapsed_s = max(state.stamp.t_ns - self._state.stamp.t_ns, 0) * 1e-9
            self._robot_lag.note(last.q, state.q, state.dq, elapsed_s)
        self._lost += missed(self._state, state, self._config.rate_hz)
        self._success_min = min(self._success_min, state.success_rate)
        self._state, self._reference = state, reference
        self.cycles += 1

    def obey(self, verb: str, now_ns: int) -> None:
        """One verb of the daemon's."""
        match verb:
            case "beat":
                self.teleop.heartbeat(now_ns)
            case "deadman":
                self.teleop.deadman()
            case "mark":
                self.teleop.mark()
                self._success_min = self._state.success_rate
            case _:
                for known in VERBS:
                    if verb == known:
                        self.teleop.request(known)

    def stop(self) -> None:
        """Come to rest within the limits, then give control back."""
        self.teleop.request("release")
        until_ns = monotonic_ns() + _STOP_NS
        while monotonic_ns() < until_ns:
            self.cycle()
        self._arm.stop()

    def status(self) -> dict[str, object]:
        """For the operator. Counts since the start; `lag` and `success_min` since the last mark; rad, ms."""
        assert self._reference is not None
        counters = self.teleop.counters
        robot_lag_s = self._robot_lag.seconds
        return {
            "teleop": self._reference.state.name,
            "reason": self._reference.reason,
            "cause": self._reference.cause,
            "error": _numbers(self._reference.error),
            "success_rate": self._state.success_rate,
            "success_min": self._success_min,
            "cycles": self.cycles,
            "lost": self._lost,
            "robot_lag_ms": None if robot_lag_s is None else robot_lag_s * 1e3,
            "lag_ms": counters.lag_ns * 1e-6,
            "lag": {
                "p50_ms": counters.lag_p50_ns * 1e-6,
                "p95_ms": counters.lag_p95_ns * 1e-6,
                "max_ms": counters.lag_max_ns * 1e-6,
            },
            "holds": counters.holds,
            "faults": counters.faults,
            "rejected": counters.rejected,
            "limit_hits": counters.limit_hits,
            "approaches": counters.approaches,
            "clutches": counters.clutches,
        }


def missed(before: ArmSample, now: ArmSample, rate_hz: float) -> int:
    """States between two that we got: by the robot's own count of time, or by a bus's beat."""
    if now.read is None:
        return max(0, (now.stamp.ticks - before.stamp.ticks) // 1_000_000 - 1)
    return max(0, round((now.stamp.t_ns - before.stamp.t_ns) * 1e-9 * rate_hz) - 1)


def _numbers(values: Vector) -> list[float | None]:
    """For JSON, which has no NaN."""
    return [value if math.isfinite(value) else None for value in values.tolist()]


def _command_row(reference: Reference, cycle: int, before: int, after: int) -> tuple[object, ...]:
    """A command's instant is the hand-over to the SDK, bracketed by two clock reads."""
    width = float("nan") if reference.width is None else reference.width
    middle, half = (before + after) // 2, (after - before + 1) // 2
    stamp = (middle, half, cycle, after, cycle)
    return (*stamp, reference.requested, reference.q, width, width, int(reference.state))
