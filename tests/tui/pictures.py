"""Pictures and forces of a rig that is not there, the same at every run."""

import numpy as np
from numpy.typing import NDArray

from collector.live import Live, Picture
from hardware.samples import Vector, monotonic_ns


class StillLive(Live):
    """Three cameras of a table with a cube on it; a hand that leans on the robot a little."""

    @property
    def cameras(self) -> tuple[str, ...]:
        return ("front", "side", "wrist")

    def picture(self, camera: str) -> Picture | None:
        return Picture(monotonic_ns(), scene(self.cameras.index(camera)))

    def wrench(self, arm: str) -> Vector | None:
        return np.array([2.1, -6.4, 9.0, 0.4, -0.2, 0.1])


def scene(number: int) -> NDArray[np.uint8]:
    """A wall, a table, a cube that stands elsewhere in each, a gripper above; (120, 160, 3)."""
    rows, columns = np.mgrid[0:120, 0:160]
    rgb = np.zeros((120, 160, 3), np.uint8)
    rgb[:] = (96, 104, 112)
    rgb[rows > 60] = (150, 116, 78)
    rgb[(rows > 60) & ((rows + columns) // 20 % 2 == 0)] = (138, 104, 70)
    left = 40 + 30 * number
    rgb[66:90, left : left + 26] = (30, 70, 170)
    rgb[66:72, left : left + 26] = (80, 120, 220)
    rgb[0:52, left + 8 : left + 18] = (40, 40, 44)
    rgb[46:60, left + 4 : left + 8] = rgb[46:60, left + 18 : left + 22] = (200, 200, 204)
    return rgb
