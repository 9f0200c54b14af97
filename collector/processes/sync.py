"""Process: the trigger box. Edges and clock pings into rings, the live fit into the status."""

import random
import time
from dataclasses import asdict

from collector.links import Channel, Links, RingWriter
from hardware.config import RigConfig
from hardware.interfaces import DeviceError, DeviceLost, DeviceTimeout, TriggerBox
from hardware.open import open_trigger
from hardware.rows import as_row
from hardware.samples import BoxStatus, ClockPing, TriggerEdge, monotonic_ns

_SILENCE_NS = 1_000_000_000
_STATUS_NS = 200_000_000


def main(rig: RigConfig, links: Links, channel: Channel) -> None:
    """Ping, listen, forward, until told to stop."""
    box = open_trigger(rig)
    try:
        box.start()
        channel.report("ready", info=asdict(box.info()))
        _listen(box, rig, links, channel)
    finally:
        box.close()


def _listen(box: TriggerBox, rig: RigConfig, links: Links, channel: Channel) -> None:
    edges, pings = RingWriter(links["trigger"]), RingWriter(links["trigger/pings"])
    dice = random.Random(monotonic_ns())
    heard = next_ping = next_status = monotonic_ns()
    seen = seen_before = 0
    box_status = BoxStatus(0, 0, 0, 0)
    survived, last_fault = 0, ""
    while not channel.stopped:
        now = monotonic_ns()
        if now >= next_ping:
            box.ping()
            # An uneven beat keeps pings from locking onto the frame rate or a scheduler tick.
            next_ping = now + int(1e9 / rig.trigger.ping_hz * dice.uniform(0.8, 1.2))
        try:
            message = box.read(max(1e-3, min(next_ping - now, 50_000_000) * 1e-9))
        except (DeviceLost, DeviceTimeout):
            raise
        except DeviceError as error:  # the box goes on; the loss is counted, and its edges show as a gap
            survived, last_fault = survived + 1, str(error)
            continue
        match message:
            case TriggerEdge():
                edges.write(as_row(message))
                seen += 1
            case ClockPing():
                pings.write(as_row(message))
            case BoxStatus():
                box_status = message
            case None:
                pass
        now = monotonic_ns()
        if message is not None:
            heard = now
        if now - heard > _SILENCE_NS:
            raise DeviceLost("trigger", "the box has said nothing for 1 s; check its USB cable, then reset")
        if now >= next_status:
            fit = box.clock
            channel.verbs()
            channel.report(
                "status",
                cpu_s=time.process_time(),
                edges=seen,
                rate_hz=(seen - seen_before) / ((now - next_status + _STATUS_NS) * 1e-9),
                bound_us=fit.half_width_ns * 1e-3 if fit else None,
                ppm=fit.ppm if fit else None,
                box=asdict(box_status),
                faults=survived,
                last_fault=last_fault,
            )
            seen_before, next_status = seen, now + _STATUS_NS
