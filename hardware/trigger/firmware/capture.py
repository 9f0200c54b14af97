"""Edges stamped by a PIO counter that is tied to the 64-bit timer at its start.

The counter falls by one every two cycles whatever the line does: both loops and the way from one to the other
through `edge` take two cycles for each decrement, so no pulse costs time. It wraps silently: a decrement and
its fall-through lead to the same place. PIO and timer run off one crystal (RP2040 data sheet, section 2.15),
so what ties them at the start ties them for ever; each edge is held against the timer again.
"""
# pyright: reportMissingModuleSource=false

from rp2 import PIO, asm_pio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rp2 import in_, jmp, label, noblock, pin, pins, push, wrap, wrap_target, x, x_dec

    from .board import Counter
    from .clock64 import Clock64

CYCLES_HZ = 2_000_000
"""Of the state machine; a count is two cycles, 1 us."""
FILL = "mov(x, invert(null))"
"""What sets the counter to its greatest value before the start."""
_COUNTS = 0x7FFFFFFF
_SLACK_US = 5  # an edge takes three cycles to its word, and the tie is good to half a microsecond


@asm_pio(in_shiftdir=PIO.SHIFT_LEFT, fifo_join=PIO.JOIN_RX)
def capture() -> None:
    """At each edge of its pin: the counter's 31 low bits, then the level that the line went to.

    The line is looked at in the second cycle of a pair, so an edge with n counts lies n - 1.5 to n - 0.5
    counts after the start. A pulse or gap shorter than 5 us may be missed.
    """
    label("high")
    jmp(x_dec, "still")
    label("still")
    jmp(pin, "high")
    label("edge")
    in_(x, 31)
    in_(pins, 1)
    push(noblock)
    jmp(x_dec, "a")
    label("a")
    jmp(x_dec, "b")
    label("b")
    jmp(x_dec, "c")
    label("c")
    jmp(x_dec, "d")
    label("d")
    jmp(pin, "high")
    wrap_target()
    jmp(x_dec, "look")
    label("look")
    jmp(pin, "edge")
    wrap()


class ClockLost(Exception):
    """A counter contradicts the timer: its stamps would be wrong."""


def elapsed_us(word: int, until_us: int) -> int:
    """Counts at which a word was made: the last ones up to `until_us` (after the start) that fit."""
    low = ~(word >> 1) & _COUNTS
    return until_us - ((until_us - low) & _COUNTS)


class Channel:
    """One line: its counter's words as level and time, in us of the timer, right to 1 us either way."""

    def __init__(self, counter: "Counter", clock: "Clock64", start_us: int) -> None:
        self._counter, self._clock = counter, clock
        self._start_us = self._empty_us = start_us
        self._level = 0

    def next(self) -> "tuple[int, int] | None":
        """The oldest edge in the FIFO, None: there is none.

        Raises ClockLost for one that would lie before the FIFO was last empty, or in the future.
        """
        before_us = self._clock.now_us()
        while self._counter.waiting():
            word = self._counter.get()
            until_us = self._clock.now_us() + _SLACK_US - self._start_us
            t_us = self._start_us + elapsed_us(word, until_us) - 1
            if t_us < self._empty_us - 2 * _SLACK_US:
                raise ClockLost("a capture counter and the timer disagree")
            level, was = word & 1, self._level
            self._level = level
            if level or was:  # a line that is low at the start did not fall
                return level, t_us
        self._empty_us = before_us
        return None

    def overflowed(self) -> bool:
        """Whether edges were lost since last asked, because nobody emptied the FIFO."""
        return self._counter.overflowed()
