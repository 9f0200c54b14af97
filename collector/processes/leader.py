"""Process: one leader bus, read at its rate."""

import random
import time
from dataclasses import asdict

from collector.children import set_scheduler, sleep_until
from collector.links import Channel, Links, RingWriter
from hardware.config import RigConfig
from hardware.interfaces import DeviceLost, DeviceTimeout
from hardware.open import open_leader
from hardware.rows import as_row
from hardware.samples import monotonic_ns

_DEAD_NS = 500_000_000
_STATUS_NS = 200_000_000
_DITHER_NS = 500_000


def main(rig: RigConfig, name: str, links: Links, channel: Channel) -> None:
    """Read until told to stop; a bus silent for half a second is lost."""
    warning = set_scheduler(rig.realtime, 30)
    leader = open_leader(rig, name)
    ring = RingWriter(links[f"leaders/{name}"])
    try:
        channel.report("ready", info=asdict(leader.info()), warning=warning)
        period = int(1e9 / rig.leaders[name].rate_hz)
        answered = due = next_status = monotonic_ns()
        reads = missed = 0
        dice = random.Random(due)
        while not channel.stopped:
            try:
                ring.write(as_row(leader.read()))
                answered = monotonic_ns()
                reads += 1
            except DeviceTimeout:
                missed += 1
                if monotonic_ns() - answered > _DEAD_NS:
                    raise DeviceLost(
                        f"leaders.{name}",
                        "the bus is dead for 0.5 s; check power and USB, then reset",
                    ) from None
            now = monotonic_ns()
            if now >= next_status:
                channel.verbs()
                channel.report(
                    "status",
                    cpu_s=time.process_time(),
                    reads=reads,
                    missed=missed,
                    retries=leader.retries,
                )
                next_status = now + _STATUS_NS
            # A late read shifts the beat instead of bunching the reads after it. The dither spreads the reads
            # over the phases of the servos' 1 ms ticks; on an even beat a tick would never tell its begin.
            due = max(due + period, now)
            sleep_until(due + dice.randint(-_DITHER_NS, _DITHER_NS))
    finally:
        leader.close()
