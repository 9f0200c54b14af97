"""Labels from the key that was pressed to what a reader is told: while it was recorded, and afterwards beside it."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from collector.episode.catalogue import Catalogue
from collector.episode.catalogue_query import Query
from collector.episode.catalogue_refresh import Hashes, refresh
from collector.episode.catalogue_row import Row
from collector.episode.finalise import finalise
from collector.episode.journal import Journal
from collector.episode.journal_reader import Event
from collector.episode.meta import EpisodeMeta
from collector.episode.reader import Episode
from collector.episode.spoken import spoken_labels
from collector.episode.subject import subject
from collector.episode.verify_folder import examine_all, files_below
from collector.episode.verify_labels import examine_labels
from collector.labels import sidecar
from collector.labels.event import LabelEvent
from tests.collector.episode import small
from tests.collector.labels.saying import label, undo
from tests.episodes import make_episode, make_journal
from tests.synthetic import START_NS

STEPS = ["reach", "grasp", "lift"]
SECOND = 10**9


def spoken(*events: tuple[int, str, dict[str, Any]], span: tuple[int, int] | None = (100, 900)) -> dict[str, Any]:
    told = small.metadata(1, labels={"instruction": "pick up the red cube", "scene": {"object": "red cube"}})
    told["task"]["steps"] = STEPS
    meta = EpisodeMeta.model_validate(told)
    return spoken_labels(meta, [Event(*event) for event in events], span)


def step(t_ns: int, mark: str, name: str) -> tuple[int, str, dict[str, Any]]:
    return t_ns, "step", {"id": mark, "name": name}


def names(labels: dict[str, Any]) -> list[tuple[str, int, int]]:
    return [(each["name"], each["begin_ns"], each["end_ns"]) for each in labels.get("steps", [])]


def test_marks_become_steps_and_all_that_was_said_is_kept() -> None:
    labels = spoken(
        (0, "teleop", {"state": "FOLLOW"}),
        step(300, "a", "grasp"),
        (350, "note", {"id": "n", "text": "slipped"}),
        (360, "note", {"id": "o", "text": "wrong"}),
        step(400, "b", "place"),
        (410, "unstep", {"id": "b"}),
        (420, "unnote", {"id": "o"}),
        step(500, "c", "lift"),
        (600, "label", {"score": 4}),
    )
    assert names(labels) == [("reach", 100, 300), ("grasp", 300, 500), ("lift", 500, 900)]
    assert labels["notes"] == [{"t_ns": 350, "text": "slipped"}]
    assert (labels["instruction"], labels["scene"], labels["score"]) == (
        "pick up the red cube", {"object": "red cube"}, 4,
    )  # fmt: skip
    assert [entry["kind"] for entry in labels["history"]] == [
        "step", "note", "note", "step", "unstep", "unnote", "step", "label",
    ]  # fmt: skip


def test_a_mark_that_came_late_is_of_the_instant_at_which_the_key_was_pressed() -> None:
    labels = spoken(step(500, "b", "lift"), step(300, "a", "grasp"))
    assert names(labels) == [("reach", 100, 300), ("grasp", 300, 500), ("lift", 500, 900)]
    assert [entry["t_ns"] for entry in labels["history"]] == [300, 500]


def test_odd_marks_spoil_nothing() -> None:
    labels = spoken(
        (1, "step", {}), (2, "step", {"id": 7, "name": " "}), (3, "unstep", {}), (4, "note", {"id": [], "text": 5}),
        (5, "step", {"id": "z", "name": "x" * 900}),
    )  # fmt: skip
    assert [name for name, _, _ in names(labels)] == ["reach", "x" * 500]
    assert labels["notes"] == [{"t_ns": 4, "text": "5"}]


def test_without_a_single_picture_there_are_no_steps_but_what_was_said_is_kept() -> None:
    labels = spoken(step(300, "a", "grasp"), span=None)
    assert "steps" not in labels and len(labels["history"]) == 1


def test_marks_of_a_recorded_take_are_in_its_file(tmp_path: Path) -> None:
    journal = tmp_path / "episode_000000.journal"
    create = Journal.create

    def marked(path: Path, meta: dict[str, object]) -> Journal:
        opened = create(path, meta | {"task": {"instruction": "pick", "steps": STEPS}})
        opened.append_event(START_NS + SECOND // 2, "step", {"id": "a", "name": "grasp"})
        return opened

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "create", staticmethod(marked))
        make_journal(journal, seconds=1.0, cameras=("front",))
    with Episode(finalise(journal)) as episode:
        first, last = int(episode.t_ns[0]), int(episode.t_ns[-1])
        middle = START_NS + SECOND // 2
        assert names(episode.labels) == [("reach", first, middle), ("grasp", middle, last)]
        assert [said.kind for said in episode.labelled.history] == ["step", "label"]


# -- beside the file ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_episode(tmp_path_factory.mktemp("sealed"), index=7, seconds=0.5, cameras=("front",))


@pytest.fixture
def episode(sealed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy2(sealed, tmp_path))


UUID = "00000000-0000-4000-8000-000000000000"


def say(path: Path, *events: LabelEvent) -> Path:
    for event in events:
        sidecar.append(path, event)
    return sidecar.sidecar_of(path)


def of(number: int, **fields: object) -> LabelEvent:
    return label(number, episode=UUID, **fields)


def test_what_was_said_since_counts_and_the_file_is_what_it_was(episode: Path) -> None:
    before = episode.read_bytes()
    say(episode, of(0, score=2, outcome="failure"), undo(1, of(0)), of(2, tags=["red"], outcome="failure"))
    with Episode(episode) as opened:
        assert {name: opened.labels[name] for name in ("score", "outcome", "tags")} == {
            "score": 4, "outcome": "failure", "tags": ["red"],
        }  # fmt: skip
        assert opened.labelled.sources == {
            "instruction": "file", "outcome": "sidecar", "score": "file", "tags": "sidecar",
        }  # fmt: skip
        told = [(said["by"], said["kind"], said["undone"], said["where"]) for said in opened.labels["history"]]
        assert opened.recorded_labels["outcome"] == "success"
    assert told == [
        ("operator-1", "label", False, "file"),
        ("anna", "label", True, "sidecar"),
        ("ben", "undo", False, "sidecar"),
        ("anna", "label", False, "sidecar"),
    ]
    assert episode.read_bytes() == before


def test_labels_of_another_episode_are_not_believed(episode: Path) -> None:
    say(episode, label(0, episode="another", score=1))
    with Episode(episode) as opened:
        assert opened.labels["score"] == 4
        assert "another episode" in opened.labelled.problems[0]


def test_a_journal_tells_what_was_said_beside_it(tmp_path: Path) -> None:
    journal = small.journal(tmp_path / "episode_000001.journal", small.metadata(1, labels={"scene": {"pose": "left"}}))
    say(journal, label(0, episode=small.uuid(1), score=2))
    told = subject(journal)
    assert (told.uuid, told.rig, told.span_ns) == (small.uuid(1), "virtual", None)
    assert (told.labelled.labels["score"], told.labelled.labels["scene"]) == (2, {"pose": "left"})


# -- verify ------------------------------------------------------------------------------------------


def test_sound_labels_are_told_with_their_number_and_what_a_power_cut_broke_off(episode: Path) -> None:
    path = say(episode, of(0, score=2), of(1, tags=["red"]))
    assert examine_labels(path).note == "sound, 2 labels"
    path.write_bytes(path.read_bytes()[:-9])
    report = examine_labels(path)
    assert report.is_sound
    assert report.note == "sound, 1 label; torn off by a power cut, and never said: line 2"


def test_damaged_labels_are_named_and_the_episode_is_none_the_worse(episode: Path) -> None:
    path = say(episode, of(0, score=2), of(1, tags=["red"]))
    path.write_bytes(path.read_bytes().replace(b'"score": 2', b'"score": 3'))
    reports = {report.path.name: report for report in examine_all(files_below(episode), lambda done, total: None)}
    assert reports.keys() == {episode.name, path.name}
    assert reports[episode.name].is_sound
    assert reports[path.name].problems == ("line 1 is no label: it was changed: its CRC-32 differs",)


def test_steps_outside_the_episode_are_named_unless_they_were_taken_back(episode: Path) -> None:
    begin_ns = START_NS
    late = [{"name": "lift", "begin_ns": begin_ns, "end_ns": begin_ns + 9 * SECOND}]
    near = [{"name": "lift", "begin_ns": begin_ns - 10**8, "end_ns": begin_ns + SECOND}]
    path = say(episode, of(0, steps=near), of(1, steps=late))
    assert examine_labels(path).problems == ("the step 'lift' lies outside the episode",)
    say(episode, undo(2, of(1)))
    assert examine_labels(path).is_sound


def test_labels_without_their_episode_or_beside_a_broken_one_are_named(episode: Path) -> None:
    path = say(episode, of(0, score=2))
    episode.write_bytes(b"nonsense")
    assert "only the lines were checked" in examine_labels(path).note
    episode.unlink()
    assert examine_labels(path).problems == (
        f"there is no {episode.name} beside it; put it back beside its episode, or away",
    )
    small.journal(episode.with_suffix(".journal"), small.metadata(1))
    assert "is of another episode" in examine_labels(path).problems[0]


# -- the catalogue -----------------------------------------------------------------------------------


def rows(folder: Path, catalogue: Catalogue, hashed: list[Path]) -> dict[str | None, Row]:
    def index(paths: list[Path], hashes: Hashes, progress: Any) -> dict[Path, Row]:
        hashed.extend(path for path in paths if path not in hashes)
        return small.in_this_process(paths, hashes, progress)

    return {row.path: row for row in refresh(folder, catalogue, index=index).rows}


def test_a_changed_sidecar_is_noticed_and_the_file_is_not_hashed_again(tmp_path: Path) -> None:
    path = small.sealed(tmp_path / "episode_000001.hdf5", small.metadata(1, labels={"outcome": "success"}))
    journal = small.journal(tmp_path / "episode_000002.journal", small.metadata(2))
    hashed: list[Path] = []
    with Catalogue(tmp_path) as catalogue:
        sha256 = rows(tmp_path, catalogue, hashed)[path.name].sha256
        say(path, label(0, episode=small.uuid(1), score=2, tags=["red"], outcome="failure"))
        say(journal, label(0, episode=small.uuid(2), tags=["red"]))
        row = rows(tmp_path, catalogue, hashed)[path.name]
        assert (row.score, row.tags, row.outcome, row.sha256) == (2.0, ("red",), "failure", sha256)
        assert [row.number for row in catalogue.rows(Query(tag="red"))] == [2, 1]
        assert [row.number for row in catalogue.rows(Query(outcome="failure"))] == [1]
        sidecar.sidecar_of(path).unlink()
        assert rows(tmp_path, catalogue, hashed)[path.name].outcome == "success"
        assert refresh(tmp_path, catalogue, index=None).waiting == 0
    assert hashed == [path]


def test_an_unreadable_file_with_labels_is_opened_once(tmp_path: Path) -> None:
    path = tmp_path / "episode_000001.hdf5"
    path.write_bytes(b"nonsense")
    say(path, label(0, score=2))
    with Catalogue(tmp_path) as catalogue:
        refresh(tmp_path, catalogue)
        assert refresh(tmp_path, catalogue, index=None).waiting == 0


def test_a_pipe_instead_of_labels_keeps_nobody_waiting(tmp_path: Path) -> None:
    path = small.sealed(tmp_path / "episode_000001.hdf5", small.metadata(1, labels={"score": 3}))
    os.mkfifo(sidecar.sidecar_of(path))
    with Catalogue(tmp_path) as catalogue:
        assert rows(tmp_path, catalogue, [])[path.name].score == 3.0
