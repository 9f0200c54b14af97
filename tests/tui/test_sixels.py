"""Sixels draw what they are made of, and the rate of pictures gives way before the recorder does."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from collector.tui.widgets.pace import GOAL, Pace
from collector.tui.widgets.sixel_picture import fitted
from collector.tui.widgets.sixels import sixels

_TOKEN = re.compile(r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|([$-])|(?:!(\d+))?([?-~])")


def drawn(text: str) -> NDArray[np.int16]:
    """What a terminal makes of it (DEC STD 070): (h, w, 3) in hundredths, -1 where nothing was drawn."""
    begin = re.match(r'\x1bP0;1;0q"1;1;(\d+);(\d+)', text)
    assert begin is not None and text.endswith("\x1b\\")
    width, height = int(begin[1]), int(begin[2])
    seen, registers = np.full((height, width, 3), -1, np.int16), dict[int, tuple[int, ...]]()
    at, top, colour, end = 0, 0, 0, begin.end()
    for token in _TOKEN.finditer(text, end, len(text) - 2):
        assert token.start() == end
        end = token.end()
        match token.group(1, 5, 6):
            case (str() as number, _, _):
                registers[int(number)] = tuple(int(token[part]) for part in (2, 3, 4))
            case (_, str() as number, _):
                colour = int(number)
            case (_, _, str() as back):
                at, top = 0, top + (6 if back == "-" else 0)
            case _:
                count, bits = int(token[7] or 1), ord(token[8]) - 63
                for row in (row for row in range(6) if bits >> row & 1):
                    seen[top + row, at : at + count] = registers[colour]
                at += count
                assert at <= width
    assert end == len(text) - 2
    return seen


@given(
    width=st.integers(1, 130), bands=st.integers(1, 5), colours=st.sampled_from([2, 16, 64]),
    shades=st.integers(1, 200), seed=st.integers(0, 1 << 16), over=st.integers(0, 5),
)  # fmt: skip
def test_every_pixel_is_drawn_in_the_colour_of_the_palette(
    width: int, bands: int, colours: int, shades: int, seed: int, over: int
) -> None:
    """Of pictures with long runs and with none; rows beyond the last whole band are left out."""
    fill = np.random.default_rng(seed)
    blocks = fill.integers(0, shades + 1, (6 * bands + over, -(-width // 5), 3), np.uint8)
    rgb = np.repeat(blocks, 5, axis=1)[:, :width]
    kept = np.ascontiguousarray(rgb[: 6 * bands])
    told = np.asarray(Image.fromarray(kept).quantize(colours, method=Image.Quantize.FASTOCTREE).convert("RGB"))
    assert np.array_equal(drawn(sixels(rgb, colours)), (told.astype(np.int16) * 100 + 127) // 255)


@pytest.mark.parametrize(
    ("box", "cell", "size"),
    [((40, 14), (10, 20), (373, 276)), ((120, 14), (10, 20), (373, 276)), ((60, 40), (20, 40), (480, 360))],
)
def test_a_picture_keeps_its_aspect_and_is_no_finer_than_it_is_worth(
    box: tuple[int, int], cell: tuple[int, int], size: tuple[int, int]
) -> None:
    assert fitted(320, 240, *box, cell) == size


def settled(pace: Pace, base: float, each_s: float) -> tuple[float, float]:
    """Share of a core and pictures a second, after a minute of ticks, of a console that takes `base` without them."""
    now, cpu, count = 0.0, 0.0, 0
    for tick in range(600):
        now += 0.1
        cpu += 0.1 * base
        if tick == 300:
            begun, count = cpu, 0
        if pace.due(now, cpu):
            cpu, count = cpu + each_s, count + 1
    return (cpu - begun) / 30.0, count / 30.0


def test_pictures_come_as_often_as_they_may() -> None:
    share, rate = settled(Pace(0.35), base=0.05, each_s=0.01)
    assert share < GOAL
    assert rate == pytest.approx(2.5)


@pytest.mark.parametrize("each_s", [0.05, 0.1, 0.15])
def test_the_costlier_they_are_the_fewer_come(each_s: float) -> None:
    share, rate = settled(Pace(0.35), base=0.06, each_s=each_s)
    assert share < 0.15
    assert rate > 0.4 * (GOAL - 0.06) / each_s


def test_what_is_cheap_is_drawn_each_time_until_that_is_too_much() -> None:
    assert settled(Pace(0.0), base=0.06, each_s=0.002)[1] == pytest.approx(10.0)
    share, rate = settled(Pace(0.0), base=0.06, each_s=0.02)
    assert share < 0.15 and rate > 2.0


def test_they_never_end() -> None:
    _, rate = settled(Pace(0.35), base=0.5, each_s=0.1)
    assert rate == pytest.approx(0.5, rel=0.1)
