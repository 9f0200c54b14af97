"""clap list, restore, purge and catalogue, as a person at a terminal or a script meets them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from collector.cli.app import app
from collector.cli.options import USAGE, Abort
from collector.episode.catalogue import NAME
from collector.episode.catalogue_row import Row
from collector.episode.ledger import Ledger
from collector.report.catalogue_table import catalogue_table, size
from tests.collector.episode import small


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Five episodes (journals, which no child process has to open), the last three discarded."""
    ledger = Ledger(tmp_path, tmp_path / "log")
    for number in range(5):
        path = small.journal(tmp_path / f"episode_{number:06d}.journal", small.metadata(number + 1))
        if number > 1:
            ledger.discard(path, small.uuid(number + 1), "operator-1", "slipped")
    ledger.close()
    yield tmp_path


def run(*words: object, answer: str = "") -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], input=answer)


def listed(*words: object) -> list[int]:
    rows: list[dict[str, Any]] = json.loads(run("list", *words, "--json").stdout)
    return [row["number"] for row in rows]


def test_list_finds_what_is_there_newest_first_and_apart_what_was_discarded(folder: Path) -> None:
    assert listed(folder) == [1, 0]
    assert listed(folder, "--trashed") == [4, 3, 2]
    assert listed(folder, "--limit", 1) == [1]
    assert listed(folder, "--task", "stack") == []
    assert listed(folder, "--session", small.RUN["session_uuid"][:8]) == [1, 0]
    assert "pick_cube" in run("list", folder).stdout


def test_what_is_not_there_is_told_with_what_is(folder: Path) -> None:
    assert "task is one of: pick_cube" in run("list", folder, "--task", "stack").stderr


def test_a_folder_without_episodes_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    assert listed(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_days_are_local_and_until_includes_its_day(folder: Path) -> None:
    day = f"{datetime.fromtimestamp(small.BEGAN_NS // 10**9):%Y-%m-%d}"
    assert listed(folder, "--since", day, "--until", day) == [1, 0]
    assert listed(folder, "--until", f"{day}T00:00") == []
    wrong = run("list", folder, "--since", "yesterday").exception
    assert isinstance(wrong, Abort) and wrong.code == USAGE
    assert "--since yesterday" in str(wrong)


def test_a_discarded_episode_comes_back_by_uuid_or_file(folder: Path) -> None:
    assert run("restore", small.uuid(3)[:8], folder).exit_code == 0
    assert run("restore", folder / ".trash" / "episode_000003.journal").exit_code == 0
    assert listed(folder) == [3, 2, 1, 0]
    assert (folder / "episode_000002.journal").exists()
    nothing = run("restore", "nobody", folder).exception
    assert isinstance(nothing, Abort) and "holds no nobody" in str(nothing)


def test_where_the_name_is_taken_it_comes_back_under_the_next_number(folder: Path) -> None:
    small.journal(folder / "episode_000002.journal", small.metadata(77))
    assert run("restore", small.uuid(3)[:8], folder).exit_code == 0
    assert (folder / "episode_000005.journal").exists()
    assert sorted(listed(folder)) == [0, 1, 2, 5]


def test_purge_says_what_would_go_and_without_a_terminal_does_nothing_unless_told(folder: Path) -> None:
    refused = run("purge", folder)
    assert isinstance(refused.exception, Abort) and "--yes" in str(refused.exception)
    assert "3 discarded episodes (3 pick_cube)" in refused.stderr
    assert run("purge", folder, "--older-than", 1, "--yes").exit_code == 0
    assert listed(folder, "--trashed") == [4, 3, 2]
    assert (folder / ".trash" / "episode_000002.journal").exists()


@pytest.mark.parametrize(("answer", "left"), [("n", 3), ("y", 0)])
def test_on_a_terminal_purge_asks(folder: Path, answer: str, left: int) -> None:
    terminal, theirs = os.openpty()
    command = [sys.executable, "-m", "collector.cli", "purge", str(folder)]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        os.write(terminal, f"{answer}\n".encode())
        try:
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    os.close(terminal)
    os.close(theirs)
    assert process.returncode == 0, said
    assert "Delete them for good?" in said
    assert len(list((folder / ".trash").glob("*.journal"))) == left


def test_what_is_purged_is_gone_for_good_and_never_forgotten(folder: Path) -> None:
    assert run("purge", folder, "--yes").exit_code == 0
    assert sorted(path.name for path in (folder / ".trash").iterdir()) == [f"{small.uuid(n)}.json" for n in (3, 4, 5)]
    rows = json.loads(run("list", folder, "--trashed", "--json").stdout)
    assert {row["state"] for row in rows} == {"purged"}
    gone = run("restore", small.uuid(3)[:8], folder).exception
    assert isinstance(gone, Abort) and "purged" in str(gone)
    assert "nothing to purge" in run("purge", folder, "--yes").stderr
    assert run("catalogue", "rebuild", folder).exit_code == 0
    assert json.loads(run("list", folder, "--trashed", "--json").stdout) == rows


def test_rebuild_gives_what_the_files_say_and_names_what_is_none(folder: Path) -> None:
    before = json.loads(run("list", folder, "--json").stdout)
    (folder / "episode_000009.journal").touch()
    told = json.loads(run("catalogue", "rebuild", folder, "--json").stdout)
    assert (told["episodes"], told["opened"], told["changed"]) == (6, 0, 1)
    assert list(told["problems"]) == ["episode_000009.journal"]
    (folder / "episode_000009.journal").unlink()
    (folder / NAME).unlink()
    assert run("catalogue", "refresh", folder).exit_code == 0
    assert json.loads(run("list", folder, "--json").stdout) == before


def test_a_folder_that_cannot_be_written_to_is_listed_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / NAME).unlink()
    (folder / NAME).mkdir()  # nor by root
    assert listed(folder) == [1, 0]


def test_the_table_fits_a_terminal_of_80_columns() -> None:
    row = Row(
        "episode_000123.hdf5", "sealed", small.uuid(1), 123, task="put_the_very_long_thing_into_the_box",
        started_utc_ns=small.BEGAN_NS, duration_s=123.4, outcome="success", score=4.5, status="interrupted",
    )  # fmt: skip
    broken = Row("episode_000124.hdf5", "sealed", number=124, problem="is no HDF5 file that can be read")
    console = Console(width=80, record=True, file=StringIO())
    console.print(catalogue_table([row, broken]))
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= 80
    assert all(word in lines[1] for word in ("123", "2026-09-21", "123.4", "success", "4.5", "interrupted", "put_the"))
    assert "episode_000124.hdf5: is no HDF5 file" in lines[-1]


@pytest.mark.parametrize(("count", "told"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_340_000_000, "2.3 GB")])
def test_sizes_are_told_for_people(count: int, told: str) -> None:
    assert size(count) == told
