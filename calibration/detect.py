"""Finds a board in a picture, or says in one sentence why not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.board import CharucoBoard, ChessBoard
from calibration.detect_charuco import find_charuco
from calibration.detect_chessboard import find_chessboard
from calibration.detect_edges import Sharpness, grey, picture_sharpness, sharpness
from calibration.detect_plane import in_line
from calibration.detect_why import why_dim, why_no_charuco, why_no_chessboard
from calibration.view import View

CORNERS = 8
"""Least number of a ChArUco board's corners that make a view."""
BLUR_PX = 5.0
"""Widest edges that are taken: a corner of blurred edges is right on average, and its noise grows with them."""
MOTION = 1.8
"""Edges so much wider one way than the other are smeared by motion."""
_UNREADABLE = 0.75
_DOUBT = 0.25
"""Share of corners that disagree with the others from which it is another board."""
_MARKER = 0.12
"""How far the size of markers may be from what is described: their outlines are seen to a pixel or so."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A picture that tells nothing. `reason`: one sentence with what to do."""

    reason: str


def detect(
    picture: NDArray[np.uint8], board: CharucoBoard | ChessBoard, name: str = "", t_ns: int = 0, sha256: str = ""
) -> View | Unseen:
    """The board's corners in a picture (H, W) or (H, W, 3) RGB; `name`, `t_ns` and `sha256` are the view's.

    Never raises: whatever is wrong with the picture is the reason.
    """
    if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or picture.shape[2:] not in ((), (3,)):
        return Unseen(f"This is no picture of 8 bits, grey or RGB, but {picture.dtype} {picture.shape}; convert it.")
    if min(picture.shape[:2]) < 32:
        return Unseen("The picture is smaller than 32 pixels; give the camera's own.")
    seen = grey(picture)
    found = _charuco(seen, board) if isinstance(board, CharucoBoard) else _chessboard(seen, board)
    if isinstance(found, str):
        return Unseen(found)
    ids, corners, sharp = found
    if reason := _blurred(sharp):
        return Unseen(reason)
    return View(name, (seen.shape[1], seen.shape[0]), ids, corners, sha256, t_ns, sharp.width)


_Corners = tuple[NDArray[np.int64], NDArray[np.float64], Sharpness]


def _charuco(picture: NDArray[np.uint8], board: CharucoBoard) -> _Corners | str:
    found = find_charuco(picture, board)
    spots = board.points()[found.ids, :2] / board.square_m
    doubtful = found.refused > max(2, _DOUBT * len(found.ids))
    if len(found.ids) < CORNERS or in_line(spots) or doubtful:
        none = "No board is in the picture, or it is too far to read; hold it nearer, and check what --board says."
        return why_dim(picture) or why_no_charuco(picture, board, found, CORNERS) or _smeared(picture) or none
    told = board.marker_m / board.square_m
    if abs(found.marker_share / told - 1) > _MARKER:
        return f"Markers are {found.marker_share:.2f} of a square, --board says {told:.2f}: check its marker_m."
    return found.ids, found.corners, found.sharpness


def _chessboard(picture: NDArray[np.uint8], board: ChessBoard) -> _Corners | str:
    lattice = find_chessboard(picture, board)
    if lattice is None:
        none = "No whole chessboard is in the picture; hold all of it into view, with the white rim around it."
        return why_dim(picture) or why_no_chessboard(picture, board) or _smeared(picture) or none
    return np.arange(board.columns * board.rows), lattice.reshape(-1, 2), sharpness(picture, lattice)


def _smeared(picture: NDArray[np.uint8]) -> str:
    """Markers cannot be read through a blur in which corners could still be measured."""
    return _blurred(picture_sharpness(picture), _UNREADABLE * BLUR_PX)


def _blurred(sharp: Sharpness, allowed: float = BLUR_PX) -> str:
    wide, narrow = max(sharp.along_x, sharp.along_y), min(sharp.along_x, sharp.along_y)
    if wide <= allowed:
        return ""
    if narrow > 0 and wide > MOTION * narrow:
        return f"The board moved: edges are {wide:.0f} px wide one way, {narrow:.0f} the other; hold it still."
    return f"The picture is blurred: edges are {wide:.0f} px wide; hold the board still, or focus the camera."
