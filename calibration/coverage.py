"""How much of the picture, of the tilts and of the distances the views cover; what is missing.

Shares and limits after caliscope's rules (its frame selector: 5x5 grid, edge and corner cells, 8 tilt directions) and
mrcal's advice (tilted close-ups that fill the picture, out to the corners).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.board import CharucoBoard, ChessBoard
from calibration.coverage_pose import guessed_lens, place
from calibration.lens import Lens
from calibration.poses import Matrix
from calibration.view import View

GRID = 5
BINS = 8
GRID_SHARE, EDGE_SHARE, CORNER_SHARE = 0.80, 0.75, 0.50
TILTS = 4
TILT = 0.10
"""A view counts for a direction of tilt where the board's normal is at least so far (sine) off the line of sight."""
STEEP = math.radians(30)
"""Least angle of the steepest; 45 degrees are advised, and what a hand holds as such is less."""
SPREAD = 1.5
"""Farthest over nearest distance."""
VIEWS = 20
STILL_PX = 0.5
"""Corners of a board at rest move by no more between two looks."""

_SIDES = ("right", "lower right", "lower", "lower left", "left", "upper left", "upper", "upper right")
_ROWS, _COLUMNS = ("top", "", "", "", "bottom"), ("left", "", "", "", "right")


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a set of views covers.

    `cells`: (5, 5) corners seen in each part of the picture, row by row; `tilts`: (8,) views with each side of the
    board nearest to the camera: right, lower right, lower, ... as the picture shows it; `steep_rad`: of the steepest;
    `near_m`, `far_m`: distances of the board.
    """

    views: int
    cells: NDArray[np.int64]
    tilts: NDArray[np.int64]
    steep_rad: float
    near_m: float
    far_m: float

    @property
    def grid_share(self) -> float:
        """Parts of the picture that corners were seen in."""
        return float(np.mean(self.cells > 0))

    @property
    def edge_share(self) -> float:
        """The same of the 16 parts along the picture's edges."""
        edge = np.ones((GRID, GRID), np.bool_)
        edge[1:-1, 1:-1] = False
        return float(np.mean(self.cells[edge] > 0))

    @property
    def corner_share(self) -> float:
        """The same of the 4 parts in its corners."""
        return float(np.mean(self.cells[:: GRID - 1, :: GRID - 1] > 0))

    @property
    def done(self) -> bool:
        """Whether this is enough for a lens."""
        return not self.advice

    @property
    def advice(self) -> str:
        """What to do next, one sentence; empty when all is covered."""
        if self.views == 0:
            return "Hold the board still before the camera, so that it fills a third of the picture."
        if self.grid_share < GRID_SHARE or self.edge_share < EDGE_SHARE or self.corner_share < CORNER_SHARE:
            return f"Bring the board to {self._bare()} of the picture."
        if int((self.tilts > 0).sum()) < TILTS or self.steep_rad < STEEP:
            return f"Tilt the board by 45 degrees, its {self._untilted()} side towards the camera."
        if self.far_m < SPREAD * self.near_m:
            return f"Hold the board {SPREAD:g} times as far away, or near enough to fill the picture."
        missing = VIEWS - self.views
        return f"Take {missing} more view{'s' if missing > 1 else ''}, each from elsewhere." if missing > 0 else ""

    def _bare(self) -> str:
        """The part of the picture that fewest corners were seen in; corners and edges before the middle."""
        far = np.abs(np.indices((GRID, GRID)) - GRID // 2).sum(axis=0)
        row, column = divmod(int(np.argmin(self.cells * 100 - far)), GRID)
        down, across = _ROWS[row], _COLUMNS[column]
        part = "corner" if down and across else "edge" if down or across else "middle"
        return f"the {' '.join(word for word in (down, across, part) if word)}"

    def _untilted(self) -> str:
        """The side that was nearest least often: across from ones that were, where there is a choice."""
        wanted = self.tilts * 100 - np.roll(self.tilts, BINS // 2)
        return _SIDES[int(np.argmin(wanted))]


def coverage(
    views: Sequence[View], board: CharucoBoard | ChessBoard, size: tuple[int, int], lens: Lens | None = None
) -> Coverage:
    """Of `views` in pictures of `size` (width, height) px; without a `lens`, tilts and distances are by a usual one."""
    cells, tilts = np.zeros((GRID, GRID), np.int64), np.zeros(BINS, np.int64)
    steep, distances = 0.0, list[float]()
    lens, middle = lens or guessed_lens(size), board.points().mean(axis=0)
    for view in views:
        column, row = np.clip(view.corners * GRID // np.array(size), 0, GRID - 1).astype(int).T
        np.add.at(cells, (row, column), 1)
        pose = place(view, board, lens)
        if pose is None:
            continue
        x, y = lean(pose, middle)
        steep = max(steep, math.asin(min(1.0, math.hypot(x, y))))
        if math.hypot(x, y) > TILT:
            tilts[round(math.atan2(y, x) / (2 * math.pi / BINS)) % BINS] += 1
        distances.append(float(np.linalg.norm(pose[:3, :3] @ middle + pose[:3, 3])))
    return Coverage(len(views), cells, tilts, steep, min(distances, default=0.0), max(distances, default=0.0))


def lean(pose: Matrix, middle: NDArray[np.float64]) -> tuple[float, float]:
    """How a board at `pose` (T_camera_board), seen along the line to its `middle` (3,), leans: sines, right and down.

    Positive where that side is nearer to the camera.
    """
    sight = pose[:3, :3] @ middle + pose[:3, 3]
    z = sight / np.linalg.norm(sight)
    x = np.cross((0.0, 1.0, 0.0), z)
    x /= np.linalg.norm(x)
    normal = pose[:3, 2] * np.sign(pose[:3, 2] @ z)
    return float(x @ normal), float(np.cross(z, x) @ normal)


def still(before: View, now: View) -> bool:
    """Whether the board held still between two views: the corners that both show, at least 4, are where they were."""
    if before.size != now.size:
        return False
    ours, theirs = np.isin(before.ids, now.ids), np.isin(now.ids, before.ids)
    if ours.sum() < 4:
        return False
    moved = before.corners[ours][np.argsort(before.ids[ours])] - now.corners[theirs][np.argsort(now.ids[theirs])]
    return float(np.sqrt((moved**2).sum(axis=1).mean())) <= STILL_PX
