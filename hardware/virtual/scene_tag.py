"""The tags on the hand in a picture: each by its exact homography, in its own small region."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from hardware.arms.kinematics import Matrix
from hardware.virtual import cell
from hardware.virtual.scene_paint import Picture, Region, View, fill
from hardware.virtual.scene_solids import LIGHT, lit

_PIXELS_M = 1000.0
_QUIET = round((cell.PLATE_M - cell.TAG_M) / 2 * _PIXELS_M)  # px of paper round the marker
_SOFT_PX = 1.0  # sharper edges would alias and shift the corners
_PAPER, _INK, _BACK = 245, 24, 70
_EDGE = round(cell.TAG_M * _PIXELS_M) + 2 * _QUIET
_HALF = cell.PLATE_M / 2
_ON_PLATE = [0, 1, 3]  # columns of a pose that points (x, y, 1) of its plane need
_CORNERS = ((-_HALF, -_HALF), (_HALF, -_HALF), (_HALF, _HALF), (-_HALF, _HALF))
# From pixels of the print, whose middles are at whole numbers, to (x, y, 1) m on the plate.
_MIDDLE = (0.5 - _EDGE / 2) / _PIXELS_M
_TO_PLATE = np.array([[1 / _PIXELS_M, 0, _MIDDLE], [0, 1 / _PIXELS_M, _MIDDLE], [0, 0, 1.0]])
_NEAREST_M = 0.05
_CODE = cv2.aruco.getPredefinedDictionary(cell.BOARD.dictionary)


@dataclass(frozen=True, slots=True)
class TagSight:
    """A plate as a picture shows it: `to_region` (3, 3) takes pixels of its print to those of `region`.

    `outline`: its corners, px; `light` 0..1.
    """

    face: Picture
    to_region: Matrix
    outline: list[tuple[float, float]]
    region: Region
    light: float
    faces_us: bool

    def paint(self, picture: Picture) -> None:
        """Draw it in place: the tag on its paper, or the plate's back."""
        if not self.faces_us:
            tone = round(_BACK * self.light)
            fill(picture, np.array([self.outline]), ((tone, tone, tone),))
            return
        shown = cv2.convertScaleAbs(self.face, alpha=self.light)
        region = picture[self.region]
        size = region.shape[1], region.shape[0]
        cv2.warpPerspective(shown, self.to_region, size, region, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)


class TagPrints:
    """Tags as printed."""

    def __init__(self, ids: tuple[int, ...]) -> None:
        self._faces = [_print(id) for id in ids]

    def look(self, view: View, poses: Matrix, width: int, height: int) -> list[TagSight]:
        """What a picture of this size shows of the tags at `poses` (n, 4, 4) in the world."""
        planes = (view.matrix @ poses)[:, :, _ON_PLATE]
        prints = planes @ _TO_PLATE
        inward_light = (poses[:, :3, 2] @ LIGHT).tolist()
        seen: list[TagSight] = []
        for i, plane in enumerate(planes.tolist()):  # so few numbers that Python is faster
            (xu, xv, x1), (yu, yv, y1), (du, dv, d1) = plane
            depths = [du * u + dv * v + d1 for u, v in _CORNERS]
            if min(depths) < _NEAREST_M:
                continue
            x = [(xu * u + xv * v + x1) / d for (u, v), d in zip(_CORNERS, depths, strict=True)]
            y = [(yu * u + yv * v + y1) / d for (u, v), d in zip(_CORNERS, depths, strict=True)]
            left, top = max(math.floor(min(x)) - 1, 0), max(math.floor(min(y)) - 1, 0)
            right, bottom = min(math.ceil(max(x)) + 2, width), min(math.ceil(max(y)) + 2, height)
            if left >= right or top >= bottom:
                continue
            faces_us = (x[2] - x[0]) * (y[3] - y[1]) > (x[3] - x[1]) * (y[2] - y[0])
            light = lit(-inward_light[i] if faces_us else inward_light[i])
            prints[i, 0] -= left * prints[i, 2]
            prints[i, 1] -= top * prints[i, 2]
            region = slice(top, bottom), slice(left, right)
            seen.append(TagSight(self._faces[i], prints[i], list(zip(x, y, strict=True)), region, light, faces_us))
        return seen


def _print(id: int) -> Picture:
    """The marker on its paper, (H, W, 3)."""
    marker = round(cell.TAG_M * _PIXELS_M)
    large = cv2.aruco.generateImageMarker(_CODE, id, 4 * marker)
    small = cv2.resize(large, (marker, marker), interpolation=cv2.INTER_AREA)
    paper = np.pad(np.asarray(small, dtype=np.uint8), _QUIET, constant_values=255)
    soft = cv2.GaussianBlur(paper, (0, 0), _SOFT_PX) / 255.0
    tones = np.rint(_INK + soft * (_PAPER - _INK)).astype(np.uint8)
    return np.repeat(tones[..., None], 3, axis=2)
