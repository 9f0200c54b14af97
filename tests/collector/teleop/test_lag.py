from hypothesis import given
from hypothesis import strategies as st

from collector.teleop.lag import BIN_NS, LagHistogram

MS = 1_000_000


def test_without_any_it_says_zero():
    assert LagHistogram().percentile_ns(95.0) == LagHistogram().max_ns == 0


@given(st.lists(st.integers(0, 190 * MS), min_size=1, max_size=200), st.sampled_from([50.0, 95.0, 100.0]))
def test_percentiles_are_right_to_a_bin(lags: list[int], percent: float):
    histogram = LagHistogram()
    for lag in lags:
        histogram.add(lag)
    rank = max(-(-len(lags) * int(percent) // 100), 1)
    true = sorted(lags)[rank - 1]
    assert true <= histogram.percentile_ns(percent) < true + BIN_NS
    assert histogram.max_ns == max(lags)


def test_what_is_off_the_scale_is_still_counted():
    histogram = LagHistogram()
    histogram.add(5_000 * MS)
    histogram.add(-3)
    assert histogram.max_ns == 5_000 * MS
    assert histogram.percentile_ns(50.0) == 0 and histogram.percentile_ns(95.0) == 200 * MS
