"""The scene that an operator is told to set up: every value, pair and combination comes up evenly."""

from collections.abc import Iterable, Mapping
from itertools import combinations, product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.labels.scenes import Scene, coverage, diagonal, next_scene
from collector.labels.task import Choices

FACTORS = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(
    lambda sizes: {f"f{i}": tuple(f"{i}{v}" for v in range(size)) for i, size in enumerate(sizes)}
)

FEW = FACTORS.filter(lambda factors: prod(map(len, factors.values())) <= 40)


def follow(factors: Choices, takes: int, kept: Iterable[Mapping[str, str]] = ()) -> list[Scene]:
    done = [dict(scene) for scene in kept]
    for _ in range(takes):
        done.append(next_scene(factors, done))
    return done


def spread(counts: Iterable[int]) -> int:
    counts = list(counts)
    return max(counts) - min(counts)


@given(FACTORS, st.integers(0, 60))
def test_counts_of_a_factors_values_never_differ_by_more_than_one(factors: Choices, takes: int) -> None:
    table = coverage(factors, follow(factors, takes))
    assert all(spread(counts.values()) <= 1 for counts in table.values())
    assert all(sum(counts.values()) == takes for counts in table.values())


@given(FEW, st.integers(1, 2))
def test_after_whole_rounds_every_value_was_kept_equally_often(factors: Choices, rounds: int) -> None:
    table = coverage(factors, follow(factors, rounds * prod(map(len, factors.values()))))
    assert all(spread(counts.values()) == 0 for counts in table.values())


@pytest.mark.parametrize("sizes", [*product(range(1, 6), repeat=2), *product(range(1, 4), repeat=3)], ids=str)
def test_two_or_three_factors_are_seen_in_every_combination_before_one_comes_twice(sizes: tuple[int, ...]) -> None:
    factors = {f"f{i}": tuple(f"{i}{v}" for v in range(size)) for i, size in enumerate(sizes)}
    assert len({tuple(scene.values()) for scene in follow(factors, prod(sizes))}) == prod(sizes)


def test_of_many_factors_every_pair_of_values_is_seen_early() -> None:
    factors = {name: tuple(f"{name}{v}" for v in range(3)) for name in "abc"}
    scenes = follow(factors, 9)  # of 27
    for one, other in combinations(factors, 2):
        assert len({(scene[one], scene[other]) for scene in scenes}) == 9


@given(FACTORS, st.data())
def test_whatever_was_kept_before_the_counts_come_together_again(factors: Choices, data: st.DataObject) -> None:
    scene = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in factors.items()})
    kept = data.draw(st.lists(scene, max_size=12))
    apart = max(spread(counts.values()) for counts in coverage(factors, kept).values())
    table = coverage(factors, follow(factors, apart * max(map(len, factors.values())), kept))
    assert all(spread(counts.values()) <= 1 for counts in table.values())


@given(FACTORS, st.integers(0, 20))
def test_the_same_takes_lead_to_the_same_scene_in_whatever_order(factors: Choices, takes: int) -> None:
    kept = follow(factors, takes)
    assert next_scene(factors, kept) == next_scene(factors, reversed(kept))


def test_scenes_of_an_older_task_file_count_as_far_as_they_are_known() -> None:
    factors = {"object": ("cube", "ball"), "lighting": ("lamp", "window")}
    older = [{"object": "cube", "lighting": "candle", "table": "oak"}, {"lighting": "lamp"}, {}]
    assert coverage(factors, older) == {"object": {"cube": 1, "ball": 0}, "lighting": {"lamp": 1, "window": 0}}
    assert next_scene(factors, older) == {"object": "ball", "lighting": "window"}


def test_nothing_varies_in_a_task_without_factors() -> None:
    assert next_scene({}, [{"object": "cube"}]) == {}


def test_far_too_many_combinations_are_still_covered_evenly() -> None:
    factors = {name: tuple(f"{name}{v}" for v in range(9)) for name in "abcdef"}  # 531441
    table = coverage(factors, follow(factors, 18))
    assert {count for counts in table.values() for count in counts.values()} == {2}


@given(st.lists(st.lists(st.text("xyz", min_size=1), min_size=1, max_size=4, unique=True), min_size=1, max_size=3))
def test_the_diagonal_has_every_combination_once(lists: list[list[str]]) -> None:
    assert sorted(diagonal(lists)) == sorted(product(*lists))
