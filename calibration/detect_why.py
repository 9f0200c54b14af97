"""Why no board was found: what to tell the person who holds it."""

from functools import lru_cache
from itertools import product
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.board import CharucoBoard, ChessBoard, DictionaryName
from calibration.detect_charuco import Found, find_charuco

Grey = NDArray[np.uint8]
Points = NDArray[np.float64]
Ids = NDArray[np.int64]

_FAMILIES: tuple[DictionaryName, ...] = ("DICT_4X4_250", "DICT_5X5_250", "DICT_6X6_250", "DICT_APRILTAG_36h11")
"""Each holds the markers of its shorter ones, under the same ids."""
_MARKERS = 6
"""As many tell a board from accidents."""
_CORNERS = 16
_COLUMNS = range(3, 31)
_OFF = 0.15
"""A marker may be so far from its square's middle, squares."""
_WIDEST_PX = 1600


def why_dim(picture: Grey) -> str:
    """What is wrong with the light, or ""."""
    dark, bright = (float(value) for value in np.percentile(picture, (0.5, 99.5)))
    if bright - dark < 12:
        return f"The picture is empty, all of it {_shade((dark + bright) / 2)}: uncap the lens and light the scene."
    if bright < 60:
        return f"The picture is too dark: its brightest is {bright:.0f} of 255; give light or a longer exposure."
    if dark > 190 or float((picture >= 250).mean()) > 0.6:
        return "The picture is too bright: white has run into black; give less light or a shorter exposure."
    return ""


def _shade(value: float) -> str:
    return "black" if value < 40 else "white" if value > 215 else "grey"


def why_no_charuco(picture: Grey, board: CharucoBoard, found: Found, least: int) -> str:
    """What else is there instead of the board, or why it tells too little, or ""."""
    mirrored = find_charuco(np.ascontiguousarray(picture[:, ::-1]), board)
    if len(mirrored.ids) >= max(least, 2 * len(found.ids)):
        return "The board is mirrored: turn off mirroring in the camera, or print the board again as it is."
    if other := _other_board(picture, board, found):
        return other
    if found.far > len(found.ids):
        return "The board is too far: the white beside its markers is too narrow to measure; bring it nearer."
    if len(found.ids) or len(found.marker_ids):
        count = len(found.ids)
        return f"Only {count} corners of the board can be measured, {least} are needed; show more of it, nearer."
    return ""


def _other_board(picture: Grey, board: CharucoBoard, found: Found) -> str:
    scale = min(1.0, _WIDEST_PX / picture.shape[1])
    drawn = picture if scale == 1 else cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    seen = {family: _markers(np.asarray(drawn, np.uint8), family) for family in _FAMILIES}
    family = max(seen, key=lambda one: len(seen[one][1]))
    middles, ids = seen[family]
    if len(ids) < _MARKERS:
        return ""
    if family[:8] != board.dictionary[:8]:
        size = _size(middles, ids)
        like = f"a ChArUco board {size[0]} squares wide, of" if size else "markers of"
        return f"This looks like {like} {family.rsplit('_', 1)[0]}, not {board.dictionary}: check --board."
    size = _size(middles, ids)
    if size and size != (board.columns, _odd(board)) and _share(middles, ids, board.columns, _odd(board)) < 0.8:
        age = "in the pattern of OpenCV since 4.6" if size[1] else "in OpenCV's pattern before 4.6"
        told = age if size[0] == board.columns else f"{size[0]} squares wide"
        return f"This looks like a ChArUco board {told}, not as described: check columns and legacy in --board."
    return ""


def _odd(board: CharucoBoard) -> int:
    """1 where the first square is black, so that markers are in squares of odd x + y."""
    return 0 if board.legacy and board.rows % 2 == 0 else 1


def _markers(picture: Grey, family: DictionaryName) -> tuple[Points, Ids]:
    """Middles (n, 2) px and ids (n,) of markers, each id once."""
    told: tuple[Any, ...] = _reader(family).detectMarkers(picture)
    outlines, names = told[0], told[1]
    if names is None or not len(names):
        return np.zeros((0, 2)), np.zeros(0, np.int64)
    ids, first = np.unique(np.asarray(names, np.int64).ravel(), return_index=True)
    return np.asarray(outlines, np.float64).reshape(-1, 4, 2).mean(axis=1)[first], ids


@lru_cache(maxsize=8)
def _reader(family: DictionaryName) -> cv2.aruco.ArucoDetector:
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, family)))


def _size(middles: Points, ids: Ids) -> tuple[int, int] | None:
    """Columns of the board that has these markers there, and where its first marker is; None where none has."""
    if len(ids) < _MARKERS:
        return None
    shares = {(columns, odd): _share(middles, ids, columns, odd) for columns, odd in product(_COLUMNS, (1, 0))}
    best = max(shares, key=lambda size: shares[size])
    return best if shares[best] > 0.8 else None


def _share(middles: Points, ids: Ids, columns: int, odd: int) -> float:
    """How many of the markers (a share) lie as on a board of so many columns."""
    x, y = np.meshgrid(np.arange(columns), np.arange(2 * int(ids.max()) // columns + 3))
    squares = np.stack([x, y], axis=-1)[(x + y) % 2 == odd][ids].astype(np.float64)
    told: tuple[Any, ...] = cv2.findHomography(middles, squares, cv2.RANSAC, _OFF)
    return 0.0 if told[0] is None else float(np.asarray(told[1], np.float64).mean())


def why_no_chessboard(picture: Grey, board: ChessBoard) -> str:
    """Which other chessboard is there, or ""."""
    flags = cv2.CALIB_CB_LARGER | cv2.CALIB_CB_NORMALIZE_IMAGE
    told: tuple[Any, ...] = cv2.findChessboardCornersSBWithMeta(picture, (3, 3), flags)
    if not told[0]:
        return ""
    columns, rows = sorted(np.asarray(told[2]).shape[:2], reverse=True)
    if columns * rows < _CORNERS or {columns, rows} == {board.columns, board.rows}:
        return ""
    told_size = f"{board.columns}x{board.rows}"
    return (
        f"A chessboard of {columns}x{rows} inner corners is seen, not {told_size}: check --board, and show all of it."
    )
