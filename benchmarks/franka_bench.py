"""What stands around the arm process in `franka_backends`: a leader, and what a recording costs."""

import os
import threading
import time
from pathlib import Path

import numpy as np
import simplejpeg

from collector.children import sleep_until
from collector.links import Channel, Links, RingReader, RingWriter
from collector.realtime import set_scheduler
from collector.teleop.engage import State
from hardware.config import RigConfig
from hardware.rows import as_row
from hardware.samples import LeaderSample, Stamp, TimeSource, Vector, monotonic_ns

_SWAYS = ((0.30, 0.25), (0.08, 0.7), (0.02, 1.9))  # rad and Hz of the leader's motion, each joint in its own phase
_RATE_FPS = 60


def lead(rig: RigConfig, name: str, links: Links, channel: Channel) -> None:
    """Process: an operator who sways about the follower's first pose while it follows, and else waits there."""
    set_scheduler(rig.realtime, 30)  # as the leader's own process
    leader = rig.leaders[rig.followers[name].leader]
    states, commands = RingReader(links[f"arms/{name}"]), RingReader(links[f"commands/{name}"])
    out = RingWriter(links[f"leaders/{rig.followers[name].leader}"])
    while (first := states.latest()) is None:
        time.sleep(0.01)
    hand = Hand(first["q"].copy())
    period_ns = int(1e9 / leader.rate_hz)
    due, seq = monotonic_ns() + period_ns, 0
    while not channel.stopped:
        sleep_until(due)
        command = commands.latest()
        q, dq = hand.move(period_ns * 1e-9, sway=command is not None and int(command["state"]) == State.FOLLOW)
        t_ns = due - 1_000_000  # on its way to us for a millisecond
        stamp = Stamp(t_ns, 100_000, t_ns, monotonic_ns(), seq, TimeSource.BRACKETED)
        out.write(as_row(LeaderSample(name, stamp, t_ns, t_ns, q, dq, None, np.zeros(len(q), np.int64))))
        seq, due = seq + 1, due + period_ns
        if seq % 20 == 0:
            channel.verbs()


class Hand:
    """Sways each joint in its own phase; begins and ends over two seconds."""

    def __init__(self, home: Vector) -> None:
        self._home = home
        self._phase = np.linspace(0.0, np.pi, len(home))
        self._t = self._size = 0.0

    def move(self, dt: float, *, sway: bool) -> tuple[Vector, Vector]:
        """On by `dt` s: q (n,) rad, dq (n,) rad/s."""
        before = self._size
        self._size = min(max(before + (dt if sway else -dt) / 2.0, 0.0), 1.0)
        self._t += dt
        way, speed = np.zeros_like(self._home), np.zeros_like(self._home)
        for size, hertz in _SWAYS:
            omega = 2 * np.pi * hertz
            way += size * np.sin(omega * self._t + self._phase)
            speed += size * omega * np.cos(omega * self._t + self._phase)
        growth = (self._size - before) / dt
        return self._home + self._size * way, self._size * speed + growth * way


def record_pictures(folder: str, channel: Channel) -> None:
    """Process: encode and write three cameras' worth of frames, a thread a camera."""
    threads = [threading.Thread(target=_camera, args=(Path(folder) / f"{n}.mjpeg", n, channel)) for n in range(3)]
    for thread in threads:
        thread.start()
    while not channel.stopped:
        channel.verbs(0.1)
    for thread in threads:
        thread.join()


def _camera(path: Path, seed: int, channel: Channel) -> None:
    rng = np.random.default_rng(seed)
    shade = np.linspace(0, 200, 640)[None, :, None]
    pictures = [(shade + rng.normal(30, 8, (480, 640, 3))).clip(0, 255).astype(np.uint8) for _ in range(4)]
    due, frame = monotonic_ns(), 0
    with path.open("wb") as file:
        while not channel.stopped:
            file.write(simplejpeg.encode_jpeg(pictures[frame % 4], quality=90, colorspace="RGB"))
            frame, due = frame + 1, due + int(1e9 / _RATE_FPS)
            if frame % _RATE_FPS == 0:
                file.flush()
                os.fsync(file.fileno())
            sleep_until(due)
