"""What is thrown away comes back, by undo or by name, whatever happened meanwhile; nothing stops the rest of undo."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.session import NotNow, State
from collector.undo import NoWayBack
from tests.collector.session_rig import SessionRig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[SessionRig]:
    rig = SessionRig(tmp_path)
    rig.planned()
    yield rig
    rig.labels.close()


def test_a_discarded_take_goes_with_its_labels_and_comes_back_with_them(rig: SessionRig) -> None:
    take = rig.recorded()
    rig.ask("label", score=4)
    beside = take.path.with_suffix(".labels.jsonl")
    assert beside.exists()
    rig.ask("discard", why="slipped\x1b")
    rig.backlog.settle()
    assert (take.verdict, take.why, beside.exists()) == ("discarded", "slipped", False)
    rig.ask("undo")
    assert beside.exists()
    assert take.labels()["score"] == 4
    assert (rig.session.state, take.verdict) == (State.REVIEW, "review")


def test_by_its_name_too_and_then_undo_has_nothing_to_bring_back(rig: SessionRig) -> None:
    take = rig.recorded()
    rig.ask("discard")
    rig.ask("undiscard", episode=take.name)
    assert take.verdict == "kept"
    assert rig.plan.last is take
    assert not any(what.startswith("discarding") for what in rig.undo.told())


def test_one_that_was_purged_meanwhile_does_not_block_undo(rig: SessionRig) -> None:
    take = rig.recorded()
    rig.ask("label", score=2)
    rig.ask("discard")
    rig.backlog.settle()
    for path in (rig.folder / ".trash").iterdir():
        path.unlink()
    with pytest.raises(NoWayBack, match="holds no"):
        rig.ask("undo")
    with pytest.raises(NoWayBack, match="was discarded"):  # the score
        rig.ask("undo")
    assert take.verdict == "discarded"


def test_a_take_brought_back_after_the_rig_was_disarmed_is_kept(rig: SessionRig) -> None:
    take = rig.recorded()
    rig.ask("discard")
    rig.ask("disarm")
    rig.ask("undo")
    assert (rig.session.state, take.verdict) == (State.IDLE, "kept")


def test_a_self_test_s_take_leaves_nothing_to_undo(tmp_path: Path) -> None:
    rig = SessionRig(tmp_path, purpose="selftest")
    rig.ask("start", task={"name": "selftest", "instruction": "self-test"}, labels={"outcome": "self-test"})
    rig.started()
    rig.ask("stop")
    rig.close()
    with pytest.raises(NotNow, match="no demonstration; discard it"):
        rig.ask("keep")
    rig.ask("discard")
    assert rig.undo.told() == []
    rig.labels.close()


def test_a_take_that_is_undone_takes_what_was_said_of_it_along(rig: SessionRig) -> None:
    take = rig.begin()
    rig.ask("undo")
    assert rig.capture.verbs[-1] == "finish"
    rig.ask("label", episode=take.uuid, score=3)  # before capture has closed it
    rig.close()
    assert (take.verdict, take.why, rig.session.state) == ("discarded", "undone", State.ARMED)
    assert rig.undo.told() == []
    with pytest.raises(NotNow, match="bring it back first"):
        rig.ask("label", episode=take.uuid, score=3)


def test_any_take_of_the_session_can_go_by_its_uuid_and_undo_brings_it_back(rig: SessionRig) -> None:
    take = rig.recorded()
    rig.ask("keep")
    rig.ask("discard", episode=take.uuid, why="seen later")
    assert (take.verdict, take.why, rig.session.state) == ("discarded", "seen later", State.ARMED)
    rig.ask("undo")
    assert take.verdict == "kept"


def test_a_take_under_review_that_is_named_goes_as_if_it_were_not(rig: SessionRig) -> None:
    take = rig.recorded()
    rig.ask("discard", episode=take.uuid)
    assert (take.verdict, rig.session.state) == ("discarded", State.ARMED)


def test_what_is_discarded_or_unknown_cannot_go(rig: SessionRig) -> None:
    take = rig.recorded()
    rig.ask("discard")
    for uuid in (take.uuid, "no-such-uuid"):
        with pytest.raises(NotNow, match="no episode here has the UUID"):
            rig.ask("discard", episode=uuid)
