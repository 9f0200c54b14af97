"""One virtual X-series servo: what it measures, how it moves, what its clock says at any host instant.

A simple machine: without torque (and in current and PWM mode) the operator's hand sets the angle; in
position modes it runs to the goal at the profile velocity, in velocity mode it turns steadily.
"""

import math
import struct
from collections.abc import Callable

from hardware.arms.control_table import (
    BAUD_RATE,
    BAUDS,
    BUS_WATCHDOG,
    COUNTS_PER_TURN,
    DELAY_UNIT_NS,
    DRIVE_MODE,
    FIRMWARE_VERSION,
    GOAL_CURRENT,
    GOAL_POSITION,
    GOAL_VELOCITY,
    HARDWARE_ERROR_STATUS,
    HOMING_OFFSET,
    ID,
    MAX_VOLTAGE_LIMIT,
    MODEL_NUMBER,
    MOVING_THRESHOLD,
    OPERATING_MODE,
    PRESENT_INPUT_VOLTAGE,
    PRESENT_TEMPERATURE,
    PROFILE_ACCELERATION,
    PROFILE_VELOCITY,
    RAD_PER_COUNT,
    RAD_S_PER_UNIT,
    REALTIME_TICK,
    REGISTERED_INSTRUCTION,
    RETURN_DELAY_TIME,
    STATUS_RETURN_LEVEL,
    TICK_MODULUS,
    TORQUE_ENABLE,
    VELOCITY_LIMIT,
    WATCHDOG_UNIT_NS,
    ServoModel,
)
from hardware.virtual.crystal import Crystal
from hardware.virtual.dynamixel.registers import POSITION_MODE, WATCHDOG_TRIPPED, Registers
from hardware.virtual.dynamixel.wire import Error

BOOT_NS = 200_000_000  # silence after a reboot; the vendor gives no figure
HAND = -1  # no torque: the operator's hand sets the angle
CURRENT_MODE = 0
VELOCITY_MODE = 1
POSITION_MODES = (POSITION_MODE, 4, 5)
_COUNTS_PER_UNIT_S = RAD_S_PER_UNIT / RAD_PER_COUNT
# Realtime Tick(120), Moving, Moving Status, Present PWM, Current, Velocity, Position(132).
_MEASURED = struct.Struct("<HBBhhii")
_MEASURED_END = REALTIME_TICK + _MEASURED.size
_KEPT_BY_RESET = {0xFF: (), 0x01: (ID,), 0x02: (ID, BAUD_RATE)}

Angle = Callable[[int], tuple[float, float]]
"""Host ns -> angle of the horn where the hand holds it (rad) and its velocity (rad/s)."""


class Servo:
    """Powered up at `t_ns`; its tick counts on `clock`, which starts anew at each reboot.

    `stale`: it measures no more, and answers with what it measured at `measured_ns`.
    """

    def __init__(
        self, model: ServoModel, id: int, baud: int, angle: Angle, clock: Crystal, parse_ns: int, t_ns: int
    ) -> None:
        self.registers = Registers(model)
        self.registers.set(ID, id)
        self.registers.set(BAUD_RATE, BAUDS.index(baud))
        self.parse_ns = parse_ns
        self.awake_from_ns = self.measured_ns = t_ns
        self.stale = False
        self._angle = angle
        self._clock = clock
        self._registered: tuple[int, bytes] | None = None
        self._power_up(t_ns)

    @property
    def return_delay_ns(self) -> int:
        """Pause between an instruction and the answer."""
        return self.registers.get(RETURN_DELAY_TIME) * DELAY_UNIT_NS

    @property
    def return_level(self) -> int:
        """0: answers PING only, 1: also reads, 2: everything."""
        return self.registers.get(STATUS_RETURN_LEVEL)

    @property
    def identity(self) -> bytes:
        """What a PING answers: model number and firmware version."""
        model = self.registers.get(MODEL_NUMBER)
        return model.to_bytes(2, "little") + bytes([self.registers.get(FIRMWARE_VERSION)])

    def error_byte(self, error: Error) -> int:
        """The error number, with the alert bit while a hardware error stands."""
        return int(error) | (Error.ALERT if self.registers.get(HARDWARE_ERROR_STATUS) else 0)

    def hears(self, baud: int, t_ns: int) -> bool:
        """Is it awake and on this baud rate? An instruction that it hears also feeds the bus watchdog."""
        if t_ns < self.awake_from_ns or baud != self._baud:
            return False
        if self._watched:
            self._check_watchdog(t_ns)
        self._heard_ns = t_ns
        return True

    # -- instructions ------------------------------------------------------------------------------

    def read(self, address: int, length: int, t_ns: int) -> bytes | Error:
        """READ: the measured registers are latched at `t_ns`."""
        end = address + length
        measured = (address < _MEASURED_END and end > REALTIME_TICK) or self.registers.reaches_indirect(end)
        if measured and not self.stale:
            self._measure(t_ns)
        return self.registers.read(address, length)

    def write(self, address: int, data: bytes, t_ns: int) -> Error:
        """WRITE, with its effects: torque, goals, watchdog."""
        here = self._position(t_ns)[0]
        result = self.registers.write(address, data)
        if isinstance(result, Error):
            return result
        self._base, self._since_ns = here, t_ns
        for written in result:
            self._after_write(written, t_ns)
        self._load()
        return Error.NONE

    def reg_write(self, address: int, data: bytes) -> Error:
        """REG WRITE: keep a write for ACTION."""
        self._registered = (address, data)
        self.registers.set(REGISTERED_INSTRUCTION, 1)
        return Error.NONE

    def action(self, t_ns: int) -> Error:
        """ACTION: carry out the kept write."""
        if self._registered is None:
            return Error.INSTRUCTION
        address, data = self._registered
        self._registered = None
        self.registers.set(REGISTERED_INSTRUCTION, 0)
        return self.write(address, data, t_ns)

    def reboot(self, t_ns: int, boot_ns: int = BOOT_NS) -> Error:
        """REBOOT: RAM, turn counter and tick start anew; silent while it boots."""
        self.awake_from_ns = t_ns + boot_ns
        self._clock = Crystal(self.awake_from_ns, 0, self._clock.ppm, self._clock.wander_ppm, self._clock.seed)
        self._power_up(self.awake_from_ns)
        return Error.NONE

    def factory_reset(self, option: int, t_ns: int) -> Error:
        """FACTORY RESET: 0xFF all, 0x01 all but ID, 0x02 all but ID and baud rate; then it boots."""
        if option not in _KEPT_BY_RESET:
            return Error.DATA_RANGE
        self.registers.factory_reset(_KEPT_BY_RESET[option])
        return self.reboot(t_ns)

    def clear(self, params: bytes, t_ns: int) -> Error:
        """CLEAR 0x01: present position back into one turn; only at rest."""
        if params != b"\x01DXL\x22":
            return Error.DATA_RANGE
        if abs(self._position(t_ns)[1]) > self.registers.get(MOVING_THRESHOLD) * _COUNTS_PER_UNIT_S:
            return Error.RESULT_FAIL
        self._count_turns(t_ns)
        return Error.NONE

    # -- machine -----------------------------------------------------------------------------------

    def _power_up(self, t_ns: int) -> None:
        self.registers.power_up()
        low_voltage = self.registers.get(MAX_VOLTAGE_LIMIT) < 100
        self.registers.set(PRESENT_INPUT_VOLTAGE, 50 if low_voltage else 120)  # 0.1 V
        self.registers.set(PRESENT_TEMPERATURE, 33)  # deg C
        self._registered = None
        self._heard_ns = t_ns
        self._base, self._since_ns = 0.0, t_ns
        self._load()
        self._count_turns(t_ns)
        self.registers.set(GOAL_POSITION, round(self._position(t_ns)[0]))

    def _load(self) -> None:
        """Keep at hand what every read needs: registers change seldom."""
        get = self.registers.get
        self.id = get(ID)
        self._baud = BAUDS[get(BAUD_RATE)]
        self._direction = (-1 if get(DRIVE_MODE) & 1 else 1) / RAD_PER_COUNT
        self._homing = get(HOMING_OFFSET)
        self._threshold = get(MOVING_THRESHOLD)
        self._mode = get(OPERATING_MODE) if get(TORQUE_ENABLE) else HAND
        self._watched = self._mode != HAND and 0 < get(BUS_WATCHDOG) < WATCHDOG_TRIPPED
        self._current = get(GOAL_CURRENT) if self._mode == CURRENT_MODE else 0

    def _count_turns(self, t_ns: int) -> None:
        counts = self._direction * self._angle(t_ns)[0]
        self._turned = math.floor(counts / COUNTS_PER_TURN) * COUNTS_PER_TURN

    def _position(self, t_ns: int) -> tuple[float, float]:
        """Position in counts and velocity in counts/s at `t_ns`, not yet quantised."""
        if self._mode not in (VELOCITY_MODE, *POSITION_MODES):
            rad, rad_s = self._angle(t_ns)
            return self._direction * rad - self._turned + self._homing, self._direction * rad_s
        if self.registers.get(BUS_WATCHDOG) == WATCHDOG_TRIPPED:
            return self._base, 0.0
        elapsed_s = (t_ns - self._since_ns) * 1e-9
        if self._mode == VELOCITY_MODE:
            speed = self.registers.get(GOAL_VELOCITY) * _COUNTS_PER_UNIT_S
            return self._base + speed * elapsed_s, speed
        limit = self.registers.get(PROFILE_VELOCITY) or self.registers.get(VELOCITY_LIMIT)
        way = self.registers.get(GOAL_POSITION) - self._base
        speed = math.copysign(limit * _COUNTS_PER_UNIT_S, way)
        if abs(speed) * elapsed_s >= abs(way):
            return self._base + way, 0.0
        return self._base + speed * elapsed_s, speed

    def _measure(self, t_ns: int) -> None:
        counts, speed = self._position(t_ns)
        velocity = round(speed / _COUNTS_PER_UNIT_S)
        tick = self._clock.device_ns(t_ns) // 1_000_000 % TICK_MODULUS
        moving = abs(velocity) > self._threshold
        block = _MEASURED.pack(tick, moving, 0, 0, self._current, velocity, round(counts))
        self.registers.fill(REALTIME_TICK, block)
        self.measured_ns = t_ns

    def _after_write(self, address: int, t_ns: int) -> None:
        position_mode = self.registers.get(OPERATING_MODE) == POSITION_MODE
        if address == TORQUE_ENABLE and self.registers.get(TORQUE_ENABLE):
            if position_mode:
                self._count_turns(t_ns)
                self._base %= COUNTS_PER_TURN
            self.registers.set(GOAL_POSITION, round(self._base))
        if address == OPERATING_MODE and position_mode:
            self._count_turns(t_ns)

    def _check_watchdog(self, t_ns: int) -> None:
        """Stop at the deadline if no instruction came; goals then stay locked until 0 is written."""
        deadline = self._heard_ns + self.registers.get(BUS_WATCHDOG) * WATCHDOG_UNIT_NS
        if t_ns > deadline:
            self._base, self._since_ns = self._position(deadline)[0], deadline
            self.registers.set(BUS_WATCHDOG, WATCHDOG_TRIPPED)
            self.registers.set(PROFILE_ACCELERATION, 0)
            self.registers.set(PROFILE_VELOCITY, 0)
            self.registers.set(GOAL_CURRENT, 0)
            self._load()
