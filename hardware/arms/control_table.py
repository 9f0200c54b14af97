"""Control tables of the Dynamixel X series that leaders are built from.

Source: ROBOTIS e-manual, "Control Table of EEPROM/RAM Area" of docs/en/dxl/x/xl330-m288, xl330-m077,
xc330-t288 and xm430-w210; baud codes from "Baud Rate(8)" of the same pages.
"""

import math
from dataclasses import dataclass

MODEL_NUMBER = 0
FIRMWARE_VERSION = 6
ID = 7
BAUD_RATE = 8
RETURN_DELAY_TIME = 9
DRIVE_MODE = 10
OPERATING_MODE = 11
HOMING_OFFSET = 20
MOVING_THRESHOLD = 24
MAX_VOLTAGE_LIMIT = 32
PWM_LIMIT = 36
CURRENT_LIMIT = 38
VELOCITY_LIMIT = 44
MAX_POSITION_LIMIT = 48
MIN_POSITION_LIMIT = 52
RAM_AREA = 64
TORQUE_ENABLE = 64
STATUS_RETURN_LEVEL = 68
REGISTERED_INSTRUCTION = 69
HARDWARE_ERROR_STATUS = 70
BUS_WATCHDOG = 98
GOAL_PWM = 100
GOAL_CURRENT = 102
GOAL_VELOCITY = 104
PROFILE_ACCELERATION = 108
PROFILE_VELOCITY = 112
GOAL_POSITION = 116
REALTIME_TICK = 120
MOVING = 122
PRESENT_CURRENT = 126
PRESENT_VELOCITY = 128
PRESENT_POSITION = 132
PRESENT_INPUT_VOLTAGE = 144
PRESENT_TEMPERATURE = 146

COUNTS_PER_TURN = 4096
RAD_PER_COUNT = 2 * math.pi / COUNTS_PER_TURN
RAD_S_PER_UNIT = 0.229 * 2 * math.pi / 60  # Present Velocity is in 0.229 rev/min
TICK_MODULUS = 32768  # Realtime Tick runs 0..32767 ms
DELAY_UNIT_NS = 2000  # Return Delay Time is in 2 us
WATCHDOG_UNIT_NS = 20_000_000

BAUDS = (9600, 57_600, 115_200, 1_000_000, 2_000_000, 3_000_000, 4_000_000, 4_500_000)
"""Bit/s by the value of Baud Rate(8)."""

HARDWARE_ERRORS = {
    0: "input voltage",
    2: "overheating",
    3: "motor encoder",
    4: "electrical shock",
    5: "overload",
}
"""Meaning of the bits of Hardware Error Status(70)."""


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
class ServoModel:
    """A servo model: its number, the firmware that has fast reads, rows, and indirect blocks.

    Each indirect block is (first address register, first data register, count).
    """

    name: str
    number: int
    fast_read_firmware: int
    registers: tuple[Register, ...]
    indirect: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Differences:
    """Where the four models differ."""

    baud_max: int
    protocol: tuple[int, int]
    temperature: int
    voltage: tuple[int, int, int, int]  # initial max, initial min, low, high; 0.1 V
    current: int
    velocity: tuple[int, int]  # initial, high; 0.229 rev/min
    pwm_slope: int | None
    shutdown: int
    gains: tuple[int, int, int, int]  # velocity I, velocity P, position I, position P
    indirect: tuple[tuple[int, int, int], ...]


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
        _rw(12, 1, 255, 0, 255),  # secondary ID; 253 and above switch it off
        _rw(13, 1, 2, *d.protocol),
        _rw(HOMING_OFFSET, 4, 0, -1_044_479, 1_044_479),
        _rw(MOVING_THRESHOLD, 4, 10, 0, 1023),
        _rw(31, 1, d.temperature, 0, 100),
        _rw(MAX_VOLTAGE_LIMIT, 2, v_max, v_low, v_high),
        _rw(34, 2, v_min, v_low, v_high),
        _rw(PWM_LIMIT, 2, 885, 0, 885),
        _rw(CURRENT_LIMIT, 2, d.current, 0, d.current),
        _rw(VELOCITY_LIMIT, 4, d.velocity[0], 0, d.velocity[1]),
        _rw(MAX_POSITION_LIMIT, 4, 4095, 0, 4095),
        _rw(MIN_POSITION_LIMIT, 4, 0, 0, 4095),
        _rw(60, 1, 0, 0, 3),  # startup configuration
        _rw(63, 1, d.shutdown, 0, 255),
    ]
    return rows if d.pwm_slope is None else [*rows, _rw(62, 1, d.pwm_slope, 1, 255)]


def _ram(d: _Differences) -> list[Register]:
    velocity_i, velocity_p, position_i, position_p = d.gains
    gains = ((76, velocity_i), (78, velocity_p), (80, 0), (82, position_i), (84, position_p))
    return [
        _rw(TORQUE_ENABLE, 1, 0, 0, 1),
        _rw(65, 1, 0, 0, 1),  # LED
        _rw(STATUS_RETURN_LEVEL, 1, 2, 0, 2),
        Register(REGISTERED_INSTRUCTION, 1),
        Register(HARDWARE_ERROR_STATUS, 1),
        *(_rw(address, 2, initial, 0, 16_383) for address, initial in (*gains, (88, 0), (90, 0))),
        _rw(BUS_WATCHDOG, 1, 0, 0, 127),
        _rw(GOAL_PWM, 2, 885, -885, 885),
        _rw(GOAL_CURRENT, 2, d.current, -d.current, d.current),
        _rw(GOAL_VELOCITY, 4, 0, -d.velocity[1], d.velocity[1]),
        _rw(PROFILE_ACCELERATION, 4, 0, 0, 32_767),
        _rw(PROFILE_VELOCITY, 4, 0, 0, 32_767),
        _rw(GOAL_POSITION, 4, 0, -1_048_575, 1_048_575),  # +-256 turns in extended position mode
        Register(REALTIME_TICK, 2),
        Register(MOVING, 1),
        Register(123, 1),  # moving status
        Register(124, 2),  # present PWM
        Register(PRESENT_CURRENT, 2),
        Register(PRESENT_VELOCITY, 4),
        Register(PRESENT_POSITION, 4),
        Register(136, 4),  # velocity trajectory
        Register(140, 4),  # position trajectory
        Register(PRESENT_INPUT_VOLTAGE, 2),
        Register(PRESENT_TEMPERATURE, 1),
        Register(147, 1),  # backup ready
    ]


def _indirect(blocks: tuple[tuple[int, int, int], ...]) -> list[Register]:
    last = blocks[-1][1] + blocks[-1][2] - 1
    addresses = [_rw(a + 2 * i, 2, d + i, RAM_AREA, last) for a, d, n in blocks for i in range(n)]
    return addresses + [_rw(d + i, 1, 0, 0, 255) for _, d, n in blocks for i in range(n)]


def _model(name: str, number: int, d: _Differences) -> ServoModel:
    rows = [*_eeprom(number, d), *_ram(d), *_indirect(d.indirect)]
    firmware = 46 if d.indirect is _X330 else 45  # e-manual, docs/en/dxl/protocol2, "Fast Bulk Read"
    return ServoModel(name, number, firmware, tuple(sorted(rows, key=lambda r: r.address)), d.indirect)


_X330 = ((168, 208, 20),)
_X430 = ((168, 224, 28), (578, 634, 28))
_XL330_VOLTAGE, _XC330_VOLTAGE, _XM430_VOLTAGE = (70, 35, 31, 70), (140, 55, 55, 140), (160, 95, 95, 160)

MODELS = {
    model.name: model
    for model in (
        _model(
            "xl330-m288",
            1200,
            _Differences(6, (2, 22), 70, _XL330_VOLTAGE, 1750, (445, 2047), 140, 53, (1600, 180, 0, 400), _X330),
        ),
        _model(
            "xl330-m077",
            1190,
            _Differences(6, (2, 22), 70, _XL330_VOLTAGE, 1750, (1620, 2047), 140, 53, (400, 40, 400, 400), _X330),
        ),
        _model(
            "xc330-t288",
            1220,
            _Differences(6, (2, 22), 70, _XC330_VOLTAGE, 910, (320, 2047), 255, 52, (1200, 40, 0, 900), _X330),
        ),
        _model(
            "xm430-w210",
            1030,
            _Differences(7, (1, 2), 80, _XM430_VOLTAGE, 1193, (330, 1023), None, 52, (1920, 100, 0, 800), _X430),
        ),
    )
}
"""The models that a rig file may name."""
