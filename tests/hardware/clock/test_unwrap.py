import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.arms.control_table import TICK_MODULUS
from hardware.clock.unwrap import REALSENSE_US, Unwrapper, unwrap_array

moduli = st.sampled_from([TICK_MODULUS, REALSENSE_US, 2**30])


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
