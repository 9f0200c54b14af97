"""A pinhole's view, and filling polygons in its picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.arms.kinematics import Matrix
from hardware.samples import Vector

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]
Polygon = NDArray[np.int32]
Region = tuple[slice, slice]
"""Rows and columns of a picture."""

SUBPIXEL_BITS = 4
"""OpenCV's polygons take fixed point with this many fractional bits."""


@dataclass(frozen=True, slots=True)
class View:
    """A pinhole.

    `focal` px; `turn` (3, 3) of T_camera_world; `matrix` (3, 4) takes world points (x, y, z, 1) m to
    (x, y, 1) px times their depth in m; `plane` (3, 3) does so for points (x, y, 1) m of the table.
    """

    focal: float
    turn: Matrix
    matrix: Matrix
    plane: Matrix

    def project(self, points: Vector) -> Vector:
        """World points (..., 3) m, all before the camera, to pixels (..., 2)."""
        seen = points @ self.matrix[:, :3].T + self.matrix[:, 3]
        return seen[..., :2] / seen[..., 2:]


def view_from(K: Matrix, T_world_camera: Matrix) -> View:
    """The view of a camera K (3, 3) px that stands at `T_world_camera` (4, 4)."""
    turn = T_world_camera[:3, :3].T
    matrix = np.empty((3, 4))
    matrix[:, :3] = K @ turn
    matrix[:, 3] = -matrix[:, :3] @ T_world_camera[:3, 3]
    return View(float(K[0, 0]), turn, matrix, matrix[:, [0, 1, 3]])


def fixed_point(points: Vector) -> Polygon:
    """Pixels (..., 2) as OpenCV's polygons take them."""
    return np.rint(points * (1 << SUBPIXEL_BITS)).astype(np.int32)


def fill(picture: Picture, polygons: Vector, colours: Sequence[Colour]) -> None:
    """Fill convex polygons (n, points, 2) px one after the other, with smooth edges."""
    for polygon, colour in zip(fixed_point(polygons), colours, strict=True):
        cv2.fillConvexPoly(picture, polygon, colour, cv2.LINE_AA, SUBPIXEL_BITS)


def region_around(low: NDArray[np.int32], high: NDArray[np.int32], width: int, height: int) -> Region:
    """The part of a picture that holds all that is drawn between corners (n, 2), in fixed point."""
    if not len(low):
        return slice(0, 0), slice(0, 0)
    left, top = (low.min(axis=0) >> SUBPIXEL_BITS).tolist()
    right, bottom = (high.max(axis=0) >> SUBPIXEL_BITS).tolist()
    # A pixel more on each side: smooth edges reach beyond their polygon.
    return (
        slice(max(top - 1, 0), min(max(bottom + 3, 0), height)),
        slice(max(left - 1, 0), min(max(right + 3, 0), width)),
    )


def around(*regions: Region) -> Region:
    """The least region that holds them all."""
    rows, columns = zip(*regions, strict=True)
    return (
        slice(min(s.start for s in rows), max(s.stop for s in rows)),
        slice(min(s.start for s in columns), max(s.stop for s in columns)),
    )
