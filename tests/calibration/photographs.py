"""Corners of the board on the photographs left/right 01-09, 11-14 that come with OpenCV's documentation (opencv-doc).

Measured by `calibration.detect` on Debian's package; the photographs themselves are not here, only their hashes.
"""

from pathlib import Path

import numpy as np

from calibration.board import ChessBoard
from calibration.view import View

BOARD = ChessBoard(columns=9, rows=6, square_m=0.025)
SIZE = (640, 480)


def left_views() -> list[View]:
    """The 13 views of the left camera, in the order of their names; left09 and right09 show one pose."""
    return _views("left")


def right_views() -> list[View]:
    """The 13 views of the right camera, of the same instants."""
    return _views("right")


def _views(side: str) -> list[View]:
    ids = np.arange(BOARD.columns * BOARD.rows)
    with np.load(Path(__file__).with_name("opencv_doc.npz")) as told:
        rows = zip(*(told[f"{side}_{part}"] for part in ("names", "corners", "sha256", "blur")), strict=True)
        return [View(str(n), SIZE, ids, corners, str(sha), 0, float(blur)) for n, corners, sha, blur in rows]
