"""The start of state machines, timed to a fraction of a microsecond: native code on bare registers.

PIO0_BASE 0x50200000, PIO1_BASE 0x50300000, CTRL 0x000 (SM_ENABLE bits 3:0, CLKDIV_RESTART bits 11:8), FDEBUG 0x008
(RXSTALL bits 3:0, also set by a PUSH NOBLOCK that lost its word; write 1 to clear): RP2040 data sheet, section 3.7;
the same in the RP2350 data sheet, section 11.7. Address + 0x2000 sets bits: RP2040 data sheet, section 2.1.2.
"""
# pyright: reportMissingModuleSource=false

import micropython
from machine import disable_irq, enable_irq, mem32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from micropython import ptr32

_PIO = 0x50200000
_NEXT_PIO = 0x00100000
_FDEBUG = 0x008
_SET = 0x2000


@micropython.viper
def _at_next_tick(timer_low: int, control: int, bits: int) -> int:
    timer = ptr32(timer_low)
    ctrl = ptr32(control)
    before = timer[0]
    while timer[0] == before:
        pass
    ctrl[0] = bits
    return int(timer[0])


def enable(block: int, machines: int, timer_low: int) -> int:
    """Start state machines (a mask) of a PIO together, right after a tick of the timer; its low half then."""
    control = _PIO + block * _NEXT_PIO + _SET
    state = disable_irq()
    try:
        return _at_next_tick(timer_low, control, machines | machines << 8) & 0xFFFFFFFF
    finally:
        enable_irq(state)


def overflowed(block: int, machine: int) -> bool:
    """Whether this state machine lost a word since last asked."""
    address = _PIO + block * _NEXT_PIO + _FDEBUG
    if not mem32[address] & 1 << machine:
        return False
    mem32[address] = 1 << machine
    return True
