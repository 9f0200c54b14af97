"""Process: one mobile base, driven from the leader's stick or from keys, at its rate."""

import random
import time
from dataclasses import asdict
from typing import Any

from collector.children import sleep_until
from collector.links import Channel, Links, RingReader, RingWriter
from collector.realtime import set_scheduler
from collector.teleop.drive import Allowed, Drive, Told
from collector.teleop.engage import State
from hardware.clock.bracket import DITHER_NS
from hardware.config import RigConfig
from hardware.interfaces import DeviceLost, DeviceTimeout, MobileBase, ReflexError
from hardware.open import open_base
from hardware.rows import as_row
from hardware.samples import BaseSample, monotonic_ns

_DEAD_NS = 500_000_000
_STATUS_NS = 200_000_000
_ARM_NS = 200_000_000  # an arm that has said nothing for so long follows nobody
_LAST_NS = 500_000_000  # at the end: time to come to rest


def main(rig: RigConfig, name: str, links: Links, channel: Channel) -> None:
    """Drive until told to stop; then come to rest and switch the wheels off."""
    warning = set_scheduler(rig.realtime, 30)
    base = open_base(rig, name)
    try:
        loop = Loop(base, rig, name, links)
        channel.report("ready", info=asdict(base.info()), warning=warning)
        period = int(1e9 / rig.bases[name].rate_hz)
        due = next_status = monotonic_ns()
        dice = random.Random(due)
        while not channel.stopped:
            for verb, data in channel.verbs():
                loop.obey(verb, data)
            loop.cycle()
            now = monotonic_ns()
            if now >= next_status:
                channel.report("status", cpu_s=time.process_time(), **loop.status())
                next_status = now + _STATUS_NS
            due = max(due + period, now)
            sleep_until(due + dice.randint(-DITHER_NS, DITHER_NS))
        loop.rest(period)
        base.stop()
    finally:
        base.close()


class Loop:
    """Read, decide, command, once a period."""

    def __init__(self, base: MobileBase, rig: RigConfig, name: str, links: Links) -> None:
        self._base, self._name = base, name
        config = rig.bases[name]
        self._states = RingWriter(links[f"bases/{name}"])
        self._told = RingWriter(links[f"drive/{name}"])
        self._stick = None if config.leader is None else RingReader(links[f"leaders/{config.leader}"])
        self._arms = [RingReader(links[f"commands/{arm}"]) for arm in rig.followers]
        self._heartbeat_ns = round(rig.teleop.heartbeat_ms * 1e6)
        self._drive = Drive(config)
        self._answered_ns = self._heard_ns = monotonic_ns()
        self._sample: BaseSample | None = None
        self._last: Told | None = None
        self._reads = self._missed = self._cycles = self._trips = 0
        self._tripped = False

    def obey(self, verb: str, data: dict[str, Any]) -> None:
        """A verb of the daemon. drive: a key, m/s, m/s, rad/s; release, hold, clutch: stop."""
        self._heard_ns = monotonic_ns()
        match verb:
            case "drive":
                self._drive.on_keys(self._heard_ns, float(data["vx"]), float(data["vy"]), float(data["wz"]))
            case "release" | "hold" | "clutch":
                self._drive.halt()
            case _:
                pass

    def cycle(self) -> None:
        """One state in, one command out, both into their rings."""
        self._read()
        row = None if self._stick is None else self._stick.latest()
        if row is not None:
            self._drive.on_stick(int(row["t_ns"]), *row["stick"].tolist())
        now = monotonic_ns()
        told = self._drive.update(now, self._allowed(now))
        before = monotonic_ns()
        try:
            self._base.command(told.sent)
        except DeviceTimeout:  # the wheels were not switched on, so nothing was told
            self._drive.halted()
            return self._unanswered()
        after = monotonic_ns()
        # A command's instant is the hand-over to the driver, bracketed by two clock reads.
        middle, half = (before + after) // 2, (after - before + 1) // 2
        self._told.write((middle, half, self._cycles, after, self._cycles, told.requested, told.sent))
        self._last = told
        self._cycles += 1

    def rest(self, period: int) -> None:
        """Come to rest within the limits."""
        self._drive.halt()
        self._heard_ns = 0
        until = monotonic_ns() + _LAST_NS
        while monotonic_ns() < until:
            self.cycle()
            if not self._drive.moving:
                return
            sleep_until(monotonic_ns() + period)

    def status(self) -> dict[str, object]:
        """For the operator."""
        sample, told = self._sample, self._last
        return {
            "reads": self._reads,
            "missed": self._missed,
            "retries": self._base.retries,
            "trips": self._trips,
            "measured": None if sample is None else sample.twist.tolist(),
            "sent": None if told is None else told.sent.tolist(),
            "reason": "" if told is None else told.reason,
        }

    def _read(self) -> None:
        try:
            self._sample = self._base.read()
        except DeviceTimeout:
            return self._unanswered()
        except ReflexError:
            if self._tripped:
                raise
            # The wheels' own watchdog is told once, and they can go on. What is told again is an error that stands.
            self._tripped = True
            self._trips += 1
            self._drive.halted()
            return
        self._tripped = False
        self._states.write(as_row(self._sample))
        self._answered_ns = monotonic_ns()
        self._reads += 1

    def _unanswered(self) -> None:
        self._missed += 1
        if monotonic_ns() - self._answered_ns > _DEAD_NS:
            raise DeviceLost(f"bases.{self._name}", "the bus is dead for 0.5 s; check power and USB, then reset")

    def _allowed(self, now_ns: int) -> Allowed:
        if now_ns - self._heard_ns > self._heartbeat_ns:
            return Allowed(stick=False, keys=False)
        rows = [reader.latest() for reader in self._arms]
        states = {State(int(row["state"])) if _fresh(row, now_ns) else None for row in rows if row is not None}
        if any(row is None for row in rows):
            states.add(None)
        follow = states == {State.FOLLOW}
        return Allowed(stick=follow, keys=follow or states <= {State.IDLE})


def _fresh(row: Any, now_ns: int) -> bool:
    return now_ns - int(row["t_ns"]) <= _ARM_NS
