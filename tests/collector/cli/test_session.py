"""clap session: every key of the console as a command, and the summary of a session."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from collector.cli.app import app
from collector.cli.options import Abort
from collector.control import DaemonError
from collector.episode.ledger import Ledger
from tests.collector.cli.rig_daemon import RIG, TASK, Pretender, listening
from tests.collector.episode import small
from tests.tui.statuses import status, take


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))


@pytest.fixture
def daemon() -> Iterator[Pretender]:
    plan = status().model_dump(mode="json")["plan"]
    told = {"status": status().model_dump(mode="json"), "plan": {"plan": plan}, "scene": {"plan": plan}}
    with listening(Pretender(told)) as pretender:
        yield pretender


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["session", *map(str, words)])


def said(*words: object) -> str:
    ran = run(*words)
    assert ran.exit_code == 0, ran.exception or ran.stderr
    return ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("words", "verb", "sent"),
    [
        (("start",), "start", {}),
        (("stop",), "stop", {}),
        (("keep",), "keep", {}),
        (("next",), "next", {}),
        (("undo",), "undo", {}),
        (("cancel",), "cancel", {}),
        (("disarm",), "disarm", {}),
        (("release",), "release", {}),
        (("reset",), "reset", {}),
        (("arm",), "arm", {"override": ""}),
        (("arm", "--override", "no board"), "arm", {"override": "no board"}),
        (("mark",), "step", {"name": ""}),
        (("mark", "grasp"), "step", {"name": "grasp"}),
        (("note", "a bump"), "note", {"text": "a bump"}),
        (("label", "--score", "4"), "label", {"score": 4}),
        (("label", "--tag", "a", "--tag", "b", "--note", "n"), "label", {"tags": ["a", "b"], "note": "n"}),
        (("discard",), "discard", {}),
        (("discard", "--why", "slipped"), "discard", {"why": "slipped"}),
        (("retake", "--why", "knocked over"), "retake", {"why": "knocked over"}),
        (("restore", "7c0f"), "undiscard", {"episode": "7c0f"}),
        (("scene",), "scene", {}),
        (("scene", "object=red cube", "lighting=lamp"), "scene", {"object": "red cube", "lighting": "lamp"}),
    ],
)
def test_a_command_is_the_daemons_verb(
    daemon: Pretender, words: tuple[str, ...], verb: str, sent: dict[str, str]
) -> None:
    told = json.loads(said(*words, "--rig", RIG, "--json"))
    assert daemon.of(verb) == [sent]
    assert told == daemon.answers.get(verb, {"state": "ARMED"}) | {"ok": True}
    assert not daemon.of("take_control")


def test_control_is_taken_only_if_asked_for(daemon: Pretender) -> None:
    said("stop", "--rig", RIG, "--take-control")
    assert [request["verb"] for request in daemon.asked] == ["take_control", "stop"]


def test_the_daemons_objection_is_the_commands() -> None:
    with listening(Pretender(refuses={"stop": "stop is possible in RECORDING; the session is ARMED"})):
        ran = run("stop", "--rig", RIG)
    assert isinstance(ran.exception, DaemonError)
    assert "possible in RECORDING" in str(ran.exception)


def test_without_a_daemon_it_is_said_how_to_start_one() -> None:
    ran = run("start", "--rig", RIG)
    assert isinstance(ran.exception, DaemonError)
    assert "clap daemon" in str(ran.exception)


def test_the_plan_is_sent_with_a_skill_that_is_remembered(daemon: Pretender) -> None:
    said("plan", "--rig", RIG, "--task", TASK, "--operator", "anna", "--skill", "expert")
    said("plan", "--rig", RIG, "--task", TASK, "--operator", "anna")
    said("plan", "--rig", RIG, "--task", TASK)
    first, again, other = daemon.of("plan")
    assert (first["operator"], first["skill"]) == (again["operator"], again["skill"]) == ("anna", "expert")
    assert (other["operator"], other["skill"]) == ("operator-1", "")
    assert first["task"]["name"] == "pick_cube"


def test_a_skill_that_is_none_is_refused_with_those_there_are(daemon: Pretender) -> None:
    ran = run("plan", "--rig", RIG, "--task", TASK, "--skill", "good")
    assert isinstance(ran.exception, Abort)
    assert "novice, practised, expert" in str(ran.exception)
    assert not daemon.of("plan")


def test_a_scene_that_the_task_does_not_have_is_refused_with_what_there_is(daemon: Pretender) -> None:
    for words, says in ((("objekt=red cube",), "names are: object, pose, lighting"), (("object=ball",), "green cube")):
        ran = run("scene", *words, "--rig", RIG)
        assert isinstance(ran.exception, Abort)
        assert says in str(ran.exception)


def test_the_status_says_what_to_set_up_and_who_controls(daemon: Pretender) -> None:
    text = said("status", "--rig", RIG)
    plan = status().plan
    assert plan is not None
    scene = ", ".join(f"{name} {value}" for name, value in plan.scene.items())
    for words in ("RECORDING", f"set up: {scene}", plan.instruction, "next step:", "right: FOLLOW", "controlled by"):
        assert words in text
    assert json.loads(said("status", "--rig", RIG, "--json"))["state"] == "RECORDING"


def test_what_came_of_a_verb_is_a_line() -> None:
    answers = {
        "step": {"step": "grasp", "next": "carry", "t_ns": 1},
        "note": {"t_ns": 1},
        "label": {"episode": "7c0f", "id": "1", "labels": {"outcome": "success", "score": 4}},
        "start": {"state": "ARMED", "starts_in_s": 3.0},
        "stop": {"path": "/d/episode_000003.journal", "status": "complete", "seconds": 12.34, "state": "REVIEW"},
        "undo": {"undone": "keeping episode_000003", "state": "REVIEW"},
        "undiscard": {"restored": "/d/episode_000003.hdf5", "state": "ARMED"},
        "discard": {"moved_to": "/d/.trash/episode_000003.journal", "state": "ARMED"},
    }
    with listening(Pretender(answers)):
        more = {"note": ["x"], "label": ["--score", "4"]}
        verbs = ("mark", "note", "label", "start", "stop", "undo", "restore", "discard", "keep")
        told = {verb: said(verb, *more.get(verb, []), "--rig", RIG).strip() for verb in verbs}
    assert told == {
        "mark": "grasp begins; then carry", "note": "noted", "label": "labelled: success, score 4",
        "start": "a take begins in 3.0 s",
        "stop": "episode_000003: 12.3 s, complete; REVIEW", "undo": "undone: keeping episode_000003",
        "restore": "restored: /d/episode_000003.hdf5",
        "discard": "ARMED: moved to /d/.trash/episode_000003.journal", "keep": "ARMED",
    }  # fmt: skip


def test_takes_are_listed_with_their_labels() -> None:
    takes = [take(verdict="kept"), take(verdict="discarded", why="slipped")]
    with listening(Pretender({"session": {"takes": takes, "first": 0, "all": 2, "plan": None}})):
        first, second = said("takes", "--rig", RIG).splitlines()
        assert len(json.loads(said("takes", "--rig", RIG, "--json"))) == 2
    assert "kept" in first and "discarded  (slipped)" in second


# -- the summary -------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five journals of two sessions; of the later one's three, one is discarded."""
    out = tmp_path / "out"
    out.mkdir()
    ledger = Ledger(out, tmp_path / "log")
    for number in range(5):
        session = "1a" if number < 2 else "2b"
        meta = small.metadata(number + 1, session_uuid=session, session_started_utc_ns=small.BEGAN_NS)
        path = small.journal(out / f"episode_{number:06d}.journal", meta)
        if number == 4:
            ledger.discard(path, small.uuid(number + 1), "operator-1", "slipped")
    ledger.close()
    return out


def test_the_summary_is_of_the_last_session_of_a_folder(folder: Path) -> None:
    told = json.loads(said("summary", folder, "--json"))
    assert (told["sessions"], told["takes"], told["discards"]) == (["2b"], 3, {"slipped": 1})
    assert json.loads(said("summary", folder, "--session", "1", "--json"))["takes"] == 2
    assert json.loads(said("summary", folder, "--all", "--json"))["takes"] == 5
    assert "3: 2 kept, 1 discarded (1 slipped)" in said("summary", folder)


def test_the_summary_is_a_page_too_and_the_task_tells_what_is_missing(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "session.html"
    text = said("summary", folder, "--task", TASK, "--html", page)
    assert "no kept take of object red cube" in " ".join(text.split())
    assert "slipped" in page.read_text()


def test_an_unknown_session_is_named(folder: Path) -> None:
    ran = run("summary", folder, "--session", "9")
    assert isinstance(ran.exception, Abort)
    assert "--session 9" in str(ran.exception)


def test_the_summary_of_the_session_that_runs_is_the_daemons(tmp_path: Path) -> None:
    told = status("ARMED", out=str(tmp_path)).model_dump(mode="json")
    takes = [
        take(uuid="a", verdict="kept"),
        take(uuid="b", verdict="discarded", why="slipped"),
        take(verdict="running"),
    ]
    with listening(Pretender({"status": told, "session": {"takes": takes, "first": 0, "all": 3, "plan": None}})):
        found = json.loads(said("summary", "--rig", RIG, "--json"))
    assert (found["takes"], found["kept"], found["discards"]) == (2, 1, {"slipped": 1})
    assert set(found["coverage"]) == {"object", "pose", "lighting"}


def test_a_folder_and_a_rig_are_two_questions(folder: Path) -> None:
    ran = run("summary", folder, "--rig", RIG)
    assert isinstance(ran.exception, Abort)
