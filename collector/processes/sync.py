"""Process: the trigger box. Edges, flashes and pings into rings; the live watch of all streams."""

import random
import time
from dataclasses import asdict

from collector.links import Channel, Links, RingReader, RingWriter
from collector.selftest.watch import Watch
from hardware.config import RigConfig
from hardware.interfaces import DeviceError, DeviceLost, DeviceTimeout, TriggerBox
from hardware.open import open_trigger
from hardware.rows import as_row
from hardware.samples import BoxStatus, ClockPing, LedFlash, TriggerEdge, monotonic_ns

_SILENCE_NS = 1_000_000_000
_PATIENCE_NS = 3_000_000_000  # with a box that the driver is setting up again
_STATUS_NS = 200_000_000
_WATCH_NS = 100_000_000
_LATEST_NS = 300_000_000


def main(rig: RigConfig, links: Links, channel: Channel) -> None:
    """Ping, listen, forward, watch, until told to stop."""
    box = open_trigger(rig)
    try:
        box.start()
        channel.report("ready", info=asdict(box.info()))
        run(box, rig, links, channel)
    finally:
        box.close()


def run(box: TriggerBox, rig: RigConfig, links: Links, channel: Channel) -> None:
    """The loop with a box that has started."""
    with Sync(box, rig, links, channel) as sync:
        while not channel.stopped:
            sync.step()


class Sync:
    """One box, the rings that it fills, and the rings that are watched."""

    def __init__(self, box: TriggerBox, rig: RigConfig, links: Links, channel: Channel) -> None:
        self._box, self._channel = box, channel
        self._edges, self._pings, self._flashes = (
            RingWriter(links[name]) for name in ("trigger", "trigger/pings", "trigger/flashes")
        )
        self._watch = Watch(rig)
        self._readers = {name: RingReader(links[name]) for name in self._watch.streams}
        self._beat_ns = 1e9 / rig.trigger.ping_hz
        self._dice = random.Random(monotonic_ns())
        now = monotonic_ns()
        self._heard_ns = self._next_ping_ns = self._next_status_ns = self._watched_ns = now
        self._box_status = BoxStatus(0, 0, 0, 0)
        self._seen = self._seen_before = self._survived = 0
        self._last_fault = self._untold = ""

    def __enter__(self) -> "Sync":
        return self

    def __exit__(self, *_: object) -> None:
        for ring in (self._edges, self._pings, self._flashes, *self._readers.values()):
            ring.close()

    def step(self) -> None:
        """One message of the box, and whatever is due. Raises DeviceLost, DeviceTimeout."""
        now = monotonic_ns()
        if now >= self._next_ping_ns:
            self._box.ping()
            # An uneven beat keeps pings from locking onto the frame rate or a scheduler tick.
            self._next_ping_ns = now + int(self._beat_ns * self._dice.uniform(0.8, 1.2))
        message = self._read(max(1e-3, min(self._next_ping_ns - now, 50_000_000) * 1e-9))
        now = monotonic_ns()
        if message is not None:
            self._heard_ns = now
        if now - self._heard_ns > _SILENCE_NS:
            raise DeviceLost("trigger", "the box has said nothing for 1 s; check its USB cable, then reset")
        # Just after an answer no other is on its way, the arrival of which would be told late.
        if now - self._watched_ns >= (_WATCH_NS if isinstance(message, ClockPing) else _LATEST_NS):
            self._watched_ns = now
            self._look(now)
            if now >= self._next_status_ns:
                self._report(now)

    def _read(self, timeout_s: float) -> TriggerEdge | LedFlash | ClockPing | BoxStatus | None:
        try:
            message = self._box.read(timeout_s)
        except (DeviceLost, DeviceTimeout):
            raise
        except DeviceError as error:  # the box goes on; the loss is counted, and its edges show as a gap
            self._survived, self._last_fault, self._untold = self._survived + 1, str(error), str(error)
            self._heard_ns = monotonic_ns() + _PATIENCE_NS
            return None
        match message:
            case TriggerEdge():
                self._edges.write(as_row(message))
                self._seen += 1
            case LedFlash():
                self._flashes.write(as_row(message))
            case ClockPing():
                self._pings.write(as_row(message))
            case BoxStatus():
                self._box_status = message
            case None:
                pass
        return message

    def _look(self, now_ns: int) -> None:
        """All streams to the watch; what it finds to the daemon."""
        for name, reader in self._readers.items():
            self._watch.feed(name, reader.drain())
        if self._untold:
            self._watch.note(now_ns, "trigger", "box fault", self._untold)
            self._untold = ""
        for finding in self._watch.take(now_ns):
            self._channel.report("finding", **finding.to_dict())

    def _report(self, now_ns: int) -> None:
        for verb, data in self._channel.verbs():
            if verb == "sweep":
                self._sweep(int(data["width_us"]), int(data["span_us"]))
        fit = self._box.clock
        self._channel.report(
            "status",
            cpu_s=time.process_time(),
            edges=self._seen,
            rate_hz=(self._seen - self._seen_before) / ((now_ns - self._next_status_ns + _STATUS_NS) * 1e-9),
            bound_us=fit.half_width_ns * 1e-3 if fit else None,
            ppm=fit.ppm if fit else None,
            box=asdict(self._box_status),
            damaged=self._box.damaged,
            faults=self._survived,
            last_fault=self._last_fault,
            **self._watch.status(now_ns),
        )
        self._seen_before, self._next_status_ns = self._seen, now_ns + _STATUS_NS

    def _sweep(self, width_us: int, span_us: int) -> None:
        """Flash, or (width 0) stop flashing; a box that will not says why."""
        problem = ""
        try:
            self._box.sweep(width_us, span_us)
        except DeviceLost:
            raise
        except DeviceError as error:
            problem = str(error)
        self._channel.report("sweep", width_us=width_us, span_us=span_us, problem=problem)
