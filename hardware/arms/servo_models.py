"""The Dynamixel X models that a rig file may name: their control tables and what their motors can do.

Source: ROBOTIS e-manual, "Specifications" and "Control Table of EEPROM/RAM Area" of docs/en/dxl/x/xl330-m288,
xl330-m077, xc330-t288, xl430-w250, xm430-w210, xm430-w350 and xm540-w270; baud codes from "Baud Rate(8)".
"""

import math
from dataclasses import dataclass

from hardware.arms.control_table import (
    BAUD_RATE,
    BUS_WATCHDOG,
    CURRENT_LIMIT,
    DRIVE_MODE,
    FIRMWARE_VERSION,
    GOAL_CURRENT,
    GOAL_POSITION,
    GOAL_PWM,
    GOAL_VELOCITY,
    HARDWARE_ERROR_STATUS,
    HOMING_OFFSET,
    ID,
    MAX_POSITION_LIMIT,
    MAX_VOLTAGE_LIMIT,
    MIN_POSITION_LIMIT,
    MODEL_NUMBER,
    MOVING,
    MOVING_THRESHOLD,
    NO_SECONDARY_ID,
    OPERATING_MODE,
    POSITION_D_GAIN,
    POSITION_I_GAIN,
    POSITION_P_GAIN,
    PRESENT_CURRENT,
    PRESENT_INPUT_VOLTAGE,
    PRESENT_POSITION,
    PRESENT_PWM,
    PRESENT_TEMPERATURE,
    PRESENT_VELOCITY,
    PROFILE_ACCELERATION,
    PROFILE_VELOCITY,
    PWM_FULL,
    PWM_LIMIT,
    RAM_AREA,
    REALTIME_TICK,
    REGISTERED_INSTRUCTION,
    RETURN_DELAY_TIME,
    SECONDARY_ID,
    STATUS_RETURN_LEVEL,
    TORQUE_ENABLE,
    VELOCITY_LIMIT,
)


@dataclass(frozen=True, slots=True)
class Register:
    """One row: `low`..`high` is the allowed range of a write; a negative `low` makes it two's complement."""

    address: int
    size: int
    initial: int = 0
    low: int = 0
    high: int = 0
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Motor:
    """Stall torque (Nm) and current (A), and no-load speed (rad/s), all at the recommended voltage.

    current_unit: A a count of Present Current; NaN: the servo measures no current but tells a load, and has
    neither current mode nor current limit.
    """

    stall_nm: float
    stall_a: float
    no_load_rad_s: float
    current_unit: float

    @property
    def nm_a(self) -> float:
        """Torque constant at the horn by the stall figures, Nm/A; as rough as friction makes it. NaN as above."""
        return self.stall_nm / self.stall_a if self.current_unit == self.current_unit else math.nan


@dataclass(frozen=True, slots=True)
class ServoModel:
    """A servo model: its number, the firmware that has fast reads, its motor, rows, and indirect blocks.

    Each indirect block is (first address register, first data register, count).
    """

    name: str
    number: int
    fast_read_firmware: int
    motor: Motor
    registers: tuple[Register, ...]
    indirect: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Differences:
    """Where the models differ. current: the limit in counts, None without current control."""

    baud_max: int
    protocol: tuple[int, int]
    temperature: int
    voltage: tuple[int, int, int, int]  # initial max, initial min, low, high; 0.1 V
    current: int | None
    velocity: tuple[int, int]  # initial, high; 0.229 rev/min
    pwm_slope: int | None
    shutdown: int
    gains: tuple[int, int, int, int, int]  # velocity I, velocity P, position D, position I, position P
    indirect: tuple[tuple[int, int, int], ...]
    external_ports: bool = False


def _rw(address: int, size: int, initial: int, low: int, high: int) -> Register:
    return Register(address, size, initial, low, high, writable=True)


def _eeprom(number: int, d: _Differences) -> list[Register]:
    v_max, v_min, v_low, v_high = d.voltage
    rows = [
        Register(MODEL_NUMBER, 2, number),
        Register(2, 4),  # model information
        Register(FIRMWARE_VERSION, 1, 52),
        _rw(ID, 1, 1, 0, 252),
        _rw(BAUD_RATE, 1, 1, 0, d.baud_max),
        _rw(RETURN_DELAY_TIME, 1, 250, 0, 254),
        _rw(DRIVE_MODE, 1, 0, 0, 13),
        _rw(OPERATING_MODE, 1, 3, 0, 16),
        _rw(SECONDARY_ID, 1, NO_SECONDARY_ID, 0, 255),
        _rw(13, 1, 2, *d.protocol),
        _rw(HOMING_OFFSET, 4, 0, -1_044_479, 1_044_479),
        _rw(MOVING_THRESHOLD, 4, 10, 0, 1023),
        _rw(31, 1, d.temperature, 0, 100),
        _rw(MAX_VOLTAGE_LIMIT, 2, v_max, v_low, v_high),
        _rw(34, 2, v_min, v_low, v_high),
        _rw(PWM_LIMIT, 2, PWM_FULL, 0, PWM_FULL),
        _rw(VELOCITY_LIMIT, 4, d.velocity[0], 0, d.velocity[1]),
        _rw(MAX_POSITION_LIMIT, 4, 4095, 0, 4095),
        _rw(MIN_POSITION_LIMIT, 4, 0, 0, 4095),
        _rw(60, 1, 0, 0, 3),  # startup configuration
        _rw(63, 1, d.shutdown, 0, 255),
    ]
    if d.current is not None:
        rows.append(_rw(CURRENT_LIMIT, 2, d.current, 0, d.current))
    if d.pwm_slope is not None:
        rows.append(_rw(62, 1, d.pwm_slope, 1, 255))
    return [*rows, *(_rw(56 + i, 1, 3, 0, 3) for i in range(3 * d.external_ports))]


def _ram(d: _Differences) -> list[Register]:
    velocity_i, velocity_p, position_d, position_i, position_p = d.gains
    gains = (
        (76, velocity_i),
        (78, velocity_p),
        (POSITION_D_GAIN, position_d),
        (POSITION_I_GAIN, position_i),
        (POSITION_P_GAIN, position_p),
        (88, 0),
        (90, 0),
    )
    rows = [
        _rw(TORQUE_ENABLE, 1, 0, 0, 1),
        _rw(65, 1, 0, 0, 1),  # LED
        _rw(STATUS_RETURN_LEVEL, 1, 2, 0, 2),
        Register(REGISTERED_INSTRUCTION, 1),
        Register(HARDWARE_ERROR_STATUS, 1),
        *(_rw(address, 2, initial, 0, 16_383) for address, initial in gains),
        _rw(BUS_WATCHDOG, 1, 0, 0, 127),
        _rw(GOAL_PWM, 2, PWM_FULL, -PWM_FULL, PWM_FULL),
        _rw(GOAL_VELOCITY, 4, 0, -d.velocity[1], d.velocity[1]),
        _rw(PROFILE_ACCELERATION, 4, 0, 0, 32_767),
        _rw(PROFILE_VELOCITY, 4, 0, 0, 32_767),
        _rw(GOAL_POSITION, 4, 0, -1_048_575, 1_048_575),  # +-256 turns in extended position mode
        Register(REALTIME_TICK, 2),
        Register(MOVING, 1),
        Register(123, 1),  # moving status
        Register(PRESENT_PWM, 2),
        Register(PRESENT_CURRENT, 2),
        Register(PRESENT_VELOCITY, 4),
        Register(PRESENT_POSITION, 4),
        Register(136, 4),  # velocity trajectory
        Register(140, 4),  # position trajectory
        Register(PRESENT_INPUT_VOLTAGE, 2),
        Register(PRESENT_TEMPERATURE, 1),
        Register(147, 1),  # backup ready
        *(_rw(152 + 2 * i, 2, 0, 0, 4095) for i in range(3 * d.external_ports)),
    ]
    return rows if d.current is None else [*rows, _rw(GOAL_CURRENT, 2, d.current, -d.current, d.current)]


def _indirect(blocks: tuple[tuple[int, int, int], ...]) -> list[Register]:
    last = blocks[-1][1] + blocks[-1][2] - 1
    addresses = [_rw(a + 2 * i, 2, d + i, RAM_AREA, last) for a, d, n in blocks for i in range(n)]
    return addresses + [_rw(d + i, 1, 0, 0, 255) for _, d, n in blocks for i in range(n)]


def _model(name: str, number: int, motor: Motor, d: _Differences) -> ServoModel:
    rows = [*_eeprom(number, d), *_ram(d), *_indirect(d.indirect)]
    firmware = 46 if d.indirect is _X330 else 45  # e-manual, docs/en/dxl/protocol2, "Fast Bulk Read"
    return ServoModel(name, number, firmware, motor, tuple(sorted(rows, key=lambda r: r.address)), d.indirect)


def _motor(stall_nm: float, stall_a: float, no_load_rpm: float, current_unit_ma: float) -> Motor:
    return Motor(stall_nm, stall_a, no_load_rpm * 2 * math.pi / 60, current_unit_ma * 1e-3)


_X330 = ((168, 208, 20),)
_X430 = ((168, 224, 28), (578, 634, 28))
_XL330_V, _XC330_V, _XL430_V, _XM_V = (70, 35, 31, 70), (140, 55, 55, 140), (140, 60, 60, 140), (160, 95, 95, 160)
_XM = (1920, 100, 0, 0, 800)

MODELS = {
    model.name: model
    for model in (
        _model(
            "xl330-m288",
            1200,
            _motor(0.52, 1.47, 103, 1.0),
            _Differences(6, (2, 22), 70, _XL330_V, 1750, (445, 2047), 140, 53, (1600, 180, 0, 0, 400), _X330),
        ),
        _model(
            "xl330-m077",
            1190,
            _motor(0.215, 1.47, 383, 1.0),
            _Differences(6, (2, 22), 70, _XL330_V, 1750, (1620, 2047), 140, 53, (400, 40, 0, 400, 400), _X330),
        ),
        _model(
            "xc330-t288",
            1220,
            _motor(0.92, 0.80, 65, 1.0),
            _Differences(6, (2, 22), 70, _XC330_V, 910, (320, 2047), 255, 52, (1200, 40, 0, 0, 900), _X330),
        ),
        _model(
            "xl430-w250",
            1060,
            _motor(1.4, 1.3, 57, math.nan),
            _Differences(7, (1, 2), 72, _XL430_V, None, (265, 1023), None, 52, (1000, 100, 4000, 0, 640), _X430),
        ),
        _model(
            "xm430-w210",
            1030,
            _motor(3.0, 2.3, 77, 2.69),
            _Differences(7, (1, 2), 80, _XM_V, 1193, (330, 1023), None, 52, _XM, _X430),
        ),
        _model(
            "xm430-w350",
            1020,
            _motor(4.1, 2.3, 46, 2.69),
            _Differences(7, (1, 2), 80, _XM_V, 1193, (200, 1023), None, 52, _XM, _X430),
        ),
        _model(
            "xm540-w270",
            1120,
            _motor(10.6, 4.4, 30, 2.69),
            _Differences(7, (1, 2), 80, _XM_V, 2047, (128, 1023), None, 52, _XM, _X430, external_ports=True),
        ),
    )
}
"""Servo models by name."""
