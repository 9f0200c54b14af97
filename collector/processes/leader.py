"""Process: one leader bus, read at its rate; its torque to the operator's hand, given at the same rate."""

import math
import random
import time
from dataclasses import asdict

from collector.children import sleep_until
from collector.links import Channel, Links, RingWriter
from collector.processes.leader_feel import LeaderFeel
from collector.realtime import set_scheduler
from hardware.clock.bracket import DITHER_NS
from hardware.config import RigConfig
from hardware.interfaces import DeviceLost, DeviceTimeout, LeaderArm
from hardware.open import open_leader
from hardware.rows import as_row
from hardware.samples import monotonic_ns

_DEAD_NS = 500_000_000
_STATUS_NS = 200_000_000


def main(rig: RigConfig, name: str, links: Links, channel: Channel) -> None:
    """Read until told to stop; a bus silent for half a second is lost."""
    warning = set_scheduler(rig.realtime, 30)
    leader = open_leader(rig, name)
    try:
        info = leader.info()
        warning = _together(warning, _slow_adapter(info.options))
        channel.report("ready", info=asdict(info), warning=warning)
        loop = Loop(leader, rig, name, links)
        period = int(1e9 / rig.leaders[name].rate_hz)
        due = next_status = monotonic_ns()
        dice = random.Random(due)
        while not channel.stopped:
            loop.step()
            now = monotonic_ns()
            if now >= next_status:
                channel.verbs()
                status = loop.status()
                channel.report("status", **status, warning=_together(warning, loop.warning))
                next_status = now + _STATUS_NS
            # A late read shifts the beat instead of bunching the reads after it.
            due = max(due + period, now)
            sleep_until(due + dice.randint(-DITHER_NS, DITHER_NS))
    finally:
        leader.close()


class Loop:
    """Read, store, let feel, once a period."""

    def __init__(self, leader: LeaderArm, rig: RigConfig, name: str, links: Links) -> None:
        self._leader, self._name, self._config = leader, name, rig.leaders[name].feel
        self._feel = None if self._config.mode == "free" else LeaderFeel(rig, name, links)
        self._ring = RingWriter(links[f"leaders/{name}"])
        self._answered_ns = monotonic_ns()
        self._reads = self._missed = 0

    def step(self) -> None:
        """One read, answered or not. Raises DeviceLost."""
        try:
            sample = self._leader.read()
        except DeviceTimeout:
            self._miss()
            return
        self._ring.write(as_row(sample))
        if self._feel:
            self._feel.give(self._leader, sample)
        self._answered_ns = monotonic_ns()
        self._reads += 1

    def status(self) -> dict[str, object]:
        """For the operator."""
        celsius = self._leader.temperature
        return {
            "cpu_s": time.process_time(),
            "reads": self._reads,
            "missed": self._missed,
            "retries": self._leader.retries,
            "temperature": celsius if math.isfinite(celsius) else None,
            **(self._feel.status(self._leader) if self._feel else {}),
        }

    @property
    def warning(self) -> str:
        """Of heat, or why the torque was ended; empty if all is well."""
        if self._leader.feel_off:
            return self._leader.feel_off
        celsius = self._leader.temperature
        return f"a servo has {celsius:.0f} deg C; let the leader rest" if celsius >= self._config.warn_c else ""

    def _miss(self) -> None:
        self._missed += 1
        if self._feel:
            self._feel.let_go(self._leader)
        if monotonic_ns() - self._answered_ns > _DEAD_NS:
            raise DeviceLost(
                f"leaders.{self._name}", "the bus is dead for 0.5 s; check power and USB, then reset"
            ) from None


def _slow_adapter(options: dict[str, str]) -> str:
    """An FTDI adapter whose latency timer is above 1 ms answers late, whatever else is done."""
    timer = options.get("latency_timer_ms", "1")
    return (
        "" if float(timer) <= 1 else f"its adapter's latency timer is {timer} ms; set it to 1 (clap selftest says how)"
    )


def _together(*warnings: str) -> str:
    return "; ".join(filter(None, warnings))
