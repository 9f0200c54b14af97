"""DRIVE: trigger pulses whose width and period are whole numbers of system clock cycles."""
# pyright: reportMissingModuleSource=false

from rp2 import PIO, asm_pio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rp2 import isr, jmp, label, mov, osr, pins, set, wrap, wrap_target, x, x_dec

_OVERHEAD = 3  # cycles of each half beyond its count


@asm_pio(set_init=PIO.OUT_LOW)
def pulses() -> None:
    """High for ISR + 3 cycles, low for OSR + 3, for ever; both are loaded before the start."""
    wrap_target()
    mov(x, isr)
    set(pins, 1)
    label("up")
    jmp(x_dec, "up")
    mov(x, osr)
    set(pins, 0)
    label("down")
    jmp(x_dec, "down")
    wrap()


def counts(clock_hz: int, pulse_us: int, period: int) -> "tuple[int, int]":
    """ISR and OSR for pulses of `pulse_us` every `period` cycles of the clock."""
    high = pulse_us * clock_hz // 1_000_000
    return high - _OVERHEAD, period - high - _OVERHEAD
