from hypothesis import given
from hypothesis import strategies as st

from collector.teleop.pace import Pace

MS = 1_000_000


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(-300_000, 300_000)), min_size=2, max_size=200))
def test_the_beat_is_even_however_the_stamps_jump(cycles: list[tuple[int, int]]) -> None:
    pace, ticks, last = Pace(), 0, 0
    for step, jump in cycles:
        ticks += step * MS
        now = pace.at(ticks, 5_000_000_000 + ticks + jump)
        if last:
            assert abs(now - last - step * MS) <= step * 100 + 1
        last = now


@given(st.integers(-40_000, 40_000), st.floats(-50e-6, 50e-6))
def test_it_finds_the_stamps(jump: int, rate: float) -> None:
    pace, stamp, now = Pace(), 0, 0
    for cycle in range(1, 1000):
        stamp = 5_000_000_000 + round(cycle * MS * (1 + rate)) + (jump if cycle == 1 else 0)
        now = pace.at(cycle * MS, stamp)
    assert abs(now - stamp) <= 1


def test_a_robot_that_counts_anew_is_met_where_its_stamp_is() -> None:
    pace = Pace()
    pace.at(9_000 * MS, 5_000_000_000)
    assert pace.at(1 * MS, 5_100_000_000) == 5_100_000_000
