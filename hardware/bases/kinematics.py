"""Wheels and the velocity of the body above them. Pure.

A wheel at (x, y) that rolls along heading h with radius r turns at
(cos h (vx - wz y) + sin h (vy + wz x)) / r rad/s: true of fixed wheels, where the ground holds them sideways, and of
omni wheels, whose rollers give way sideways.
"""

from collections.abc import Sequence
from math import cos, hypot, sin

import numpy as np
from numpy.typing import NDArray

from hardware.config import DynamixelBaseConfig, WheelConfig
from hardware.rows import AXES
from hardware.samples import Vector

Matrix = NDArray[np.float64]


class WheelKinematics:
    """Twist (3,) vx, vy m/s, wz rad/s <-> wheel speeds (w,) rad/s. Axes that the base has not are NaN, and not driven.

    `axes`: indices of those that it has. `matrix`: (w, 3) twist -> wheel speeds, of all axes.
    Raises ValueError where the wheels cannot tell the axes apart.
    """

    def __init__(self, wheels: Sequence[WheelConfig], axes: Sequence[str]) -> None:
        self.axes = [AXES.index(axis) for axis in axes]
        self.matrix = rolling(wheels)
        driven = self.matrix[:, self.axes]
        if np.linalg.matrix_rank(driven) < len(self.axes):
            raise ValueError(f"these wheels do not determine {', '.join(axes)}; correct wheels or axes")
        self._inverse = np.linalg.pinv(driven)

    def wheel_speeds(self, twist: Vector) -> Vector:
        """(w,) rad/s that give a twist."""
        return self.matrix[:, self.axes] @ twist[self.axes]

    def twist(self, wheel_speeds: Vector) -> Vector:
        """(3,) that fits the wheels' speeds best (least squares): exact where no wheel slips."""
        found = np.full(len(AXES), np.nan)
        found[self.axes] = self._inverse @ wheel_speeds
        return found


def rolling(wheels: Sequence[WheelConfig]) -> Matrix:
    """(w, 3) that maps a twist to wheel speeds, rad/s."""
    rows: list[list[float]] = []
    for wheel in wheels:
        (x, y), c, s = wheel.at_m, cos(wheel.heading_rad), sin(wheel.heading_rad)
        rows.append([c / wheel.radius_m, s / wheel.radius_m, (x * s - y * c) / wheel.radius_m])
    return np.array(rows)


def fastest(config: DynamixelBaseConfig) -> list[float]:
    """(w,) rad/s of each wheel at full speed in its worst direction while the base turns at full speed."""
    has_x, has_y, has_turn = (axis in config.axes for axis in AXES)
    return [
        config.speed * hypot(x * has_x, y * has_y) + config.turn * abs(turn) * has_turn
        for x, y, turn in rolling(config.wheels).tolist()
    ]


def integrate(pose: Vector, twist: Vector, seconds: float) -> Vector:
    """Pose (3,) x, y m, heading rad on the ground after moving at a constant twist: along an arc."""
    vx, vy, wz = np.nan_to_num(twist)
    turned = wz * seconds
    # Body-frame displacement of an arc: sinc forms stay exact as the turn goes to 0.
    ahead, aside = np.sinc(turned / np.pi), np.sinc(turned / (2 * np.pi)) * sin(turned / 2)
    dx, dy = seconds * (ahead * vx - aside * vy), seconds * (aside * vx + ahead * vy)
    c, s = cos(pose[2]), sin(pose[2])
    return np.array([pose[0] + c * dx - s * dy, pose[1] + s * dx + c * dy, pose[2] + turned])
