"""Solids in a pinhole picture: round links as shaded capsules, boxes as flat-shaded faces, their shadows.

One batched product takes every point to the picture, to the table along the light, and into the light;
OpenCV then fills a few dozen convex polygons.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.arms.kinematics import Matrix
from hardware.samples import Vector
from hardware.virtual.scene_paint import (
    SUBPIXEL_BITS,
    Colour,
    Picture,
    Polygon,
    Region,
    View,
    fixed_point,
    region_around,
)

LIGHT: Vector = np.array([0.30, 0.38, 0.87]) / np.linalg.norm([0.30, 0.38, 0.87])
"""Towards the lamp, world frame."""

_NEAREST_M = 0.03
_ARC = 7  # points round each of a link's two circles
_ANGLE = np.pi * (np.tile(np.linspace(-0.5, 0.5, _ARC), 2) + np.repeat([0, 1], _ARC))
_FAN = np.exp(1j * _ANGLE)
# How much farther the end must reach than the start to be what a point goes round: where the sides
# begin, +-90 degrees, one point is the start's and one the end's unless one circle outgrows the other.
_REACH = np.where(np.abs(np.cos(_ANGLE)) > 0.1, np.cos(_ANGLE), np.repeat([0.35, -0.35], _ARC))
_INSET = np.array([0.0, 0.2, 0.48])[:, None]  # of the shades, dark to light, as a share of the radius
_SHADE = np.array([0.55, 0.8, 1.0])
_AMBIENT = 0.5
_ROUND_THE_CORNERS = np.arange(2 * _ARC) % 8  # a box's corners, as many as a round outline has points
_CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=np.float64)
_FACES = np.array(
    [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
)  # -x, +x, -y, +y, -z, +z; their corners run anticlockwise for who looks at them from outside
_NORMALS = np.array([[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]], dtype=np.float64)
_SHADOW_AND_LIGHT = np.array(
    [[1, 0, -LIGHT[0] / LIGHT[2], 0], [0, 1, -LIGHT[1] / LIGHT[2], 0], [*LIGHT, 0]]
)  # of a world point: its shadow's x and y on the table, its height along the light

_Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Capsule:
    """A round link in the axes of frame number `frame`: ends m, radii m, RGB."""

    frame: int
    start: _Point
    end: _Point
    start_radius: float
    end_radius: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class Box:
    """A box in the axes of frame number `frame`: corners m, RGB."""

    frame: int
    low: _Point
    high: _Point
    colour: Colour


class Solids:
    """n capsules and m boxes, laid out for one product a picture."""

    def __init__(self, capsules: Sequence[Capsule], boxes: Sequence[Box]) -> None:
        ends = [(c.frame, (*end, 1.0)) for c in capsules for end in (c.start, c.end)]
        corners = [
            (b.frame, (*(np.array(b.low) + corner * np.subtract(b.high, b.low)), 1.0))
            for b in boxes
            for corner in _CORNERS
        ]
        normals = [(b.frame, (*normal, 0.0)) for b in boxes for normal in _NORMALS]
        points = [*ends, *corners, *normals]
        self.frame = np.array([frame for frame, _ in points])
        self.points = np.array([point for _, point in points])[..., None]
        self.radius = np.array([(c.start_radius, c.end_radius) for c in capsules]).reshape(-1, 2)
        self.shades = [np.outer(_SHADE, c.colour).tolist() for c in capsules]
        self.colour = np.array([b.colour for b in boxes], dtype=np.float64)[:, None]


class _Part(NamedTuple):
    """A capsule or a face: polygons (k, points, 2), each within the last, and their RGB."""

    polygons: Polygon
    colours: Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Sight:
    """What of the solids a picture shows: `parts` from far to near, outlines of shadows, where these are."""

    parts: list[_Part]
    shadows: list[Polygon]
    shaded: Region
    covered: Region

    def paint(self, picture: Picture) -> None:
        """Draw the solids in place, without their shadows."""
        for polygons, colours in self.parts:
            edge = cv2.LINE_AA
            for polygon, colour in zip(polygons, colours, strict=True):
                cv2.fillConvexPoly(picture, polygon, colour, edge, SUBPIXEL_BITS)
                edge = cv2.LINE_8  # between the shades of one part nobody sees the steps

    def darken(self, mask: Picture, level: int) -> None:
        """Set `mask` (H, W) to `level` in the shadows."""
        for outline in self.shadows:
            cv2.fillConvexPoly(mask, outline, level, cv2.LINE_8, SUBPIXEL_BITS)


def look(solids: Solids, frames: Matrix, view: View, width: int, height: int) -> Sight:
    """Project solids on `frames` (k, 4, 4), poses in the world; what is not wholly before the camera is left out."""
    n, m = len(solids.radius), len(solids.colour)
    rows = np.concatenate([view.matrix, _SHADOW_AND_LIGHT])
    seen = ((rows @ frames)[solids.frame] @ solids.points)[..., 0]
    ends, corners = seen[: 2 * n].reshape(n, 2, 6), seen[2 * n : 2 * n + 8 * m].reshape(m, 8, 6)
    towards_light = seen[2 * n + 8 * m :, 5].reshape(m, 6)

    nest, round_shadow = _round(ends, solids.radius, view)
    pixels = corners[..., :2] / np.maximum(corners[..., 2:3], _NEAREST_M)
    on_table = np.concatenate([round_shadow, corners[:, _ROUND_THE_CORNERS, 3:5]])
    image = on_table @ view.plane.T[:2] + view.plane[:, 2]
    shadows = fixed_point(image[..., :2] / np.maximum(image[..., 2:], _NEAREST_M))
    nest_px, corners_px = fixed_point(nest), fixed_point(pixels)

    outlines = np.concatenate([nest_px[:, 0], corners_px[:, _ROUND_THE_CORNERS], shadows])
    by_point = np.ascontiguousarray(outlines.transpose(1, 0, 2))  # so numpy reduces it fast
    low, high = by_point.min(axis=0), by_point.max(axis=0)
    near = [(ends[..., 2] - solids.radius).min(axis=1), corners[..., 2].min(axis=1), image[..., 2].min(axis=1)]
    within = (high > 0) & (low < np.array([width, height]) << SUBPIXEL_BITS)
    inside = within[:, 0] & within[:, 1] & (np.concatenate(near) > _NEAREST_M)

    links = np.flatnonzero(inside[:n])
    of_box, face = np.nonzero(_turned_to_us(pixels[:, _FACES]) & inside[n : n + m, None])
    parts = [_Part(nest_px[i], solids.shades[i]) for i in links.tolist()]
    flat, shades = corners_px[of_box[:, None], _FACES[face]], _shades(solids.colour, towards_light)[of_box, face]
    parts += [_Part(flat[i : i + 1], [shade]) for i, shade in enumerate(shades.tolist())]
    depth = np.concatenate([ends[links, :, 2].sum(axis=1) / 2, corners[of_box, :, 2].sum(axis=1) / 8])
    shaded = np.flatnonzero(inside[n + m :]) + n + m
    return Sight(
        [parts[i] for i in np.argsort(-depth, kind="stable").tolist()],
        [outlines[i] if i < 2 * n + m else _hull(outlines[i]) for i in shaded.tolist()],
        region_around(low[shaded], high[shaded], width, height),
        region_around(low[inside], high[inside], width, height),
    )


def _round(ends: Vector, radius: Vector, view: View) -> tuple[Vector, Vector]:
    """Outlines of capsules: (n, shades, points, 2) px, each shade within the last; their shadows, (n, points, 2) m.

    In complex numbers, x + iy: then one product turns the fan of directions into each capsule's heading.
    """
    n = len(ends)
    depth = np.maximum(ends[..., 2], _NEAREST_M)
    centre = np.empty((2 * n, 2, 2))
    np.divide(ends[..., :2], depth[..., None], out=centre[:n])
    centre[n:] = ends[..., 3:5]
    middle = centre.view(np.complex128)[..., 0]
    extent = np.concatenate([view.focal * radius / depth, radius])

    along = middle[:, 1] - middle[:, 0] + 1e-9  # never without a heading
    far = np.abs(along)
    end = far[:, None] * _REACH > (extent[:, 0] - extent[:, 1])[:, None]
    turn = (along / far)[:, None] * _FAN
    middle = np.where(end, middle[:, 1:], middle[:, :1])
    extent = np.where(end, extent[:, 1:], extent[:, :1])
    lit_x, lit_y = (view.turn[:2] @ LIGHT).tolist()
    shade = (1 - _INSET) * turn[:n, None] + _INSET * complex(lit_x, lit_y)
    nest = middle[:n, None] + extent[:n, None] * shade
    return _pairs(nest), _pairs(middle[n:] + extent[n:] * turn[n:])


def _pairs(points: NDArray[np.complex128]) -> Vector:
    """x + iy (...) as (..., 2)."""
    return points.view(np.float64).reshape(*points.shape, 2)


def _turned_to_us(faces: Vector) -> NDArray[np.bool_]:
    """Which faces (m, 6, 4, 2) px show their outside: those whose corners still run as in `_FACES`."""
    across, down = faces[..., 2, :] - faces[..., 0, :], faces[..., 3, :] - faces[..., 1, :]
    return across[..., 0] * down[..., 1] < across[..., 1] * down[..., 0]


def _shades(colour: Vector, towards_light: Vector) -> Vector:
    """RGB of faces (m, 6, 3): colours (m, 1, 3) in the lamp's light and the room's."""
    return colour * (_AMBIENT + (1 - _AMBIENT) * np.maximum(towards_light, 0.0))[..., None]


def lit(towards_light: float) -> float:
    """How bright a face is in the lamp's light and the room's, 0..1; its outward normal times LIGHT."""
    return _AMBIENT + (1 - _AMBIENT) * max(towards_light, 0.0)


def _hull(outline: Polygon) -> Polygon:
    return np.asarray(cv2.convexHull(outline), dtype=np.int32)
