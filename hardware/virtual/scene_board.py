"""The second board in a picture: its print by the exact homography, as sharp as the picture, with a sensor's noise."""

import math
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from hardware.arms.kinematics import Matrix
from hardware.samples import Vector
from hardware.virtual import cell
from hardware.virtual.scene_paint import SUBPIXEL_BITS, Picture, Region, View, fill, fixed_point
from hardware.virtual.scene_solids import LIGHT, lit

_PIXELS_M = 4000.0  # of the finest print: as fine as pictures ever show it; each further one has half
_PRINTS = 5
_SOFT_PX = 0.7  # sharper edges would alias and shift the corners
_PAPER, _INK, _BACK = 245, 24, 70
_NOISE_LEVELS = 1.5  # standard deviation
_NOISE_GAIN = 0.1
_NOISE_MEAN = 128
_NOISE_PX = 64  # by so much at most it is shifted, each time anew
_NEAREST_M = 0.05
_LYING_M = 0.01  # over the table's top
_ON_PLATE = [0, 1, 3]  # columns of a pose that points (x, y, 1) of its plane need
_SIZE, _MARGIN = cell.HELD_BOARD.size_m, cell.HELD_MARGIN_M


def _rectangle(beyond: float) -> Vector:
    """Corners (4, 3) of the board and so much more all round, as (x, y, 1) m."""
    (x, y), b = _SIZE, beyond
    return np.array([(-b, -b, 1), (x + b, -b, 1), (x + b, y + b, 1), (-b, y + b, 1)])


_PLATE, _WITHIN = _rectangle(_MARGIN), _rectangle(_MARGIN * 0.6)
_GRID = np.stack(np.meshgrid(*(np.linspace(0.0, edge, 5) for edge in _SIZE), [1.0]), axis=-1).reshape(-1, 3)


@dataclass(frozen=True, slots=True)
class BoardSight:
    """What a picture shows of the plate: `plane` (3, 3) takes (x, y, 1) m of it to the picture; `light` 0..1.

    `is_behind`: what the arms hide: it lies on the table, or shows its back as it is held or gripped.
    """

    plane: Matrix
    outline: Vector
    region: Region
    light: float
    faces_us: bool
    is_behind: bool


def look(view: View, pose: Matrix, width: int, height: int) -> BoardSight | None:
    """The plate at `pose` (4, 4) in the world; None where it is not in view, or not wholly before the camera."""
    plane = (view.matrix @ pose)[:, _ON_PLATE]
    seen = _PLATE @ plane.T
    if seen[:, 2].min() < _NEAREST_M:
        return None
    outline = seen[:, :2] / seen[:, 2:]
    low, high = outline.min(axis=0), outline.max(axis=0)
    left, top = max(math.floor(low[0]) - 1, 0), max(math.floor(low[1]) - 1, 0)
    right, bottom = min(math.ceil(high[0]) + 2, width), min(math.ceil(high[1]) + 2, height)
    if left >= right or top >= bottom:
        return None
    faces_us = float(np.linalg.det(plane)) > 0
    is_behind = not faces_us or bool(pose[2, 3] < _LYING_M and pose[2, 2] < -0.99)
    inward = float(pose[:3, 2] @ LIGHT)
    region = slice(top, bottom), slice(left, right)
    return BoardSight(plane, outline, region, lit(-inward if faces_us else inward), faces_us, is_behind)


class BoardPainter:
    """Of one camera: keeps what it draws on."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        noise = self._rng.normal(_NOISE_MEAN, _NOISE_LEVELS / _NOISE_GAIN, (height + _NOISE_PX, width + _NOISE_PX))
        self._noise = np.clip(np.rint(noise), 0, 255).astype(np.uint8)
        self._size = width, height
        self._grey, self._mask = (np.empty(width * height, np.uint8) for _ in range(2))
        self._rgb = np.empty(3 * width * height, np.uint8)

    def paint(self, picture: Picture, sight: BoardSight) -> None:
        """Draw it in place: the print on its paper, or the plate's back."""
        tone = round((_PAPER if sight.faces_us else _BACK) * sight.light)
        fill(picture, sight.outline[None], ((tone, tone, tone),))
        if not sight.faces_us:
            return
        rows, columns = sight.region
        corner = np.array([columns.start, rows.start])
        wide, high = size = columns.stop - columns.start, rows.stop - rows.start
        grey, mask = (flat[: wide * high].reshape(high, wide) for flat in (self._grey, self._mask))
        index = _print_for(sight.plane, self._size)
        to_region = np.array([[1, 0, -corner[0]], [0, 1, -corner[1]], [0, 0, 1.0]]) @ sight.plane @ _to_plate(index)
        cv2.warpPerspective(_prints()[index], to_region, size, grey, cv2.INTER_LINEAR, borderValue=_PAPER)
        x, y = self._rng.integers(_NOISE_PX, size=2).tolist()
        noise = self._noise[y : y + high, x : x + wide]
        cv2.addWeighted(grey, sight.light, noise, _NOISE_GAIN, -_NOISE_MEAN * _NOISE_GAIN, grey)
        within = _WITHIN @ sight.plane.T
        mask[:] = 0
        polygon = fixed_point(within[:, :2] / within[:, 2:] - corner)
        cv2.fillConvexPoly(mask, polygon, 255, cv2.LINE_8, SUBPIXEL_BITS)
        rgb = self._rgb[: 3 * wide * high].reshape(high, wide, 3)
        cv2.copyTo(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB, rgb), mask, picture[sight.region])


def _print_for(plane: Matrix, size: tuple[int, int]) -> int:
    """Which print has about as many pixels as the picture, where that shows it.

    A homography stretches areas by its determinant over the cube of the depth.
    """
    seen = _GRID @ plane.T
    pixels = seen[:, :2] / seen[:, 2:]
    inside = ((pixels >= 0) & (pixels < size)).all(axis=1)
    depth = seen[inside if inside.any() else slice(None), 2]
    pixels_m = float(np.sqrt(float(np.linalg.det(plane)) / depth**3).mean())
    return min(max(math.floor(math.log2(_PIXELS_M / pixels_m)), 0), _PRINTS - 1)


def _to_plate(index: int) -> Matrix:
    """From pixels of a print, whose middles are at whole numbers, to (x, y, 1) m on the plate."""
    pixel_m = 2**index / _PIXELS_M
    first = pixel_m / 2 - _MARGIN
    return np.array([[pixel_m, 0, first], [0, pixel_m, first], [0, 0, 1.0]])


@cache
def _prints() -> list[Picture]:
    """The print on its paper from fine to coarse, made when it is first seen."""
    board, margin = cell.HELD_BOARD, round(_MARGIN * _PIXELS_M)
    size = round(_SIZE[0] * _PIXELS_M), round(_SIZE[1] * _PIXELS_M)
    drawn = np.pad(np.asarray(board.opencv().generateImage(size), np.uint8), margin, constant_values=255)
    tones = cv2.convertScaleAbs(drawn, alpha=(_PAPER - _INK) / 255, beta=_INK)
    shapes = [(tones.shape[1] >> index, tones.shape[0] >> index) for index in range(_PRINTS)]
    small = (cv2.resize(tones, shape, interpolation=cv2.INTER_AREA) for shape in shapes)
    return [np.asarray(cv2.GaussianBlur(tones, (0, 0), _SOFT_PX), np.uint8) for tones in small]
