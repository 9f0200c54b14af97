"""The trigger box on its serial port: edges, flashes and pings as samples on the host's clock."""

import time
from collections import deque
from contextlib import suppress
from typing import Final

from hardware.clock.anchored import AnchoredHull, ClockStep
from hardware.clock.fit import ClockFit
from hardware.config import SerialBoxConfig
from hardware.interfaces import DeviceError, DeviceLost, DeviceRefused, DeviceTimeout
from hardware.samples import (
    BoxStatus,
    ClockPing,
    DeviceInfo,
    LedFlash,
    Stamp,
    TimeSource,
    TriggerEdge,
    monotonic_ns,
)
from hardware.trigger import protocol
from hardware.trigger.link import DEVICE, REMEDY, Link
from hardware.trigger.protocol import Counters, Edge, Event, Flash, Garbled, Period, Pong

Sample = TriggerEdge | LedFlash | ClockPing | BoxStatus

_WARM_UP_PINGS: Final = 10
_SILENCE_NS: Final = 2_000_000_000
_UNREPORTED_NS: Final = 3_000_000_000  # a started box sends STAT once a second (PROTOCOL.md)
_DEAF_NS: Final = 1_000_000_000  # nobody listened for so long, so a missing STAT means nothing
_BACK_NS: Final = 100_000_000  # a clock that lost so much was at 0 meanwhile
_RETURN_NS: Final = 3_000_000_000  # a box that reboots is back on USB within 2 s
_LOOK_S: Final = 0.05
_UNKNOWN_NS: Final = 50_000_000  # bound of an edge stamped by its arrival, before any ping was answered


class SerialTriggerBox:
    """Production driver; satisfies `TriggerBox`. Used from one thread.

    `read` raises DeviceError once for each fault that the box survives (lost edges, a damaged line, a
    clock step, a restart) and then goes on; DeviceTimeout when pings stay unanswered for 2 s; DeviceLost
    when the port is gone for more than 3 s. A box that restarted is set up as it was, LED and all.
    """

    def __init__(self, config: SerialBoxConfig) -> None:
        self._config = config
        self._clock = AnchoredHull()
        self._out: deque[Sample | DeviceError] = deque()
        self._sent: dict[int, int] = {}
        self._pings = 0
        self._next_seq: dict[int, int] = {}  # by channel
        self._heard_ns = self._reported_ns = self._gone_ns = monotonic_ns()
        self._running = self._restarted = False
        self._light: tuple[str, bytes] | None = None
        self._period_cycles: int | None = None
        self.damaged = 0
        self._link: Link | None = (link := Link(config.port, self._take))
        try:
            self._hello = link.greet()
            self._out.clear()
            self._next_seq.clear()
            link.command("CFG", self._configuration())
        except BaseException:
            link.close()
            raise

    def info(self) -> DeviceInfo:
        """What the box said of itself, and how it was set up."""
        config, box = self._config, self._hello
        options = {
            "mode": config.mode,
            "channel": str(config.channel),
            "rate_hz": str(config.rate_hz),
            "pulse_us": str(config.pulse_us),
            "protocol": str(box.version),
            "fclk_hz": str(box.fclk_hz),
        }
        if self._period_cycles:
            options["achieved_rate_hz"] = f"{box.fclk_hz / self._period_cycles:.9g}"
        return DeviceInfo(DEVICE, config.driver, box.model, box.uid, box.firmware, options)

    def start(self) -> None:
        """Tie the clocks by a few quick pings, then let the box capture (and in drive mode pulse)."""
        self._start(self._present())
        self._running = True

    def ping(self) -> None:
        """Send one clock ping; its answer comes through `read`. Nothing is sent while the port is away."""
        if self._link:
            try:
                self._ping(self._link)
            except DeviceLost as error:
                self._went(error)

    def led(self, phase_us: int, width_us: int) -> None:
        """Light the LED `phase_us` after each rising edge for `width_us`; 0: off. Each flash comes back as LedFlash."""
        self._shine("LED", protocol.led(phase_us, width_us))

    def sweep(self, width_us: int, span_us: int) -> None:
        """Flash the LED for `width_us` at a random phase 0..span_us after each edge; each comes back as LedFlash.

        Width 0 puts it out. Raises DeviceRefused, DeviceTimeout, DeviceLost.
        """
        self._shine("SWEEP", protocol.sweep(width_us, span_us))

    @property
    def clock(self) -> ClockFit | None:
        """The box's clock as far as it is known now; None before the first answer to a ping."""
        return self._clock.fit()

    def read(self, timeout_s: float) -> Sample | None:
        """The next message; None when nothing came in time."""
        deadline_ns = monotonic_ns() + round(timeout_s * 1e9)
        while not self._out:
            left_ns = deadline_ns - monotonic_ns()
            self._live(left_ns * 1e-9)
            if not self._out and left_ns <= 0:
                return None
        item = self._out.popleft()
        if isinstance(item, DeviceError):
            raise item
        return item

    def close(self) -> None:
        """Stop the box, if it still listens, and close the port."""
        if self._link:
            with suppress(DeviceError):  # already gone, which is what was wanted
                self._link.send(protocol.stop())
            self._link.close()
        self._running = False

    # -- commands ----------------------------------------------------------------------------------

    def _configuration(self) -> bytes:
        config = self._config
        return protocol.configure(
            config.mode, config.channel, config.rate_hz, config.pulse_us, config.also, config.falling
        )

    def _present(self) -> Link:
        if self._link is None:
            raise DeviceLost(DEVICE, f"{self._config.port} is away; {REMEDY}")
        return self._link

    def _start(self, link: Link) -> None:
        for _ in range(_WARM_UP_PINGS):
            self._ping(link)
            link.pump(0.01)
        link.command("START", protocol.start())
        self._reported_ns = monotonic_ns()

    def _ping(self, link: Link) -> None:
        id = self._pings % 2**32
        self._pings += 1
        self._sent[id] = link.send(protocol.ping(id))

    def _shine(self, verb: str, data: bytes) -> None:
        self._present().command(verb, data)
        self._light = (verb, data)

    # -- what comes in -----------------------------------------------------------------------------

    def _take(self, message: Event, arrival_ns: int) -> None:
        if isinstance(message, Garbled):
            self.damaged += 1
            self._tell(f"a damaged line came ({message.line[:40]!r}); check the USB cable and hub")
            return
        if arrival_ns - self._heard_ns > _DEAF_NS:
            self._reported_ns = arrival_ns
        self._heard_ns = arrival_ns
        match message:
            case Edge():
                self._take_edge(message, arrival_ns)
            case Flash(seq, t_ns, width_ns):
                self._out.append(LedFlash(self._stamp(t_ns, arrival_ns, seq), width_ns))
            case Pong():
                self._take_pong(message, arrival_ns)
            case Counters(edges, dropped, fifo_overflows, crc_errors):
                self._reported_ns = arrival_ns
                self._out.append(BoxStatus(edges, dropped, fifo_overflows, crc_errors))
            case Period(cycles):
                self._period_cycles = cycles

    def _take_edge(self, edge: Edge, arrival_ns: int) -> None:
        if edge.rising:
            self._count(edge)
        if step := self._clock.heard(edge.t_ns, arrival_ns):
            self._step(step)
        self._out.append(TriggerEdge(self._stamp(edge.t_ns, arrival_ns, edge.seq), edge.channel, edge.rising))

    def _count(self, edge: Edge) -> None:
        expected = self._next_seq.get(edge.channel, edge.seq)
        self._next_seq[edge.channel] = edge.seq + 1
        if edge.seq < expected:
            self._restart(f"edge {edge.seq} came where {expected} was due")
        elif edge.seq > expected:
            self._tell(
                f"{edge.seq - expected} trigger edges were lost before edge {edge.seq};"
                " frames of that time go by the cameras' own clocks"
            )

    def _take_pong(self, pong: Pong, arrival_ns: int) -> None:
        sent_ns = self._sent.pop(pong.id, None)
        if sent_ns is None:
            return
        sample = ClockPing(pong.id, sent_ns, pong.rx_ns, pong.tx_ns, arrival_ns)
        if step := self._clock.update(sample):
            self._step(step)
        if self._running and arrival_ns - self._reported_ns > _UNREPORTED_NS:
            self._reported_ns = arrival_ns
            self._restart("it answers pings but has ceased to report")
        self._out.append(sample)

    def _stamp(self, ticks_ns: int, arrival_ns: int, seq: int) -> Stamp:
        fit = self._clock.fit()
        if fit is None:
            return Stamp(arrival_ns, _UNKNOWN_NS, ticks_ns, arrival_ns, seq, TimeSource.ARRIVAL)
        return Stamp(fit.to_host_ns(ticks_ns), fit.bound_ns(ticks_ns), ticks_ns, arrival_ns, seq, TimeSource.DEVICE)

    # -- faults that the box survives --------------------------------------------------------------

    def _tell(self, text: str) -> None:
        self._out.append(DeviceError(DEVICE, text))

    def _step(self, step: ClockStep) -> None:
        if step.restarted or step.by_ns < -_BACK_NS:
            self._restart(str(step))
        else:
            self._tell(str(step))

    def _restart(self, sign: str) -> None:
        if not self._restarted:
            self._restarted = True
            self._tell(f"the box restarted: {sign}; it is set up again, the edges meanwhile are lost")

    def _went(self, error: DeviceLost) -> None:
        if self._link:
            self._link.close()
        self._link, self._gone_ns = None, monotonic_ns()
        self._tell(f"its port went away; waiting {_RETURN_NS / 1e9:.0f} s for it to come back ({error})")

    def _live(self, timeout_s: float) -> None:
        """Take in what comes; set the box up again when it has to be."""
        try:
            if self._link is None:
                self._return(timeout_s)
            elif self._restarted:
                self._set_up_again(self._link)
            else:
                self._link.pump(timeout_s)
                self._check_silence()
        except DeviceLost as error:
            if self._link is None:
                raise
            self._went(error)

    def _return(self, timeout_s: float) -> None:
        """Look whether the port is there again, and the same box behind it."""
        if monotonic_ns() - self._gone_ns > _RETURN_NS:
            raise DeviceLost(DEVICE, f"{self._config.port} has not come back; {REMEDY}")
        try:
            link = Link(self._config.port, self._take)
        except DeviceLost:
            time.sleep(min(max(timeout_s, 0.0), _LOOK_S))
            return
        self._link = link
        self._set_up_again(link)

    def _set_up_again(self, link: Link) -> None:
        self._clock = AnchoredHull()
        self._sent.clear()
        hello = link.greet()
        if hello.uid != self._hello.uid:
            raise DeviceRefused(DEVICE, f"another box came ({hello.uid}, not {self._hello.uid}); restart the session")
        self._hello = hello
        self._next_seq.clear()
        link.command("CFG", self._configuration())
        if self._running:
            self._start(link)
        if self._light:
            link.command(*self._light)
        self._restarted = False

    def _check_silence(self) -> None:
        """Lost pings are forgotten after a while; if nothing at all came meanwhile, say so."""
        oldest_ns = next(iter(self._sent.values()), None)
        if oldest_ns is None or monotonic_ns() - oldest_ns < _SILENCE_NS:
            return
        self._sent.clear()
        if self._heard_ns < oldest_ns:
            raise DeviceTimeout(DEVICE, f"the box has been silent for {_SILENCE_NS / 1e9:.0f} s; {REMEDY}")
