"""What turns a servo's horn: the hand that holds it, or its own motor with a wheel. Pure.

The joints of an arm, which gravity and contact pull at, are in servo_arm.py.
"""

import math
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from hardware.arms.control_table import CURRENT_MODE, POSITION_MODES, VELOCITY_MODE

NO_TORQUE: Final = -1
_WHEEL_S: Final = 0.05  # time constant of a wheel's speed; assumed, the vendor gives none

Angle = Callable[[int], tuple[float, float]]
"""Host ns -> angle of the horn where the hand holds it (rad) and its velocity (rad/s)."""


class Drive(NamedTuple):
    """What a motor is told. mode: Operating Mode(11), or NO_TORQUE.

    goal_rad, goal_rad_s: position and velocity, of the horn; stiffness, integral: share of the full voltage a rad
    of position error, and a rad s; voltage: share of the full voltage allowed; current: share of the stall current
    to give (current mode) or allowed (current-based position mode); profile_rad_s: greatest speed of the way to
    the goal, 0 for as fast as it can; top_rad_s: Velocity Limit.
    """

    mode: int = NO_TORQUE
    goal_rad: float = 0.0
    goal_rad_s: float = 0.0
    stiffness: float = 0.0
    integral: float = 0.0
    voltage: float = 1.0
    current: float = 0.0
    profile_rad_s: float = 0.0
    top_rad_s: float = 0.0


class Motion(NamedTuple):
    """Angle rad, velocity rad/s, and the motor's torque as a share of its stall torque."""

    rad: float
    rad_s: float
    effort: float


class Horn(Protocol):
    """The horn of one servo."""

    def at(self, t_ns: int) -> Motion:
        """How it moves at a host instant, which is not before the last one asked for or driven."""
        ...

    def drive(self, t_ns: int, drive: Drive) -> None:
        """From `t_ns` on the motor is told this."""
        ...


class Held:
    """A leader's horn. A hand sets the angle, but in position and velocity mode the servo goes its own way."""

    def __init__(self, angle: Angle) -> None:
        self._angle = angle
        self._drive = Drive()
        self._from_rad, self._from_ns = 0.0, 0

    def drive(self, t_ns: int, drive: Drive) -> None:
        """Own ways begin where the horn is now."""
        self._from_rad, self._from_ns = self.at(t_ns).rad, t_ns
        self._drive = drive

    def at(self, t_ns: int) -> Motion:
        """By the hand; else to the goal at the profile velocity, or steadily."""
        drive = self._drive
        elapsed_s = (t_ns - self._from_ns) * 1e-9
        if drive.mode == VELOCITY_MODE:
            return Motion(self._from_rad + drive.goal_rad_s * elapsed_s, drive.goal_rad_s, 0.0)
        if drive.mode not in POSITION_MODES:
            return Motion(*self._angle(t_ns), drive.current if drive.mode == CURRENT_MODE else 0.0)
        way = drive.goal_rad - self._from_rad
        speed = math.copysign(drive.profile_rad_s or drive.top_rad_s, way)
        if abs(speed) * elapsed_s >= abs(way):
            return Motion(drive.goal_rad, 0.0, 0.0)
        return Motion(self._from_rad + speed * elapsed_s, speed, 0.0)


class Wheel:
    """A driven wheel: its speed follows the goal with a lag of first order, and without torque it runs out."""

    def __init__(self, rad: float, t_ns: int) -> None:
        self._goal_rad_s = 0.0
        self._from_rad, self._from_rad_s, self._from_ns = rad, 0.0, t_ns

    def drive(self, t_ns: int, drive: Drive) -> None:
        """A new speed to go for; only velocity mode turns it."""
        self._from_rad, self._from_rad_s, _ = self.at(t_ns)
        self._from_ns = t_ns
        self._goal_rad_s = drive.goal_rad_s if drive.mode == VELOCITY_MODE else 0.0

    def at(self, t_ns: int) -> Motion:
        """Exactly, at any instant."""
        elapsed_s = (t_ns - self._from_ns) * 1e-9
        left = math.exp(-elapsed_s / _WHEEL_S)
        excess = self._from_rad_s - self._goal_rad_s
        rad = self._from_rad + self._goal_rad_s * elapsed_s + excess * _WHEEL_S * (1.0 - left)
        return Motion(rad, self._goal_rad_s + excess * left, 0.0)
