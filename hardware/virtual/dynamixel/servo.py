"""One virtual X-series servo: its control table, its clock, and what it tells of its horn at any host instant."""

import math
import struct

from hardware.arms.control_table import (
    BAUD_RATE,
    BAUDS,
    BUS_WATCHDOG,
    COUNTS_PER_TURN,
    CURRENT_MODE,
    CURRENT_POSITION_MODE,
    DELAY_UNIT_NS,
    DRIVE_MODE,
    FIRMWARE_VERSION,
    GOAL_CURRENT,
    GOAL_POSITION,
    GOAL_PWM,
    GOAL_VELOCITY,
    HARDWARE_ERROR_STATUS,
    HOMING_OFFSET,
    ID,
    MAX_VOLTAGE_LIMIT,
    MODEL_NUMBER,
    MOVING_THRESHOLD,
    OPERATING_MODE,
    POSITION_I_GAIN,
    POSITION_MODE,
    POSITION_P_GAIN,
    PRESENT_INPUT_VOLTAGE,
    PRESENT_TEMPERATURE,
    PROFILE_ACCELERATION,
    PROFILE_VELOCITY,
    PWM_FULL,
    RAD_PER_COUNT,
    RAD_S_PER_UNIT,
    REALTIME_TICK,
    REGISTERED_INSTRUCTION,
    RETURN_DELAY_TIME,
    REVERSE_MODE,
    SECONDARY_ID,
    STATUS_RETURN_LEVEL,
    TICK_MODULUS,
    TORQUE_ENABLE,
    VELOCITY_LIMIT,
    WATCHDOG_TRIPPED,
    WATCHDOG_UNIT_NS,
)
from hardware.arms.servo_models import ServoModel
from hardware.virtual.crystal import Crystal
from hardware.virtual.dynamixel.registers import Registers
from hardware.virtual.dynamixel.servo_horn import NO_TORQUE, Drive, Horn
from hardware.virtual.dynamixel.wire import Error

BOOT_NS = 200_000_000  # silence after a reboot; the vendor gives no figure
_SHUTDOWN = 63
_P_UNIT, _I_UNIT_S = 128, 65.536  # of the position gains: e-manual, "Position PID Gain"; I counted at 1 kHz
_LOAD_FULL = 1000  # Present Load is in 0.1 %
_COUNTS_PER_UNIT_S = RAD_S_PER_UNIT / RAD_PER_COUNT
# Realtime Tick(120), Moving, Moving Status, Present PWM, Current, Velocity, Position(132).
_MEASURED = struct.Struct("<HBBhhii")
_MEASURED_END = REALTIME_TICK + _MEASURED.size
_KEPT_BY_RESET = {0xFF: (), 0x01: (ID,), 0x02: (ID, BAUD_RATE)}


class Servo:
    """Powered up at `t_ns`; its tick counts on `clock`, which starts anew at each reboot.

    `stale`: it measures no more, and answers with what it measured at `measured_ns`.
    """

    def __init__(
        self, model: ServoModel, id: int, baud: int, horn: Horn, clock: Crystal, parse_ns: int, t_ns: int
    ) -> None:
        self.registers = Registers(model)
        self._motor = model.motor
        self.registers.set(ID, id)
        self.registers.set(BAUD_RATE, BAUDS.index(baud))
        self.parse_ns = parse_ns
        self.awake_from_ns = self.measured_ns = t_ns
        self.stale = False
        self._horn = horn
        self._clock = clock
        self._registered: tuple[int, bytes] | None = None
        self._power_up(t_ns)

    @property
    def secondary_id(self) -> int:
        """It obeys this ID too, silently."""
        return self.registers.get(SECONDARY_ID)

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
        self.watch(t_ns)
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
        result = self.registers.write(address, data)
        if isinstance(result, Error):
            return result
        if result == [GOAL_POSITION]:  # what comes every cycle
            self._drive = self._drive._replace(goal_rad=self._goal_rad())
            self._horn.drive(t_ns, self._drive)
            return Error.NONE
        for written in result:
            self._after_write(written, t_ns)
        self._load(t_ns)
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

    def watch(self, t_ns: int) -> None:
        """Stop at the deadline if no instruction came; goals then stay locked until 0 is written."""
        if not self._watched or t_ns <= self._heard_ns + self._watchdog_ns:
            return
        store = self.registers.set
        self._watched = False  # the position below is that of the deadline
        here = self._position(self._heard_ns + self._watchdog_ns)[0]
        store(BUS_WATCHDOG, WATCHDOG_TRIPPED)
        for address in (PROFILE_ACCELERATION, PROFILE_VELOCITY, GOAL_VELOCITY):
            store(address, 0)
        if self._measures_current:
            store(GOAL_CURRENT, 0)
        store(GOAL_POSITION, round(here))
        self._load(self._heard_ns + self._watchdog_ns)

    def fail(self, bit: int, t_ns: int) -> None:
        """A hardware error: bit of Hardware Error Status(70); torque goes off if Shutdown(63) says so."""
        get, store = self.registers.get, self.registers.set
        store(HARDWARE_ERROR_STATUS, get(HARDWARE_ERROR_STATUS) | 1 << bit)
        if get(_SHUTDOWN) >> bit & 1:
            store(TORQUE_ENABLE, 0)
            self._load(t_ns)

    @property
    def torque(self) -> bool:
        """Is its motor on?"""
        return bool(self.registers.get(TORQUE_ENABLE))

    def _power_up(self, t_ns: int) -> None:
        self.registers.power_up()
        low_voltage = self.registers.get(MAX_VOLTAGE_LIMIT) < 100
        self.registers.set(PRESENT_INPUT_VOLTAGE, 50 if low_voltage else 120)  # 0.1 V
        self.registers.set(PRESENT_TEMPERATURE, 33)  # deg C
        self._registered = None
        self._heard_ns = t_ns
        self._turned = 0
        self._load(t_ns)
        self._count_turns(t_ns)
        self.registers.set(GOAL_POSITION, round(self._position(t_ns)[0]))

    def _load(self, t_ns: int) -> None:
        """Keep at hand what every read needs, registers change seldom; and tell the motor."""
        get = self.registers.get
        self.id = get(ID)
        self._baud = BAUDS[get(BAUD_RATE)]
        self._sign = -1 if get(DRIVE_MODE) & REVERSE_MODE else 1
        self._homing = get(HOMING_OFFSET)
        self._threshold = get(MOVING_THRESHOLD)
        self._measures_current = self.registers.has(GOAL_CURRENT)
        self._watchdog_ns = get(BUS_WATCHDOG) * WATCHDOG_UNIT_NS
        self._watched = self.torque and 0 < get(BUS_WATCHDOG) < WATCHDOG_TRIPPED
        self._drive = self._told()
        self._horn.drive(t_ns, self._drive)

    def _goal_rad(self) -> float:
        return self._sign * (self.registers.get(GOAL_POSITION) - self._homing + self._turned) * RAD_PER_COUNT

    def _told(self) -> Drive:
        """The registers as the motor obeys them, in radians of its horn."""
        get = self.registers.get
        mode = get(OPERATING_MODE) if get(TORQUE_ENABLE) else NO_TORQUE
        per_rad = 1 / (RAD_PER_COUNT * PWM_FULL)
        wanted = get(GOAL_CURRENT) * self._motor.current_unit / self._motor.stall_a if self._measures_current else 0.0
        return Drive(
            mode,
            goal_rad=self._goal_rad(),
            goal_rad_s=self._sign * get(GOAL_VELOCITY) * RAD_S_PER_UNIT,
            stiffness=get(POSITION_P_GAIN) / _P_UNIT * per_rad,
            integral=get(POSITION_I_GAIN) / _I_UNIT_S * per_rad,
            voltage=abs(get(GOAL_PWM)) / PWM_FULL,
            current=self._sign * wanted if mode == CURRENT_MODE else wanted if mode == CURRENT_POSITION_MODE else 1.0,
            profile_rad_s=get(PROFILE_VELOCITY) * RAD_S_PER_UNIT,
            top_rad_s=get(VELOCITY_LIMIT) * RAD_S_PER_UNIT,
        )

    def _count_turns(self, t_ns: int) -> None:
        counts = self._sign * self._horn.at(t_ns).rad / RAD_PER_COUNT
        self._turned = math.floor(counts / COUNTS_PER_TURN) * COUNTS_PER_TURN

    def _position(self, t_ns: int) -> tuple[float, float, float]:
        """Position in counts, velocity in counts/s and effort at `t_ns`, not yet quantised."""
        rad, rad_s, effort = self._horn.at(t_ns)
        counts = self._sign * rad / RAD_PER_COUNT - self._turned + self._homing
        return counts, self._sign * rad_s / RAD_PER_COUNT, self._sign * effort

    def _measure(self, t_ns: int) -> None:
        counts, speed, effort = self._position(t_ns)
        velocity = round(speed / _COUNTS_PER_UNIT_S)
        tick = self._clock.device_ns(t_ns) // 1_000_000 % TICK_MODULUS
        moving = abs(velocity) > self._threshold
        motor = self._motor
        full = motor.stall_a / motor.current_unit if self._measures_current else _LOAD_FULL
        block = _MEASURED.pack(tick, moving, 0, 0, round(effort * full), velocity, round(counts))
        self.registers.fill(REALTIME_TICK, block)
        self.measured_ns = t_ns

    def _after_write(self, address: int, t_ns: int) -> None:
        get = self.registers.get
        if address == DRIVE_MODE:
            self._sign = -1 if get(DRIVE_MODE) & REVERSE_MODE else 1
        if address == DRIVE_MODE or (
            get(OPERATING_MODE) == POSITION_MODE and address in (TORQUE_ENABLE, OPERATING_MODE)
        ):
            self._count_turns(t_ns)
