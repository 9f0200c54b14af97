from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collector.export.plan import runs_without_gap

PERIOD_NS = 16_666_667.0


def _times(steps: list[float]) -> np.ndarray:
    """Instants whose distances are these multiples of the period."""
    return np.round(np.cumsum([0.0, *steps]) * PERIOD_NS).astype(np.int64)


@given(st.lists(st.tuples(st.sampled_from([1.0, 0.98, 1.03, 2.0, 7.0]), st.booleans()), max_size=60))
def test_runs_hold_every_valid_row_once_and_no_gap(rows: list[tuple[float, bool]]) -> None:
    t_ns = _times([step for step, _ in rows])
    valid = np.array([True, *(ok for _, ok in rows)])
    runs = runs_without_gap(t_ns, valid, PERIOD_NS)
    assert np.concatenate(runs).tolist() == np.flatnonzero(valid).tolist()
    for run in runs:
        assert (np.diff(t_ns[run]) <= 1.5 * PERIOD_NS).all()
    for before, after in pairwise(runs):
        assert t_ns[after[0]] - t_ns[before[-1]] > 1.5 * PERIOD_NS


def test_a_trigger_that_never_became_a_row_is_a_gap() -> None:
    runs = runs_without_gap(_times([1, 1, 2, 1]), np.ones(5, np.bool_), PERIOD_NS)
    assert [run.tolist() for run in runs] == [[0, 1, 2], [3, 4]]


def test_invalid_rows_at_the_ends_are_no_gap() -> None:
    valid = np.array([False, True, True, True, False])
    assert [run.tolist() for run in runs_without_gap(_times([1] * 4), valid, PERIOD_NS)] == [[1, 2, 3]]


def test_without_a_valid_row_there_is_no_run() -> None:
    assert runs_without_gap(_times([1, 1]), np.zeros(3, np.bool_), PERIOD_NS) == []
