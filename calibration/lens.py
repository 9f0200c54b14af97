"""A camera's lens: from directions to pixels and back, in OpenCV's models and conventions (pixel centres are whole)."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.lens_model import DISTORTION as DISTORTION
from calibration.lens_model import LensModel as LensModel
from calibration.lens_model import parameter_names
from calibration.poses import Matrix, Vector

_STEPS, _EXACT_PX = 40, 1e-9


@dataclass(frozen=True, slots=True)
class Lens:
    """`K` (3, 3) px; `dist` (DISTORTION[model],); `size` (width, height) px of the pictures that it holds for."""

    model: LensModel
    K: Matrix
    dist: Vector
    size: tuple[int, int]

    @property
    def parameters(self) -> Vector:
        """fx, fy, cx, cy and the distortion, in this order."""
        return np.array([self.K[0, 0], self.K[1, 1], self.K[0, 2], self.K[1, 2], *self.dist])

    @property
    def names(self) -> tuple[str, ...]:
        """Of the parameters."""
        return parameter_names(self.model)

    def with_parameters(self, parameters: Vector) -> "Lens":
        """The same model with other numbers."""
        fx, fy, cx, cy = parameters[:4]
        K = np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])
        return Lens(self.model, K, np.array(parameters[4:], np.float64), self.size)

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels (n, 2) of points (n, 3) m in the camera's frame (x right, y down, z forward)."""
        points = np.ascontiguousarray(points, np.float64).reshape(-1, 1, 3)
        nothing = np.zeros(3)
        if self.model == "fisheye":
            seen, _ = cv2.fisheye.projectPoints(points, nothing, nothing, self.K, self.dist)
        else:
            seen, _ = cv2.projectPoints(points, nothing, nothing, self.K, self.opencv_dist)
        return np.asarray(seen, np.float64).reshape(-1, 2)

    def rays(self, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Directions (n, 3) with z = 1 that pixels (n, 2) look along."""
        pixels = np.ascontiguousarray(pixels, np.float64).reshape(-1, 1, 2)
        if self.model == "fisheye":
            flat = cv2.fisheye.undistortPoints(pixels, self.K, self.dist)
        else:
            flat = cv2.undistortPoints(pixels, self.K, self.opencv_dist)
        rays = np.column_stack([np.asarray(flat, np.float64).reshape(-1, 2), np.ones(len(pixels))])
        return self._sharpened(rays, pixels.reshape(-1, 2))

    def _sharpened(self, rays: NDArray[np.float64], pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        """OpenCV stops after five steps, 0.01 px off near the corners: more of the same, as long as it helps."""
        focal = np.array([self.K[0, 0], self.K[1, 1]])
        off = pixels - self.project(rays)
        for _ in range(_STEPS):
            if not np.nanmax(np.abs(off), initial=0.0) > _EXACT_PX:
                break
            tried = rays + np.column_stack([off / focal, np.zeros(len(off))])
            left = pixels - self.project(tried)
            better = (left**2).sum(axis=1) < (off**2).sum(axis=1)
            if not better.any():
                break
            rays, off = np.where(better[:, None], tried, rays), np.where(better[:, None], left, off)
        return rays

    @property
    def opencv_dist(self) -> Vector:
        """k1 k2 p1 p2 [k3 [k4 k5 k6]], as OpenCV's functions for lenses that are no fisheye take it."""
        return np.array([*self.dist, 0.0, 0.0]) if self.model == "k1k2" else self.dist
