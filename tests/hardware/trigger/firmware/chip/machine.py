"""Stands in for MicroPython's machine, on MicroPython and CPython: a timer, and pins with pulses on them.

Environment: CHIP_START_US, what the timer reads at power-up; CHIP_MASTER_HZ, pulses of 100 us on GP2 from outside;
CHIP_FIFO, words that a state machine holds (8 on the chip; more where a busy machine must not lose any).
"""

import os
import time

_state = {"hz": 0}
FIFO = int(os.getenv("CHIP_FIFO") or 8)


class Pin:
    IN = 0

    def __init__(self, id: int, mode: "int | None" = None) -> None:
        self.id = id


class World:
    """Lines as functions of the timer, in us: periodic pulses, and the LED's flashes."""

    def __init__(self) -> None:
        self._since = time.ticks_us()
        self._start_us = int(os.getenv("CHIP_START_US") or 0)
        self._pulses = {}
        self.light_pin = None
        self._flashes = []
        self._fed = []
        self._armed_us = 0
        hz = int(os.getenv("CHIP_MASTER_HZ") or 0)
        if hz:
            self._pulses[2] = (self._start_us + 5000, 100, 1_000_000 / hz)

    def now_us(self) -> int:
        return self._start_us + time.ticks_diff(time.ticks_us(), self._since)

    def pulse(self, pin: int, high: int, period: int, clock_hz: int) -> None:
        us = 1_000_000 / clock_hz
        self._pulses[pin] = (self.now_us(), round(high * us), period * us)

    def stop_pulses(self, pin: int) -> None:
        self._pulses.pop(pin, None)

    def edges(self, pin: int, after_us: int, until_us: int) -> "list[tuple[int, int]]":
        """(t_us, level) of the edges in (after, until]."""
        if pin == self.light_pin:
            self._light_up(until_us)
            found = [(t, 1) for t, _ in self._flashes] + [(t + w, 0) for t, w in self._flashes]
        else:
            found = self._of_pulses(pin, after_us, until_us)
        return sorted(e for e in found if after_us < e[0] <= until_us)

    def _of_pulses(self, pin: int, after_us: int, until_us: int) -> "list[tuple[int, int]]":
        if pin not in self._pulses:
            return []
        since, width, period = self._pulses[pin]
        first = max(0, int((after_us - since) / period) - 1)
        rises = (since + round(k * period) for k in range(first, int((until_us - since) / period) + 2))
        return [edge for t in rises for edge in ((t, 1), (t + width, 0))]

    def arm(self, light_pin: int, line_pin: int) -> None:
        self.light_pin, self._line = light_pin, line_pin
        self._flashes, self._fed, self._armed_us = [], [], self.now_us()

    def feed(self, count: int) -> None:
        self._fed.append(count)
        self._armed_us = max(self._armed_us, self.now_us())

    def _light_up(self, until_us: int) -> None:
        while len(self._fed) >= 2:
            rise = next((t for t, up in self.edges(self._line, self._armed_us, until_us) if up), None)
            if rise is None:
                return
            on, width = rise + (self._fed.pop(0) + 3) // 2, (self._fed.pop(0) + 2) // 2
            self._flashes.append((on, width))
            self._armed_us = on + width


world = World() if hasattr(time, "ticks_us") else None


class _Registers:
    def __getitem__(self, address: int) -> int:
        now = world.now_us()
        return {0x24: now >> 32, 0x28: now & 0xFFFFFFFF}[address & 0xFF]


mem32 = _Registers()


def freq(hz: int) -> None:
    _state["hz"] = hz


def clock_hz() -> int:
    return _state["hz"]


def unique_id() -> bytes:
    return b"\xe6\x61\x4c\x31\x1b\x7f\x3b\x2e"


def reset() -> None:
    raise SystemExit
