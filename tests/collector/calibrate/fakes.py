"""A camera and an arm made of arithmetic: pictures of a board that is where it is said to be."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.board import CharucoBoard
from calibration.poses import Matrix, from_twist
from collector.live import Picture

BOARD = CharucoBoard(columns=7, rows=5, square_m=0.03, marker_m=0.022, dictionary="DICT_5X5_100")
SIZE = (640, 480)
K = np.array([[480.0, 0.0, 322.0], [0.0, 480.0, 238.0], [0.0, 0.0, 1.0]])
MS = 1_000_000
_DOTS = 1500.0  # a metre, of the print


def render(T_camera_board: Matrix) -> NDArray[np.uint8]:
    """What the camera sees of the board, (480, 640, 3) RGB."""
    size = round(BOARD.columns * BOARD.square_m * _DOTS), round(BOARD.rows * BOARD.square_m * _DOTS)
    print_ = BOARD.opencv().generateImage(size)
    to_board = np.array([[1 / _DOTS, 0, 0.5 / _DOTS], [0, 1 / _DOTS, 0.5 / _DOTS], [0, 0, 1.0]])
    homography = K @ T_camera_board[:3, [0, 1, 3]] @ to_board
    twice = np.diag([2.0, 2.0, 1.0])
    twice[:2, 2] = 0.5
    big = cv2.warpPerspective(print_, twice @ homography, (1280, 960), flags=cv2.INTER_AREA, borderValue=140)
    return cv2.cvtColor(cv2.resize(big, SIZE, interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2RGB)


def facing(x: float = 0.0, y: float = 0.0, z: float = 0.35, *, tilt: tuple[float, float] = (0.0, 0.0)) -> Matrix:
    """T_camera_board with the board's middle at (x, y, z) m, tilted about the picture's x and y, rad."""
    pose = from_twist(np.array([x, y, z, *tilt, 0.0]))
    middle = np.array([BOARD.columns, BOARD.rows, 0.0]) * BOARD.square_m / 2
    pose[:3, 3] -= pose[:3, :3] @ middle
    return pose


def state(t_ns: int, T_base_ee: Matrix) -> np.void:
    """As an arm's ring has it: the pose by columns."""
    row = np.zeros((), np.dtype([("t_ns", "<i8"), ("q", "<f8", (7,)), ("O_T_EE", "<f8", (16,))]))
    row["t_ns"], row["O_T_EE"] = t_ns, T_base_ee.T.ravel()
    return row[()]


@dataclass
class Script:
    """Looks that follow a script: at each wait 50 ms pass."""

    picture_at: Callable[[int], Picture | None]
    state_at: Callable[[int], np.void | None] = lambda _t: None
    t_ns: int = 0
    waits: Iterator[int] = field(default_factory=lambda: iter(range(4000)))

    def look(self, camera: str) -> Picture | None:
        return self.picture_at(self.t_ns)

    def arm(self, name: str) -> np.void | None:
        return self.state_at(self.t_ns)

    def wait(self) -> None:
        next(self.waits)
        self.t_ns += 50 * MS
