"""The LED, lit a while after an edge for a while: by PIO from the edge itself, so Python delays nothing."""
# pyright: reportMissingModuleSource=false

from rp2 import PIO, asm_pio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rp2 import block, jmp, label, mov, osr, pin, pins, pull, set, wait, wrap, wrap_target, x, x_dec, y, y_dec

CYCLES_HZ = 2_000_000
EARLIEST_US = 2
"""The shortest phase; a shorter one becomes this."""
_PER_US = CYCLES_HZ // 1_000_000
_TO_LIT = 3  # cycles from an edge to the light beyond the phase's count
_LIT = 2  # cycles of light beyond the width's count


@asm_pio(set_init=PIO.OUT_LOW)
def led() -> None:
    """Takes a phase and a width (as `counts` makes them) and then waits for a rising edge: one flash a pair."""
    wrap_target()
    pull(block)
    mov(y, osr)
    pull(block)
    mov(x, osr)
    wait(0, pin, 0)
    wait(1, pin, 0)
    label("phase")
    jmp(y_dec, "phase")
    set(pins, 1)
    label("lit")
    jmp(x_dec, "lit")
    set(pins, 0)
    wrap()


def counts(phase_us: int, width_us: int) -> "tuple[int, int]":
    """What to put into the FIFO for a flash."""
    return max(phase_us, EARLIEST_US) * _PER_US - _TO_LIT, width_us * _PER_US - _LIT
