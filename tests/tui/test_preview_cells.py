"""A picture as cells: its aspect, its colours, and what few of them a terminal has."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rich.color import Color, ColorSystem
from rich.style import Style
from textual.strip import Strip

from collector.tui.widgets.preview_cells import Depth, Pixels, faded, fit, paint, shrink, strips

PICTURES = arrays(
    np.uint8, st.tuples(st.integers(1, 6).map(lambda rows: 2 * rows), st.integers(1, 12), st.just(3)), fill=st.nothing()
)
DEPTHS: tuple[Depth, ...] = ("truecolor", "256", "16")
STANDARD = {(0, 0, 0), (85, 85, 85), (170, 170, 170), (255, 255, 255)} | {
    (r, g, b) for low, high in ((0, 170), (85, 255)) for r in (low, high) for g in (low, high) for b in (low, high)
}


def drawn(strip: Strip) -> list[tuple[Color, Color]]:
    """Upper and lower colour of each cell, as the terminal shows them."""
    cells: list[tuple[Color, Color]] = []
    for segment in strip:
        style = segment.style or Style()
        assert style.bgcolor is not None
        upper = style.color if segment.text[0] == "▀" else style.bgcolor
        assert upper is not None
        cells += [(upper, style.bgcolor)] * len(segment.text)
    return cells


@given(st.integers(1, 640), st.integers(1, 640), st.integers(1, 200), st.integers(1, 60))
def test_a_picture_fits_and_keeps_its_aspect_to_a_cell(width: int, height: int, columns: int, rows: int) -> None:
    wide, high = fit(width, height, columns, rows)
    assert 1 <= wide <= columns
    assert 1 <= high <= rows
    assert wide == columns or high == rows or min(wide, high) == 1
    if wide > 1 and high > 1:
        assert abs(2 * high - wide * height / width) <= 1 + 2 * height / width


@settings(max_examples=30)
@given(PICTURES, st.integers(1, 20), st.integers(1, 10))
def test_a_shrunk_picture_is_made_of_means(rgb: Pixels, columns: int, rows: int) -> None:
    small = shrink(rgb, columns, rows)
    assert small.shape == (2 * rows, columns, 3)
    assert (small >= rgb.min(axis=(0, 1))).all()
    assert (small <= rgb.max(axis=(0, 1))).all()


def test_every_pixel_counts() -> None:
    rgb = np.zeros((4, 4, 3), np.uint8)
    rgb[0, 1] = 100
    assert shrink(rgb, 2, 1)[..., 0].tolist() == [[25, 0], [0, 0]]


@settings(max_examples=30)
@given(PICTURES)
def test_the_cells_show_the_painted_picture(rgb: Pixels) -> None:
    painted = paint(rgb, "truecolor")
    assert np.abs(painted.astype(int) - rgb).max() <= 8
    for row, strip in enumerate(strips(painted)):
        assert strip.cell_length == rgb.shape[1] == sum(len(segment.text) for segment in strip)
        for column, pair in enumerate(drawn(strip)):
            for half, color in enumerate(pair):
                assert color.get_truecolor() == tuple(painted[2 * row + half, column])


@pytest.mark.parametrize("depth", DEPTHS)
def test_equal_neighbours_are_one_piece_of_output(depth: Depth) -> None:
    grey = np.full((4, 30, 3), 255, np.uint8)
    assert [len(list(strip)) for strip in strips(paint(grey, depth))] == [1, 1]


@settings(max_examples=30)
@given(PICTURES)
def test_sixteen_colours_are_exactly_those_of_the_terminal(rgb: Pixels) -> None:
    painted = paint(rgb, "16")
    assert {tuple(pixel) for pixel in painted.reshape(-1, 3).tolist()} <= STANDARD


@pytest.mark.parametrize(
    ("rgb", "number"),
    [
        ((0, 0, 0), 0), ((200, 30, 20), 1), ((255, 20, 20), 9), ((20, 180, 40), 2), ((30, 60, 190), 4),
        ((255, 255, 255), 15),
    ],
)  # fmt: skip
def test_sixteen_colours_keep_the_hue_of_what_is_colourful(rgb: tuple[int, int, int], number: int) -> None:
    painted = paint(np.full((2, 1, 3), rgb, np.uint8), "16")
    color = drawn(strips(painted)[0])[0][0].downgrade(ColorSystem.STANDARD)
    assert color.number == number


def test_sixteen_colours_show_a_grey_ramp_by_dithering() -> None:
    ramp = np.repeat(np.linspace(0, 255, 64).astype(np.uint8)[None, :, None], 8, axis=0).repeat(3, axis=2)
    shown = paint(ramp, "16").mean(axis=(0, 2)).reshape(8, 8).mean(axis=1)
    assert (np.diff(shown) > 0).all()
    assert np.abs(shown - ramp.mean(axis=(0, 2)).reshape(8, 8).mean(axis=1)).max() < 25


@settings(max_examples=30)
@given(PICTURES)
def test_two_hundred_and_fifty_six_colours_are_never_far_off(rgb: Pixels) -> None:
    painted = paint(rgb, "256")
    assert np.abs(painted.astype(int) - rgb).max() <= 88
    assert (paint(painted, "256") == painted).all()


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_picture_of_the_past_is_grey(depth: Depth) -> None:
    rgb = np.zeros((2, 2, 3), np.uint8)
    rgb[0, 0] = (250, 10, 10)
    past = faded(rgb, depth)
    assert (past[..., 0] == past[..., 2]).all()
    assert past[0, 0, 0] > past[1, 1, 0]
