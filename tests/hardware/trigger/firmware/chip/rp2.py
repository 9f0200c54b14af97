"""Stands in for MicroPython's rp2, on MicroPython and CPython: assembles PIO programs, acts their machines out.

Encodings: RP2040 data sheet, section 3.4 "Instruction Set". A state machine does what its program says it does
(that the program does it is shown cycle by cycle in test_pio.py), on the pins of `machine`.
"""

import machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_WORDS = {
    "pins": 0,
    "x": 1,
    "y": 2,
    "null": 3,
    "isr": 6,
    "osr": 7,
    "x_dec": 2,
    "y_dec": 4,
    "pin": 6,
    "block": 0x20,
    "noblock": 0,
}


class PIO:
    OUT_LOW = 2
    SHIFT_LEFT = 0
    JOIN_RX = 2


class Program:
    """Opcodes and where they wrap; assembled in two passes, the first to learn the labels."""

    def __init__(self, write: "Callable[[], None]", options: "dict[str, int]") -> None:
        self.name, self.options = write.__name__, options
        self.labels, self.words = {}, []
        self.wrap_target = self.wrap_top = None
        names = write.__globals__
        saved = dict(names)
        names.update(_WORDS)
        for name in ("label", "jmp", "wait", "in_", "push", "pull", "mov", "set", "invert"):
            names[name] = getattr(self, name)
        names["wrap_target"], names["wrap"] = self._begin, self._end
        for _ in range(2):
            self.words = []
            write()
        names.clear()
        names.update(saved)

    def _begin(self) -> None:
        self.wrap_target = len(self.words)

    def _end(self) -> None:
        self.wrap_top = len(self.words) - 1

    def label(self, name: str) -> None:
        self.labels[name] = len(self.words)

    def invert(self, source: int) -> int:
        return source | 1 << 3

    def jmp(self, condition: int, label: str) -> None:
        self.words.append(condition << 5 | self.labels.get(label, 0))

    def wait(self, level: int, source: int, index: int) -> None:
        assert source == _WORDS["pin"]
        self.words.append(0x2000 | level << 7 | 1 << 5 | index)

    def in_(self, source: int, bits: int) -> None:
        self.words.append(0x4000 | source << 5 | bits & 31)

    def push(self, block: int) -> None:
        self.words.append(0x8000 | block)

    def pull(self, block: int) -> None:
        self.words.append(0x8080 | block)

    def mov(self, destination: int, source: int) -> None:
        self.words.append(0xA000 | destination << 5 | source)

    def set(self, destination: int, value: int) -> None:
        self.words.append(0xE000 | destination << 5 | value)


def asm_pio(**options: int) -> "Callable[[Callable[[], None]], Program]":
    return lambda write: Program(write, options)


machines: "dict[int, StateMachine]" = {}


class StateMachine:
    """One of the eight."""

    def __init__(
        self,
        id: int,
        program: Program,
        freq: int = 0,
        in_base: "machine.Pin | None" = None,
        set_base: "machine.Pin | None" = None,
        jmp_pin: "machine.Pin | None" = None,
    ) -> None:
        loaded = {m.program.name: len(m.program.words) for n, m in machines.items() if n // 4 == id // 4}
        loaded[program.name] = len(program.words)
        assert sum(loaded.values()) <= 32, "the programs do not fit into the PIO's memory"
        self.program, self.freq = program, freq
        self.line, self.light = in_base, set_base
        self.started_us = None
        self.words, self.lost, self.loaded = [], False, []
        machines[id] = self
        if program.name == "led":
            machine.world.light_pin = None
        if program.name == "pulses":
            machine.world.stop_pulses(set_base.id)

    def active(self, on: int) -> None:
        if self.program.name == "pulses" and on:
            high, low = (count + 3 for count in self.loaded)
            machine.world.pulse(self.light.id, high, high + low, machine.clock_hz())
        if self.program.name == "pulses" and not on:
            machine.world.stop_pulses(self.light.id)
        if self.program.name == "led" and on:
            machine.world.arm(self.light.id, self.line.id)
        if not on:
            self.started_us = None

    def exec(self, instruction: str) -> None:
        assert instruction in ("mov(x, invert(null))", "pull()", "mov(isr, osr)", "set(pins, 0)"), instruction

    def put(self, value: int) -> None:
        if self.program.name == "led":
            machine.world.feed(value)
        else:
            self.loaded.append(value)

    def start_capture(self, t_us: int) -> None:
        self.started_us = self._seen_us = t_us

    def rx_fifo(self) -> int:
        if self.started_us is not None:
            now = machine.world.now_us()
            for t_us, level in machine.world.edges(self.line.id, self._seen_us, now):
                if len(self.words) == machine.FIFO:
                    self.lost = True
                else:
                    count = (t_us - self.started_us + 1) & 0x7FFFFFFF
                    self.words.append((~count & 0x7FFFFFFF) << 1 | level)
            self._seen_us = now
        return len(self.words)

    def get(self) -> int:
        return self.words.pop(0)
