"""Nothing that was said is overwritten, everything can be taken back, and taking back can be taken back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from collector.labels.event import LabelEvent, LabelSet, fold, said, taken_back, undone
from tests.collector.labels.saying import UUID, label, undo

BASE = {"instruction": "pick up the cube", "score": 1}

FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "score": st.none() | st.integers(1, 5),
        "outcome": st.none() | st.sampled_from(["success", "failure"]),
        "tags": st.none() | st.lists(st.sampled_from(["red", "bright"])),
    },
)


@st.composite
def sayings(draw: st.DrawFn) -> list[LabelEvent]:
    """Labels, and undos of labels and of undos, in the order in which they were given."""
    given: list[LabelEvent] = []
    for number in range(draw(st.integers(0, 8))):
        back = draw(st.none() | st.integers(0, number - 1)) if number else None
        given.append(label(number, **draw(FIELDS)) if back is None else undo(number, given[back]))
    return given


def counts(event: LabelEvent, events: list[LabelEvent]) -> bool:
    """By what undo means: no undo of it counts."""
    return not any(other.undoes == event.id and counts(other, events) for other in events)


@given(sayings())
def test_the_labels_are_those_of_what_counts_in_order(events: list[LabelEvent]) -> None:
    expected = dict(BASE)
    for event in events:
        for name, value in event.set.given().items() if counts(event, events) else ():
            expected |= {name: value} if value is not None else {name: BASE.get(name)}
    expected = {name: value for name, value in expected.items() if value is not None}
    assert fold(BASE, events) == expected
    assert undone(events) == {event.id for event in events if not counts(event, events)}


@given(sayings(), FIELDS)
def test_saying_and_taking_back_changes_nothing_and_taking_that_back_says_it_again(
    events: list[LabelEvent], fields: dict[str, object]
) -> None:
    last = label(100, **fields)
    back = undo(101, last)
    assert fold(BASE, [*events, last, back]) == fold(BASE, events)
    assert fold(BASE, [*events, last, back, undo(102, back)]) == fold(BASE, [*events, last])


@given(sayings(), st.data())
def test_what_was_said_on_the_way_to_the_disk_and_back_is_the_same(
    events: list[LabelEvent], data: st.DataObject
) -> None:
    again = [LabelEvent.model_validate(event.to_dict()) for event in events]
    assert fold(BASE, again) == fold(BASE, events)


def test_none_takes_a_field_back_to_what_the_recording_gave() -> None:
    assert fold(BASE, [label(0, score=5), label(1, score=None)]) == BASE
    assert fold({}, [label(0, score=5), label(1, score=None)]) == {}


def test_each_is_of_somebody_and_has_an_id_of_its_own() -> None:
    one, other = said(UUID, "anna", LabelSet(score=4)), said(UUID, "anna", LabelSet(score=4))
    assert one.id != other.id
    assert taken_back(one, "ben").undoes == one.id


@pytest.mark.parametrize(
    "wrong",
    [
        {"score": 6},
        {"outcome": "good"},
        {"tags": [""]},
        {"instruction": "\ud800"},
        {"mood": "fine"},
        {"steps": [{"name": "reach", "begin_ns": 5, "end_ns": 4}]},
        {"steps": [{"name": "a", "begin_ns": 0, "end_ns": 5}, {"name": "b", "begin_ns": 4, "end_ns": 9}]},
    ],
)
def test_what_makes_no_sense_cannot_be_said(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LabelSet.model_validate(wrong)
