"""The USB cable of the virtual trigger box: lines both ways, their CRC, their delays, and what damages them.

Messages take their time both ways (least delay, an exponential part, outliers) and never overtake each
other, as on USB.
"""

from collections import deque
from collections.abc import Iterator

import numpy as np

from hardware.virtual.sync_line import BOX
from hardware.virtual.world import World, seed_for

NEVER_NS = 2**62
_LONGEST_LINE = 128
_OUT_LINES = 256  # the box's buffer towards the host


class BoxWire:
    """Bytes in and out on one side, fields of lines on the other."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rng = np.random.default_rng(seed_for(world.config, "trigger/usb"))
        self._noise = np.random.default_rng(seed_for(world.config, "trigger/noise"))
        self._partial = b""
        self._out: deque[tuple[int, bytes]] = deque()
        self._arrived_ns = self._released_ns = 0
        self.crc_errors = 0

    @property
    def is_full(self) -> bool:
        """Has the host left so much unread that an edge must be dropped?"""
        return len(self._out) >= _OUT_LINES

    def next_ns(self) -> int:
        """When the next line has come through to the host."""
        return self._out[0][0] if self._out else NEVER_NS

    def take_due(self, now_ns: int) -> bytes:
        """The lines that have come through to the host by now."""
        due: list[bytes] = []
        while self._out and self._out[0][0] <= now_ns:
            due.append(self._out.popleft()[1])
        return b"".join(due)

    def forget(self) -> None:
        """Lose what is held either way, as when the power goes."""
        self._partial = b""
        self._out.clear()

    def receive(self, data: bytes, now_ns: int) -> Iterator[tuple[list[str], int]]:
        """Fields of the sound lines that the host wrote before `now_ns`, each with the time that it arrives."""
        *lines, rest = (self._partial + data).split(b"\n")
        self._partial = rest[:_LONGEST_LINE]
        if self.is_silent(now_ns):
            return
        slower_ns = round((self._world.fault_size("usb_asymmetry", BOX, now_ns) or 0.0) * 1000)
        for line in filter(None, lines):
            delay_ns = self._delay_ns(self._world.config.box.usb_out_us) + slower_ns
            self._arrived_ns = max(self._arrived_ns, now_ns + delay_ns)
            body, star, crc = line.rpartition(b"*")
            if star and len(line) < _LONGEST_LINE and crc == b"%04X" % crc16(body):
                yield body.decode("ascii", "replace").split(" "), self._arrived_ns
            else:
                self.crc_errors += 1

    def send(self, body: str, made_ns: int) -> None:
        """Put one line, without CRC, on its way."""
        if self.is_silent(made_ns):
            return
        delay_ns = self._delay_ns(self._world.config.box.usb_in_us)
        self._released_ns = max(self._released_ns, made_ns + delay_ns)
        data = body.encode("ascii")
        line = bytearray(b"%s*%04X" % (data, crc16(data)))
        share = self._world.fault_size("line_noise", BOX, made_ns)
        if share is not None and self._noise.random() < share:
            line[self._noise.integers(len(line))] ^= 1 << int(self._noise.integers(3))
        self._out.append((self._released_ns, bytes(line) + b"\n"))

    def is_silent(self, t_ns: int) -> bool:
        """Does nothing come through at all?"""
        return self._world.fault("box_silent", BOX, t_ns)

    def _delay_ns(self, way_us: tuple[float, float]) -> int:
        box = self._world.config.box
        us = way_us[0] + self._rng.exponential(way_us[1])
        if self._rng.random() < box.outlier_rate:
            us += self._rng.exponential(box.outlier_ms * 1e3)
        return round(us * 1e3)


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE, bit by bit."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc
