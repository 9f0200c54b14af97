"""Nothing in the trash is overwritten, half moved or forgotten."""

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from collector.episode import trash
from collector.episode.burial import at_once, buried, entombed, files_of
from collector.episode.catalogue_row import Row
from collector.episode.tombstone import Tombstone, tombstones

STEM = "episode_000007"
ROW = Row(f"{STEM}.journal", "recorded", "aaaa-1", 7, discarded_utc_ns=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An episode of four files, condemned."""
    for end in ("journal", "journal.1", "hdf5", "labels.jsonl"):
        (tmp_path / f"{STEM}.{end}").write_text(end)
    at_once(entombed(tmp_path, Tombstone(ROW, STEM)))
    return tmp_path


def bury(folder: Path) -> None:
    at_once(buried(folder, Tombstone(ROW, STEM)))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_all_files_of_an_episode_go_and_come_together(folder: Path) -> None:
    (folder / "episode_0000071.hdf5").touch()  # another's
    bury(folder)
    assert names(folder) == ["episode_0000071.hdf5"]
    assert trash.find(folder, "aaaa").grave == Tombstone(ROW, STEM)
    assert trash.restore(folder, "aaaa").name == f"{STEM}.hdf5"
    assert names(folder) == [
        f"{STEM}.hdf5", f"{STEM}.journal", f"{STEM}.journal.1", f"{STEM}.labels.jsonl", "episode_0000071.hdf5",
    ]  # fmt: skip
    assert names(folder / ".trash") == []


def test_a_file_in_the_way_is_never_overwritten(folder: Path) -> None:
    (folder / ".trash" / f"{STEM}.journal").write_text("of another")
    with pytest.raises(FileExistsError, match="is there already"):
        bury(folder)
    assert (folder / ".trash" / f"{STEM}.journal").read_text() == "of another"
    assert (folder / f"{STEM}.journal").read_text() == "journal"
    assert any("is there already" in problem for problem in trash.settle(folder))


@pytest.mark.parametrize("moved", [0, 1, 2, 3, 4])
def test_what_a_kill_left_half_moved_is_moved_at_the_next_start(folder: Path, moved: int) -> None:
    for path in list(reversed(files_of(folder, STEM)))[:moved]:
        os.link(path, folder / ".trash" / path.name)  # the last one: linked, not yet removed
        if path != files_of(folder, STEM)[0]:
            path.unlink()
    assert trash.settle(folder) == []
    assert names(folder) == []
    assert len(names(folder / ".trash")) == 5


@pytest.mark.parametrize("moved", [1, 2, 3])
def test_what_a_kill_left_half_restored_comes_back_whole_under_its_name(folder: Path, moved: int) -> None:
    bury(folder)
    (folder / ".trash" / "aaaa-1.json").unlink()
    for path in list(reversed(files_of(folder / ".trash", STEM)))[:moved]:
        path.rename(folder / path.name)
    (folder / f"{STEM}.journal").unlink(missing_ok=True)  # sealed: the file itself comes last
    (folder / ".trash" / f"{STEM}.journal").unlink(missing_ok=True)
    assert trash.restore(folder, f"{STEM}.hdf5").name == f"{STEM}.hdf5"
    assert names(folder) == [f"{STEM}.hdf5", f"{STEM}.journal.1", f"{STEM}.labels.jsonl"]


def test_where_the_name_is_taken_the_labels_get_the_new_name_too(folder: Path) -> None:
    bury(folder)
    (folder / f"{STEM}.hdf5").write_text("of another")
    assert trash.restore(folder, "aaaa").name == "episode_000008.hdf5"
    assert (folder / "episode_000008.labels.jsonl").read_text() == "labels.jsonl"
    assert not (folder / f"{STEM}.labels.jsonl").exists()


def test_a_number_is_not_used_again_while_there_are_labels_of_it(tmp_path: Path) -> None:
    (tmp_path / "episode_000009.labels.jsonl").touch()
    assert trash.next_number(tmp_path) == 10


def test_a_purge_that_a_kill_ended_is_finished_at_the_next_start(folder: Path) -> None:
    bury(folder)
    at_once(entombed(folder, Tombstone(replace(ROW, purged_utc_ns=2), STEM)))
    assert trash.settle(folder) == []
    assert names(folder / ".trash") == ["aaaa-1.json"]
    assert trash.next_number(folder) == 8


def test_disks_without_hard_links_do_as_well(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    bury(folder)
    assert names(folder) == []
    (folder / f"{STEM}.hdf5").touch()
    with pytest.raises(PermissionError):
        bury(folder)


def test_of_two_that_begin_alike_neither_is_guessed(folder: Path) -> None:
    at_once(entombed(folder, Tombstone(replace(ROW, uuid="aaaa-2", number=8), "episode_000008")))
    with pytest.raises(trash.NotInTrash, match="aaaa-1, aaaa-2"):
        trash.restore(folder, "aaaa")


def test_a_tombstone_that_cannot_be_read_counts_as_none(folder: Path) -> None:
    (folder / ".trash" / "bbbb.json").write_text("{")
    told = {"format": "clapboard-tombstone", "name": "x", "episode": {"uuid": 7}}
    (folder / ".trash" / "cccc.json").write_text(json.dumps(told))
    assert list(tombstones(folder)) == ["aaaa-1"]
