"""A board on paper, at true scale: what is black where, with a ruler that shows whether the printer kept to it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from calibration.board import BoardError, CharucoBoard, ChessBoard

RULER_MM = 100
_MARGIN_MM = 8.0
"""Printers leave so much of a page white."""
_WHITE_MM = 4.0
"""Least white between the board and anything else."""
_FOOT_MM = 24.0
"""For the ruler and the words."""
_TEXT_MM = 3.2

PAPERS = {"a4": (297.0, 210.0), "a3": (420.0, 297.0), "letter": (279.4, 215.9)}
BOARDS = {
    "a4": "charuco:10x7:24mm:18mm:DICT_5X5_100",
    "a3": "charuco:14x9:27mm:20mm:DICT_5X5_100",
    "letter": "charuco:10x7:24mm:18mm:DICT_5X5_100",
}
"""What fits each paper: odd rows are the same before and after OpenCV 4.6, and the white beside markers is 3 mm."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text: the left end of its baseline, its capitals' height, mm."""

    x: float
    y: float
    size: float
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page, mm from its upper left: `black` and then `white` boxes (x, y, width, height) over it, then `words`."""

    width: float
    height: float
    black: tuple[Box, ...]
    white: tuple[Box, ...]
    words: tuple[Words, ...]


def paper(text: str) -> tuple[float, float]:
    """Longer and shorter side, mm, of a4, a3, letter or WxHmm. Raises BoardError."""
    if text.lower() in PAPERS:
        return PAPERS[text.lower()]
    try:
        sides = sorted((float(side) for side in text.lower().removesuffix("mm").split("x")), reverse=True)
    except ValueError:
        sides = []
    if len(sides) != 2 or not all(math.isfinite(side) and 50 <= side <= 5000 for side in sides):
        raise BoardError(f"{text}: no paper; give {', '.join(PAPERS)} or its sides as 600x400mm (50 to 5000)")
    return sides[0], sides[1]


def sheet(board: CharucoBoard | ChessBoard, size: tuple[float, float], called: str = "") -> Sheet:
    """The board on a paper of `size` mm, lying or standing as it fits better; `called`: its short name for the words.

    Raises BoardError where it does not fit.
    """
    columns, rows = squares(board)
    wide, high = (count * board.square_m * 1e3 for count in (columns, rows))
    for width, height in (size, size[::-1]):
        room = height - high - _FOOT_MM - _MARGIN_MM - _WHITE_MM
        if wide + 2 * _MARGIN_MM > width or room < 0 or width < RULER_MM + 2 * _MARGIN_MM:
            continue
        left, top = (width - wide) / 2, _MARGIN_MM + room / 2
        black, white = (tuple((left + x, top + y, w, h) for x, y, w, h in boxes) for boxes in _boxes(board))
        foot = top + high + _WHITE_MM
        ruler = tuple(_ruler(left, foot))
        return Sheet(width, height, (*black, *ruler), white, tuple(_words(board, left, foot, called)))
    need = f"{wide + 2 * _MARGIN_MM:.0f} x {high + _FOOT_MM + _MARGIN_MM + _WHITE_MM:.0f} mm"
    most = (
        1e3
        * board.square_m
        * min((max(size) - 2 * _MARGIN_MM) / wide, (min(size) - _FOOT_MM - _MARGIN_MM - _WHITE_MM) / high)
    )
    raise BoardError(
        f"The board needs {need} with its ruler and margins, the paper has {size[0]:g} x {size[1]:g} mm:"
        f" take squares of {math.floor(most * 10) / 10:g} mm, fewer of them, or a larger --paper"
    )


def squares(board: CharucoBoard | ChessBoard) -> tuple[int, int]:
    """Along x and along y."""
    more = 0 if isinstance(board, CharucoBoard) else 1
    return board.columns + more, board.rows + more


def _boxes(board: CharucoBoard | ChessBoard) -> tuple[list[Box], list[Box]]:
    """Black ones and the white ones upon them, mm from the board's upper left."""
    columns, rows = squares(board)
    edge = board.square_m * 1e3
    light_first = isinstance(board, CharucoBoard) and board.legacy and rows % 2 == 0
    black = [
        (x * edge, y * edge, edge, edge) for y in range(rows) for x in range(columns) if (x + y) % 2 == int(light_first)
    ]
    white: list[Box] = []
    if isinstance(board, CharucoBoard):
        for corner, bits in _markers(board):
            black.append((*corner, board.marker_m * 1e3, board.marker_m * 1e3))
            white.extend(_light(corner, bits, board.marker_m * 1e3 / len(bits)))
    return black, white


def _markers(board: CharucoBoard) -> Iterator[tuple[tuple[float, float], list[list[bool]]]]:
    """Upper left corner of each marker, mm, and its cells, light ones True, with the dark rim."""
    drawn = board.opencv()
    marks = drawn.getDictionary()
    cells = marks.markerSize + 2
    for name, corners in zip(np.ravel(drawn.getIds()), drawn.getObjPoints(), strict=True):
        x, y = (float(side) for side in np.asarray(corners, np.float64)[0, :2] * 1e3)
        picture = cv2.aruco.generateImageMarker(marks, int(name), cells, borderBits=1)
        yield (x, y), (np.asarray(picture) > 127).tolist()


def _light(corner: tuple[float, float], bits: list[list[bool]], cell: float) -> Iterator[Box]:
    """A box for each run of light cells in a row."""
    for y, row in enumerate(bits):
        x = 0
        while x < len(row):
            run = next((n for n, bit in enumerate(row[x:]) if not bit), len(row) - x)
            if run:
                yield corner[0] + x * cell, corner[1] + y * cell, run * cell, cell
            x += run + 1


def _ruler(left: float, top: float) -> Iterator[Box]:
    """A line with a mark each millimetre, 100 mm between the outer edges' middles."""
    line = 0.2
    yield left - line / 2, top, RULER_MM + line, line
    for mm in range(RULER_MM + 1):
        length = 5.0 if mm % 10 == 0 else 3.5 if mm % 5 == 0 else 2.0
        yield left + mm - line / 2, top, line, length


def _words(board: CharucoBoard | ChessBoard, left: float, top: float, called: str) -> Iterator[Words]:
    columns, _ = squares(board)
    edge = board.square_m * 1e3
    yield Words(left + RULER_MM + 2, top + 3.2, 2.4, f"{RULER_MM} mm")
    told = called or f"{board.kind} {board.columns}x{board.rows}, squares of {edge:g} mm"
    for number, text in enumerate(
        (
            f"{told}   |   Print at 100 % (actual size, no fit to page) and glue it to a flat, stiff plate.",
            f"Measure with a caliper: the ruler above is {RULER_MM} mm between its end marks,"
            f" {columns} squares are {columns * edge:g} mm.",
            f"Write the square as measured (in metres; here {board.square_m:g}) into square_m of the description file.",
        )
    ):
        yield Words(left, top + 5 + (number + 1) * (_TEXT_MM + 1.6), _TEXT_MM, text)
