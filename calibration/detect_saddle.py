"""Whether four squares meet at a spot: two dark ones across from each other and two light ones."""

import cv2
import numpy as np
from numpy.typing import NDArray

_QUARTERS = np.array([(-1, -1), (1, 1), (-1, 1), (1, -1)])
_CLEAR = 0.2
"""Dark and light are apart by at least so much of what they usually are apart."""


def saddles(
    picture: NDArray[np.uint8], corners: NDArray[np.float64], frames: NDArray[np.float64], reach: float
) -> NDArray[np.float64]:
    """How clearly (n,) four squares meet at each of `corners` (n, 2) px, grey values; negative where they do not.

    `frames` (n, 2, 2) px a square; `reach`: how far from the corner to look, squares.
    """
    spots = (corners[:, None] + np.einsum("nij,kj->nki", frames, _QUARTERS * reach)).astype(np.float32)
    smooth = cv2.GaussianBlur(picture, (3, 3), 0)
    grey = np.asarray(cv2.remap(smooth, spots[..., 0], spots[..., 1], cv2.INTER_LINEAR), np.float64)
    one, other = np.sort(grey[:, :2], axis=1), np.sort(grey[:, 2:], axis=1)
    return np.maximum(other[:, 0] - one[:, 1], one[:, 0] - other[:, 1])


def clear(depth: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of them (n,) do meet."""
    return depth > max(3.0, _CLEAR * float(np.median(depth))) if len(depth) else np.zeros(0, np.bool_)
