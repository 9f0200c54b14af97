"""Keys come at any moment, and takes end by themselves: what was asked is done once, of the right take, or refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.session import NotNow, NotYet, State
from tests.collector.session_rig import SessionRig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[SessionRig]:
    rig = SessionRig(tmp_path)
    rig.planned()
    yield rig
    rig.labels.close()


def starts(rig: SessionRig) -> int:
    return rig.capture.verbs.count("start")


def due(rig: SessionRig, *, follows: bool = False) -> None:
    """The daemon's loop comes round after the countdown."""
    if rig.desk.automatic.starts_at is not None:
        rig.desk.automatic.starts_at = 0.0
    rig.desk.work(follows)


def test_a_second_start_while_the_journal_is_being_opened_is_refused(rig: SessionRig) -> None:
    assert rig.ask("start") == "start"
    with pytest.raises(NotNow, match="start is possible in ARMED or REVIEW"):
        rig.ask("start")
    assert starts(rig) == 1


def test_steps_are_refused_until_the_journal_is_open_and_once_it_is_closing(rig: SessionRig) -> None:
    rig.ask("start")
    with pytest.raises(NotYet, match="beginning or ending"):
        rig.ask("step")
    rig.started()
    rig.ask("step")
    rig.ask("stop")
    with pytest.raises(NotYet):
        rig.ask("step")
    with pytest.raises(NotYet):
        rig.ask("note", text="too late")
    assert rig.capture.verbs == ["start", "figures", "event", "finish"]


def test_a_take_is_taken_back_though_its_journal_is_still_being_opened(rig: SessionRig) -> None:
    rig.recorded()
    rig.ask("start")
    assert rig.ask("undo")["undone"] == "take episode_000001"
    take = rig.started()
    rig.close()
    assert (take.verdict, rig.session.state) == ("discarded", State.ARMED)
    assert rig.undo.told() == ["keeping episode_000000", "take episode_000000"]


def test_no_take_begins_while_the_last_is_still_being_closed(rig: SessionRig) -> None:
    """In FAULT capture may take long to close; reset and arm are faster."""
    rig.begin()
    rig.session.enter(State.FAULT)
    rig.desk.fail("right: reflex", "arm-right")
    rig.session.enter(State.ARMED)
    with pytest.raises(NotYet, match="still being closed"):
        rig.ask("start")
    rig.close("fault")
    assert rig.ask("start") == "start"


def test_capture_that_dies_while_it_closes_loses_no_take(rig: SessionRig) -> None:
    take = rig.begin()
    rig.session.enter(State.FAULT)
    rig.desk.fail("right: reflex", "arm-right")
    assert rig.plan.running is take
    rig.desk.fail("the capture process was killed", "capture")
    assert rig.plan.running is None
    assert rig.backlog.status()["pending"] == 1


def test_capture_that_dies_before_there_is_a_journal_leaves_no_take(rig: SessionRig) -> None:
    rig.ask("start")
    rig.session.enter(State.FAULT)
    rig.desk.fail("the capture process was killed", "capture")
    assert (rig.plan.running, rig.plan.takes, rig.undo.told()) == (None, [], [])
    assert rig.session.state is State.FAULT


def test_a_start_that_is_refused_in_fault_leaves_the_fault(rig: SessionRig) -> None:
    rig.ask("start")
    rig.session.enter(State.FAULT)
    rig.desk.fail("right: reflex", "arm-right")
    rig.desk.refused("no room")
    assert rig.session.state is State.FAULT
    assert (rig.plan.running, rig.plan.takes) == (None, [])


def test_a_refused_start_gives_back_the_scene_and_says_why(rig: SessionRig) -> None:
    rig.ask("scene", object="green cube", pose="right")
    rig.ask("start")
    rig.desk.refused("no room on the disk")
    assert rig.scene() == {"object": "green cube", "pose": "right"}
    assert rig.desk.notice == "No take has begun: no room on the disk"
    assert rig.session.state is State.ARMED
    assert rig.undo.told() == []
    rig.begin()
    assert rig.desk.notice == ""


def test_retake_while_it_runs_discards_it_and_begins_the_same_again(rig: SessionRig) -> None:
    first = rig.begin()
    assert rig.ask("retake", why="dropped it") == "stop"
    told = rig.close()
    assert (told["state"], told["verdict"]) == (State.RECORDING, "discarded")
    assert (first.verdict, first.why) == ("discarded", "dropped it")
    second = rig.started()
    assert second.scene == first.scene
    assert rig.undo.told()[0] == f"take {second.name}"


def test_a_take_that_ends_by_itself_while_retake_is_on_its_way_is_retaken(rig: SessionRig) -> None:
    first = rig.begin()
    rig.ask("retake")
    rig.close("truncated", problem="the disk is full")
    assert first.verdict == "discarded"
    assert starts(rig) == 2


def test_what_was_asked_of_a_take_that_never_began_is_not_done_to_the_next(rig: SessionRig) -> None:
    rig.ask("start")
    rig.ask("retake")
    rig.desk.refused("no room")
    take = rig.recorded()
    assert (take.verdict, rig.session.state) == ("review", State.REVIEW)


def test_nor_what_was_asked_of_one_that_a_fault_ended(rig: SessionRig) -> None:
    first = rig.begin()
    rig.ask("retake")
    rig.session.enter(State.FAULT)
    rig.desk.fail("right: reflex", "arm-right")
    rig.close()
    assert first.verdict == "kept"
    rig.session.enter(State.ARMED)
    assert rig.recorded().verdict == "review"


def test_a_take_under_review_when_the_rig_fails_is_kept_and_can_still_be_taken_back(rig: SessionRig) -> None:
    take = rig.recorded()
    rig.session.enter(State.FAULT)
    rig.desk.fail("right: reflex", "arm-right")
    assert take.verdict == "kept"
    rig.session.enter(State.IDLE)
    rig.ask("undo")
    assert (take.verdict, rig.session.state) == ("discarded", State.IDLE)


def test_keeping_is_undone_where_there_is_nothing_else_going_on(rig: SessionRig) -> None:
    take = rig.recorded()
    rig.ask("keep")
    rig.ask("disarm")
    with pytest.raises(NotNow, match="goes back under review in ARMED; the session is IDLE"):
        rig.ask("undo")
    rig.session.enter(State.ARMED)
    assert rig.ask("undo")["undone"] == f"keeping {take.name}"
    assert take.verdict == "review"


def test_undo_while_the_next_take_runs_takes_that_one_back_first(rig: SessionRig) -> None:
    first = rig.recorded()
    second = rig.begin()
    assert rig.ask("undo")["undone"] == f"take {second.name}"
    with pytest.raises(NotNow, match="goes back under review in ARMED; the session is RECORDING"):
        rig.ask("undo")
    rig.close()
    assert (second.verdict, rig.session.state) == ("discarded", State.ARMED)
    rig.ask("undo")
    assert (first.verdict, rig.session.state) == ("review", State.REVIEW)


def test_disarming_keeps_what_is_under_review(rig: SessionRig) -> None:
    take = rig.recorded()
    rig.ask("disarm")
    assert (take.verdict, rig.session.state) == ("kept", State.IDLE)


# -- countdown, and what goes by itself ----------------------------------------------------------------


def test_a_countdown_begins_the_take_and_a_second_start_begins_it_at_once(rig: SessionRig) -> None:
    rig.planned(countdown_s=3)
    assert rig.ask("start") == {"state": State.ARMED, "starts_in_s": 3}
    rig.desk.work(False)
    assert starts(rig) == 0
    due(rig)
    assert starts(rig) == 1
    rig.desk.refused("no room")
    rig.ask("start")
    assert rig.ask("start") == "start"
    assert starts(rig) == 2


def test_a_retake_while_a_countdown_runs_counts_anew(rig: SessionRig) -> None:
    rig.planned(countdown_s=3)
    rig.ask("start")
    rig.ask("start")
    rig.started()
    rig.ask("stop")
    rig.close()
    rig.ask("start")  # the next one, from under review
    assert rig.ask("retake") == {"state": State.ARMED, "starts_in_s": 3}
    assert starts(rig) == 1


def test_undo_calls_off_a_countdown_before_anything_else(rig: SessionRig) -> None:
    rig.planned(countdown_s=3, auto_advance=True)
    rig.ask("start")
    rig.ask("start")
    take = rig.started()
    rig.ask("stop")
    rig.close()
    rig.ask("label", score=4)
    assert rig.desk.automatic.starts_at is not None
    assert [rig.ask("undo")["undone"] for _ in range(3)] == [
        "countdown", f"keeping {take.name}", f"outcome, score of {take.name}",
    ]  # fmt: skip
    assert (rig.session.state, take.labels().get("score")) == (State.REVIEW, None)
    with pytest.raises(NotNow, match="no countdown"):
        rig.ask("cancel")


def test_no_countdown_begins_where_no_take_may(rig: SessionRig) -> None:
    rig.planned(countdown_s=3)
    rig.session.enter(State.IDLE)
    with pytest.raises(NotNow, match="start is possible in"):
        rig.ask("start")
    assert rig.desk.automatic.starts_at is None


def test_a_score_goes_on_to_the_next_take_where_the_task_says_so(rig: SessionRig) -> None:
    rig.planned(auto_advance=True)
    take = rig.recorded()
    rig.ask("label", score=2)
    assert (take.verdict, take.labels()["outcome"], starts(rig)) == ("kept", "failure", 2)


def test_a_watcher_s_score_moves_nothing_and_is_not_for_the_operator_to_undo(rig: SessionRig) -> None:
    rig.planned(auto_advance=True)
    take = rig.recorded()
    told = rig.undo.told()
    rig.ask("label", controls=False, score=2)
    assert (take.verdict, starts(rig), rig.undo.told()) == ("review", 1, told)
    assert take.said[-1].by == "anna"


def test_with_auto_start_the_next_take_waits_for_the_robots(rig: SessionRig) -> None:
    rig.planned(auto_advance=True, auto_start=True)
    rig.recorded()
    rig.desk.work(False)
    rig.ask("label", score=5)
    assert (rig.session.state, starts(rig)) == (State.ARMED, 1)
    due(rig, follows=True)
    assert starts(rig) == 2


def test_what_cannot_go_on_by_itself_says_so_and_the_label_holds(rig: SessionRig) -> None:
    rig.planned(auto_advance=True)
    take = rig.recorded()
    rig.takes._permit = None
    rig.ask("label", score=4)
    assert take.labels()["score"] == 4
    assert rig.desk.notice == "No take has begun: the rig is not armed"


def test_a_self_test_is_neither_begun_nor_ended_by_the_session_s_task(rig: SessionRig) -> None:
    rig.planned(auto_start=True, auto_stop=True, seconds=0.001)
    rig.armed("selftest")
    rig.desk.work(False)
    rig.desk.work(True)
    assert starts(rig) == 0
    rig.ask("start", task={"name": "selftest", "instruction": "self-test"})
    rig.started().began_ns = 1
    rig.desk.work(True)
    assert "finish" not in rig.capture.verbs


def test_a_take_of_a_task_of_its_own_is_not_ended_by_the_plan(rig: SessionRig) -> None:
    rig.planned(auto_stop=True, seconds=0.001)
    rig.ask("start", task={"name": "other", "instruction": "something else"})
    rig.started().began_ns = 1
    rig.desk.work(True)
    assert "finish" not in rig.capture.verbs
    rig.ask("stop")
    rig.close()
    rig.ask("retake")
    assert rig.plan.running is not None
    assert rig.plan.running.job.name == "other"


def test_a_take_of_the_plan_ends_after_its_time_once(rig: SessionRig) -> None:
    rig.planned(auto_stop=True, seconds=5)
    rig.begin().began_ns = 1
    rig.desk.work(False)
    rig.desk.work(False)
    assert rig.capture.verbs.count("finish") == 1
    assert rig.close()["state"] is State.REVIEW


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"task": {"name": "A B"}}, "task.name"),
        ({"labels": {"score": 9}}, "labels.score"),
        ({"labels": {"colour": "red"}}, "labels.colour"),
    ],
)
def test_a_start_of_nonsense_leaves_everything_as_it_was(rig: SessionRig, words: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        rig.ask("start", **words)
    assert (rig.session.state, rig.plan.running) == (State.ARMED, None)


def test_labels_given_with_a_start_are_the_take_s(rig: SessionRig) -> None:
    assert rig.ask("start", labels={"outcome": "by hand", "tags": ["first"]}) == "start"
    take = rig.started()
    assert take.labels()["outcome"] == "by hand"
    assert take.labels()["tags"] == ["first"]
    assert take.labels()["instruction"] == "pick up the " + take.scene["object"]


def test_a_take_of_a_task_that_a_programme_names_has_the_words_of_the_scene_that_it_tells(rig: SessionRig) -> None:
    task = {"name": "other", "instruction": "take the {object}", "slots": {"object": ["red cube", "green cube"]}}
    rig.ask("start", task=task, labels={"scene": {"object": "green cube"}})
    take = rig.started()
    assert (take.labels()["instruction"], take.scene) == ("take the green cube", {"object": "green cube"})
    rig.close()
    rig.ask("start", task=task, labels={"instruction": "take whatever lies there"})
    assert rig.started().labels()["instruction"] == "take whatever lies there"
    rig.close()
    rig.ask("start", task=task)
    assert rig.started().labels()["instruction"] == "", "not: take the object"
