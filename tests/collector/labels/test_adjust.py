"""Steps put right afterwards stay in order, without overlap and inside the take, whatever is done to them."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collector.labels.adjust import (
    LEAST_NS,
    Steps,
    begun,
    borders,
    moved,
    nearest_border,
    next_name,
    removed,
    renamed,
    step_at,
)
from collector.labels.event import Step

S = 1_000_000_000
NAMES = ("reach", "grasp", "place")


def steps(*begins: int, end: int = 10 * S, source: str = "mark") -> Steps:
    ends = [*begins[1:], end]
    names = [*NAMES, *(f"more {n}" for n in range(len(begins)))]
    return tuple(
        Step.model_validate({"name": names[at], "begin_ns": begin, "end_ns": last, "source": source})
        for at, (begin, last) in enumerate(zip(begins, ends, strict=True))
    )


def is_whole(told: Steps, begin: int, end: int) -> bool:
    touching = all(a.end_ns == b.begin_ns for a, b in pairwise(told))
    lasting = all(step.end_ns - step.begin_ns >= LEAST_NS for step in told)
    return touching and lasting and told[0].begin_ns == begin and told[-1].end_ns == end


def test_a_border_moves_to_where_it_is_put_and_only_its_two_steps_count_as_adjusted():
    told = moved(steps(0, 3 * S, 6 * S), 1, 4 * S)
    assert borders(told) == [4 * S, 6 * S]
    assert [step.source for step in told] == ["adjusted", "adjusted", "mark"]


def test_a_border_stops_at_its_neighbours():
    told = moved(steps(0, 3 * S, 6 * S), 1, 9 * S)
    assert borders(told) == [6 * S - LEAST_NS, 6 * S]
    assert borders(moved(told, 2, 0))[1] == 6 * S


def test_where_steps_do_not_touch_only_the_later_one_moves():
    apart = (Step(name="a", begin_ns=0, end_ns=S), Step(name="b", begin_ns=3 * S, end_ns=4 * S))
    told = moved(apart, 1, 2 * S)
    assert (told[0].end_ns, told[1].begin_ns) == (S, 2 * S)
    assert moved(apart, 1, 0)[1].begin_ns == S


def test_removing_a_border_lets_the_step_before_it_last_on():
    told = removed(steps(0, 3 * S, 6 * S), 1)
    assert [(step.name, step.end_ns) for step in told] == [("reach", 6 * S), ("place", 10 * S)]


def test_the_first_border_splits_the_whole_take():
    told = begun((), 4 * S, "grasp", "reach", (0, 10 * S))
    assert [(step.name, step.begin_ns, step.end_ns) for step in told] == [
        ("reach", 0, 4 * S),
        ("grasp", 4 * S, 10 * S),
    ]


def test_no_step_begins_where_one_begins_already_or_outside_the_take():
    given_steps = steps(0, 3 * S)
    assert begun(given_steps, 3 * S + 5, "x", "reach", (0, 10 * S)) == given_steps
    assert begun(given_steps, 11 * S, "x", "reach", (0, 10 * S)) == given_steps
    assert begun((), 0, "x", "reach", (0, 10 * S)) == ()


def test_a_new_step_gets_the_name_that_follows_in_the_tasks_list():
    assert next_name((), NAMES, 2 * S) == "grasp"
    assert next_name(steps(0, 3 * S), NAMES, 4 * S) == "place"
    assert next_name(steps(0, 3 * S, 6 * S), NAMES, 7 * S) == "step 4"
    assert next_name((), (), 0) == "step 2"


def test_a_name_changes_and_the_bounds_stay():
    told = renamed(steps(0, 3 * S), 1, "hold")
    assert told[1].name == "hold"
    assert borders(told) == [3 * S]


def test_an_instant_on_a_border_belongs_to_the_step_that_begins_there():
    assert step_at(steps(0, 3 * S), 3 * S) == 1
    assert step_at(steps(0, 3 * S), 20 * S) is None


def test_the_nearest_border_is_told_by_its_step():
    assert nearest_border(steps(0, 3 * S, 6 * S), 5 * S) == 2
    assert nearest_border(steps(0), 5 * S) is None


instants = st.integers(-S, 11 * S)
acts = st.lists(st.tuples(st.sampled_from(["begin", "move", "remove"]), instants), max_size=20)


@given(acts)
def test_whatever_is_done_steps_cover_the_take_without_gaps(acts: list[tuple[str, int]]):
    told: Steps = ()
    for act, t_ns in acts:
        at = nearest_border(told, t_ns)
        if act == "begin":
            told = begun(told, t_ns, next_name(told, NAMES, t_ns), NAMES[0], (0, 10 * S))
        elif at is not None:
            told = moved(told, at, t_ns) if act == "move" else removed(told, at)
        assert not told or is_whole(told, 0, 10 * S)
