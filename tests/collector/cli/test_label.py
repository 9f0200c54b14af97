"""clap label, as a person at a terminal or a script meets it, where no daemon runs."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from collector.cli.app import app
from collector.cli.options import CHECK_FAILED, USAGE, Abort
from collector.episode import isolated
from collector.labels import sidecar
from tests.collector.episode import small


@pytest.fixture(autouse=True)
def nobody_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No daemon of this machine is asked."""
    (runtime := tmp_path / "runtime").mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sound files need no child processes."""

    def each(function: Callable[[Path], Any], paths: list[Path], timeout_s: float) -> Iterator[tuple[Path, Any]]:
        return ((path, function(path)) for path in paths)

    monkeypatch.setattr(isolated, "each", each)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (data := tmp_path / "data").mkdir()
    for number in (1, 2):
        path = data / f"episode_{number:06d}.hdf5"
        small.sealed(path, small.metadata(number, labels={"outcome": "success", "score": 4, "tags": ["red"]}))
    return data


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["label", *map(str, words)])


def refused(*words: object) -> tuple[int, str]:
    result = run(*words)
    assert isinstance(result.exception, Abort), result.exception
    return result.exception.code, f"{result.exception}\n{result.stderr}"


def told(*words: object) -> list[dict[str, Any]]:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)


@pytest.mark.usefixtures("here")
def test_what_is_said_of_many_is_there_and_taken_back(folder: Path) -> None:
    both = told(folder, "--score", 2, "--tag", "blurry", "--by", "anna")
    assert [(of["labels"]["score"], of["labels"]["tags"]) for of in both] == [(2, ["red", "blurry"])] * 2
    (one,) = told(folder / "episode_000001.hdf5", "--undo")
    assert (one["labels"]["score"], one["labels"]["tags"]) == (4, ["red"])
    assert [(said["by"], said["kind"], said["undone"]) for said in one["history"]] == [
        ("anna", "label", True), ("clap label", "undo", False),
    ]  # fmt: skip
    assert told(folder / "episode_000002.hdf5")[0]["sources"]["score"] == "sidecar"


@pytest.mark.usefixtures("here")
def test_the_table_shows_what_counts_who_said_it_and_when_in_the_episode(folder: Path) -> None:
    path = folder / "episode_000001.hdf5"
    run(path, "--step", "reach@0", "--step", "grasp@0.5", "--note-at", "slipped@0.7", "--scene", "object=red cube")
    run(path, "--note", "later", "--by", "ben")
    run(path, "--undo")
    shown = run(path).stdout
    assert "reach 0.0 s, grasp 0.5 s" in shown and "0.7 s slipped" in shown and "object: red cube" in shown
    assert "undone: note: later" in shown and "takes back" in shown


@pytest.mark.usefixtures("here")
def test_an_episode_is_found_by_its_uuid(folder: Path) -> None:
    assert told(small.uuid(2), "--in", folder, "--outcome", "failure")[0]["labels"]["outcome"] == "failure"
    code, why = refused(small.uuid(2)[:4], "--in", folder)
    assert code == USAGE and "may be each of" in why
    assert "holds no episode ffff" in refused("ffff", "--in", folder)[1]
    assert refused("x", "--in", folder)[0] == USAGE


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--outcome", "good"], "outcome: Input should be"),
        (["--step", "grasp"], "write it as WORDS@SECONDS"),
        (["--step", "@2"], "write it as WORDS@SECONDS"),
        (["--scene", "left"], "write it as NAME=VALUE"),
        (["--unset", "mood"], "one of instruction, paraphrases"),
        (["--undo", "--score", 2], "one after the other"),
    ],
)
def test_what_is_wrong_for_all_is_told_before_anything_is_said(folder: Path, words: list[object], why: str) -> None:
    code, said = refused(folder, *words)
    assert code == USAGE and why in said
    assert not list(folder.glob("*.jsonl"))


@pytest.mark.usefixtures("here")
def test_what_cannot_be_said_of_one_is_said_of_the_others(folder: Path) -> None:
    small.sealed(folder / "episode_000003.hdf5", small.metadata(3), steps=600)
    code, why = refused(folder, "--step", "grasp@5")
    assert code == CHECK_FAILED and "2 of 3 episodes were left as they are" in why
    assert why.count("5 s is not in the episode, which has 1.0 s") == 2
    assert [path.name for path in folder.glob("*.jsonl")] == ["episode_000003.labels.jsonl"]
    assert "left to take back" in refused(folder / "episode_000001.hdf5", "--undo")[1]


@pytest.mark.usefixtures("here")
def test_what_was_discarded_is_not_labelled(folder: Path) -> None:
    (trash := folder / ".trash").mkdir()
    path = (folder / "episode_000001.hdf5").rename(trash / "episode_000001.hdf5")
    assert "bring it back first" in refused(path, "--score", 1)[1]
    assert not sidecar.sidecar_of(path).exists()


def test_what_is_no_episode_is_named_and_the_others_are_shown(folder: Path) -> None:
    (folder / "episode_000003.hdf5").write_text("text")
    code, why = refused(folder)
    assert code == CHECK_FAILED and "episode_000003.hdf5" in why
    code, why = refused(folder, "--score", 5)
    assert code == CHECK_FAILED and "1 of 3 episodes were left as they are" in why
    assert len(list(folder.glob("*.jsonl"))) == 2
