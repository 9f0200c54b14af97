"""Corners of a board to a fraction of a pixel."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Points = NDArray[np.float64]
Frames = NDArray[np.float64]

RIM_PX = 3
"""A corner nearer to the picture's edge is left out: half of what shows where it is, is missing."""
_LENGTH = 0.45
"""How far along its edges a corner is measured, squares."""
_LONGEST_PX = 16
_SOFT_PX = 0.5
_ROUNDS = 10
_STILL_PX = 3e-3
_FARTHEST_PX = 2.0
"""A corner moves by no more in one round."""


def inside(picture: Grey, corners: Points) -> NDArray[np.bool_]:
    """Which corners (n, 2) px are far enough from the picture's edges."""
    return np.all((corners >= RIM_PX) & (corners <= np.array(picture.shape[::-1]) - 1 - RIM_PX), axis=1)


def refined(picture: Grey, corners: Points, frames: Frames, across: float) -> Points:
    """Where the edges through each corner (n, 2) px meet.

    Förstner's saddle (ISPRS 1987: the point that all gradients about it are square to), as in cornerSubPix, but seen
    through a cross along the two edges, `across` squares to either side, instead of a square: it takes nearly the
    whole edge and still leaves a ChArUco board's markers out, which pull a corner. What falls out of the picture on
    one side is left out on the other too.
    """
    slopes = cv2.Scharr(picture, cv2.CV_32F, 1, 0), cv2.Scharr(picture, cv2.CV_32F, 0, 1)
    half = int(np.clip(np.ceil(np.abs(frames).sum(axis=2).max() * _LENGTH), 3, _LONGEST_PX))
    to_squares = np.asarray(np.linalg.inv(frames), np.float64)
    scale = np.linalg.norm(frames, axis=1)
    length = np.minimum(_LENGTH, _LONGEST_PX / scale.max(axis=1))
    width = np.maximum(across * scale, 1.0)
    at, moving = corners.copy(), np.arange(len(corners))
    for _ in range(_ROUNDS):
        windows = _Windows(slopes, at[moving], half)
        weights = windows.cross(to_squares[moving], scale[moving], width[moving], length[moving])
        step = windows.saddle(weights)
        size = np.linalg.norm(step, axis=1)
        at[moving] += step * np.minimum(1.0, _FARTHEST_PX / np.maximum(size, 1e-9))[:, None]
        moving = moving[size > _STILL_PX]
        if not len(moving):
            break
    return at


class _Windows:
    """The pixels about each corner: gradients, and where they are from the corner, (n, k) float32 each."""

    def __init__(self, slopes: tuple[NDArray[Any], NDArray[Any]], at: Points, half: int) -> None:
        around = np.arange(-half, half + 1)
        dx, dy = (side.ravel() for side in np.meshgrid(around, around))
        middle = np.rint(at).astype(np.int32)
        rest = (middle - at).astype(np.float32)
        self.dx, self.dy = dx + rest[:, :1], dy + rest[:, 1:]
        x, y = dx + middle[:, :1], dy + middle[:, 1:]
        height, width = slopes[0].shape
        room = np.minimum(at, np.array((width, height)) - 1 - at).astype(np.float32) - 1
        self.there = (np.abs(self.dx) <= room[:, :1]) & (np.abs(self.dy) <= room[:, 1:])
        flat = np.clip(y, 0, height - 1) * width + np.clip(x, 0, width - 1)
        self.gx, self.gy = (np.asarray(slope, np.float32).ravel()[flat] / 32 for slope in slopes)

    def cross(self, to_squares: Frames, scale: Points, width: Points, length: Points) -> NDArray[np.float32]:
        """Weights (n, k): 1 on the cross along the edges, soft where it ends."""
        m, s, w = (part.astype(np.float32) for part in (to_squares, scale, width))
        u = np.abs(m[:, 0, :1] * self.dx + m[:, 0, 1:] * self.dy)
        v = np.abs(m[:, 1, :1] * self.dx + m[:, 1, 1:] * self.dy)
        over = np.minimum(u * s[:, :1] - w[:, :1], v * s[:, 1:] - w[:, 1:])
        far = np.maximum(u, v) * (2 / length[:, None]).astype(np.float32)
        far *= far
        weights = np.clip(0.5 - over / np.float32(_SOFT_PX), 0, 1) * np.exp(-0.5 * far * far) * self.there
        return np.asarray(weights, np.float32)

    def saddle(self, weights: NDArray[np.float32]) -> Points:
        """Steps (n, 2) px from the corners to where the gradients' lines meet."""
        along = self.gx * self.dx + self.gy * self.dy
        a, b = weights * self.gx, weights * self.gy
        xx, xy, yy = (
            (one * other).sum(axis=1, dtype=np.float64) for one, other in ((a, self.gx), (a, self.gy), (b, self.gy))
        )
        px, py = ((one * along).sum(axis=1, dtype=np.float64) for one in (a, b))
        area = np.maximum(xx * yy - xy * xy, 1e-6)
        return np.stack([yy * px - xy * py, xx * py - xy * px], axis=1) / area[:, None]
