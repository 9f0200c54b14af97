"""Process: a demonstration or way-points in a leader's place, into the same ring, through the same gates and limits.

It waits at the first pose, plays when told, and stands still at the end or when the arms are released.
"""

import time
from dataclasses import asdict
from math import isfinite
from typing import Any

import numpy as np

from collector.children import sleep_until
from collector.episode.reader import NotAnEpisode
from collector.links import Channel, Links, RingReader, RingWriter
from collector.playback import (
    NotReplayable,
    Order,
    Pace,
    ReplayOrder,
    Track,
    compare,
    led_by,
    load_track,
    poses_track,
)
from collector.realtime import set_scheduler
from hardware.config import RigConfig
from hardware.interfaces import DeviceRefused
from hardware.rows import as_row
from hardware.samples import DeviceInfo, LeaderSample, Stamp, TimeSource, monotonic_ns

_VERBS_NS = 20_000_000
_STATUS_NS = 200_000_000
_NO_EASE_S = 0.01
_STATE_NS = 20_000_000_000  # an arm that starts together with us takes a while


def main(rig: RigConfig, name: str, order: Order, links: Links, channel: Channel) -> None:
    """Lead until told to stop."""
    try:
        track = _track(rig, name, order, links, channel)
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


def _track(rig: RigConfig, name: str, order: Order, links: Links, channel: Channel) -> Track:
    """What to lead with. Way-points begin where the robot stands: it is asked for that first."""
    if isinstance(order, ReplayOrder):
        return load_track(order, rig, name)
    states = RingReader(links[f"arms/{led_by(rig, name)}"])
    try:
        deadline = monotonic_ns() + _STATE_NS
        while not channel.stopped and monotonic_ns() < deadline:
            if len(fresh := states.drain()):  # not what an earlier run left behind
                return poses_track(order, rig, name, fresh["q"][-1].copy())
            channel.verbs(_VERBS_NS * 1e-9)
    finally:
        states.close()
    raise NotReplayable(
        f"the arm that follows {name} has not said where it stands; look at its process, then try again"
    )


class Player:
    """Where the demonstration stands. No I/O and no clock of its own."""

    def __init__(self, track: Track, order: Order, name: str) -> None:
        self._track, self._order, self._name = track, order, name
        self._speed = order.speed if isinstance(order, ReplayOrder) else 1.0  # way-points were given their times
        self._pace: Pace | None = None
        self._t0_ns = self._reads = 0
        self._place_s = 0.0
        self._played: list[tuple[int, float]] = []  # when, and where in the demonstration
        self._followed: list[tuple[int, np.ndarray[Any, np.dtype[np.float64]]]] = []
        self._match: dict[str, Any] = {}

    def info(self) -> DeviceInfo:
        """What led, for the provenance."""
        options = {"speed": f"{self._order.speed:g}", "arm": self._track.arm}
        if isinstance(self._order, ReplayOrder):
            options = {"source": self._order.source, **options}
            return DeviceInfo(self._name, "replay", str(self._order.episode), "", "", options)
        poses = len(self._order.poses.get(self._track.arm, ()))
        return DeviceInfo(self._name, "replay", f"{poses} way-points", "", "", options)

    def sample(self, now_ns: int) -> LeaderSample:
        """What the leader's joints are now."""
        rate = 0.0
        if self._pace is not None:
            elapsed_s = (now_ns - self._t0_ns) * 1e-9
            self._place_s, rate = self._pace.at(elapsed_s)
            self._played.append((now_ns, self._place_s))
            if elapsed_s > self._pace.seconds:
                self._pace = None
                self._match = self._compared() if self._done else {}
        q, dq, grip = self._track.at(self._place_s)
        self._reads += 1
        stamp = Stamp(now_ns, 0, now_ns // 1_000_000, now_ns, self._reads, TimeSource.BRACKETED)
        ticks = np.full(len(q), stamp.ticks)
        asked = grip if isfinite(grip) else None
        return LeaderSample(self._name, stamp, now_ns, now_ns, q, dq * rate, asked, ticks)

    def followed(self, t_ns: int, q: np.ndarray[Any, np.dtype[np.float64]]) -> None:
        """A state of the robot meanwhile."""
        if self._pace is not None:
            self._followed.append((t_ns, q))

    def obey(self, verb: str, data: dict[str, Any], now_ns: int) -> None:
        """play: begin, or go on, at an instant. release: stand still."""
        match verb:
            case "play" if self._pace is None and not self._done:
                self._pace = self._onward()
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

    def _onward(self) -> Pace:
        """To the next stop, or the end. Way-points are at rest at both ends of each move already."""
        end_s = next((stop for stop in self._track.stops if stop > self._place_s), self._track.seconds)
        if self._track.stops:
            return Pace(self._place_s, end_s, self._speed, _NO_EASE_S)
        return Pace(self._place_s, end_s, self._speed)

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
