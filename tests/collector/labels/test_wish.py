"""What is asked for many episodes, as it is said of each."""

import pytest

from collector.labels.history import afterwards, recorded, sources
from collector.labels.wish import NotSaid, Wish, label_set, to_take_back
from tests.collector.labels.saying import label, undo

SPAN = (10**9, 5 * 10**9)


def said(labels: dict[str, object], **wish: object) -> dict[str, object]:
    fields = {"fields": {}, "scene": {}, **wish}
    return label_set(Wish(**fields), labels, SPAN).given()  # type: ignore[arg-type]


def test_fields_are_said_as_they_are_and_no_others() -> None:
    assert said({"score": 1}, fields={"outcome": "success"}) == {"outcome": "success"}
    assert said({}, unset=["score"]) == {"score": None}
    assert Wish({}, {}).is_empty and not Wish({}, {}, unset=["score"]).is_empty


def test_tags_come_and_go_and_the_others_stay() -> None:
    labels = {"tags": ["red", "blurry"]}
    assert said(labels, tags=["bright", "red"]) == {"tags": ["red", "blurry", "bright"]}
    assert said(labels, not_tags=["blurry", "gone"]) == {"tags": ["red"]}


def test_a_scene_is_changed_where_it_is_told() -> None:
    assert said({"scene": {"pose": "left", "light": "lamp"}}, scene={"pose": "right"}) == {
        "scene": {"pose": "right", "light": "lamp"}
    }


def test_steps_begin_at_their_seconds_and_last_to_the_end() -> None:
    steps = said({}, steps=[("grasp", 2.5), ("reach", 0.0)])["steps"]
    assert steps == [
        {"name": "reach", "begin_ns": 10**9, "end_ns": 3_500_000_000, "source": "adjusted"},
        {"name": "grasp", "begin_ns": 3_500_000_000, "end_ns": 5 * 10**9, "source": "adjusted"},
    ]


def test_notes_are_added_in_the_order_of_their_instants() -> None:
    before = {"notes": [{"t_ns": 3 * 10**9, "text": "late"}]}
    notes = said(before, notes=[("early", 1.0)])["notes"]
    assert notes == [{"t_ns": 2 * 10**9, "text": "early"}, {"t_ns": 3 * 10**9, "text": "late"}]


def test_what_cannot_be_said_of_an_episode_is_not() -> None:
    with pytest.raises(NotSaid, match=r"7 s is not in the episode, which has 4\.0 s"):
        said({}, steps=[("grasp", 7.0)])
    with pytest.raises(NotSaid, match="seal it first"):
        label_set(Wish({}, {}, steps=[("grasp", 1.0)]), {}, None)
    with pytest.raises(NotSaid, match="outcome: Input should be"):
        said({}, fields={"outcome": "good"})


def test_what_is_taken_back_is_the_last_that_counts_of_those_since_the_recording() -> None:
    first, last = label(0, score=1), label(1, score=2)
    assert to_take_back(afterwards([first, last])).id == last.id
    assert to_take_back(afterwards([first, last, undo(2, last)])).id == first.id
    during = recorded([{"t_ns": 0, "score": 4}], "anna", 0)
    with pytest.raises(NotSaid, match="nothing that was said since"):
        to_take_back([*during, *afterwards([first, undo(2, first)])])


def test_the_history_tells_who_said_what_and_when_and_what_counts_no_more() -> None:
    first = label(10**9, by="ben", score=2)
    stored = [
        {"t_ns": 1, "score": 4},  # as it was stored first
        {"t_ns": 2, "kind": "step", "data": {"id": "a", "name": "grasp"}},
        {"t_ns": 3, "kind": "unstep", "data": {"id": "a"}},
        "junk",
    ]
    told = [*recorded(stored, "anna", 100), *afterwards([first, undo(10**9 + 1, first)])]
    assert [(s.utc_ns, s.by, s.kind, s.what, s.undone, s.where) for s in told] == [
        (101, "anna", "label", {"score": 4}, False, "file"),
        (102, "anna", "step", {"name": "grasp"}, True, "file"),
        (103, "anna", "unstep", {}, False, "file"),
        (10**9, "ben", "label", {"score": 2}, True, "sidecar"),
        (10**9 + 1, "ben", "undo", {"undoes": first.id}, False, "sidecar"),
    ]
    assert recorded(None, "anna", 0) == []


def test_each_label_tells_where_it_is_from() -> None:
    events = [label(0, score=2, tags=["red"]), label(1, tags=None, outcome="success")]
    base = {"instruction": "pick", "tags": ["blue"]}
    labels = {"instruction": "pick", "tags": ["blue"], "score": 2, "outcome": "success"}
    assert sources(base, labels, events) == {
        "instruction": "file", "tags": "file", "score": "sidecar", "outcome": "sidecar",
    }  # fmt: skip
