"""The power goes at any moment of a discard or a restore: every file is there afterwards, in the place that is said.

A cut leaves what was durable and, of the names made and taken since, any; also of one folder and not of the other. Only
a rename within a folder is one change.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Literal

import pytest

from collector.episode import burial, trash
from collector.episode.burial import Steps, at_once, brought_back, buried, discarded, entombed, files_of
from collector.episode.catalogue_row import Row
from collector.episode.moves import Moves
from collector.episode.tombstone import Tombstone, tombstones

STEM, OTHER = "episode_000007", "episode_000008"
GRAVE = Tombstone(Row(f"{STEM}.journal", "recorded", "aaaa-1", 7, discarded_utc_ns=1), STEM)
TOLD = Tombstone(Row(f"{STEM}.hdf5", "sealed", "aaaa-1", 7, discarded_utc_ns=1, steps=9), STEM)
CONTENT = {f"{STEM}.journal": b"samples", f"{STEM}.labels.jsonl": b"words"}

Before = Literal["there", "condemned", "discarded"]
Names = dict[Path, tuple[int, bytes]]
"""What is called so: inode, content."""


def names(folder: Path) -> Names:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder): (path.stat().st_ino, path.read_bytes()) for path in files}


@dataclass
class Disk:
    """What of a folder would be left by a power cut; `synced` hears what was made durable."""

    folder: Path
    names: Names
    contents: set[int] = field(default_factory=set[int])
    """Inodes whose bytes are durable; of others the names may be, with no bytes."""

    def synced(self, path: Path) -> None:
        now = names(self.folder)
        if path.is_dir():
            self.names = {name: told for name, told in self.names.items() if self.folder / name.parent != path}
            self.names |= {name: told for name, told in now.items() if self.folder / name.parent == path}
        elif path.exists():
            self.contents.add(path.stat().st_ino)

    def cuts(self) -> Iterator[Names]:
        """Everything that a power cut now may leave."""
        now, before = names(self.folder), self.names
        made = [name for name in now if before.get(name, (0,))[0] != now[name][0]]
        taken = [name for name in before if name not in now]
        changes: list[tuple[list[Path], list[Path]]] = []
        for name in made:
            old = [gone for gone in taken if before[gone][0] == now[name][0] and gone.parent == name.parent]
            changes.append(([name], old))
        renamed = {gone for _, old in changes for gone in old}
        changes += [([], [gone]) for gone in taken if gone not in renamed]
        for chosen in product((False, True), repeat=len(changes)):
            left: Names = dict(before)
            for (come, gone), is_there in zip(changes, chosen, strict=True):
                if is_there:
                    left |= {name: now[name] for name in come}
                    left = {name: told for name, told in left.items() if name not in gone}
            yield {name: (ino, data if ino in self.contents else b"") for name, (ino, data) in left.items()}


def laid(folder: Path, left: Names) -> Path:
    """The disk as the next start finds it."""
    by_inode: dict[int, Path] = {}
    for name, (inode, data) in left.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if inode in by_inode:
            os.link(by_inode[inode], path)
        else:
            path.write_bytes(data)
            by_inode[inode] = path
    return folder


def place_of(folder: Path) -> str:
    """Where all of the episode's files are once the daemon has started, each once, and what is said of it."""
    assert trash.settle(folder) == []
    found = names(folder)
    files = {name: data for name, (_, data) in found.items() if name.suffix not in (".json", ".tmp")}
    places = {str(name.parent) for name in files}
    assert len(places) == 1, files
    assert sorted(files.values()) == sorted(CONTENT.values()), files
    assert len({name.name.partition(".")[0] for name in files}) == 1
    in_trash = places == {".trash"}
    assert list(tombstones(folder)) == (["aaaa-1"] if in_trash else [])
    return "trash" if in_trash else "folder"


def start(folder: Path, before: Before = "there") -> Path:
    folder.mkdir()
    for name, data in CONTENT.items():
        (folder / name).write_bytes(data)
    match before:
        case "there":
            pass
        case "condemned":  # while it is sealed
            at_once(entombed(folder, GRAVE))
        case "discarded":
            at_once(discarded(folder, GRAVE))
    return folder


def back(folder: Path, target: str = STEM) -> Steps:
    return brought_back(folder, STEM, GRAVE, target)


def retold(folder: Path) -> Steps:
    """It was sealed meanwhile, and now the whole is known."""
    yield from entombed(folder, TOLD)
    yield from buried(folder, TOLD)


JOBS: dict[str, tuple[Before, Callable[[Path], Steps], str]] = {
    "a discard": ("there", lambda folder: discarded(folder, GRAVE), "trash"),
    "a discard once it is sealed": ("condemned", lambda folder: buried(folder, GRAVE), "trash"),
    "a restore": ("discarded", back, "folder"),
    "a restore under another name": ("discarded", lambda folder: back(folder, OTHER), "folder"),
    "a restore of what was not moved yet": ("condemned", back, "folder"),
    "a tombstone that tells more": ("discarded", retold, "trash"),
}


def no_wait(_: object) -> None:
    """What is durable is counted by hand."""


@pytest.fixture(autouse=True)
def _no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(burial, "sync_folder", no_wait)
    monkeypatch.setattr(os, "fsync", no_wait)


@pytest.mark.parametrize("job", JOBS)
def test_whenever_the_power_goes_every_file_is_in_one_place_and_the_tombstone_says_which(
    tmp_path: Path, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, begin, end = JOBS[job]
    folder = start(tmp_path / "data", before)
    disk = Disk(folder, names(folder), {inode for inode, _ in names(folder).values()})
    monkeypatch.setattr(burial, "sync", disk.synced)
    steps, tried, seen = begin(folder), 0, list[set[str]]()
    while True:
        path = next(steps, None)
        places = {place_of(laid(tmp_path / f"cut{tried}-{number}", left)) for number, left in enumerate(disk.cuts())}
        seen.append(places)
        tried += 1
        if path is None:
            break
        disk.synced(path)
    assert seen[-1] == {end}, "once it is done it stays so"
    assert len(seen) == tried > 2
    changed = [places == {end} for places in seen]
    assert changed == sorted(changed), "and never goes back"


@pytest.mark.parametrize("after", range(1, 8))
def test_undo_in_the_middle_of_a_discard_and_again_and_again_loses_nothing(tmp_path: Path, after: int) -> None:
    folder = start(tmp_path / "data")
    for begin in (lambda: discarded(folder, GRAVE), lambda: back(folder)) * 3:
        for _, _path in zip(range(after), begin(), strict=False):
            pass
    at_once(back(folder) if after % 2 else discarded(folder, GRAVE))
    assert place_of(folder) == ("folder" if after % 2 else "trash")


def test_another_process_that_brings_it_back_in_the_middle_is_not_undone(tmp_path: Path) -> None:
    folder = start(tmp_path / "data")
    steps = discarded(folder, GRAVE)
    for _, _path in zip(range(2), steps, strict=False):
        pass
    trash.restore(folder, "aaaa-1")  # clap restore, while the daemon waits for its disk
    at_once(steps)
    assert place_of(folder) == "folder"


def test_a_discard_that_fails_leaves_the_episode_where_it_was(tmp_path: Path) -> None:
    folder = start(tmp_path / "data")
    (folder / ".trash").mkdir()
    (folder / ".trash" / f"{STEM}.journal").write_bytes(b"of another")
    with pytest.raises(FileExistsError, match="is there already"):
        next(discarded(folder, GRAVE))
    assert tombstones(folder) == {}
    assert {path.name for path in files_of(folder, STEM)} == CONTENT.keys()


def test_nobody_waits_for_the_disk_and_what_it_refuses_is_named(tmp_path: Path) -> None:
    folder = start(tmp_path / "data")

    def broken(path: Path) -> None:
        raise OSError(5, "Input/output error", str(path))

    moves = Moves(broken)
    moves.add("aaaa-1", discarded(folder, GRAVE))
    assert "Input/output error" in moves.finish()["aaaa-1"]
    moves.close()
    assert moves.names == ()
    assert {path.name for path in files_of(folder, STEM)} == CONTENT.keys(), "what is not durable there is kept here"
    assert place_of(folder) == "trash"
