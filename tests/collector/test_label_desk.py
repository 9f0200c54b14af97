"""What is said of takes is kept where it belongs, is taken back, and never holds up the daemon."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.labels import sidecar
from collector.session import NotNow
from hardware.samples import monotonic_ns
from tests.collector.session_rig import SessionRig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[SessionRig]:
    rig = SessionRig(tmp_path)
    rig.planned()
    yield rig
    rig.labels.close()


def events(rig: SessionRig) -> list[tuple[str, Any]]:
    return [(data["kind"], data["data"]) for verb, data in rig.capture.asked if verb == "event"]


def test_steps_go_into_the_journal_at_their_instants_and_out_again(rig: SessionRig) -> None:
    take = rig.begin()
    at_ns = monotonic_ns()
    assert rig.ask("step", t_ns=at_ns) == {"step": "grasp", "next": "lift", "t_ns": at_ns}
    assert rig.ask("step", name=" wipe\n")["step"] == "wipe"
    assert rig.ask("undo")["next"] == "lift"
    (step, told), (_, wipe), (unstep, back) = events(rig)
    assert (step, told["name"], unstep, back["id"]) == ("step", "grasp", "unstep", wipe["id"])
    assert next(data["t_ns"] for verb, data in rig.capture.asked if verb == "event") == at_ns
    assert [span["name"] for span in take.labels()["steps"]] == ["reach", "grasp"]


def test_when_all_steps_have_begun_one_names_another_or_stops(rig: SessionRig) -> None:
    rig.begin()
    rig.ask("step")
    rig.ask("step")
    with pytest.raises(NotNow, match="every step of the task has begun"):
        rig.ask("step")
    assert rig.ask("step", name="put down")["step"] == "put down"


@pytest.mark.parametrize("t_ns", [1, -5, 1 << 62])
def test_an_instant_outside_the_take_is_refused(rig: SessionRig, t_ns: int) -> None:
    rig.begin()
    with pytest.raises(ValueError, match="outside the running take"):
        rig.ask("step", t_ns=t_ns)
    assert events(rig) == []


def test_steps_and_notes_are_of_running_takes_only(rig: SessionRig) -> None:
    for verb, words in (("step", {}), ("note", {"text": "a"})):
        with pytest.raises(NotNow, match=f"{verb} is possible in RECORDING; the session is ARMED"):
            rig.ask(verb, **words)


def test_a_note_is_one_clean_line_and_comes_back(rig: SessionRig) -> None:
    take = rig.begin()
    rig.ask("note", text="  it\nslips \0 away ")
    assert [note["text"] for note in take.labels()["notes"]] == ["it slips away"]
    with pytest.raises(ValueError, match="needs words"):
        rig.ask("note", text=" \n")
    rig.ask("undo")
    assert "notes" not in take.labels()
    assert [kind for kind, _ in events(rig)] == ["note", "unnote"]


def test_a_stuck_key_cannot_fill_the_status(rig: SessionRig) -> None:
    rig.begin()
    for _ in range(200):
        rig.ask("step", name="again")
    with pytest.raises(NotNow, match="is a key stuck"):
        rig.ask("step", name="again")


def test_after_the_stop_a_step_is_no_longer_undone_the_take_is(rig: SessionRig) -> None:
    take = rig.begin()
    rig.ask("step")
    rig.ask("stop")
    with pytest.raises(NotNow, match="adjust its labels"):
        rig.ask("undo")
    rig.close()
    assert rig.undo.told() == [f"take {take.name}"]


def test_what_capture_got_too_late_was_not_said(rig: SessionRig) -> None:
    """A take that ends by itself has ended before the daemon hears of it."""
    take = rig.begin()
    rig.ask("step")
    mark = take.marks[0]
    rig.close("truncated", problem="the disk is full")
    assert rig.labels.late(mark.id) == "'grasp' came after the end of the take"
    assert take.marks == []
    assert rig.labels.late(mark.id) == ""


def test_a_label_lies_beside_the_journal_at_once_and_its_undo_too(rig: SessionRig) -> None:
    take = rig.recorded()
    told = rig.ask("label", score=4, note="slow")
    assert (told["episode"], told["labels"]["score"], told["labels"]["outcome"]) == (take.uuid, 4, "success")
    assert rig.ask("undo")["undone"] == f"note, outcome, score of {take.name}"
    said, back = sidecar.read(take.path).events
    assert (said.id, said.by, back.undoes) == (told["id"], "anna", said.id)
    assert "score" not in take.labels()


def test_what_somebody_said_of_the_outcome_is_not_overruled_by_a_score(rig: SessionRig) -> None:
    take = rig.recorded()
    rig.ask("label", outcome="failure")
    rig.ask("label", score=5)
    assert take.labels()["outcome"] == "failure"
    rig.ask("label", score=1, outcome="success", by="ben")
    assert (take.labels()["outcome"], take.said[-1].by) == ("success", "ben")


def test_labels_follow_a_take_while_the_next_one_runs(rig: SessionRig) -> None:
    first = rig.recorded()
    second = rig.begin()
    rig.ask("label", episode=first.uuid, score=2)
    rig.ask("label", tags=["now"])
    assert (first.labels()["score"], second.labels()["tags"]) == (2, ["now"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({}, "a label says something"),
        ({"score": 6}, "label.score"),
        ({"score": "high"}, "label.score"),
        ({"colour": "red"}, "label.colour"),
        ({"note": "x" * 20_000}, "label.note"),
        ({"tags": ["y" * 400] * 100}, "at most 32000 bytes"),
        ({"steps": [{"name": "a", "begin_ns": 2, "end_ns": 1}]}, "label.steps"),
        ({"episode": "no such", "score": 1}, "no episode here has the UUID"),
    ],
)
def test_a_label_that_is_none_is_refused_in_one_sentence_and_leaves_nothing(
    rig: SessionRig, words: dict[str, Any], says: str
) -> None:
    take = rig.recorded()
    with pytest.raises((NotNow, ValueError), match=says) as error:
        rig.ask("label", **words)
    assert "\n" not in str(error.value)
    assert sidecar.read(take.path).events == ()


def test_before_the_first_take_there_is_nothing_to_label(rig: SessionRig) -> None:
    with pytest.raises(NotNow, match="there is no take yet"):
        rig.ask("label", score=3)


def test_a_label_that_finds_no_room_was_not_said(rig: SessionRig, monkeypatch: pytest.MonkeyPatch) -> None:
    take = rig.recorded()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sidecar, "append", full)
    with pytest.raises(NotNow, match="No space left on device; it was not said"):
        rig.ask("label", score=3)
    assert take.said == []


def test_a_disk_that_fails_to_sync_is_told_until_it_syncs_again(
    rig: SessionRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.recorded()
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", _fails)
        rig.ask("label", score=3)
        _settle(rig)
    assert "Input/output error" in rig.labels.problem
    rig.ask("label", score=4)
    _settle(rig)
    assert rig.labels.problem == ""


def test_a_take_discarded_before_its_label_was_synced_is_no_problem(
    rig: SessionRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = rig.recorded()
    sync = sidecar.sync

    def after_the_discard(path: Path) -> None:
        while take.verdict != "discarded":
            time.sleep(0.001)
        sync(path)

    monkeypatch.setattr(sidecar, "sync", after_the_discard)
    rig.ask("label", score=3)
    rig.ask("discard")
    _settle(rig)
    assert rig.labels.problem == ""


def _fails(_: int) -> None:
    raise OSError(5, "Input/output error")


def _settle(rig: SessionRig) -> None:
    while rig.labels._synced:
        rig.labels.work()
        time.sleep(0.001)
