"""Pictures as sixels (DEC STD 070, chapter 14): six rows of pixels a band, each of its colours a pass of bytes. Pure.

A console draws pictures many times a second beside a recorder: all bands are packed and run-length coded at once by
numpy, which takes a quarter of the time of going through them one by one.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from collector.tui.widgets.preview_cells import Pixels

BAND: Final = 6
"""Rows of pixels in one."""

_EMPTY: Final = 63  # "?", a byte of six pixels that stay as they are
_FEW: Final = 3  # a run that is not longer is written out
_WIDEST: Final = 999  # px: run lengths of three digits

Runs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]
"""Of equal bytes: how long, of which pass, which byte."""


def sixels(rgb: Pixels, colours: int) -> str:
    """The escape sequence that draws it: (h, w, 3), w up to 999; rows beyond a multiple of six are left out."""
    height, width = rgb.shape[0] // BAND * BAND, min(rgb.shape[1], _WIDEST)
    picture = Image.fromarray(np.ascontiguousarray(rgb[:height, :width])).quantize(
        colours, method=Image.Quantize.FASTOCTREE
    )
    palette = np.array(picture.getpalette(), np.uint16).reshape(-1, 3)
    passes, places = _passes(np.asarray(picture), len(palette))
    registers = "".join(f"#{at};2;{r};{g};{b}" for at, (r, g, b) in enumerate(((palette * 100 + 127) // 255).tolist()))
    return f'\x1bP0;1;0q"1;1;{width};{height}{registers}{_written(passes, places, len(palette))}\x1b\\'


def _passes(indices: NDArray[np.uint8], colours: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """(n, w) bytes of each colour of each band, those without a pixel left out; (n,) band * colours + colour."""
    width = int(indices.shape[1])
    rows: NDArray[np.int64] = indices.reshape(-1, BAND, width).astype(np.int64)
    bands = len(rows)
    bits = np.zeros(bands * colours * width, np.uint8)
    corner = np.add.outer(np.arange(0, len(bits), colours * width), np.arange(width))
    for row in range(BAND):  # one colour a pixel: no byte is met twice in a row
        bits[corner + rows[:, row] * width] |= 1 << row
    table = bits.reshape(-1, width)
    places = np.flatnonzero(table.any(axis=1))
    return table[places], places


def _written(passes: NDArray[np.uint8], places: NDArray[np.int64], colours: int) -> str:
    """Each pass after its colour; $ goes back to the band's begin, - to the next band."""
    coded, ends = _coded(_runs(passes), len(passes))
    parts: list[str] = []
    begin = band = 0
    for place, end in zip(places.tolist(), ends.tolist(), strict=True):
        there, colour = divmod(place, colours)
        parts.append(f"{'-' * (there - band) or '$'}#{colour}{coded[begin:end]}")
        begin, band = end, there
    return "".join(parts)


def _runs(passes: NDArray[np.uint8]) -> Runs:
    """None goes on from one pass to the next; what is empty at a pass's end is left out."""
    begins = np.ones(passes.shape, np.bool_)
    np.not_equal(passes[:, 1:], passes[:, :-1], out=begins[:, 1:])
    at = np.flatnonzero(begins)
    lengths, of, values = np.diff(at, append=passes.size), at // passes.shape[1], passes.reshape(-1)[at]
    last = np.append(of[1:] != of[:-1], True)
    kept = ~(last & (values == 0))
    return lengths[kept], of[kept], values[kept]


def _coded(runs: Runs, passes: int) -> tuple[str, NDArray[np.int64]]:
    """All runs one after the other, `!12~` or `~~`; and where each pass ends."""
    lengths, of, values = runs
    text = np.zeros((len(lengths), 5), np.uint8)  # "!", three digits, the byte; 0: nothing
    sixel, few = values + _EMPTY, lengths <= _FEW
    for column in range(_FEW):
        text[:, column] = np.where(few & (column < lengths), sixel, 0)
    many, count = ~few, lengths[~few]
    text[many, 0] = ord("!")
    text[many, 1] = np.where(count >= 100, ord("0") + count // 100, 0)
    text[many, 2] = np.where(count >= 10, ord("0") + count // 10 % 10, 0)
    text[many, 3] = ord("0") + count % 10
    text[many, 4] = sixel[many]
    there = text != 0
    sizes = np.bincount(of, there.sum(axis=1), minlength=passes).astype(np.int64)
    return text[there].tobytes().decode("ascii"), np.cumsum(sizes)
