"""Curves in braille: two by four dots a cell, so that an hour fits a terminal's width. Pure."""

import numpy as np
from numpy.typing import NDArray

# Unicode, Braille Patterns: dots 1, 2, 3, 7 are the left column from above, 4, 5, 6, 8 the right one.
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], np.uint8)
_BLANK = 0x2800

Floats = NDArray[np.float64]
Cells = list[list[tuple[str, int]]]
"""By row and column: the character, and the number of the curve that lies on top, -1 none."""


def span(values: Floats) -> tuple[float, float]:
    """Least and greatest finite value; (0, 0) without any."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)


def curves(at: Floats, values: Floats, begin: float, end: float, columns: int, rows: int) -> Cells:
    """Curves (M, k) over at (M,), from `begin` to `end`, in a box of cells; the last one lies on top.

    All have one scale: the box's height is the span of all that is finite. Where nothing is known nothing is drawn.
    """
    dots = np.zeros((rows * 4, columns * 2), np.uint8)
    owner = np.full((rows, columns), -1, np.int64)
    low, high = span(values)
    place = np.floor((at - begin) / max(end - begin, 1e-9) * (columns * 2 - 1) + 0.5).astype(np.int64)
    for curve in range(values.shape[1]):
        _draw(dots, owner, curve, place, _heights(values[:, curve], low, high, rows * 4))
    cells = (dots.reshape(rows, 4, columns, 2) * _BITS[None, :, None, :]).sum(axis=(1, 3))
    return [
        [(chr(_BLANK + cell) if cell else " ", of) for cell, of in zip(*row, strict=True)]
        for row in zip(cells.tolist(), owner.tolist(), strict=True)
    ]


def _heights(values: Floats, low: float, high: float, dots: int) -> Floats:
    """Dots from above, NaN kept; a curve that never changes lies in the middle."""
    if high - low < 1e-12:
        return np.where(np.isfinite(values), (dots - 1) // 2, np.nan)
    return np.round((high - values) / (high - low) * (dots - 1))


def _draw(dots: NDArray[np.uint8], owner: NDArray[np.int64], curve: int, place: NDArray[np.int64], y: Floats) -> None:
    """In each column of dots from the least to the greatest value there, joined to the sample before if it is known."""
    known = np.flatnonzero(np.isfinite(y) & (place >= 0) & (place < dots.shape[1]))
    if not len(known):
        return
    columns, first = np.unique(place[known], return_index=True)
    before: tuple[int, int, int] | None = None  # column, its last sample and that one's height
    for column, samples in zip(columns.tolist(), np.split(known, first[1:]), strict=True):
        heights = y[samples].astype(np.int64)
        if before is not None and samples[0] == before[1] + 1:
            _join(dots, owner, curve, (before[0], before[2]), (column, int(heights[0])))
        _dot(dots, owner, curve, column, int(heights.min()), int(heights.max()))
        before = column, int(samples[-1]), int(heights[-1])


def _join(
    dots: NDArray[np.uint8], owner: NDArray[np.int64], curve: int, one: tuple[int, int], other: tuple[int, int]
) -> None:
    """A straight line between two (column, height), without its begin."""
    (left, from_), (right, to) = one, other
    last = from_
    for column in range(left + 1, right + 1):
        here = round(from_ + (to - from_) * (column - left) / (right - left))
        _dot(dots, owner, curve, column, min(last, here), max(last, here))
        last = here


def _dot(dots: NDArray[np.uint8], owner: NDArray[np.int64], curve: int, column: int, top: int, bottom: int) -> None:
    dots[top : bottom + 1, column] = 1
    owner[top // 4 : bottom // 4 + 1, column // 2] = curve
