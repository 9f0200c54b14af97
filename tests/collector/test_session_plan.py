"""A plan says what comes next, evenly covered, and counts what is a demonstration and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.episode.catalogue import Catalogue
from collector.episode.catalogue_refresh import refresh
from collector.session import NotNow, State
from tests.collector.episode import small
from tests.collector.session_rig import TASK, SessionRig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[SessionRig]:
    rig = SessionRig(tmp_path)
    yield rig
    rig.labels.close()


def words(**changes: object) -> dict[str, object]:
    return TASK.model_copy(update=changes).model_dump(mode="json")


def test_the_same_plan_again_changes_nothing_in_any_state(rig: SessionRig) -> None:
    """A console that was killed comes back with its plan while a take runs."""
    rig.planned()
    session = rig.plan.stamp["session_uuid"]
    take = rig.begin()
    for words in ({}, {"operator": "anna"}):
        told = rig.ask("plan", task=TASK.model_dump(mode="json"), **words)["plan"]
        assert told["session_uuid"] == session
    assert rig.plan.takes == [take]
    rig.ask("stop")
    rig.close()
    rig.planned()
    assert rig.session.state is State.REVIEW


def test_another_plan_is_another_session_but_not_in_the_middle_of_a_take(rig: SessionRig) -> None:
    rig.planned()
    first = rig.plan.stamp
    rig.begin()
    with pytest.raises(NotNow, match="a take is running"):
        rig.ask("plan", task=words(goal=7))
    rig.ask("stop")
    rig.close()
    with pytest.raises(NotNow, match="keep or discard the take under review"):
        rig.ask("plan", task=words(), operator="ben")
    rig.ask("keep")
    told = rig.ask("plan", task=words(), operator="ben", skill="novice")["plan"]
    assert told["session_uuid"] != first["session_uuid"]
    assert (told["operator"], told["skill"], told["kept_now"]) == ("ben", "novice", 0)
    assert rig.undo.told() == []
    assert rig.plan.grounds(TASK)["session_uuid"] == told["session_uuid"]


def test_a_skill_is_kept_until_the_operator_changes(rig: SessionRig) -> None:
    rig.ask("plan", task=words(), operator="anna", skill="expert")
    assert rig.ask("plan", task=words())["plan"]["skill"] == "expert"
    assert rig.ask("plan", task=words(), operator="ben")["plan"]["skill"] == ""
    with pytest.raises(ValueError, match="skill is novice, practised or expert"):
        rig.ask("plan", task=words(), skill="good")


def test_a_task_that_is_none_is_refused_in_one_sentence(rig: SessionRig) -> None:
    with pytest.raises(ValueError, match=r"^task\.instruction: .*") as error:
        rig.ask("plan", task={"name": "x"})
    assert "\n" not in str(error.value)


def test_what_is_told_under_review_is_what_the_next_take_is_of(rig: SessionRig) -> None:
    """The operator sets up the next scene while the last take is still under review."""
    rig.planned()
    first = rig.recorded()
    told = rig.scene()
    assert told != first.scene
    second = rig.begin()  # which keeps the first
    assert second.scene == told
    status = rig.plan.status()
    assert status is not None
    assert status["scene"] == second.scene
    assert status["next_scene"] == rig.scene() != second.scene


def test_a_discarded_take_s_scene_is_due_again(rig: SessionRig) -> None:
    rig.planned()
    first = rig.recorded()
    rig.ask("discard")
    assert rig.scene() == first.scene


def test_all_scenes_are_covered_evenly(rig: SessionRig) -> None:
    rig.planned()
    for _ in range(8):
        rig.recorded()
    rig.ask("keep")
    told = rig.plan.status()
    assert told is not None
    assert told["coverage"] == {"object": {"red cube": 4, "green cube": 4}, "pose": {"left": 4, "right": 4}}
    assert (told["kept"], told["kept_now"]) == (8, 8)


def test_a_scene_chosen_by_hand_is_for_one_take_and_for_its_retakes(rig: SessionRig) -> None:
    rig.planned()
    due = rig.scene()
    other = {"object": "green cube" if due["object"] == "red cube" else "red cube"}
    assert rig.ask("scene", **other)["plan"]["scene"]["object"] == other["object"]
    take = rig.recorded()
    assert take.scene["object"] == other["object"]
    assert rig.ask("retake") == "start"
    again = rig.started()
    assert again.scene == take.scene
    rig.ask("scene", **other)
    rig.ask("scene")
    assert rig.scene() == rig.plan.next_scene
    with pytest.raises(ValueError, match="there are left, right"):
        rig.ask("scene", pose="upside down")


def test_a_scene_put_right_afterwards_counts_as_it_was(rig: SessionRig) -> None:
    rig.planned()
    take = rig.recorded()
    really = {"object": "green cube", "pose": "right"}
    rig.ask("label", scene=really)
    assert take.scene == really
    rig.ask("keep")
    told = rig.plan.status()
    assert told is not None
    assert told["coverage"]["object"] == {"red cube": 0, "green cube": 1}
    rig.ask("undo")
    rig.ask("undo")
    assert take.scene == take.base["scene"]


def test_neither_a_self_test_nor_a_fault_nor_another_task_counts_towards_the_goal(rig: SessionRig) -> None:
    rig.planned()
    take = rig.begin()
    rig.session.enter(State.FAULT)
    rig.desk.fail("right: reflex", "arm-right")
    rig.close("fault")
    assert take.verdict == "kept"
    rig.session.enter(State.ARMED)
    rig.ask("start", task=words(name="other"))
    rig.started()
    rig.ask("stop")
    rig.close()
    rig.ask("keep")
    told = rig.plan.status()
    assert told is not None
    assert (told["kept"], told["kept_now"]) == (0, 0)
    assert len(rig.ask("session")["takes"]) == 2


def test_what_earlier_sessions_kept_counts_by_what_the_catalogue_says(tmp_path: Path) -> None:
    scenes = [{"object": "red cube", "pose": "left"}, {"object": "red cube", "pose": "right"}]
    for number, scene in enumerate(scenes):
        small.sealed(tmp_path / f"episode_{number:06d}.hdf5", small.metadata(number, labels={"scene": scene}))
    small.sealed(tmp_path / "episode_000002.hdf5", small.metadata(2), status="fault")
    small.sealed(tmp_path / "episode_000003.hdf5", small.metadata(3, purpose="selftest"))
    small.sealed(tmp_path / "episode_000004.hdf5", small.metadata(4, task="other"))
    with Catalogue(tmp_path) as catalogue:
        refresh(tmp_path, catalogue, index=small.in_this_process)
    rig = SessionRig(tmp_path)
    rig.planned()
    told = rig.plan.status()
    assert told is not None
    assert (told["kept"], told["kept_now"]) == (2, 0)
    assert told["coverage"]["object"] == {"red cube": 2, "green cube": 0}
    assert rig.scene()["object"] == "green cube"
    rig.labels.close()


def test_a_long_session_is_told_in_parts(rig: SessionRig) -> None:
    rig.planned()
    for _ in range(3):
        rig.recorded()
        rig.ask("keep")
    rig.plan.takes *= 60
    last = rig.ask("session")
    assert (last["first"], last["all"], len(last["takes"])) == (80, 180, 100)
    first = rig.ask("session", first=0)
    assert (first["first"], len(first["takes"])) == (0, 100)
    assert rig.ask("session", first=500)["takes"] == []
