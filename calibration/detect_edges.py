"""How sharp and how bright a picture is: grey, edge width, exposure."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Points = NDArray[np.float64]

_LINES = np.linspace(-0.15, 0.15, 7)
"""Where an edge is cut, as shares of its length from its middle; the cuts' mean has less noise."""
_STEP_PX = 0.25
_WINDOW_PX = 41
"""Of `picture_sharpness`: wider edges count as this wide."""


@dataclass(frozen=True, slots=True)
class Sharpness:
    """Mean width of the board's edges, px: of all, of those along the board's x, of those along its y."""

    width: float
    along_x: float
    along_y: float


SHARP = Sharpness(0.0, 0.0, 0.0)
"""Of what has no edges to tell it by."""


def grey(picture: NDArray[np.uint8]) -> Grey:
    """(H, W) of (H, W) or (H, W, 3) RGB."""
    if picture.ndim == 2:
        return np.ascontiguousarray(picture)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY), np.uint8)


def sharpness(picture: Grey, lattice: NDArray[np.float64]) -> Sharpness:
    """Of a board whose inner corners are at `lattice` (rows, columns, 2) px, NaN where one is not seen.

    The width of an edge is its contrast over its steepest slope: 1.02 times its 10-90 % rise under a Gaussian blur.
    """
    x = _widths(picture, lattice[:, :-1], lattice[:, 1:])
    y = _widths(picture, lattice[:-1], lattice[1:])
    means = [float(np.median(widths)) if len(widths) else float("nan") for widths in (x, y)]
    return Sharpness(float(np.nanmean(means)) if np.isfinite(means).any() else 0.0, *np.nan_to_num(means).tolist())


def _widths(picture: Grey, start: Points, end: Points) -> Points:
    """Widths (n,) of the edges between neighbouring corners, each (..., 2)."""
    seen = np.isfinite(start).all(-1) & np.isfinite(end).all(-1)
    start, end = start[seen], end[seen]
    along = end - start
    length = np.linalg.norm(along, axis=1)
    long_enough = length > 4
    start, along, length = start[long_enough], along[long_enough], length[long_enough]
    if not len(start):
        return np.zeros(0)
    across = along[:, ::-1] * (1, -1) / length[:, None]
    reach = float(np.clip(np.median(length) / 2, 3, 40))
    offsets = np.arange(-reach, reach + _STEP_PX, _STEP_PX)
    middle = start + along / 2
    spots = (
        middle[:, None, None] + along[:, None, None] * _LINES[:, None, None] + across[:, None, None] * offsets[:, None]
    )
    profiles = _sampled(picture, spots).mean(axis=1)
    contrast = np.ptp(profiles, axis=1)
    span = round(1 / _STEP_PX)
    slopes = np.abs(profiles[:, span:] - profiles[:, :-span])
    near = np.abs(offsets[span // 2 : span // 2 + slopes.shape[1]]) < max(2.0, reach * 0.4)
    steepest = slopes[:, near].max(axis=1)
    inside = ((spots >= 0) & (spots <= np.array(picture.shape[::-1]) - 1)).all(axis=(1, 2, 3))
    told = inside & (contrast > 10) & (steepest > 0)
    return contrast[told] / steepest[told]


def _sampled(picture: Grey, spots: Points) -> Points:
    """Grey values (...) at `spots` (..., 2) px, between pixels by their neighbours."""
    flat = spots.reshape(len(spots), -1, 2).astype(np.float32)
    values = cv2.remap(picture.astype(np.float32), flat[..., 0], flat[..., 1], cv2.INTER_LINEAR)
    return np.asarray(values, np.float64).reshape(spots.shape[:-1])


def picture_sharpness(picture: Grey) -> Sharpness:
    """Of the sharpest strong edges in a picture, whatever it shows: those along its x, those along its y."""
    kernel = np.ones((_WINDOW_PX, _WINDOW_PX), np.uint8)
    smooth = cv2.GaussianBlur(picture, (0, 0), 0.8).astype(np.float32)
    contrast = cv2.dilate(smooth, kernel) - cv2.erode(smooth, kernel)
    strong = contrast > 0.6 * float(contrast.max())
    widths: list[float] = []
    for way in ((0, 1), (1, 0)):
        slope = cv2.dilate(np.abs(cv2.Sobel(smooth, cv2.CV_32F, *way, ksize=3)) / 8, kernel)
        widths.append(float(np.percentile(contrast[strong] / np.maximum(slope[strong], 0.1), 10)))
    return Sharpness(sum(widths) / 2, *widths)
