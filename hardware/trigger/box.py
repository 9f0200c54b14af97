"""The trigger box on its serial port: edges and pings as samples on the host's clock."""

from collections import deque
from collections.abc import Callable

from hardware.clock.hull import ClockFit, ClockStepError, TwoSidedHull
from hardware.config import SerialBoxConfig
from hardware.interfaces import DeviceError, DeviceRefused, DeviceTimeout
from hardware.samples import (
    BoxStatus,
    ClockPing,
    DeviceInfo,
    Stamp,
    TimeSource,
    TriggerEdge,
    monotonic_ns,
)
from hardware.trigger import protocol
from hardware.trigger.port import RawPort
from hardware.trigger.protocol import Counters, Done, Edge, Garbled, Hello, Message, Pong, Refused

Reply = Done | Refused | Hello

_DEVICE = "trigger"
_ANSWER_NS = 500_000_000
_TRIES = 6
_WARM_UP_PINGS = 10
_SILENCE_NS = 2_000_000_000
_UNKNOWN_NS = 50_000_000  # bound of an edge stamped by its arrival, before any ping was answered
_REMEDY = "check the trigger box's USB cable, then unplug it and plug it in again"


class SerialTriggerBox:
    """Production driver; satisfies `TriggerBox`. Used from one thread.

    `read` raises DeviceError once for each fault that the box survives (lost edges, a damaged line, a
    clock step) and then goes on; DeviceTimeout when pings stay unanswered for 2 s; DeviceLost when the
    port is gone.
    """

    def __init__(self, config: SerialBoxConfig) -> None:
        self._config = config
        self._parser = protocol.Parser()
        self._hull = TwoSidedHull()
        self._out: deque[TriggerEdge | ClockPing | BoxStatus | DeviceError] = deque()
        self._sent: dict[int, int] = {}
        self._pings = 0
        self._next_seq: int | None = None
        self._heard_ns = monotonic_ns()
        self._replies: list[Reply] = []
        self._port = RawPort(_DEVICE, config.port)
        try:
            self._hello = self._greet()
            self._command("CFG", self._configuration())
        except BaseException:
            self._port.close()
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
        return DeviceInfo(_DEVICE, config.driver, box.model, box.uid, box.firmware, options)

    def start(self) -> None:
        """Tie the clocks by a few quick pings, then let the box capture (and in drive mode pulse)."""
        for _ in range(_WARM_UP_PINGS):
            self.ping()
            self._pump(0.01)
        self._command("START", protocol.start())

    def ping(self) -> None:
        """Send one clock ping; its answer comes through `read`."""
        id = self._pings % 2**32
        self._pings += 1
        self._sent[id] = self._port.write(protocol.ping(id))

    def led(self, phase_us: int, width_us: int) -> None:
        """Light the box's LED `phase_us` after each rising edge for `width_us`; 0: off."""
        self._command("LED", protocol.led(phase_us, width_us))

    @property
    def clock(self) -> ClockFit | None:
        """The box's clock as far as it is known now; None before the first answer to a ping."""
        return self._hull.fit()

    def read(self, timeout_s: float) -> TriggerEdge | ClockPing | BoxStatus | None:
        """The next message; None when nothing came in time."""
        deadline_ns = monotonic_ns() + round(timeout_s * 1e9)
        while not self._out:
            left_ns = deadline_ns - monotonic_ns()
            self._pump(left_ns * 1e-9)
            self._check_silence()
            if not self._out and left_ns <= 0:
                return None
        item = self._out.popleft()
        if isinstance(item, DeviceError):
            raise item
        return item

    def close(self) -> None:
        """Stop the box, if it still listens, and close the port."""
        try:
            self._port.write(protocol.stop())
        except DeviceError:
            pass  # already gone, which is what was wanted
        finally:
            self._port.close()

    # -- commands ----------------------------------------------------------------------------------

    def _configuration(self) -> bytes:
        config = self._config
        return protocol.configure(config.mode, config.channel, config.rate_hz, config.pulse_us)

    def _greet(self) -> Hello:
        """End whatever ran before, and find out who is there."""
        match self._ask(b"\n" + protocol.stop() + protocol.hello(), lambda m: isinstance(m, Hello)):
            case Hello(version=protocol.VERSION) as hello:
                self._out.clear()
                self._next_seq = None
                return hello
            case Hello(version=version):
                raise DeviceRefused(
                    _DEVICE,
                    f"the box speaks protocol {version}, this program {protocol.VERSION};"
                    " flash the firmware that belongs to this version",
                )
            case _:
                raise DeviceTimeout(_DEVICE, f"nothing on {self._config.port} answers as a trigger box; {_REMEDY}")

    def _command(self, verb: str, data: bytes) -> None:
        match self._ask(data, lambda m: isinstance(m, Done | Refused) and m.verb == verb):
            case Refused(reason=reason):
                raise DeviceRefused(
                    _DEVICE,
                    f"the box refused {verb} ({reason}); check the trigger section of the rig file",
                )
            case None:
                raise DeviceTimeout(_DEVICE, f"the box does not answer {verb}; {_REMEDY}")
            case _:
                return

    def _ask(self, data: bytes, answers: Callable[[Reply], bool]) -> Reply | None:
        for _ in range(_TRIES):
            self._replies.clear()
            self._port.write(data)
            deadline_ns = monotonic_ns() + _ANSWER_NS
            while (left_ns := deadline_ns - monotonic_ns()) > 0:
                self._pump(left_ns * 1e-9)
                if found := next(filter(answers, self._replies), None):
                    return found
        return None

    # -- what comes in -----------------------------------------------------------------------------

    def _pump(self, timeout_s: float) -> None:
        data, t_ns = self._port.read(timeout_s)
        for message, arrival_ns in self._parser.feed(data, t_ns):
            self._take(message, arrival_ns)

    def _take(self, message: Message, arrival_ns: int) -> None:
        match message:
            case Edge():
                self._heard_ns = arrival_ns
                self._take_edge(message, arrival_ns)
            case Pong():
                self._heard_ns = arrival_ns
                self._take_pong(message, arrival_ns)
            case Counters(edges, dropped, fifo_overflows, crc_errors):
                self._heard_ns = arrival_ns
                self._out.append(BoxStatus(edges, dropped, fifo_overflows, crc_errors))
            case Garbled():
                text = f"a damaged line came ({message.line[:40]!r}); check the USB cable and hub"
                self._out.append(DeviceError(_DEVICE, text))
            case Done() | Refused() | Hello():
                self._replies.append(message)

    def _take_edge(self, edge: Edge, arrival_ns: int) -> None:
        expected, self._next_seq = self._next_seq, edge.seq + 1
        if expected is not None and edge.seq != expected:
            text = (
                f"{edge.seq - expected} trigger edges were lost before edge {edge.seq};"
                " frames of that time go by the cameras' own clocks"
                if edge.seq > expected
                else f"edge {edge.seq} came where {expected} was due: the box restarted; reopen it"
            )
            self._out.append(DeviceError(_DEVICE, text))
        fit = self._hull.fit()
        t_ns = arrival_ns if fit is None else fit.to_host_ns(edge.t_ns)
        u_ns = _UNKNOWN_NS if fit is None else fit.bound_ns(edge.t_ns)
        source = TimeSource.ARRIVAL if fit is None else TimeSource.DEVICE
        stamp = Stamp(t_ns, u_ns, edge.t_ns, arrival_ns, edge.seq, source)
        self._out.append(TriggerEdge(stamp, edge.channel, edge.rising))

    def _take_pong(self, pong: Pong, arrival_ns: int) -> None:
        sent_ns = self._sent.pop(pong.id, None)
        if sent_ns is None:
            return
        sample = ClockPing(pong.id, sent_ns, pong.rx_ns, pong.tx_ns, arrival_ns)
        try:
            self._hull.update(sample)
        except ClockStepError as error:
            self._hull = TwoSidedHull()
            self._hull.update(sample)
            self._out.append(DeviceError(_DEVICE, f"{error}"))
        self._out.append(sample)

    def _check_silence(self) -> None:
        """Lost pings are forgotten after a while; if nothing at all came meanwhile, say so."""
        oldest_ns = next(iter(self._sent.values()), None)
        if oldest_ns is None or monotonic_ns() - oldest_ns < _SILENCE_NS:
            return
        self._sent.clear()
        if self._heard_ns < oldest_ns:
            raise DeviceTimeout(_DEVICE, f"the box has been silent for {_SILENCE_NS / 1e9:.0f} s; {_REMEDY}")
