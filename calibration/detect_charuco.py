"""Finds the corners of a ChArUco board in a picture."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.board import CharucoBoard
from calibration.detect_edges import SHARP, Sharpness, sharpness
from calibration.detect_plane import Fit, agreeing, fit
from calibration.detect_refine import inside, refined
from calibration.detect_saddle import clear, saddles

Points = NDArray[np.float64]
Ids = NDArray[np.int64]

_ACROSS = 0.6
"""How much of the white between a square's edge and its marker is looked at: a blurred marker reaches into it."""
_QUARTER = 0.8
"""How much of it from a corner the four squares are told apart."""
_WHITE_PX, _WHITE_WIDTHS = 1.5, 0.75
"""Least width of that white, px and widths of an edge: below, markers pull a corner by more than 0.1 px."""
_SMALL_PX = 1000
"""Pictures less wide are doubled: markers of 10 px are then read."""


@dataclass(frozen=True, slots=True)
class Found:
    """`ids` (n,), `corners` (n, 2) px; `markers` (m, 4, 2) px, `marker_ids` (m,).

    Left out: corners too `far` (white beside the markers too narrow), and `refused` ones, that disagree with the rest.
    """

    ids: Ids
    corners: Points
    markers: Points
    marker_ids: Ids
    sharpness: Sharpness = SHARP
    far: int = 0
    refused: int = 0
    marker_share: float = 0.0
    """Edge of a marker, of its square's, as seen; a few per cent off."""


def find_charuco(picture: NDArray[np.uint8], board: CharucoBoard) -> Found:
    """All of the board that a grey picture (H, W) shows."""
    small = picture.shape[1] < _SMALL_PX
    found = _found(picture, board, 2 if small else 1)
    if small or 2 * len(found.ids) > len(board.points()):
        return found
    again = _found(picture, board, 2)
    return max(found, again, key=lambda one: len(one.ids))


def _found(picture: NDArray[np.uint8], board: CharucoBoard, scale: int) -> Found:
    ids, rough, markers, marker_ids = _rough(picture, board, scale)
    spots = board.points()[:, :2] / board.square_m
    plane = fit(spots[ids], rough)
    if plane is None:
        return Found(np.zeros(0, np.int64), np.zeros((0, 2)), markers, marker_ids)
    white = (1 - board.marker_m / board.square_m) / 2
    fine = refined(picture, rough, plane.frames, _ACROSS * white)
    lattice = np.full((board.rows - 1, board.columns - 1, 2), np.nan)
    lattice.reshape(-1, 2)[ids] = fine
    sharp = sharpness(picture, lattice)
    near = plane.steps * white >= max(_WHITE_PX, _WHITE_WIDTHS * sharp.width)
    safe = near & inside(picture, fine) & clear(saddles(picture, fine, plane.frames, _QUARTER * white))
    kept = agreeing(spots[ids[safe]], fine[safe])
    order = np.flatnonzero(safe)[kept]
    order = order[np.argsort(ids[order])]
    share = _share(markers, fine, plane)
    return Found(ids[order], fine[order], markers, marker_ids, sharp, int((~near).sum()), int((~kept).sum()), share)


def _share(markers: Points, corners: Points, plane: Fit) -> float:
    """Median edge of a marker, of the squares nearest to it."""
    x, y = np.moveaxis(markers, 2, 0)
    area = np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1)) / 2
    middles = markers.mean(axis=1)
    nearest = np.linalg.norm(middles[:, None] - corners, axis=2).argmin(axis=1)
    return float(np.median(np.sqrt(area / np.abs(np.linalg.det(plane.frames[nearest])))))


def _rough(picture: NDArray[np.uint8], board: CharucoBoard, scale: int) -> tuple[Ids, Points, Points, Ids]:
    """Corners' ids and pixels, markers' pixels and ids, as OpenCV finds them in a picture `scale` times as large."""
    drawn = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC) if scale > 1 else picture
    told: tuple[Any, ...] = _detector(board.model_dump_json()).detectBoard(drawn)  # None or empty where there is none
    corners, ids, markers, marker_ids = told
    found = ids is not None and len(ids) > 0
    read = marker_ids is not None and len(marker_ids) > 0
    return (
        np.asarray(ids if found else [], np.int64).ravel(),
        (np.asarray(corners if found else [], np.float64).reshape(-1, 2) + 0.5) / scale - 0.5,
        (np.asarray(markers if read else [], np.float64).reshape(-1, 4, 2) + 0.5) / scale - 0.5,
        np.asarray(marker_ids if read else [], np.int64).ravel(),
    )


@lru_cache(maxsize=16)
def _detector(board: str) -> cv2.aruco.CharucoDetector:
    """One marker beside a corner is enough, and markers known from the others are tried again: twice the corners."""
    told = cv2.aruco.CharucoParameters()
    told.minMarkers, told.tryRefineMarkers = 1, True
    return cv2.aruco.CharucoDetector(CharucoBoard.model_validate_json(board).opencv(), told)
