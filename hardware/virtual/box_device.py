"""A virtual trigger box: what PROTOCOL.md says of a box, with a crystal's and a USB cable's errors.

Written from that document alone; it shares no code with the driver.
"""

from typing import Literal

from hardware.config import RigConfig
from hardware.virtual.box_wire import NEVER_NS, BoxWire
from hardware.virtual.led import Flash, Flashes
from hardware.virtual.sync_line import APART_NS, BOX, BOX_CLOCK_HZ, SyncLine, box_crystal, drive_cycles, seen_by_box
from hardware.virtual.truth import TruthLog
from hardware.virtual.world import LedOrder, World, seed_for

_HANDLING_NS = 40_000  # from the end of a ping to the time stamp in its answer
_CAPTURE_NS = 16  # a PIO capture loop of two cycles at 125 MHz
_DRIVE_DELAY_NS = 50_000_000  # from START to the first pulse
_STATUS_NS = 1_000_000_000
_BOOT_NS = 300_000_000  # after a reset it hears nothing for so long
_MASTER_PULSE_US = 100  # of a RealSense master (librealsense's white paper on multiple cameras)
_LED_US = 1_000_000  # longest phase, span and width
_HELLO = f"HELLO 1 virtual-rp2040 {{uid:016x}} 1.0.0 {BOX_CLOCK_HZ}"


class VirtualBox:
    """Pure but for the shared world: time comes in as an argument, bytes go in and out."""

    def __init__(self, rig: RigConfig, world: World, truth: TruthLog | None) -> None:
        self._rig, self._world, self._truth = rig, world, truth
        self._crystal = box_crystal(world)
        self._uid = seed_for(world.config, "trigger/uid")
        self._wire = BoxWire(world)
        self._deaf_until_ns = 0
        self._power_up(world.epoch_ns)

    def _power_up(self, t_ns: int) -> None:
        """Everything anew, the clock at 0."""
        self._born_ns, self._zero_ns = t_ns, self._crystal.device_ns(t_ns)
        self._line: SyncLine | None = None
        self._flashes: Flashes | None = None
        self._mode: Literal["listen", "drive"] = "listen"
        self._channel = 0
        self._falls_after_ns: int | None = None
        self._running = False
        self._order: LedOrder | None = None
        self._flash: tuple[int, Flash] | None = None  # under way: the edge that set it off
        self._seq = 0
        self._edges = self._dropped = self._wire.crc_errors = 0
        self._status_ns = NEVER_NS
        self._pulse: int | None = None
        self._pulse_ns = NEVER_NS  # the next pulse
        self._after_ns = t_ns  # which is the first one after this
        self._since_ns = 0

    # -- time passes -------------------------------------------------------------------------------

    def live(self, now_ns: int) -> None:
        """Capture the edges and make the reports that are due."""
        for spell in self._world.fault_spells("box_reset", BOX):
            if self._born_ns < spell.from_ns <= now_ns:
                self._pass(spell.from_ns)
                self._halt()
                self._wire.forget()
                self._power_up(spell.from_ns)
                self._deaf_until_ns = spell.from_ns + _BOOT_NS
        self._pass(now_ns)

    def next_ns(self) -> int:
        """When there will be something to do."""
        return min(self._wire.next_ns(), self._pulse_ns, self._flash_ends_ns, self._status_ns)

    def take_due(self, now_ns: int) -> bytes:
        """The lines that have come through to the host by now."""
        return self._wire.take_due(now_ns)

    @property
    def _flash_ends_ns(self) -> int:
        return self._flash[1].off_ns if self._flash else NEVER_NS

    def _pass(self, now_ns: int) -> None:
        self._watch()
        while (due_ns := min(self._pulse_ns, self._flash_ends_ns, self._status_ns)) <= now_ns:
            if due_ns == self._flash_ends_ns:
                self._tell_flash()
            elif due_ns == self._pulse_ns:
                self._capture(due_ns)
            else:
                self._status_ns += _STATUS_NS
                self._report(due_ns)

    def _watch(self) -> None:
        """Follow a line that starts, restarts or falls silent."""
        if self._running and self._line and self._line.since_ns != self._since_ns:
            self._since_ns = self._line.since_ns
            self._await_pulse(self._line)

    def _await_pulse(self, line: SyncLine) -> None:
        self._pulse, self._pulse_ns = line.next_after(self._after_ns) or (None, NEVER_NS)

    def _capture(self, pulse_ns: int) -> None:
        assert self._line and self._flashes and self._pulse is not None
        pulse, seen_ns = self._pulse, seen_by_box(self._world, pulse_ns)
        self._after_ns = pulse_ns + APART_NS
        self._await_pulse(self._line)
        if seen_ns is None:
            return
        seq, flash = self._seq, self._flashes.of_pulse(pulse, pulse_ns)
        if self._count(seen_ns, pulse_ns) and flash is not None:
            self._flash = seq, flash
        apart_us = self._world.fault_size("edge_double", BOX, pulse_ns)
        if apart_us is not None:
            again_ns = seen_ns + round(apart_us * 1000)
            self._count(again_ns, again_ns)

    def _count(self, seen_ns: int, true_ns: int) -> bool:
        """One rising edge; False when its message is lost."""
        seq, self._seq = self._seq, self._seq + 1
        self._edges += 1
        if self._truth:
            self._truth.append(seq, true_ns)
        lost = self._world.fault("edge_drop", BOX, true_ns) or self._wire.is_silent(true_ns)
        if lost or self._wire.is_full:
            self._dropped += 1
            return False
        self._wire.send(f"E {seq} {self._channel} 1 {self._stamp(seen_ns)}", seen_ns)
        if self._falls_after_ns is not None:
            fell_ns = seen_ns + self._falls_after_ns
            self._wire.send(f"E {seq} {self._channel} 0 {self._stamp(fell_ns)}", fell_ns)
        return True

    def _tell_flash(self) -> None:
        assert self._flash
        (seq, flash), self._flash = self._flash, None
        width_us = (flash.off_ns - flash.on_ns) // 1000
        self._wire.send(f"F {seq} {self._stamp(flash.on_ns)} {width_us}", flash.off_ns)

    def _stamp(self, t_ns: int) -> str:
        us, ns = divmod(self._clock_ns(t_ns) // _CAPTURE_NS * _CAPTURE_NS, 1000)
        return f"{us} {ns}"

    def _clock_ns(self, t_ns: int) -> int:
        return self._crystal.device_ns(t_ns) - self._zero_ns

    # -- from the host -----------------------------------------------------------------------------

    def receive(self, data: bytes, now_ns: int) -> None:
        """Bytes that the host wrote before `now_ns`."""
        self.live(now_ns)
        if now_ns < self._deaf_until_ns:
            return
        for fields, arrived_ns in self._wire.receive(data, now_ns):
            self._obey(fields, arrived_ns, now_ns)

    def _obey(self, fields: list[str], arrived_ns: int, now_ns: int) -> None:
        match fields:
            case ["P", id] if id.isdecimal() and int(id) < 2**32:
                replied_ns = arrived_ns + _HANDLING_NS
                rx, tx = (self._clock_ns(t) // 1000 for t in (arrived_ns, replied_ns))
                self._wire.send(f"R {id} {rx} {tx}", replied_ns)
            case ["HELLO", _]:
                self._wire.send(_HELLO.format(uid=self._uid), arrived_ns)
            case ["CFG", mode, *numbers] if 3 <= len(numbers) <= 5 and all(map(str.isdecimal, numbers)):
                problem = self._configure(mode, *map(int, numbers))
                if self._line and not problem and mode == "D":
                    self._wire.send(f"PERIOD {drive_cycles(int(numbers[1]) / 1000)}", arrived_ns)
                self._answer("CFG", problem, arrived_ns)
            case ["START"]:
                self._answer("START", self._start(now_ns), arrived_ns)
            case ["STOP"]:
                self._halt()
                self._answer("STOP", None, arrived_ns)
            case ["LED", phase, width] if phase.isdecimal() and width.isdecimal():
                problem = self._light(LedOrder(now_ns, int(width), int(phase), 1))
                self._answer("LED", problem, arrived_ns)
            case ["SWEEP", width, span] if width.isdecimal() and span.isdecimal():
                problem = self._light(LedOrder(now_ns, int(width), 0, int(span)))
                self._answer("SWEEP", problem, arrived_ns)
            case ["STAT"]:
                self._report(arrived_ns)
            case _:
                self._wire.crc_errors += 1

    def _answer(self, verb: str, problem: str | None, made_ns: int) -> None:
        self._wire.send(f"ERR {verb} {problem}" if problem else f"OK {verb}", made_ns)

    def _configure(
        self, mode: str, channel: int, rate_mhz: int, pulse_us: int, also: int = 0, falling: int = 0
    ) -> str | None:
        """Take the settings in, or say what is wrong with them."""
        problems = {
            "running": self._running,
            "mode": mode not in ("L", "D"),
            "channel": channel > 3 or also > 15,  # to the others of which nothing is wired
            "rate": not 100 <= rate_mhz <= 240_000,
            "pulse": not 1 <= pulse_us <= 5000 or pulse_us * rate_mhz >= 1_000_000_000,
            "range": falling > 1,
        }
        if problem := next((word for word, wrong in problems.items() if wrong), None):
            return problem
        self._mode = "drive" if mode == "D" else "listen"
        self._channel = channel
        self._falls_after_ns = (pulse_us if mode == "D" else _MASTER_PULSE_US) * 1000 if falling else None
        trigger = self._rig.trigger.model_copy(update={"mode": self._mode, "rate_hz": rate_mhz / 1000})
        self._line = SyncLine(self._rig.model_copy(update={"trigger": trigger}), self._world)
        self._flashes = Flashes(self._world, self._line)
        return None

    def _light(self, order: LedOrder) -> str | None:
        if max(order.width_us, order.phase_us, order.span_us) > _LED_US or (order.width_us and not order.span_us):
            return "range"
        self._order = order
        if self._running:
            self._world.order_flashes(order)
        return None

    def _start(self, now_ns: int) -> str | None:
        if self._line is None:
            return "config"
        if not self._running:
            self._running = True
            self._edges = self._dropped = self._wire.crc_errors = 0
            self._after_ns, self._since_ns = now_ns, 0
            self._status_ns = now_ns + _STATUS_NS
            if self._mode == "drive":
                self._world.start_sync_line(now_ns + _DRIVE_DELAY_NS)
            if self._order:
                order = self._order
                self._world.order_flashes(LedOrder(now_ns, order.width_us, order.phase_us, order.span_us))
        return None

    def _halt(self) -> None:
        if self._running:
            self._world.order_flashes(LedOrder(self._after_ns, 0, 0, 1))  # no pulse came since
            if self._mode == "drive":
                self._world.start_sync_line(0)
        self._running = False
        self._order = self._flash = None
        self._status_ns = self._pulse_ns = NEVER_NS

    # -- to the host -------------------------------------------------------------------------------

    def _report(self, made_ns: int) -> None:
        self._wire.send(f"STAT {self._edges} {self._dropped} 0 {self._wire.crc_errors}", made_ns)
