"""The logarithmic search gives what the whole table of facts gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.clock.facts import AGEING, RATE_LIMIT, ClockStepError, Facts, reach

instants = st.lists(st.integers(0, 60_000), min_size=1, max_size=40, unique=True)
rooms = st.floats(0, 1e5)


def facts_about(rng: np.random.Generator, at: list[int], room: float) -> tuple[Facts, Facts, np.ndarray, np.ndarray]:
    """Upper and lower facts of a clock with a rate that changes by half of AGEING; (2, n) each: x, v."""
    x = np.sort(np.array(at)) * 1e-3
    y = rng.uniform(-1e5, 1e5) * x + AGEING / 4 * x**2
    high, low = (np.stack([x, y + sign * rng.exponential(room + 1, len(x))]) for sign in (1, -1))
    upper, lower = Facts(), Facts()
    for a, v in high.T.tolist():
        upper.add(a, v)
    for a, v in low.T.tolist():
        lower.add(a, -v)
    return lower, upper, low, high


def by_the_table(low: np.ndarray, high: np.ndarray, x: float) -> tuple[float, float, float, float]:
    """low, high, slopes at x from every pair of a lower and an upper fact."""
    a, b = low[0] - x, high[0] - x
    bottom, top = low[1] - AGEING / 2 * a**2, high[1] + AGEING / 2 * b**2
    run, rise = b[None, :] - a[:, None], top[None, :] - bottom[:, None]
    steepest = (rise[run > 0] / run[run > 0]).min(initial=RATE_LIMIT)
    shallowest = (rise[run < 0] / run[run < 0]).max(initial=-RATE_LIMIT)
    return (bottom - shallowest * a).max(), (top - steepest * b).min(), shallowest, steepest


@given(st.integers(0, 2**31), instants, rooms, st.floats(0, 10))
def test_reach_is_what_all_pairs_of_facts_imply(seed: int, at: list[int], room: float, later: float) -> None:
    lower, upper, low, high = facts_about(np.random.default_rng(seed), at, room)
    x = max(at) * 1e-3 + later
    found = reach(lower, upper, x)
    expected = by_the_table(low, high, x)
    assert np.allclose((found.low, found.high, found.slope_low, found.slope_high), expected, rtol=1e-6, atol=1e-2)


@given(st.integers(0, 2**31), instants, rooms)
def test_the_clock_run_backwards_has_the_same_facts(seed: int, at: list[int], room: float) -> None:
    lower, upper, low, high = facts_about(np.random.default_rng(seed), at, room)
    found = reach(lower.mirrored(), upper.mirrored(), -min(at) * 1e-3)
    expected = by_the_table(low * [[-1], [1]], high * [[-1], [1]], -min(at) * 1e-3)
    assert np.allclose((found.low, found.high, found.slope_low, found.slope_high), expected, rtol=1e-6, atol=1e-2)


@given(st.integers(0, 2**31), instants, rooms, st.floats(0, 60))
def test_forgetting_only_ever_loosens(seed: int, at: list[int], room: float, before: float) -> None:
    lower, upper, _, _ = facts_about(np.random.default_rng(seed), at, room)
    x = max(at) * 1e-3
    whole = reach(lower, upper, x)
    lower.forget(before)
    upper.forget(before)
    rest = reach(lower, upper, x)
    assert rest.low <= whole.low + 1e-3 and rest.high >= whole.high - 1e-3
    assert rest.slope_low <= whole.slope_low + 1e-3 and rest.slope_high >= whole.slope_high - 1e-3


@given(st.integers(0, 2**31), instants, rooms, st.floats(0, 1))
def test_between_facts_the_bound_is_their_chord_loosened(seed: int, at: list[int], room: float, share: float) -> None:
    _, upper, _, high = facts_about(np.random.default_rng(seed), at, room)
    x = high[0][0] + share * (high[0][-1] - high[0][0])
    xs, lifted = upper.hull()
    assert upper.at(x) == pytest.approx(float(np.interp(x, xs, lifted)) - AGEING / 2 * x * x, abs=1e-3)


@given(st.integers(0, 2**31), st.lists(st.integers(0, 5_000), min_size=2, max_size=40))
def test_facts_out_of_order_stay_true(seed: int, at: list[int]) -> None:
    rng = np.random.default_rng(seed)
    slope = rng.uniform(-RATE_LIMIT, RATE_LIMIT)
    lower, upper = Facts(), Facts()
    for x in (np.array(at) * 1e-3).tolist():
        upper.add(x, slope * x + 100)
        lower.add(x, -(slope * x - 100))
    x = max(at) * 1e-3
    found = reach(lower, upper, x)
    assert found.low <= slope * x <= found.high


def test_a_clock_that_nobody_can_be_is_refused() -> None:
    lower, upper = Facts(), Facts()
    for x in range(100):
        upper.add(x, 500.0)
        lower.add(x, 500.0)
    reach(lower, upper, 99.0)
    lower.add(100, -1_000_000.0)
    upper.add(100, 1_001_000.0)
    with pytest.raises(ClockStepError):
        reach(lower, upper, 100.0)


def test_a_minute_of_even_delays_keeps_every_corner_and_forgets_them_again() -> None:
    """The worst case: nothing can be thinned, as each fact says the same."""
    facts = Facts()
    for n in range(5000):
        facts.add(n / 10, 0.0)
        facts.forget(n / 10 - 60)
    assert len(facts) in (601, 602)
    assert len(facts.hull()[0]) == len(facts)
