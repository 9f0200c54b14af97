import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.arms.control_table import TICK_MODULUS
from hardware.clock.unwrap import (
    DYNAMIXEL_MS,
    FRANKA_MS,
    MICROPYTHON_US,
    PIO_TICKS,
    REALSENSE_US,
    Counters,
    Unwrapper,
    unwrap_array,
)

MS, US = 1_000_000, 1_000
WRAPPING = [(DYNAMIXEL_MS, MS), (REALSENSE_US, US), (MICROPYTHON_US, US), (PIO_TICKS, US), (PIO_TICKS, 8)]
moduli = st.sampled_from([DYNAMIXEL_MS, REALSENSE_US, MICROPYTHON_US])


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


@pytest.mark.parametrize("modulus", [DYNAMIXEL_MS, REALSENSE_US])
def test_a_long_gap_needs_and_follows_the_prediction(modulus: int) -> None:
    one = Unwrapper(modulus)
    assert one.unwrap(5, None) == 5
    assert one.unwrap(7, 3 * modulus + 100.0) == 3 * modulus + 7
    true = np.array([5, 3 * modulus + 7, 9 * modulus - 1])
    assert unwrap_array(true % modulus, modulus, true + 0.4 * modulus).tolist() == true.tolist()


def test_the_servos_tick_wraps_where_their_control_table_says() -> None:
    assert DYNAMIXEL_MS == TICK_MODULUS


def test_the_robots_milliseconds_never_wrap() -> None:
    one = Unwrapper(FRANKA_MS)
    century = 100 * 365 * 86_400_000
    assert [one.unwrap(ms, None) for ms in (0, century, century + 1)] == [0, century, century + 1]


@pytest.mark.parametrize(("modulus", "unit_ns"), WRAPPING)
@given(
    data=st.data(),
    before=st.floats(0, 0.2),
    ppm=st.floats(-150, 150),
    late=st.lists(st.integers(0, 5 * MS), min_size=2, max_size=30),
)
def test_a_wrap_within_the_run_is_followed_at_every_modulus(
    modulus: int, unit_ns: int, data: st.DataObject, before: float, ppm: float, late: list[int]
) -> None:
    """Reads over three turns at gaps of up to 0.45 turns, each up to 5 ms late, by a clock that is off."""
    turn_ns = modulus * unit_ns
    gaps = data.draw(st.lists(st.floats(0.001, 0.45), min_size=len(late), max_size=len(late)))
    t_ns = (np.cumsum(gaps) * turn_ns).astype(np.int64)
    start = int((1 - before) * modulus)
    true = start + (t_ns * (1 + ppm * 1e-6) / unit_ns).astype(np.int64)
    counters = Counters(modulus, unit_ns, tolerance_ns=10 * MS)
    found = [
        counters.unwrap(np.array([t % modulus]), int(at) + delay)[0][0]
        for t, at, delay in zip(true, t_ns, late, strict=True)
    ]
    assert np.diff(found).tolist() == np.diff(true).tolist()
    assert counters.anchors == 0


@pytest.mark.parametrize(("modulus", "unit_ns"), WRAPPING)
def test_a_silence_of_more_than_half_a_turn_is_ambiguous_and_told(modulus: int, unit_ns: int) -> None:
    turn_ns = modulus * unit_ns
    counters = Counters(modulus, unit_ns, tolerance_ns=10 * MS)
    counters.unwrap(np.array([3]), 0)
    at_ns = turn_ns * 51 // 100
    values, anew = counters.unwrap(np.array([3 + at_ns // unit_ns]), at_ns)
    assert anew.tolist() == [True] and counters.anchors == 1
    _, anew = counters.unwrap((values + 1000) % modulus, at_ns + 1000 * unit_ns)
    assert anew.tolist() == [False] and counters.anchors == 1


def test_a_servo_that_restarts_is_told_and_the_others_go_on() -> None:
    counters = Counters(DYNAMIXEL_MS, MS, tolerance_ns=10 * MS)
    counters.unwrap(np.array([32_760, 5]), 0)
    values, anew = counters.unwrap(np.array([0, 105]), 100 * MS)
    assert anew.tolist() == [True, False] and values[1] == 105
    values, anew = counters.unwrap(np.array([100, 205]), 200 * MS)
    assert not anew.any() and counters.anchors == 1


@pytest.mark.parametrize(("modulus", "unit_ns"), [(REALSENSE_US, US), (PIO_TICKS, US)])
def test_a_clock_set_ahead_is_told(modulus: int, unit_ns: int) -> None:
    counters = Counters(modulus, unit_ns, tolerance_ns=10 * MS)
    counters.unwrap(np.array([1000]), 0)
    _, anew = counters.unwrap(np.array([1000 + 500_000 + 16_667]), 16_667_000)
    assert anew.tolist() == [True]
