"""Process: one follower's control connection at 1 kHz, and nothing else.

pylibfranka holds the interpreter lock in every call, so a second thread here would stall the robot.
"""

import gc
import time
from dataclasses import asdict
from typing import cast

import numpy as np

from collector.children import set_scheduler
from collector.links import Channel, Links, RingReader, RingWriter
from collector.teleop.engage import Verb
from collector.teleop.reference import Reference, Teleop
from hardware.arms.limits import FR3
from hardware.config import RigConfig
from hardware.interfaces import FollowerArm
from hardware.open import open_follower
from hardware.rows import as_row, leader_sample
from hardware.samples import ArmSample, monotonic_ns

_STATUS_CYCLES = 100
_STOP_CYCLES = 250  # the reference comes to rest within 150 ms; the arm a little later


def main(rig: RigConfig, name: str, recover: bool, links: Links, channel: Channel) -> None:
    """Hold, follow the leader when engaged, hold again; give control back at the end."""
    arm = open_follower(rig, name)
    try:
        if recover:  # only ever on the operator's request
            arm.recover()
        warning = set_scheduler(rig.realtime, 80)
        loop = Loop(arm, rig, name, links)
        info = asdict(arm.info())
        gc.collect()
        gc.freeze()  # nothing made at start-up is looked at again: no long pauses in the loop
        loop.start()
        loop.cycle()
        # Twenty cycles without a command and the robot stops itself: from here on nothing may take long.
        channel.report("ready", info=info, warning=warning)
        while not channel.stopped:
            loop.cycle()
            if loop.cycles % _STATUS_CYCLES == 0:
                for verb, _ in channel.verbs():
                    if verb != "stop":
                        loop.teleop.request(cast(Verb, verb))
                channel.report("status", cpu_s=time.process_time(), **loop.status())
        loop.stop()
    finally:
        arm.close()


class Loop:
    """Read, refer, command, once a millisecond."""

    def __init__(self, arm: FollowerArm, rig: RigConfig, name: str, links: Links) -> None:
        self._arm = arm
        self._leader = rig.followers[name].leader
        self._states = RingWriter(links[f"arms/{name}"])
        self._commands = RingWriter(links[f"commands/{name}"])
        self._samples = RingReader(links[f"leaders/{self._leader}"])
        period_ns = int(1e9 / rig.leaders[self._leader].rate_hz)
        self._state = arm.observe()
        gripper = rig.followers[name].gripper
        max_width = gripper.max_width if gripper else float("nan")
        self.teleop = Teleop(rig.teleop, FR3, period_ns, self._state.q, max_width)
        self._reference: Reference | None = None
        self.cycles = self._lost = 0

    def start(self) -> None:
        """Take control at the present pose."""
        self._state = self._arm.start()

    def cycle(self) -> None:
        """One state in, one command out, both into their rings."""
        state = self._arm.read()
        for row in self._samples.drain():
            self.teleop.on_leader(leader_sample(self._leader, row))
        reference = self.teleop.update(state.stamp.t_ns, state.q, state.dq, state.success_rate, None)
        before = monotonic_ns()
        self._arm.command(reference.q, reference.dq)
        after = monotonic_ns()
        self._states.write(as_row(state))
        self._commands.write(_command_row(reference, self.cycles, before, after))
        self._lost += _missed(self._state, state)
        self._state, self._reference = state, reference
        self.cycles += 1

    def stop(self) -> None:
        """Come to rest within the limits, then give control back."""
        self.teleop.request("release")
        for _ in range(_STOP_CYCLES):
            self.cycle()
        self._arm.stop()

    def status(self) -> dict[str, object]:
        """For the operator."""
        assert self._reference is not None
        counters = self.teleop.counters
        return {
            "teleop": self._reference.state.name,
            "reason": self._reference.reason,
            "error": float(np.max(np.abs(self._reference.error))),
            "success_rate": self._state.success_rate,
            "cycles": self.cycles,
            "lost": self._lost,
            "lag_ms": counters.lag_ns * 1e-6,
            "holds": counters.holds,
            "rejected": counters.rejected,
            "limit_hits": counters.limit_hits,
        }


def _missed(before: ArmSample, now: ArmSample) -> int:
    """States between two that we got; the controller's time counts milliseconds."""
    return max(0, (now.stamp.ticks - before.stamp.ticks) // 1_000_000 - 1)


def _command_row(reference: Reference, cycle: int, before: int, after: int) -> tuple[object, ...]:
    """A command's instant is the hand-over to the SDK, bracketed by two clock reads."""
    width = float("nan") if reference.width is None else reference.width
    middle, half = (before + after) // 2, (after - before + 1) // 2
    stamp = (middle, half, cycle, after, cycle)
    return (*stamp, reference.requested, reference.q, width, width, int(reference.state))
