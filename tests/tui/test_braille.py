"""Curves in a terminal: nothing is drawn where nothing was measured, and every peak is seen."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collector.tui.widgets.braille import Cells, curves, span


def drawn(cells: Cells) -> list[str]:
    return ["".join(text for text, _ in row) for row in cells]


def line(values: list[float], columns: int = 10, rows: int = 2) -> list[str]:
    at = np.arange(len(values), dtype=np.float64)
    return drawn(curves(at, np.array(values)[:, None], 0.0, float(len(values) - 1), columns, rows))


def test_a_line_that_rises_goes_from_the_lower_left_to_the_upper_right():
    told = line([0.0, 1.0])
    assert told[1][0] != " " and told[0][-1] != " "
    assert told[0][0] == " " and told[1][-1] == " "


def test_a_curve_that_never_changes_lies_in_the_middle():
    assert line([3.0, 3.0, 3.0], rows=1) == ["⠒" * 10]


def test_what_was_not_measured_is_a_gap():
    values = np.concatenate([np.zeros(50), np.full(50, np.nan), np.zeros(50)])
    told = line(values.tolist(), columns=30, rows=1)[0]
    assert told[:9].strip() and told[-9:].strip()
    assert told[11:19] == " " * 8


def test_a_peak_of_one_sample_in_a_thousand_is_seen():
    values = np.zeros(1000)
    values[500] = 1.0
    top, *_ = line(values.tolist(), columns=20, rows=3)
    assert top.strip()


def test_the_curve_on_top_gives_a_cell_its_colour():
    at, values = np.array([0.0, 1.0]), np.array([[0.0, 0.0], [0.0, 0.0]])
    assert {of for _, of in curves(at, values, 0.0, 1.0, 4, 1)[0]} == {1}


def test_of_nothing_nothing_is_drawn():
    assert line([np.nan, np.nan], columns=3, rows=1) == ["   "]
    assert drawn(curves(np.zeros(0), np.zeros((0, 2)), 0.0, 0.0, 3, 1)) == ["   "]
    assert span(np.array([np.nan])) == (0.0, 0.0)


@given(
    st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1, max_size=60),
    st.integers(1, 30), st.integers(1, 6),
)  # fmt: skip
def test_whatever_the_values_the_box_is_filled_and_every_known_curve_is_seen(
    values: list[float], columns: int, rows: int
):
    told = line(values, columns, rows)
    assert [len(row) for row in told] == [columns] * rows
    assert any(row.strip() for row in told) == any(np.isfinite(values))
