"""The box's one clock: the chip's 64-bit microsecond timer.

RP2040 data sheet, section 4.6 "Timer": TIMER_BASE 0x40054000, TIMERAWH 0x24, TIMERAWL 0x28. RP2350 data sheet,
section 12.8 "System Timers": TIMER0_BASE 0x400b0000, the same offsets. `time.ticks_us` wraps after 17.9 min.
"""

RP2040_TIMER = 0x40054000
RP2350_TIMER = 0x400B0000
_HIGH = 0x24
_LOW = 0x28


class Clock64:
    """`mem32` is machine.mem32, or anything that maps a register's address to its value."""

    def __init__(self, mem32: "dict[int, int]", base: int) -> None:
        self._mem32 = mem32
        self._high, self.low_address = base + _HIGH, base + _LOW

    def now_us(self) -> int:
        """Microseconds since power-up. High, low, high: the halves are not read in one go."""
        mem32 = self._mem32
        high = mem32[self._high] & 0xFFFFFFFF
        while True:
            low = mem32[self.low_address] & 0xFFFFFFFF
            again = mem32[self._high] & 0xFFFFFFFF
            if again == high:
                return (high << 32) | low
            high = again


def whole(low: int, now_us: int) -> int:
    """The instant before `now_us`, by less than 2**32 us, whose low half is `low`."""
    return now_us - ((now_us - low) & 0xFFFFFFFF)
