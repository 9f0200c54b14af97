"""From keys pressed while a take runs to the steps of its task."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collector.labels.spans import Mark, next_step, steps_of

STEPS = ("reach", "grasp", "lift", "place")


def spans(*marks: tuple[str, int], steps: tuple[str, ...] = STEPS) -> list[tuple[str, int, int]]:
    made = steps_of(steps, [Mark(str(i), *mark) for i, mark in enumerate(marks)], 100, 900)
    return [(step.name, step.begin_ns, step.end_ns) for step in made]


def test_the_first_step_begins_with_the_take_and_each_mark_begins_the_next() -> None:
    assert spans(("grasp", 300), ("lift", 500), ("place", 700)) == [
        ("reach", 100, 300), ("grasp", 300, 500), ("lift", 500, 700), ("place", 700, 900),
    ]  # fmt: skip


def test_without_marks_nobody_said_anything() -> None:
    assert spans() == []


def test_a_mark_may_begin_the_first_step_or_one_that_the_task_does_not_list() -> None:
    assert spans(("reach", 300)) == [("reach", 300, 900)]
    assert spans(("wipe", 300), steps=()) == [("wipe", 300, 900)]


def test_marks_are_ordered_by_their_instants_not_by_their_coming() -> None:
    assert spans(("lift", 500), ("grasp", 300)) == [("reach", 100, 300), ("grasp", 300, 500), ("lift", 500, 900)]


def test_a_key_pressed_before_the_first_picture_or_after_the_last_is_of_that_picture() -> None:
    assert spans(("grasp", 50), ("lift", 950)) == [("reach", 100, 100), ("grasp", 100, 900), ("lift", 900, 900)]


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 1000)), min_size=1, max_size=8))
def test_steps_follow_each_other_without_gaps_to_the_end_of_the_take(marks: list[tuple[str, int]]) -> None:
    made = spans(*marks)
    assert {name for name, _ in marks} <= {name for name, _, _ in made}
    assert all(before[2] == after[1] for before, after in pairwise(made))
    assert all(100 <= begin <= end <= 900 for _, begin, end in made)
    assert made[-1][2] == 900


def test_the_next_step_is_the_first_that_has_not_begun() -> None:
    def after(*names: str, steps: tuple[str, ...] = STEPS) -> str:
        return next_step(steps, [Mark("", name, 0) for name in names])

    assert [after(), after("grasp"), after("grasp", "lift"), after("grasp", "lift", "place")] == [
        "grasp", "lift", "place", "",
    ]  # fmt: skip
    assert after("lift") == "grasp"
    assert (after(steps=("wipe",)), after(steps=())) == ("wipe", "")
