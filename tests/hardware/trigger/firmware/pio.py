"""One state machine in the cycle-exact emulator, its input a function of the cycle."""

from collections.abc import Callable, Iterator
from typing import Any

from pioemu import ShiftRegister, State, emulate


def run(
    program: Any,
    line: Callable[[int], int] = lambda cycle: 0,
    cycles: int = 100_000,
    x: int = 0xFFFFFFFF,
    isr: int = 0,
    osr: int = 0,
) -> Iterator[State]:
    """States after each cycle; pin 0 is the line, pin 1 what the program sets."""

    def source(state: State) -> int:
        return line(state.clock)

    begin = State(
        x_register=x,
        pin_directions=2,
        input_shift_register=ShiftRegister(isr, 0),
        output_shift_register=ShiftRegister(osr, 0),
    )
    steps = emulate(
        program.words,
        stop_when=lambda _, state: state.clock >= cycles,
        initial_state=begin,
        input_source=source,
        shift_isr_right=False,
        set_base=1,
        set_count=1,
        jmp_pin=0,
        wrap_target=program.wrap_target,
        wrap_top=program.wrap_top,
    )
    return (after for _, after in steps)


def changes(states: Iterator[State]) -> list[tuple[int, int]]:
    """(cycle, level) of the output's changes."""
    found: list[tuple[int, int]] = []
    level = 0
    for state in states:
        if (now := state.pin_values >> 1 & 1) != level:
            level = now
            found.append((state.clock, level))
    return found
