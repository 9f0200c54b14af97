"""A picture as cells of a terminal: two pixels a cell, the upper half block in one colour on the other. Pure."""

from itertools import groupby
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

Pixels = NDArray[np.uint8]  # (h, w, 3) RGB
Depth = Literal["truecolor", "256", "16"]

_HALF: Final = "\N{UPPER HALF BLOCK}"
_STYLES: Final = 32_768  # remembered; a picture has a few hundred
_STEP: Final = 16  # of a channel in true colour: bands hardly show, and finer ones cost a tenth of the console's CPU
_CUBE: Final = np.array([0, 95, 135, 175, 215, 255], np.uint8)  # xterm's 6x6x6 colours, 16..231
_GREYS: Final = np.arange(8, 239, 10, dtype=np.uint8)  # and its greys, 232..255
# The 16 colours as rich tells them apart (rich._palettes.STANDARD_PALETTE); the terminal has its own idea of them.
_DARK, _BRIGHT, _GREY4 = 170, (85, 255), np.array([0, 85, 170, 255], np.uint8)
_BAYER: Final = (np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) + 0.5) / 16 - 0.5
_COLOURFUL: Final = 60  # greatest less least channel above which 16 colours show the hue

_styles: dict[int, Style] = {}


def fit(width: int, height: int, columns: int, rows: int) -> tuple[int, int]:
    """Columns and rows of a picture in a box of cells, its aspect kept: a cell is as high as two are wide."""
    scale = min(columns / width, 2 * rows / height)
    return max(int(width * scale), 1), min(max(round(height * scale / 2), 1), rows)


def shrink(rgb: Pixels, columns: int, rows: int) -> Pixels:
    """(2 * rows, columns, 3): the mean of the pixels that each half cell covers."""
    height, width, _ = rgb.shape
    tops = np.arange(2 * rows) * height // (2 * rows)
    lefts = np.arange(columns) * width // columns
    sums = np.add.reduceat(np.add.reduceat(rgb, tops, axis=0, dtype=np.uint32), lefts, axis=1)
    high, wide = np.maximum(np.diff(tops, append=height), 1), np.maximum(np.diff(lefts, append=width), 1)
    return (sums // (high[:, None] * wide)[..., None]).astype(np.uint8)


def paint(rgb: Pixels, depth: Depth) -> Pixels:
    """The nearest of what the terminal can show: few colours, each exactly one of its own."""
    match depth:
        case "truecolor":
            return np.minimum((rgb.astype(np.uint16) + _STEP // 2) // _STEP * _STEP, 255).astype(np.uint8)
        case "256":
            return _paint_256(rgb)
        case "16":
            return _paint_16(rgb)


def faded(rgb: Pixels, depth: Depth) -> Pixels:
    """A picture of the past: grey, and with little contrast; of four greys it needs all."""
    grey = rgb.mean(axis=2, keepdims=True)
    return np.broadcast_to(grey if depth == "16" else grey * 0.4 + 50, rgb.shape).astype(np.uint8)


def strips(painted: Pixels) -> list[Strip]:
    """One a row of cells; `painted`: (2 * rows, columns, 3)."""
    channels = painted.astype(np.uint32)
    colours = (channels[..., 0] << 16) | (channels[..., 1] << 8) | channels[..., 2]
    pairs = (colours[0::2].astype(np.uint64) << np.uint64(24)) | colours[1::2]
    return [strip(row) for row in pairs.tolist()]


def strip(pairs: list[int]) -> Strip:
    """A row of cells, each as its upper colour << 24 | its lower."""
    return Strip([_segment(pair, len(list(same))) for pair, same in groupby(pairs)], len(pairs))


def _segment(pair: int, cells: int) -> Segment:
    upper, lower = pair >> 24, pair & 0xFFFFFF
    return Segment((" " if upper == lower else _HALF) * cells, _style(pair, upper, lower))


def _style(pair: int, upper: int, lower: int) -> Style:
    """Making one takes far longer than finding it."""
    style = _styles.get(pair)
    if style is None:
        if len(_styles) >= _STYLES:
            _styles.clear()
        style = _styles[pair] = Style.from_color(None if upper == lower else _color(upper), _color(lower))
    return style


def _color(rgb: int) -> Color:
    return Color.from_rgb(rgb >> 16, rgb >> 8 & 255, rgb & 255)


def _paint_256(rgb: Pixels) -> Pixels:
    wide = rgb.astype(np.int16)
    cube = _nearest(wide, _CUBE)
    grey = _nearest(wide.mean(axis=2, keepdims=True), _GREYS)
    greyer = np.abs(wide - grey).sum(axis=2) < np.abs(wide - cube).sum(axis=2)
    return np.where(greyer[..., None], grey, cube).astype(np.uint8)


def _paint_16(rgb: Pixels) -> Pixels:
    """Four greys, dithered; and the hue of what is colourful, bright where it is light."""
    wide = rgb.astype(np.float64)
    high, wide_ = rgb.shape[:2]
    dither = np.tile(_BAYER, (-(-high // 4), -(-wide_ // 4)))[:high, :wide_, None]
    grey = _nearest(wide.mean(axis=2, keepdims=True) + dither * 85, _GREY4)
    most, least = wide.max(axis=2, keepdims=True), wide.min(axis=2, keepdims=True)
    on = wide > (most + least) / 2
    hue = np.where(most > 200, np.where(on, _BRIGHT[1], _BRIGHT[0]), np.where(on, _DARK, 0))
    return np.where(most - least > _COLOURFUL, hue, grey).astype(np.uint8)


def _nearest(values: NDArray[np.floating | np.signedinteger], among: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each value's nearest of ascending ones."""
    middles = (among[1:].astype(np.float64) + among[:-1]) / 2
    return among[np.searchsorted(middles, values)]
