"""The far end of the trigger box's wire: a pty with a virtual box behind it."""

import os
import pty
import select
import threading
import tty
from collections.abc import Callable
from pathlib import Path

from hardware.config import RigConfig
from hardware.samples import monotonic_ns
from hardware.virtual.box_device import VirtualBox
from hardware.virtual.truth import TruthLog
from hardware.virtual.world import World

_NAP_S = 0.05
_SPIN_NS = 120_000  # a sleep ends late by about this much; what is left is spun away


def serve_box(rig: RigConfig, world: World, ready: Callable[[str], None], stop: threading.Event) -> None:
    """Be the trigger box until `stop`; `ready` is told the pty to open."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    truth_dir = world.config.truth_dir
    truth = TruthLog(Path(truth_dir), "trigger") if truth_dir else None
    try:
        ready(os.ttyname(slave))
        _serve(VirtualBox(rig, world, truth), master, stop)
    finally:
        if truth:
            truth.close()
        os.close(slave)
        os.close(master)


def _serve(box: VirtualBox, master: int, stop: threading.Event) -> None:
    pending = b""
    while not stop.is_set():
        now = monotonic_ns()
        box.live(now)
        pending = pending or box.take_due(now)
        if pending:
            pending = pending[_write(master, pending) :]
        until_ns = box.next_ns() - monotonic_ns() - _SPIN_NS
        nap = _NAP_S if pending else min(max(until_ns, 0) * 1e-9, _NAP_S)
        if select.select([master], [], [], nap)[0]:
            box.receive(os.read(master, 4096), monotonic_ns())


def _write(master: int, data: bytes) -> int:
    try:
        return os.write(master, data)
    except BlockingIOError:
        return 0
