"""Process: one follower's control connection at 1 kHz, and nothing else (pylibfranka holds the GIL in every call)."""

import gc
import time
from dataclasses import asdict
from typing import cast

import numpy as np

from collector.children import set_realtime
from collector.links import Channel, Links, RingReader, RingWriter
from collector.teleop.engage import Verb
from collector.teleop.reference import Reference, Teleop
from hardware.arms.limits import FR3
from hardware.config import RigConfig
from hardware.interfaces import FollowerArm
from hardware.open import open_follower
from hardware.rows import as_row, leader_sample
from hardware.samples import monotonic_ns

_STATUS_CYCLES = 100
_MAX_WIDTH = 0.08  # m, Franka Hand data sheet


def main(rig: RigConfig, name: str, recover: bool, links: Links, channel: Channel) -> None:
    """Hold, follow the leader when engaged, hold again; give control back at the end."""
    arm = open_follower(rig, name)
    try:
        if recover:  # only ever on the operator's request
            arm.recover()
        warning = set_realtime(80)
        _control(arm, warning, rig, name, links, channel)
    finally:
        arm.close()


def _control(arm: FollowerArm, warning: str, rig: RigConfig, name: str, links: Links, channel: Channel) -> None:
    follower = rig.followers[name]
    leader = follower.leader
    states, commands = RingWriter(links[f"arms/{name}"]), RingWriter(links[f"commands/{name}"])
    samples = RingReader(links[f"leaders/{leader}"])
    period_ns = int(1e9 / rig.leaders[leader].rate_hz)
    teleop = Teleop(rig.teleop, FR3, period_ns, arm.observe().q, _MAX_WIDTH)
    info = asdict(arm.info())
    gc.collect()
    gc.freeze()  # nothing made at start-up is looked at again: no long pauses in the loop
    cycle = lost = 0
    # Twenty cycles without a command and the robot stops itself: from here on nothing may take long.
    previous_ticks = arm.start().stamp.ticks
    while not channel.stopped:
        state = arm.read()
        for row in samples.drain():
            teleop.on_leader(leader_sample(leader, row))
        reference = teleop.update(state.stamp.t_ns, state.q, state.dq, state.success_rate, None)
        before = monotonic_ns()
        arm.command(reference.q, reference.dq)
        after = monotonic_ns()
        states.write(as_row(state))
        commands.write(_command_row(reference, cycle, before, after))
        lost += max(0, (state.stamp.ticks - previous_ticks) // 1_000_000 - 1)
        previous_ticks = state.stamp.ticks
        cycle += 1
        if cycle == 1:
            channel.report("ready", info=info, warning=warning)
        if cycle % _STATUS_CYCLES == 0:
            for verb, _ in channel.verbs():
                if verb != "stop":
                    teleop.request(cast(Verb, verb))
            channel.report(
                "status",
                cpu_s=time.process_time(),
                teleop=reference.state.name,
                reason=reference.reason,
                error=float(np.max(np.abs(reference.error))),
                success_rate=state.success_rate,
                cycles=cycle,
                lost=lost,
                lag_ms=teleop.counters.lag_ns * 1e-6,
                holds=teleop.counters.holds,
                rejected=teleop.counters.rejected,
                limit_hits=teleop.counters.limit_hits,
            )
    arm.stop()


def _command_row(reference: Reference, cycle: int, before: int, after: int) -> tuple[object, ...]:
    """A command's instant is the hand-over to the SDK, bracketed by two clock reads."""
    width = float("nan") if reference.width is None else reference.width
    middle, half = (before + after) // 2, (after - before + 1) // 2
    stamp = (middle, half, cycle, after, cycle)
    return (*stamp, reference.requested, reference.q, width, width, int(reference.state))
