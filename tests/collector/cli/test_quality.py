"""clap quality, as a data engineer or a script meets it."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import h5py
import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from collector.cli.app import app
from collector.cli.options import CHECK_FAILED, Abort
from collector.episode.catalogue import Catalogue
from collector.episode.catalogue_refresh import refresh
from collector.quality.judged import judged
from collector.report.judged_table import judged_table
from collector.report.quality_table import quality_table
from tests.collector.episode import small

USUAL = {"idle_share": 0.1, "duration_s": 10.0, "lost_frames": 0.0, "sparc": -1.8}
SLOW = USUAL | {"idle_share": 0.6, "duration_s": 31.0, "at": {"longest_pause_s": 4.0}}
BLIND = USUAL | {"lost_frames": 12.0, "longest_blind_s": 0.2, "at": {"longest_blind_s": 6.13}}


def add(folder: Path, number: int, quality: dict[str, Any] | None, **told: Any) -> None:
    path = small.sealed(folder / f"episode_{number:06d}.hdf5", small.metadata(number + 1, **told))
    if quality is not None:
        with h5py.File(path, "a") as file:
            file["quality"] = json.dumps(quality)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six like each other, a slow one, one that is blind for a while, and one from before."""
    for number in range(6):
        add(tmp_path, number, USUAL)
    for number, told in ((6, SLOW), (7, BLIND), (8, None)):
        add(tmp_path, number, told)
    return listed(tmp_path)


def listed(folder: Path) -> Path:
    with Catalogue(folder) as catalogue:
        refresh(folder, catalogue, index=small.in_this_process)
    return folder


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["quality", *(str(word) for word in words)])


def test_the_takes_to_look_at_are_told_with_why_and_what_to_do(folder: Path) -> None:
    found = run(folder)
    assert isinstance(found.exception, Abort) and found.exception.code == CHECK_FAILED
    assert "episode_000006" in found.stdout and "episode_000000" not in found.stdout
    flat = " ".join(found.stdout.split())
    assert "length 31 s, usually 10 s" in flat
    assert "x longest blind 0.2 s at 6.1 s. Retake" in flat
    assert "9 takes, 2 to look at, 1 of them bad" in found.stdout + found.stderr


def test_a_program_reads_all_of_them(folder: Path) -> None:
    told: list[dict[str, Any]] = json.loads(run(folder, "--json").stdout)
    by_path = {take["path"]: take for take in told}
    assert len(told) == 9
    assert [one["name"] for one in by_path["episode_000006.hdf5"]["remarks"]] == ["duration_s", "idle_share"]
    assert by_path["episode_000007.hdf5"]["remarks"][0]["at_s"] == 6.13
    assert by_path["episode_000008.hdf5"]["quality"] == {}
    assert run(folder, "--task", "stack", "--json").stdout.strip() == "[]"


def test_where_nothing_is_bad_it_ends_well(tmp_path: Path) -> None:
    for number in range(2):
        add(tmp_path, number, USUAL)
    found = run(listed(tmp_path), "--all")
    assert found.exit_code == 0
    assert "idle 10 %" in found.stdout and "2 takes, 0 to look at" in found.stdout + found.stderr


def test_takes_of_other_tasks_rigs_and_self_tests_are_no_yardstick() -> None:
    from collector.episode.catalogue_row import Row

    def row(number: int, quality: dict[str, Any], **told: Any) -> Row:
        facts = {"task": "a", "rig": "one", "status": "complete", "purpose": "record", **told}
        return Row(f"{number}", "sealed", uuid=str(number), quality=json.dumps(quality), **facts)

    others = [row(number, USUAL, task="b") for number in range(6)]
    others += [row(number, USUAL, rig="two") for number in range(6)]
    tests = [row(number, USUAL, purpose="selftest") for number in range(6)]
    found = judged([*others, *tests, row(99, SLOW)])
    assert len(found) == 13
    assert found[-1].standings == {}


def test_the_tables_are_legible_and_say_what_could_not_be_measured(folder: Path) -> None:
    told = StringIO()
    console = Console(file=told, width=80, color_system=None)
    with Catalogue(folder) as catalogue:
        console.print(judged_table(judged(catalogue.rows())))
    console.print(quality_table(BLIND))
    console.print(quality_table({"problem": "could not be measured: odd"}))
    text = told.getvalue()
    assert "no figures: it was recorded before they were kept" in text
    assert "longest blind 0.2 s at 6.1 s: Retake" in text
    assert "quality: could not be measured: odd" in text
