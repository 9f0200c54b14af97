"""The low-rate streams beside the pictures: a process that fills the rings as the sync and arm processes do."""

import os
from multiprocessing.synchronize import Event

import numpy as np

from benchmarks.recorder_source import PERIOD_NS, sleep_until
from collector.links import Links, RingWriter
from hardware.samples import monotonic_ns

DELIVERY_NS = 8_000_000  # from an edge to its frames
_PING_NS = 100_000_000
_JOINTS = 7
_POSE = np.eye(4).ravel()
_WRENCH = np.zeros(6)


def write_rows(links: Links, epoch_ns: int, fast: bool, stop: Event) -> None:
    """Edges at 60 Hz, pings at 10 Hz; state 8 and action 8 at 60 Hz, or (`fast`) at 1 kHz, and a leader at 200 Hz.

    Edge n is DELIVERY_NS before frame n of the grid that begins at `epoch_ns`. The box's clock is the host's.
    """
    tick_ns = 1_000_000 if fast else PERIOD_NS
    writers = {name: RingWriter(address) for name, address in links.items() if not name.startswith("cameras/")}
    due, next_edge, next_ping = epoch_ns, epoch_ns - DELIVERY_NS, epoch_ns
    next_leader = epoch_ns if fast else np.iinfo(np.int64).max
    number = 0
    parent = os.getppid()
    while not stop.is_set() and os.getppid() == parent:
        sleep_until(due)
        now = monotonic_ns()
        q = 0.3 * np.sin(now * 1e-9 + np.arange(_JOINTS))
        stamp = (now, 100_000, number * tick_ns, now, number)
        writers["arms/right"].write((*stamp, q, q, q, q, _WRENCH, _WRENCH, _POSE, 1.0))
        writers["commands/right"].write((*stamp, q, q, 0.04, 0.04, 2))
        if due >= next_edge:
            edge = (next_edge - epoch_ns + DELIVERY_NS) // PERIOD_NS
            writers["trigger"].write((next_edge, 50_000, next_edge, now, edge, 0, 1))
            writers["grippers/right"].write((*stamp, now - 1_000_000, now, 0.04, 0))
            next_edge += PERIOD_NS
        if due >= next_ping:
            ping = (next_ping - epoch_ns) // _PING_NS
            writers["trigger/pings"].write((ping, now - 300_000, now - 200_000, now - 150_000, now))
            next_ping += _PING_NS
        if due >= next_leader:
            tick = now // 1_000_000
            bracket = (now - 200_000, now)
            writers["leaders/right"].write((*stamp, *bracket, q, q, 0.5, np.full(_JOINTS, tick), np.zeros(2), q))
            next_leader += 5 * tick_ns
        due, number = due + tick_ns, number + 1
