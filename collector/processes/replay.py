"""Process: an old demonstration in the place of a leader, into the same ring, through the same gates and limits.

It waits at the first pose, plays when told, and stands still at the end or when the arms are released.
"""

import time
from dataclasses import asdict
from typing import Any

import numpy as np

from collector.children import sleep_until
from collector.episode.reader import NotAnEpisode
from collector.links import Channel, Links, RingReader, RingWriter
from collector.playback import NotReplayable, Pace, ReplayOrder, Track, compare, load_track
from collector.realtime import set_scheduler
from hardware.config import RigConfig
from hardware.interfaces import DeviceRefused
from hardware.rows import as_row
from hardware.samples import DeviceInfo, LeaderSample, Stamp, TimeSource, monotonic_ns

_VERBS_NS = 20_000_000
_STATUS_NS = 200_000_000


def main(rig: RigConfig, name: str, order: ReplayOrder, links: Links, channel: Channel) -> None:
    """Lead until told to stop."""
    try:
        track = load_track(order, rig, name)
    except (NotReplayable, NotAnEpisode) as error:
        raise DeviceRefused(f"leaders.{name}", str(error)) from error
    warning = set_scheduler(rig.realtime, 30)
    player = Player(track, order, name)
    ring, states = RingWriter(links[f"leaders/{name}"]), RingReader(links[f"arms/{track.arm}"])
    channel.report("ready", info=asdict(player.info()), warning=warning)
    period = int(1e9 / rig.leaders[name].rate_hz)
    due = next_verbs = next_status = monotonic_ns()
    while not channel.stopped:
        now = monotonic_ns()
        ring.write(as_row(player.sample(now)))
        if len(fresh := states.drain()):
            player.followed(int(fresh["t_ns"][-1]), fresh["q"][-1])
        if now >= next_verbs:
            next_verbs = now + _VERBS_NS
            for verb, data in channel.verbs():
                player.obey(verb, data, now)
        if now >= next_status:
            next_status = now + _STATUS_NS
            channel.report("status", cpu_s=time.process_time(), **player.status())
        due = max(due + period, now)
        sleep_until(due)


class Player:
    """Where the demonstration stands. No I/O and no clock of its own."""

    def __init__(self, track: Track, order: ReplayOrder, name: str) -> None:
        self._track, self._order, self._name = track, order, name
        self._pace: Pace | None = None
        self._t0_ns = self._reads = 0
        self._place_s = 0.0
        self._played: list[tuple[int, float]] = []  # when, and where in the demonstration
        self._followed: list[tuple[int, np.ndarray[Any, np.dtype[np.float64]]]] = []
        self._match: dict[str, Any] = {}

    def info(self) -> DeviceInfo:
        """What led, for the provenance."""
        options = {"source": self._order.source, "speed": f"{self._order.speed:g}", "arm": self._track.arm}
        return DeviceInfo(self._name, "replay", str(self._order.episode), "", "", options)

    def sample(self, now_ns: int) -> LeaderSample:
        """What the leader's joints are now."""
        rate = 0.0
        if self._pace is not None:
            elapsed_s = (now_ns - self._t0_ns) * 1e-9
            self._place_s, rate = self._pace.at(elapsed_s)
            self._played.append((now_ns, self._place_s))
            if elapsed_s > self._pace.seconds:
                self._pace = None
                self._match = self._compared()
        q, dq, grip = self._track.at(self._place_s)
        self._reads += 1
        stamp = Stamp(now_ns, 0, now_ns // 1_000_000, now_ns, self._reads, TimeSource.BRACKETED)
        ticks = np.full(len(q), stamp.ticks)
        return LeaderSample(self._name, stamp, now_ns, now_ns, q, dq * rate, grip, ticks)

    def followed(self, t_ns: int, q: np.ndarray[Any, np.dtype[np.float64]]) -> None:
        """A state of the robot meanwhile."""
        if self._pace is not None:
            self._followed.append((t_ns, q))

    def obey(self, verb: str, data: dict[str, Any], now_ns: int) -> None:
        """play: begin, or go on, at an instant. release: stand still."""
        match verb:
            case "play" if self._pace is None and not self._done:
                self._pace = Pace(self._place_s, self._track.seconds, self._order.speed)
                self._t0_ns = int(data["t0_ns"])
            case "release":
                self._pace = None
            case _:
                pass

    def status(self) -> dict[str, Any]:
        """For the operator."""
        state = "playing" if self._pace else "done" if self._done else "paused" if self._place_s > 0 else "waiting"
        told = {"state": state, "at_s": self._place_s, "of_s": self._track.seconds, **self._match}
        return {"reads": self._reads, "missed": 0, "retries": 0, "replay": told}

    @property
    def _done(self) -> bool:
        return self._place_s >= self._track.seconds

    def _compared(self) -> dict[str, Any]:
        if len(self._followed) < 2:
            return {}
        t_ns = np.array([t for t, _ in self._followed], dtype=np.float64)
        played = np.array(self._played, dtype=np.float64)
        places = np.interp(t_ns, played[:, 0], played[:, 1])
        return compare(self._track, places, (t_ns - t_ns[0]) * 1e-9, np.stack([q for _, q in self._followed]))
