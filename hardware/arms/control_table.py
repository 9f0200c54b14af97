"""Addresses, units and codes that the control tables of the Dynamixel X series share.

Source: ROBOTIS e-manual, "Control Table of EEPROM/RAM Area" and "Control Table Description" of docs/en/dxl/x/
xm540-w270 and its siblings; what differs from model to model is in servo_models.py.
"""

import math

MODEL_NUMBER = 0
FIRMWARE_VERSION = 6
ID = 7
BAUD_RATE = 8
RETURN_DELAY_TIME = 9
DRIVE_MODE = 10
OPERATING_MODE = 11
SECONDARY_ID = 12
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
POSITION_D_GAIN = 80
POSITION_I_GAIN = 82
POSITION_P_GAIN = 84
BUS_WATCHDOG = 98
GOAL_PWM = 100
GOAL_CURRENT = 102
GOAL_VELOCITY = 104
PROFILE_ACCELERATION = 108
PROFILE_VELOCITY = 112
GOAL_POSITION = 116
REALTIME_TICK = 120
MOVING = 122
PRESENT_PWM = 124
PRESENT_CURRENT = 126  # Present Load on servos that measure no current
PRESENT_VELOCITY = 128
PRESENT_POSITION = 132
PRESENT_INPUT_VOLTAGE = 144
PRESENT_TEMPERATURE = 146

COUNTS_PER_TURN = 4096
RAD_PER_COUNT = 2 * math.pi / COUNTS_PER_TURN
RAD_S_PER_UNIT = 0.229 * 2 * math.pi / 60  # Present Velocity is in 0.229 rev/min
TICK_NS = 1_000_000
TICK_MODULUS = 32768  # Realtime Tick runs 0..32767 ms
DELAY_UNIT_NS = 2000  # Return Delay Time is in 2 us
WATCHDOG_UNIT_NS = 20_000_000
WATCHDOG_TRIPPED = 0xFF  # Bus Watchdog reads -1 while its error stands
WATCHDOG_REFLEX = "bus_watchdog"  # what our drivers call that error
NO_SECONDARY_ID = 255  # 253 and above switch it off
REVERSE_MODE = 1  # bit 0 of Drive Mode
PWM_FULL = 885  # Goal PWM and PWM Limit of full voltage

CURRENT_MODE = 0
VELOCITY_MODE = 1
POSITION_MODE = 3
EXTENDED_POSITION_MODE = 4
CURRENT_POSITION_MODE = 5
PWM_MODE = 16
POSITION_MODES = (POSITION_MODE, EXTENDED_POSITION_MODE, CURRENT_POSITION_MODE)

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
