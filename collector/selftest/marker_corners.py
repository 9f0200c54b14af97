"""Corners of a printed square to a few hundredths of a pixel: a line through each side, not a look at each corner.

A lens rounds corners but leaves the middles of edges where they are; and a side has many pixels. Pure.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]

_ALONG = np.linspace(0.12, 0.88, 24)  # where a side is looked at, as a share of it
_ACROSS = np.linspace(-1.0, 1.0, 17)  # as a share of the reach
_MIDDLES = (_ACROSS[1:] + _ACROSS[:-1]) / 2
_REACH = 0.8  # modules: inside the black border and the white rim, whatever the code is
_LEAST_PX, _MOST_PX = 1.5, 9.0
_ROUNDS, _SETTLED_PX = 3, 0.3
_LINE = np.stack([1 - _ALONG, _ALONG], axis=1)  # offset at a side's begin and end -> along it
_FAINT = 0.5  # of the median contrast
_WHOLE = 0.8  # share of each side that must not be faint
_STRAIGHT_PX, _STRAIGHT = 0.15, 0.01  # median distance from the line: px, and share of the side


def refine_corners(picture: Picture, rough: Floats, modules: int) -> Floats | None:
    """Outer corners (4, 2) px of a dark square on white paper from rough ones, clockwise as pictures have it.

    picture: (H, W) grey; modules: how many fit along a side, border included. None where a side is not there all
    along or not straight: hidden, blurred beyond use, no square.
    """
    corners = rough
    for _ in range(_ROUNDS):
        before, found = corners, _round(picture, corners, modules)
        if found is None:
            return None
        corners = found
        if np.abs(corners - before).max() < _SETTLED_PX:
            break
    return corners


def _round(picture: Picture, corners: Floats, modules: int) -> Floats | None:
    side = np.roll(corners, -1, axis=0) - corners
    length: Floats = np.sqrt((side**2).sum(axis=1))
    if not length.min() > modules:
        return None
    outward = np.stack([side[:, 1], -side[:, 0]], axis=1) / length[:, None]
    reach = float(np.clip(_REACH * length.min() / modules, _LEAST_PX, _MOST_PX))
    offset, contrast = _edges(picture, corners, side, outward * reach)
    ends = _line(offset * reach, contrast**2)
    miss: Floats = np.abs(offset * reach - ends @ _LINE.T)
    usual = np.median(miss, axis=1)
    whole = (contrast > _FAINT * np.median(contrast)).mean(axis=1)
    if whole.min() < _WHOLE or (usual / (_STRAIGHT_PX + _STRAIGHT * length)).max() > 1:
        return None
    ends = _line(offset * reach, contrast**2 / (1 + (miss / (3 * usual[:, None] + 0.1)) ** 2))
    return _crossings(corners + outward * ends[:, :1], corners + side + outward * ends[:, 1:])


def _edges(picture: Picture, corners: Floats, side: Floats, reach: Floats) -> tuple[Floats, Floats]:
    """Where the picture turns from dark to light across each side, and by how much; (4, n), offset in reaches."""
    at = corners[:, None] + side[:, None] * _ALONG[:, None]
    looked = (at[:, :, None] + reach[:, None, None] * _ACROSS[:, None]).astype(np.float32)
    flat = looked.reshape(-1, len(_ACROSS), 2)
    found = cv2.remap(picture, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    rise = np.maximum(np.diff(found.astype(np.float64), axis=1), 0.0).reshape(4, len(_ALONG), -1)
    contrast = rise.sum(axis=2)
    return (rise @ _MIDDLES) / np.maximum(contrast, 1e-9), contrast


def _line(offset: Floats, weight: Floats) -> Floats:
    """Offsets (4, 2) at each side's begin and end, by weighted least squares."""
    weighed = weight[..., None] * _LINE
    right = (weighed * offset[..., None]).sum(axis=1)
    return np.asarray(np.linalg.solve(_LINE.T @ weighed, right[..., None])[..., 0], np.float64)


def _crossings(begin: Floats, end: Floats) -> Floats:
    """(4, 2): where each side's line meets the one before it."""
    before, along = np.roll(begin, 1, axis=0), np.roll(end - begin, 1, axis=0)
    matrix = np.stack([along, begin - end], axis=-1)
    share = np.linalg.solve(matrix, (begin - before)[..., None])[:, 0]
    return before + share * along
