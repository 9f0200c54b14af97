"""A virtual trigger box: what PROTOCOL.md says of a box, with a crystal's and a USB cable's errors.

Written from that document alone; it shares no code with the driver. Messages take their time both ways
(least delay, an exponential part, outliers) and never overtake each other, as on USB.
"""

from collections import deque
from typing import Literal

import numpy as np

from hardware.config import RigConfig
from hardware.virtual.sync_line import SyncLine, box_crystal
from hardware.virtual.truth import TruthLog
from hardware.virtual.world import World, seed_for

NEVER_NS = 2**62
_LONGEST_LINE = 128
_OUT_LINES = 256  # the box's buffer towards the host
_HANDLING_NS = 40_000  # from the end of a ping to the time stamp in its answer
_CAPTURE_NS = 16  # a PIO capture loop of two cycles at 125 MHz
_DRIVE_DELAY_NS = 50_000_000  # from START to the first pulse
_STATUS_NS = 1_000_000_000
_HELLO = "HELLO 1 virtual-rp2040 {uid:016x} 1.0.0 125000000"


class VirtualBox:
    """Pure but for the shared world: time comes in as an argument, bytes go in and out."""

    def __init__(self, rig: RigConfig, world: World, truth: TruthLog | None) -> None:
        self._rig, self._world, self._truth = rig, world, truth
        self._crystal = box_crystal(world)
        self._uid = seed_for(world.config, "trigger/uid")
        self._rng = np.random.default_rng(seed_for(world.config, "trigger/usb"))
        self._partial = b""
        self._out: deque[tuple[int, bytes]] = deque()
        self._arrived_ns = self._released_ns = 0
        self._line: SyncLine | None = None
        self._mode: Literal["listen", "drive"] = "listen"
        self._channel = 0
        self._running = False
        self._seq = 0
        self._edges = self._dropped = self._crc_errors = 0
        self._status_ns = self._edge_ns = NEVER_NS
        self._captured_ns = 0
        self._since_ns: int = 0

    # -- time passes -------------------------------------------------------------------------------

    def live(self, now_ns: int) -> None:
        """Capture the edges and make the reports that are due."""
        if self._running and self._line:
            self._watch(self._line)
            while self._edge_ns <= now_ns:
                self._capture(self._edge_ns)
                self._edge_ns = self._line.pulse_after(self._captured_ns) or NEVER_NS
        if self._status_ns <= now_ns:
            self._status_ns += _STATUS_NS
            self._report(now_ns)

    def next_ns(self) -> int:
        """When there will be something to do."""
        release = self._out[0][0] if self._out else NEVER_NS
        return min(release, self._edge_ns, self._status_ns)

    def take_due(self, now_ns: int) -> bytes:
        """The lines that have come through to the host by now."""
        due: list[bytes] = []
        while self._out and self._out[0][0] <= now_ns:
            due.append(self._out.popleft()[1])
        return b"".join(due)

    def _watch(self, line: SyncLine) -> None:
        """Follow a line that starts, restarts or falls silent."""
        if line.since_ns != self._since_ns:
            self._since_ns = line.since_ns
            self._edge_ns = line.pulse_after(self._captured_ns) or NEVER_NS

    def _capture(self, t_ns: int) -> None:
        self._captured_ns = t_ns
        seq, self._seq = self._seq, self._seq + 1
        self._edges += 1
        if self._truth:
            self._truth.append(seq, t_ns)
        lost = self._world.fault("edge_drop", "trigger", t_ns) or self._silent(t_ns)
        if lost or len(self._out) >= _OUT_LINES:
            self._dropped += 1
            return
        us, ns = divmod(self._crystal.device_ns(t_ns) // _CAPTURE_NS * _CAPTURE_NS, 1000)
        self._send(f"E {seq} {self._channel} 1 {us} {ns}", t_ns)

    # -- from the host -----------------------------------------------------------------------------

    def receive(self, data: bytes, now_ns: int) -> None:
        """Bytes that the host wrote before `now_ns`."""
        *lines, rest = (self._partial + data).split(b"\n")
        self._partial = rest[:_LONGEST_LINE]
        box = self._world.config.box
        if self._silent(now_ns):
            return
        for line in filter(None, lines):
            self._arrived_ns = max(self._arrived_ns, now_ns + self._delay_ns(box.usb_out_us))
            body, star, crc = line.rpartition(b"*")
            if star and len(line) < _LONGEST_LINE and crc == b"%04X" % crc16(body):
                self._obey(body.decode("ascii", "replace").split(" "), self._arrived_ns, now_ns)
            else:
                self._crc_errors += 1

    def _obey(self, fields: list[str], arrived_ns: int, now_ns: int) -> None:
        match fields:
            case ["P", id] if id.isdecimal() and int(id) < 2**32:
                replied_ns = arrived_ns + _HANDLING_NS
                rx, tx = (self._crystal.device_ns(t) // 1000 for t in (arrived_ns, replied_ns))
                self._send(f"R {id} {rx} {tx}", replied_ns)
            case ["HELLO", _]:
                self._send(_HELLO.format(uid=self._uid), arrived_ns)
            case ["CFG", mode, *numbers] if len(numbers) == 3 and all(map(str.isdecimal, numbers)):
                problem = self._configure(mode, *map(int, numbers))
                self._send(f"ERR CFG {problem}" if problem else "OK CFG", arrived_ns)
            case ["START"]:
                problem = self._start(now_ns)
                self._send(f"ERR START {problem}" if problem else "OK START", arrived_ns)
            case ["STOP"]:
                self._halt()
                self._send("OK STOP", arrived_ns)
            case ["LED", phase, width] if phase.isdecimal() and width.isdecimal():
                fits = max(int(phase), int(width)) <= 1_000_000
                if fits:
                    self._world.flash_led(int(phase) * 1000, int(width) * 1000)
                self._send("OK LED" if fits else "ERR LED range", arrived_ns)
            case ["STAT"]:
                self._report(arrived_ns)
            case _:
                self._crc_errors += 1

    def _configure(self, mode: str, channel: int, rate_mhz: int, pulse_us: int) -> str | None:
        """Take the settings in, or say what is wrong with them."""
        problems = {
            "running": self._running,
            "mode": mode not in ("L", "D"),
            "channel": channel > 3,
            "rate": not 1 <= rate_mhz <= 240_000,
            "pulse": not 1 <= pulse_us <= 5000,
        }
        if problem := next((word for word, wrong in problems.items() if wrong), None):
            return problem
        self._mode = "drive" if mode == "D" else "listen"
        self._channel = channel
        trigger = self._rig.trigger.model_copy(update={"mode": self._mode, "rate_hz": rate_mhz / 1000})
        self._line = SyncLine(self._rig.model_copy(update={"trigger": trigger}), self._world)
        return None

    def _start(self, now_ns: int) -> str | None:
        if self._line is None:
            return "config"
        if not self._running:
            self._running = True
            self._edges = self._dropped = self._crc_errors = 0
            self._captured_ns, self._since_ns = now_ns, 0
            self._status_ns = now_ns + _STATUS_NS
            if self._mode == "drive":
                self._world.start_sync_line(now_ns + _DRIVE_DELAY_NS)
        return None

    def _halt(self) -> None:
        if self._running and self._mode == "drive":
            self._world.start_sync_line(0)
        self._running = False
        self._status_ns = self._edge_ns = NEVER_NS

    # -- to the host -------------------------------------------------------------------------------

    def _report(self, made_ns: int) -> None:
        self._send(f"STAT {self._edges} {self._dropped} 0 {self._crc_errors}", made_ns)

    def _send(self, body: str, made_ns: int) -> None:
        if self._silent(made_ns):
            return
        delay_ns = self._delay_ns(self._world.config.box.usb_in_us)
        self._released_ns = max(self._released_ns, made_ns + delay_ns)
        data = body.encode("ascii")
        self._out.append((self._released_ns, b"%s*%04X\n" % (data, crc16(data))))

    def _delay_ns(self, way_us: tuple[float, float]) -> int:
        box = self._world.config.box
        us = way_us[0] + self._rng.exponential(way_us[1])
        if self._rng.random() < box.outlier_rate:
            us += self._rng.exponential(box.outlier_ms * 1e3)
        return round(us * 1e3)

    def _silent(self, t_ns: int) -> bool:
        return self._world.fault("box_silent", "trigger", t_ns)


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE, bit by bit."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc
