"""What becomes of a lens when its pictures are resized, cropped, padded or undistorted.

Pixel centres are whole numbers, so a picture begins at -0.5: a pixel u becomes (u + 0.5) * scale - 0.5.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.errors import CalibrationError
from calibration.lens import Lens
from calibration.poses import Matrix
from calibration.uncertainty import grid


def resized(lens: Lens, size: tuple[int, int]) -> Lens:
    """For the whole picture made `size` (width, height) px. The distortion does not change: it is of directions."""
    x, y = size[0] / lens.size[0], size[1] / lens.size[1]
    K = lens.K.copy()
    K[0] *= x
    K[1] *= y
    K[0, 2] += (x - 1) / 2
    K[1, 2] += (y - 1) / 2
    return Lens(lens.model, K, lens.dist, size)


def cropped(lens: Lens, left: int, top: int, size: tuple[int, int]) -> Lens:
    """For the part of the picture of `size` that begins at column `left`, row `top`; negative ones pad."""
    K = lens.K.copy()
    K[0, 2] -= left
    K[1, 2] -= top
    return Lens(lens.model, K, lens.dist, size)


def fitted(size: tuple[int, int], into: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Size that a picture of `size` is resized to, to keep its aspect within `into`, and the padding left and above.

    Rounded as openpi does (openpi_client/image_tools.py, resize_with_pad): towards zero, by the same division.
    """
    if size == into:
        return size, (0, 0)
    ratio = max(size[0] / into[0], size[1] / into[1])
    inner = int(size[0] / ratio), int(size[1] / ratio)
    return inner, (int((into[0] - inner[0]) / 2), int((into[1] - inner[1]) / 2))


def padded(lens: Lens, size: tuple[int, int]) -> Lens:
    """For pictures resized with black bars to `size` (width, height) px, as openpi's `resize_with_pad` does."""
    inner, (left, top) = fitted(lens.size, size)
    return cropped(resized(lens, inner), -left, -top, size)


def undistorted(lens: Lens, K: Matrix | None = None) -> tuple[Lens, NDArray[np.float32]]:
    """A pinhole of the same size, and the map (height, width, 2) that `cv2.remap` makes its pictures with.

    `K` (3, 3) px of the pinhole: by default the lens's own, so the middle stays as it is; `filled` gives another.
    """
    plain = Lens("pinhole", (lens.K if K is None else K).copy(), np.zeros(0), lens.size)
    width, height = lens.size
    return plain, lens.project(plain.rays(grid(lens.size, width, height))).reshape(height, width, 2).astype(np.float32)


def remapped(picture: NDArray[np.uint8], to: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The picture (h, w) or (h, w, 3) as the map says; black where it shows nothing."""
    return np.asarray(cv2.remap(picture, to, np.empty(0), cv2.INTER_LINEAR), np.uint8)


def filled(lens: Lens) -> Matrix:
    """K (3, 3) of the widest pinhole with square pixels whose undistorted picture has no black rim.

    Raises CalibrationError where the lens folds within its picture: no pinhole can show it.
    """
    width, height = lens.size
    rim = grid(lens.size, 65, 65).reshape(65, 65, 2)
    edges = (rim[:, 0], rim[:, -1], rim[0], rim[-1])
    rays = [lens.rays(edge) for edge in edges]
    reached = all(np.abs(lens.project(ray) - edge).max() < 0.5 for ray, edge in zip(rays, edges, strict=True))
    sides = [ray[:, :2] for ray in rays]
    left, right = float(sides[0][:, 0].max()), float(sides[1][:, 0].min())
    top, bottom = float(sides[2][:, 1].max()), float(sides[3][:, 1].min())
    if not (reached and left < right and top < bottom):
        raise CalibrationError(
            f"this {lens.model} lens folds within its picture: calibrate it out to the corners first"
        )
    f = max((width - 1) / (right - left), (height - 1) / (bottom - top))
    # Centred on what is visible, within it in both directions.
    cx = (width - 1) / 2 - f * (left + right) / 2
    cy = (height - 1) / 2 - f * (top + bottom) / 2
    return np.array([[f, 0.0, cx], [0.0, f, cy], [0.0, 0.0, 1.0]])
