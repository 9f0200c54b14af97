"""A board's plane in a picture: where each corner must be after all the others, and which ones cannot be true."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Frames = NDArray[np.float64]
Mask = NDArray[np.bool_]

_OFF_PX, _OFF_SHARE, _OFF_MEDIANS = 0.5, 0.03, 4.0
"""How far a corner may be from where the others put it: px or a share of its square, and as often as the median."""
_ORDERS = (8, 14, 24)
"""Corners from which a lens is given a first, second, third order."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A board's plane: `expected` (n, 2) px, of each corner by the others; `frames` (n, 2, 2) px a square."""

    expected: Points
    frames: Frames

    @property
    def steps(self) -> Points:
        """Shorter edge of each corner's square (n,), px."""
        return np.linalg.norm(self.frames, axis=1).min(axis=1)


def fit(spots: Points, corners: Points) -> Fit | None:
    """Of corners (n, 2) px at `spots` (n, 2) on the board, in squares; None where they span no plane.

    A homography, and what a lens adds to it: a polynomial of the order that the number of corners bears. What the
    others say of a corner comes from its leverage (Allen's PRESS residual).
    """
    if len(spots) < 4 or in_line(spots) or (homography := _homography(spots, corners)) is None:
        return None
    flat = np.column_stack([spots, np.ones(len(spots))]) @ homography.T
    plain = flat[:, :2] / flat[:, 2:]
    frames = (homography[:2, :2] - plain[:, :, None] * homography[2, :2]) / flat[:, 2, None, None]
    scale = float(np.abs(spots - spots.mean(axis=0)).max())
    terms, slopes = _terms((spots - spots.mean(axis=0)) / scale, order=sum(len(spots) >= n for n in _ORDERS))
    inverse = np.linalg.pinv(terms, rcond=1e-3)
    weights = inverse @ (corners - plain)
    leverage = np.minimum(np.einsum("ij,ji->i", terms, inverse), 0.9)
    left = corners - plain - terms @ weights
    return Fit(corners - left / (1 - leverage)[:, None], frames + np.einsum("tc,ntb->ncb", weights, slopes) / scale)


def _homography(spots: Points, corners: Points) -> Points | None:
    found: Any = cv2.findHomography(spots, corners)[0]
    return None if found is None else np.asarray(found, np.float64)


def _terms(at: Points, order: int) -> tuple[Points, Points]:
    """Powers x^i y^j, i + j <= order, of (n, 2) spots: (n, k); their slopes along x and y: (n, k, 2)."""
    x, y = at.T
    powers = [(i, j) for i in range(order + 1) for j in range(order + 1 - i)]
    values = np.stack([x**i * y**j for i, j in powers], axis=1)
    along_x = np.stack([i * x ** max(i - 1, 0) * y**j for i, j in powers], axis=1)
    along_y = np.stack([j * x**i * y ** max(j - 1, 0) for i, j in powers], axis=1)
    return values, np.stack([along_x, along_y], axis=2)


def in_line(spots: Points) -> bool:
    """Whether all `spots` (n, 2) are on one line: they tell no plane."""
    return len(spots) < 3 or int(np.linalg.matrix_rank(spots - spots[0], tol=0.5)) < 2


def agreeing(spots: Points, corners: Points) -> Mask:
    """Which corners (n,) are where the others put them; the worst goes first, then the others are asked again."""
    kept = np.ones(len(spots), np.bool_)
    while (found := fit(spots[kept], corners[kept])) is not None:
        off = np.linalg.norm(corners[kept] - found.expected, axis=1)
        allowed = np.maximum(_OFF_PX, _OFF_SHARE * found.steps) + _OFF_MEDIANS * np.median(off)
        worst = int(np.argmax(off / allowed))
        if off[worst] <= allowed[worst]:
            break
        kept[np.flatnonzero(kept)[worst]] = False
    return kept
