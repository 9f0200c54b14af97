"""A servo's control table as memory: defaults, access rights, ranges, limits, indirect data. Pure.

Error numbers follow the table "Error" of the e-manual's docs/en/dxl/protocol2. The e-manual does not
say what a read across an undefined gap gives: here it gives zeros, and an undefined start is refused.
"""

from hardware.arms.control_table import (
    BUS_WATCHDOG,
    CURRENT_LIMIT,
    CURRENT_MODE,
    CURRENT_POSITION_MODE,
    EXTENDED_POSITION_MODE,
    GOAL_CURRENT,
    GOAL_POSITION,
    GOAL_PWM,
    GOAL_VELOCITY,
    MAX_POSITION_LIMIT,
    MIN_POSITION_LIMIT,
    OPERATING_MODE,
    POSITION_MODE,
    PWM_LIMIT,
    PWM_MODE,
    RAM_AREA,
    TORQUE_ENABLE,
    VELOCITY_LIMIT,
    VELOCITY_MODE,
    WATCHDOG_TRIPPED,
)
from hardware.arms.servo_models import Register, ServoModel
from hardware.virtual.dynamixel.wire import Error

_MODES = (VELOCITY_MODE, POSITION_MODE, EXTENDED_POSITION_MODE, PWM_MODE)
_CURRENT_MODES = (CURRENT_MODE, CURRENT_POSITION_MODE)  # only of servos that measure their current
GOALS = {GOAL_PWM: PWM_LIMIT, GOAL_CURRENT: CURRENT_LIMIT, GOAL_VELOCITY: VELOCITY_LIMIT, GOAL_POSITION: 0}
"""Goal registers and the register that limits each; Goal Position has two limits of its own."""


class Registers:
    """The control table of one servo; EEPROM values outlive `power_up`."""

    def __init__(self, model: ServoModel) -> None:
        self._rows = {row.address: row for row in model.registers}
        self._end = max(row.address + row.size for row in model.registers)
        self._memory = bytearray(self._end)
        self._data_of = {d + i: a + 2 * i for a, d, n in model.indirect for i in range(n)}
        self._first_data = min(self._data_of)
        self.factory_reset(keep=())

    def factory_reset(self, keep: tuple[int, ...]) -> None:
        """Initial values everywhere but in the registers named."""
        kept = [(address, self.get(address)) for address in keep]
        for row in self._rows.values():
            self.set(row.address, row.initial)
        for address, value in kept:
            self.set(address, value)
        self.power_up()

    def power_up(self) -> None:
        """RAM to its initial values, goals to their limits."""
        for row in self._rows.values():
            if row.address >= RAM_AREA:
                self.set(row.address, row.initial)
        self.set(GOAL_PWM, self.get(PWM_LIMIT))
        if self.has(GOAL_CURRENT):
            self.set(GOAL_CURRENT, self.get(CURRENT_LIMIT))

    def has(self, address: int) -> bool:
        """Is there a register that starts at `address`?"""
        return address in self._rows

    def get(self, address: int) -> int:
        """The register that starts at `address`, two's complement where its range goes below 0."""
        row = self._rows[address]
        raw = self._memory[address : address + row.size]
        return int.from_bytes(raw, "little", signed=row.low < 0)

    def set(self, address: int, value: int) -> None:
        """Store a value without any rule: what the servo itself does."""
        size = self._rows[address].size
        self._memory[address : address + size] = (value % (1 << 8 * size)).to_bytes(size, "little")

    def read(self, address: int, length: int) -> bytes | Error:
        """What a READ answers: `length` bytes, or the error."""
        if address not in self._rows or length == 0 or address + length > self._end:
            return Error.ACCESS
        if address + length <= self._first_data:
            return bytes(self._memory[address : address + length])
        return bytes(self._memory[self._resolve(at)] for at in range(address, address + length))

    def fill(self, address: int, data: bytes) -> None:
        """Store several registers at once without any rule."""
        self._memory[address : address + len(data)] = data

    def reaches_indirect(self, end: int) -> bool:
        """Does a block up to `end` reach indirect data, which may point at anything?"""
        return end > self._first_data

    def write(self, address: int, data: bytes) -> list[int] | Error:
        """What a WRITE does: all of it or nothing; the starts of the registers written, or the error."""
        cells = [self._resolve(address + i) for i in range(len(data))]
        changes: list[tuple[Register, bytes]] = []
        at = 0
        while at < len(cells):
            row = self._rows.get(cells[at])
            if row is None or not row.writable:
                return Error.ACCESS
            if cells[at : at + row.size] != list(range(row.address, row.address + row.size)):
                return Error.DATA_LENGTH
            changes.append((row, data[at : at + row.size]))
            at += row.size
        if not changes:
            return Error.DATA_LENGTH
        for row, raw in changes:
            if error := self._refusal(row, int.from_bytes(raw, "little", signed=row.low < 0)):
                return error
        for row, raw in changes:
            self._memory[row.address : row.address + row.size] = raw
        return [row.address for row, _ in changes]

    def _resolve(self, address: int) -> int:
        pointer = self._data_of.get(address)
        if pointer is None:
            return address
        target = int.from_bytes(self._memory[pointer : pointer + 2], "little")
        return address if target in self._data_of else target

    def _refusal(self, row: Register, value: int) -> Error:
        if row.address < RAM_AREA and self.get(TORQUE_ENABLE):
            return Error.ACCESS
        if not row.low <= value <= row.high:
            return Error.DATA_RANGE
        if row.address == OPERATING_MODE and value not in (
            *_MODES,
            *(_CURRENT_MODES if self.has(GOAL_CURRENT) else ()),
        ):
            return Error.DATA_RANGE
        if row.address not in GOALS:
            return Error.NONE
        if self.get(BUS_WATCHDOG) == WATCHDOG_TRIPPED:
            return Error.DATA_RANGE  # e-manual, "Bus Watchdog (98) Example", step 6
        return Error.NONE if self._within_limits(row.address, value) else Error.DATA_LIMIT

    def _within_limits(self, goal: int, value: int) -> bool:
        if goal == GOAL_POSITION:
            low, high = self.get(MIN_POSITION_LIMIT), self.get(MAX_POSITION_LIMIT)
            return self.get(OPERATING_MODE) != POSITION_MODE or low <= value <= high
        return abs(value) <= self.get(GOALS[goal])
