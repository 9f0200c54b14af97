"""Painting solids in a pinhole picture: round links as shaded capsules, boxes as flat-shaded faces.

Everything is projected in one numpy batch a frame; OpenCV then fills a few dozen convex polygons.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.samples import Vector
from hardware.virtual.kinematics import Matrix

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]
Polygons = NDArray[np.float64]

LIGHT: Vector = np.array([0.30, 0.38, 0.87]) / np.linalg.norm([0.30, 0.38, 0.87])
"""Towards the lamp, world frame."""

_SHIFT = 4  # OpenCV polygons take fixed point: 4 fractional bits
_NEAREST_M = 0.03
_ARC = 7  # points of each half outline
_SWEEP = np.tile(np.linspace(0.0, 1.0, _ARC), 2)
_OF_END = np.repeat([False, True], _ARC)  # of an outline's points, which round the second circle
_INSET = np.array([0.0, 0.17, 0.36, 0.58])  # of the shades, dark to light, as a share of the radius
_SHADE = np.array([0.52, 0.72, 0.88, 1.0])
_AMBIENT = 0.5
_CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=np.float64)
_FACES = np.array(
    [[0, 1, 3, 2], [4, 5, 7, 6], [0, 1, 5, 4], [2, 3, 7, 6], [0, 2, 6, 4], [1, 3, 7, 5]]
)  # -x, +x, -y, +y, -z, +z
_NORMALS = np.array([[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class View:
    """A pinhole: K (3, 3) px and T_camera_world (4, 4)."""

    K: Matrix
    T_camera_world: Matrix

    def to_camera(self, points: Vector) -> Vector:
        """World points (..., 3) m in the camera's axes."""
        return points @ self.T_camera_world[:3, :3].T + self.T_camera_world[:3, 3]

    def project(self, points: Vector) -> Vector:
        """World points (..., 3) m, all before the camera, to pixels (..., 2)."""
        seen = self.to_camera(points)
        return self.to_pixels(seen[..., :2], seen[..., 2])

    def to_pixels(self, xy: Vector, z: Vector) -> Vector:
        """Points in the camera's axes, (..., 2) m beside and (...) m along, to pixels (..., 2)."""
        return xy / z[..., None] * self.K.diagonal()[:2] + self.K[:2, 2]

    def plane(self) -> Matrix:
        """Homography (3, 3) from table coordinates (x, y, 1) m to pixels."""
        return self.K @ self.T_camera_world[:3, [0, 1, 3]]


def view_from(K: Matrix, T_world_camera: Matrix) -> View:
    """The view of a camera that stands at `T_world_camera`."""
    inverse = np.eye(4)
    inverse[:3, :3] = T_world_camera[:3, :3].T
    inverse[:3, 3] = -inverse[:3, :3] @ T_world_camera[:3, 3]
    return View(K, inverse)


@dataclass(frozen=True, slots=True)
class Capsules:
    """n round links, each in the axes of one frame: ends (n, 3) m, radii (n,) m, colours (n, 3) RGB."""

    frame: NDArray[np.intp]
    start: Vector
    end: Vector
    start_radius: Vector
    end_radius: Vector
    colour: Vector


@dataclass(frozen=True, slots=True)
class Boxes:
    """n boxes, each in the axes of one frame: corners `low` and `high` (n, 3) m, colours (n, 3) RGB."""

    frame: NDArray[np.intp]
    low: Vector
    high: Vector
    colour: Vector


@dataclass(frozen=True, slots=True)
class Placed:
    """Solids in the world at one instant: capsule ends (n, 3); box corners (m, 8, 3), normals (m, 6, 3)."""

    start: Vector
    end: Vector
    capsules: Capsules
    corners: Vector
    normals: Vector
    boxes: Boxes


def place(capsules: Capsules, boxes: Boxes, frames: Matrix) -> Placed:
    """Put solids where `frames` (k, 4, 4), poses in the world, say."""
    of_capsule, of_box = frames[capsules.frame], frames[boxes.frame]
    local = boxes.low[:, None] + _CORNERS * (boxes.high - boxes.low)[:, None]
    turn = of_box[:, :3, :3].transpose(0, 2, 1)
    return Placed(
        _moved(of_capsule, capsules.start),
        _moved(of_capsule, capsules.end),
        capsules,
        local @ turn + of_box[:, None, :3, 3],
        _NORMALS @ turn,
        boxes,
    )


def paint(picture: Picture, view: View, solids: Placed) -> None:
    """Draw solids from far to near, in place; what is not wholly before the camera is left out."""
    height, width = picture.shape[:2]
    parts = _capsules(view, solids, (width, height)) + _boxes(view, solids)
    for part in sorted(parts, key=_depth, reverse=True):
        edge = cv2.LINE_AA
        for polygon, colour in zip(part.polygons, part.colours, strict=True):
            cv2.fillConvexPoly(picture, polygon, colour, edge, _SHIFT)
            if part.nested:
                edge = cv2.LINE_8  # between the shades of one part nobody sees the steps


def fill(picture: Picture, polygons: Polygons, colours: Sequence[Colour]) -> None:
    """Fill convex polygons (n, points, 2) px one after the other, with smooth edges."""
    for polygon, colour in zip(_fixed(polygons), colours, strict=True):
        cv2.fillConvexPoly(picture, polygon, colour, cv2.LINE_AA, _SHIFT)


def shadows(view: View, solids: Placed) -> list[NDArray[np.int32]]:
    """Outlines of the solids' shadows on the table, in fixed point, for `darken`."""
    slope = LIGHT[:2] / LIGHT[2]
    ends = np.stack([solids.start, solids.end], axis=1)
    radii = np.stack([solids.capsules.start_radius, solids.capsules.end_radius], axis=1)
    round_ones = _outlines(ends[..., :2] - ends[..., 2:] * slope, radii)
    corners = solids.corners[..., :2] - solids.corners[..., 2:] * slope
    plane = view.plane()
    points = np.concatenate([round_ones.reshape(-1, 2), corners.reshape(-1, 2)])
    image = points @ plane[:, :2].T + plane[:, 2]
    pixels = image[:, :2] / np.maximum(image[:, 2:], _NEAREST_M)
    split = len(ends) * 2 * _ARC
    outlines = list(_fixed(pixels[:split].reshape(-1, 2 * _ARC, 2)))
    for box in _fixed(pixels[split:].reshape(-1, 8, 2)):
        outlines.append(np.asarray(cv2.convexHull(box), dtype=np.int32))
    return outlines


def darken(mask: Picture, outlines: list[NDArray[np.int32]], level: int) -> None:
    """Set `mask` (H, W) to `level` inside the outlines."""
    for outline in outlines:
        cv2.fillConvexPoly(mask, outline, level, cv2.LINE_8, _SHIFT)


def _moved(poses: Matrix, points: Vector) -> Vector:
    return np.einsum("nij,nj->ni", poses[:, :3, :3], points) + poses[:, :3, 3]


def _fixed(points: Vector) -> NDArray[np.int32]:
    return np.rint(np.clip(points, -4000, 4000) * (1 << _SHIFT)).astype(np.int32, order="C")


@dataclass(frozen=True, slots=True)
class _Part:
    """Polygons (n, points, 2) in fixed point that belong to one solid, in drawing order."""

    depth: float
    polygons: NDArray[np.int32]
    colours: list[Colour]
    nested: bool


def _depth(part: _Part) -> float:
    return part.depth


def _capsules(view: View, solids: Placed, size: tuple[int, int]) -> list[_Part]:
    """The capsules that can be seen: each a nest of outlines, from the dark edge to the lit ridge."""
    of = solids.capsules
    ends = view.to_camera(np.stack([solids.start, solids.end], axis=1))
    radii = np.stack([of.start_radius, of.end_radius], axis=1)
    z = np.maximum(ends[..., 2], _NEAREST_M)
    centre = view.to_pixels(ends[..., :2], z)
    radius = view.K[0, 0] * radii / z
    low, high = (centre - radius[..., None]).min(axis=1), (centre + radius[..., None]).max(axis=1)
    before = (ends[..., 2] - radii).min(axis=1) > _NEAREST_M
    seen = np.flatnonzero(before & (high > 0).all(axis=1) & (low < size).all(axis=1))
    centre, radius = centre[seen, None], radius[seen, None]
    light = view.T_camera_world[:2, :3] @ LIGHT
    centres = centre + (radius * _INSET[:, None])[..., None] * light
    outlines = _fixed(_outlines(centres, radius * (1 - _INSET[:, None])))
    depth = z[seen].mean(axis=1).tolist()
    colours = (of.colour[seen, None] * _SHADE[:, None]).tolist()
    return [_Part(*part, nested=True) for part in zip(depth, outlines, colours, strict=True)]


def _outlines(centre: Vector, radius: Vector) -> Polygons:
    """Convex outlines (..., 2 * _ARC, 2) of pairs of circles: centres (..., 2, 2), radii (..., 2)."""
    delta = centre[..., 1, :] - centre[..., 0, :]
    far = np.hypot(delta[..., 0], delta[..., 1])
    more = radius[..., 0] - radius[..., 1]
    swallowed = far <= np.abs(more)
    if swallowed.any():
        larger = np.where(more >= 0, 0, 1)[..., None]
        one = np.take_along_axis(radius, larger, axis=-1)
        radius = np.where(swallowed[..., None], one, radius)
        middle = np.take_along_axis(centre, larger[..., None], axis=-2)
        centre = np.where(swallowed[..., None, None], middle, centre)
    heading = np.arctan2(delta[..., 1], delta[..., 0])[..., None]
    lean = np.arccos(np.clip(more / np.maximum(far, 1e-9), -1.0, 1.0))[..., None]
    angle = heading + np.where(_OF_END, (2 * _SWEEP - 1) * lean, lean + _SWEEP * (2 * np.pi - 2 * lean))
    outline = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    outline *= np.repeat(radius, _ARC, axis=-1)[..., None]
    outline += np.repeat(centre, _ARC, axis=-2)
    return outline


def _boxes(view: View, solids: Placed) -> list[_Part]:
    """The boxes that are before the camera: each the faces that it turns to us."""
    corners = view.to_camera(solids.corners)
    normals = solids.normals @ view.T_camera_world[:3, :3].T
    ours = (normals * corners[:, _FACES[:, 0]]).sum(axis=-1) < 0
    near = corners[..., 2].min(axis=1)
    pixels = view.to_pixels(corners[..., :2], np.maximum(corners[..., 2], _NEAREST_M))
    faces = _fixed(pixels[:, _FACES])
    lit = _AMBIENT + (1 - _AMBIENT) * np.maximum(solids.normals @ LIGHT, 0.0)
    colours = solids.boxes.colour[:, None] * lit[..., None]
    depth = corners[..., 2].mean(axis=1).tolist()
    return [
        _Part(depth[i], faces[i, ours[i]], colours[i, ours[i]].tolist(), nested=False)
        for i in np.flatnonzero(near > _NEAREST_M).tolist()
    ]
