import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.arms.control_table import TICK_MODULUS, TICK_NS
from hardware.clock.unwrap import REALSENSE_US, Counters, Unwrapper, unwrap_array

MS, US = 1_000_000, 1_000
moduli = st.sampled_from([TICK_MODULUS, 2**30, REALSENSE_US])


@given(moduli, st.integers(0, 2**50), st.floats(-0.49, 0.49))
def test_a_prediction_within_half_a_turn_finds_the_value(modulus: int, true: int, off: float) -> None:
    assert Unwrapper(modulus).unwrap(true % modulus, true + off * modulus) == true


@given(moduli, st.integers(0, 2**40), st.lists(st.floats(-0.4, 0.49), min_size=1, max_size=50))
def test_without_prediction_gaps_and_disorder_below_half_a_turn_are_followed(
    modulus: int, start: int, steps: list[float]
) -> None:
    true = np.cumsum([start % modulus, *(int(s * modulus) for s in steps)])
    one = Unwrapper(modulus)
    assert [one.unwrap(int(t) % modulus, None) for t in true] == true.tolist()


@pytest.mark.parametrize("modulus", [TICK_MODULUS, REALSENSE_US])
def test_a_long_gap_needs_and_follows_the_prediction(modulus: int) -> None:
    one = Unwrapper(modulus)
    assert one.unwrap(5, None) == 5
    assert one.unwrap(7, 3 * modulus + 100.0) == 3 * modulus + 7
    true = np.array([5, 3 * modulus + 7, 9 * modulus - 1])
    assert unwrap_array(true % modulus, modulus, true + 0.4 * modulus).tolist() == true.tolist()


@pytest.mark.parametrize(("modulus", "unit_ns"), [(TICK_MODULUS, TICK_NS), (REALSENSE_US, US)])
@given(
    before=st.floats(0, 0.2),
    ppm=st.floats(-150, 150),
    gaps=st.lists(st.floats(0.001, 20.0), min_size=2, max_size=30),
    late=st.lists(st.integers(0, 800 * MS), min_size=30, max_size=30),
)
def test_counters_are_followed_over_wraps_and_gaps_of_many_turns(
    modulus: int, unit_ns: int, before: float, ppm: float, gaps: list[float], late: list[int]
) -> None:
    """Two clocks that are off, each read up to 0.8 s late, after silences of up to twenty turns."""
    t_ns = (np.cumsum(gaps) * modulus * unit_ns).astype(np.int64)
    first = (t_ns * (1 + ppm * 1e-6) / unit_ns).astype(np.int64) + int((1 - before) * modulus)
    true = np.stack([first, first // 7 * 7 + 3], axis=1)
    counters = Counters(modulus, unit_ns)
    found = [counters.unwrap(row % modulus, int(at) + delay) for row, at, delay in zip(true, t_ns, late, strict=False)]
    assert np.diff(found, axis=0).tolist() == np.diff(true, axis=0).tolist()


def test_a_servo_that_restarts_leaves_the_others_alone() -> None:
    counters = Counters(TICK_MODULUS, TICK_NS)
    counters.unwrap(np.array([30_000, 5]), 0)
    restarted, going_on = counters.unwrap(np.array([0, 105]), 100 * MS)
    assert (restarted, going_on) == (TICK_MODULUS, 105)
    assert counters.unwrap(np.array([100, 205]), 200 * MS).tolist() == [TICK_MODULUS + 100, 205]
