"""The chip: which pin and which state machine does what."""
# pyright: reportMissingModuleSource=false

import sys

from machine import Pin, freq, mem32, unique_id
from rp2 import StateMachine

from . import led, pulses
from .capture import CYCLES_HZ, FILL, Channel, capture
from .clock64 import RP2040_TIMER, RP2350_TIMER, Clock64, whole
from .registers import enable, overflowed
from .settings import Settings, period_cycles

FIRST_PIN = 2  # channels 0..3 on GP2..GP5
LED_PIN = 6
# PIO 0 captures the channels; PIO 1 captures the LED, lights it, and makes the pulses (28 of 32 instructions).
_LED_CAPTURE = 4
_LED = 5
_PULSES = 6


class Counter:
    """A state machine that captures one pin."""

    def __init__(self, machine: int, pin: int) -> None:
        self._block, self._number = divmod(machine, 4)
        self._machine = StateMachine(machine, capture, freq=CYCLES_HZ, in_base=Pin(pin), jmp_pin=Pin(pin))
        self._machine.exec(FILL)
        overflowed(self._block, self._number)

    def waiting(self) -> int:
        """Words in its FIFO."""
        return self._machine.rx_fifo()

    def get(self) -> int:
        """The oldest of them."""
        return self._machine.get()

    def overflowed(self) -> bool:
        """Whether it lost words since last asked."""
        return overflowed(self._block, self._number)

    def stop(self) -> None:
        """Capture no more."""
        self._machine.active(0)


class Board:
    """RP2040 or RP2350, its system clock set so that every state machine's divider is exact."""

    def __init__(self) -> None:
        rp2350 = "RP2350" in getattr(sys.implementation, "_machine", "")
        self.model = "rp2350" if rp2350 else "rp2040"
        self.clock_hz = 150_000_000 if rp2350 else 125_000_000
        freq(self.clock_hz)
        self.uid = "".join(f"{byte:02x}" for byte in unique_id())
        self.clock = Clock64(mem32, RP2350_TIMER if rp2350 else RP2040_TIMER)
        self._counters: list[Counter] = []
        self._pulses: StateMachine | None = None
        self._light: StateMachine | None = None
        self._sync = Pin(FIRST_PIN)

    def start(self, settings: Settings) -> "tuple[dict[int, Channel], Channel]":
        """Capture the channels and the LED, then pulse if asked: channels by number, and the LED's."""
        self._sync = Pin(FIRST_PIN + settings.channel)
        for number in settings.channels:
            if not (settings.drive and number == settings.channel):
                Pin(FIRST_PIN + number, Pin.IN)
        lines = {n: Counter(n, FIRST_PIN + n) for n in settings.channels}
        light = Counter(_LED_CAPTURE, LED_PIN)
        self.darken()
        self._counters = list(lines.values())
        self._counters.append(light)
        since = self._enable(0, sum(1 << n for n in lines))
        channels = {n: Channel(line, self.clock, since) for n, line in lines.items()}
        lamp = Channel(light, self.clock, self._enable(1, 1 << _LED_CAPTURE % 4))
        if settings.drive:
            self._drive(settings)
        return channels, lamp

    def stop(self) -> None:
        """No pulses, no light, no capture."""
        if self._pulses:
            self._pulses.active(0)
            self._pulses.exec("set(pins, 0)")
            self._pulses = None
        self.darken()
        for counter in self._counters:
            counter.stop()
        self._counters = []

    def darken(self) -> None:
        """Put the LED out; nothing that was fed lights it any more."""
        self._light = StateMachine(_LED, led.led, freq=led.CYCLES_HZ, in_base=self._sync, set_base=Pin(LED_PIN))
        self._light.active(1)

    def feed(self, phase_us: int, width_us: int) -> None:
        """One flash for the next edge that finds the LED idle."""
        assert self._light
        for count in led.counts(phase_us, width_us):
            self._light.put(count)

    def _enable(self, block: int, machines: int) -> int:
        low = enable(block, machines, self.clock.low_address)
        return whole(low, self.clock.now_us())

    def _drive(self, settings: Settings) -> None:
        self._pulses = machine = StateMachine(_PULSES, pulses.pulses, set_base=self._sync)
        high, low = pulses.counts(self.clock_hz, settings.pulse_us, period_cycles(self.clock_hz, settings.rate_mhz))
        machine.put(high)
        machine.exec("pull()")
        machine.exec("mov(isr, osr)")
        machine.put(low)
        machine.exec("pull()")
        machine.active(1)
