from itertools import pairwise

import numpy as np
import pytest

from hardware.clock.hull import exchanges, stamp_two_sided
from hardware.clock.steps import MOST_STEPS, bracket_steps, overheard_steps, steady_runs, stretches
from tests.hardware.clock.test_hull import recording

MS = 10**6


def stepping(seed: int, at: list[int], by_ns: int) -> np.ndarray:
    pings = recording(seed, 30, 1.9)[0]
    order = np.argsort(pings["t_received_ns"], kind="stable")
    pings = pings[order]
    pings["ticks_rx"], pings["ticks_tx"] = (np.maximum.accumulate(pings[c]) for c in ("ticks_rx", "ticks_tx"))
    for index in at:
        pings["ticks_rx"][index:] += by_ns
        pings["ticks_tx"][index:] += by_ns
    return pings


@pytest.mark.parametrize("by_ns", [-(10**14), -40 * MS, 40 * MS, 10**12])
@pytest.mark.parametrize("at", [[], [1], [150], [299], [100, 200], [100, 101, 250]])
def test_runs_are_cut_exactly_at_steps_that_no_round_trip_hides(at: list[int], by_ns: int) -> None:
    for seed in range(5):
        pings = stepping(seed, at, by_ns)
        quick = pings["t_received_ns"] - pings["t_sent_ns"] < 15 * MS
        bounds = [0, *at, len(pings)]
        if all(quick[max(cut - 1, 0) : cut + 2].all() for cut in at):
            assert steady_runs(exchanges(pings)) == list(pairwise(bounds))


@pytest.mark.parametrize("by_ns", [-600_000, 400_000, 2 * MS])
def test_what_may_be_of_either_clock_is_in_no_run(by_ns: int) -> None:
    for seed in range(20):
        pings = stepping(seed, [150], by_ns)
        runs = steady_runs(exchanges(pings))
        assert all(end <= 150 or begin >= 150 for begin, end in runs) or len(runs) == 1
        for begin, end in runs:
            stamp_two_sided(pings[begin:end], pings["ticks_rx"][begin:end])


def test_a_clock_that_will_not_be_still_is_left_whole() -> None:
    pings = stepping(1, list(range(10, 290, 5)), 40 * MS)
    assert steady_runs(exchanges(pings)) == [(0, len(pings))]
    assert (
        len(
            stretches(
                [
                    row
                    for row, _ in bracket_steps(
                        pings["t_sent_ns"], pings["t_received_ns"], np.zeros((len(pings), 1), np.int64)
                    )
                ],
                9,
            )
        )
        == 1
    )


def overheard(by_ns: int, at: int, late: slice | None = None) -> list[tuple[int, int]]:
    ticks = np.arange(1200, dtype=np.int64) * 10 * MS
    arrival = ticks + 5 * MS + np.random.default_rng(0).integers(0, MS, 1200)
    if late is not None:
        arrival[late] = np.maximum(arrival[late], arrival[late.stop - 1])
    ticks[at:] += by_ns
    found = overheard_steps(ticks, arrival, np.diff(ticks) - 10 * MS, 100, MS, fewest=1)
    return [(step.index, step.by_ns) for step in found]


@pytest.mark.parametrize("by_ns", [-(10**13), -20 * MS, -4 * MS, 4 * MS, 10**12])
@pytest.mark.parametrize("at", [1, 60, 600, 1199])
def test_a_step_of_an_overheard_clock_is_found_where_it_is(by_ns: int, at: int) -> None:
    (found,) = overheard(by_ns, at)
    assert found[0] == at
    assert found[1] == pytest.approx(by_ns, abs=MS)


@pytest.mark.parametrize("late", [slice(0, 70), slice(500, 560), slice(1150, 1200)])
def test_lateness_is_no_step(late: slice) -> None:
    assert overheard(0, 600, late) == []


def test_several_steps_are_found_and_too_many_are_none() -> None:
    ticks = np.arange(4000, dtype=np.int64) * 10 * MS
    arrival = ticks + 5 * MS
    few, many = ticks.copy(), ticks.copy()
    for cut in (1000, 1030, 3000):
        few[cut:] += 30 * MS
    for cut in range(300, 3900, 300):
        many[cut:] += 30 * MS
    beat = 10 * MS
    assert [s.index for s in overheard_steps(few, arrival, np.diff(few) - beat, 100, MS, 1)] == [1000, 1030, 3000]
    assert len(range(300, 3900, 300)) > MOST_STEPS
    assert overheard_steps(many, arrival, np.diff(many) - beat, 100, MS, 1) == []


def test_stretches_tile_the_recording() -> None:
    assert stretches([], 5) == [slice(0, 5)]
    assert stretches([0, 3, 3, 5], 5) == [slice(0, 3), slice(3, 5)]
    assert stretches([], 0) == []
