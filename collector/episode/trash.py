"""Tombstones, not deletes: a discarded episode lies in `.trash`, beside `<uuid>.json` that says what it was.

The tombstone decides: as long as there is one the episode is discarded, though its files may still be on their way.
Nothing is ever moved over another file. What a power cut undoes here in its last seconds is a move, never data.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from glob import escape
from pathlib import Path
from typing import Any

from collector.episode.catalogue_facts import number_of
from collector.episode.catalogue_row import Row
from collector.episode.disk import SystemDisk
from collector.episode.segments import SUFFIX, TRASH, sealed

_LEAST = 4  # characters of a UUID that name it
_FORMAT = "clapboard-tombstone"
_NO_LINKS = (1, 38, 95)  # EPERM, ENOSYS, EOPNOTSUPP: a file system without hard links


class NotInTrash(Exception):
    """There is nothing to bring back; the text says why."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A discarded episode: its row as it was, and the name its files share."""

    row: Row
    stem: str


def tombstones(folder: Path) -> dict[str, Tombstone]:
    """By UUID, or by name where that was unknown. One that cannot be read counts as none: its files tell enough."""
    names = sorted(path.stem for path in (folder / TRASH).glob("*.json"))
    return {name: found for name in names if (found := tombstone(folder, name)) is not None}


def tombstone(folder: Path, uuid: str) -> Tombstone | None:
    """That of one episode, if it was discarded."""
    try:
        told = json.loads((folder / TRASH / f"{uuid}.json").read_bytes())
        return Tombstone(Row.from_dict(told["episode"]), str(told["name"])) if told["format"] == _FORMAT else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(folder: Path, grave: Tombstone) -> Path:
    """Whole or not at all; returns its file."""
    trash = folder / TRASH
    trash.mkdir(exist_ok=True)
    path = trash / f"{_name(grave)}.json"
    told: dict[str, Any] = {"format": _FORMAT, "version": 1, "name": grave.stem}
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(told | {"episode": grave.row.to_dict()}, indent=1))
    return temporary.rename(path)


def stem_of(path: str | Path) -> str:
    """The name that all files of an episode share."""
    return Path(path).name.partition(".")[0]


def files_of(folder: Path, stem: str) -> list[Path]:
    """Sealed file, journal and its segments, and whatever else carries the name."""
    return sorted(folder.glob(f"{escape(stem)}.*"))


def bury(folder: Path, stem: str) -> None:
    """Move an episode's files to the trash; doing it again moves what was left. Raises FileExistsError."""
    trash = folder / TRASH
    trash.mkdir(exist_ok=True)
    for path in reversed(files_of(folder, stem)):  # a journal's first segment last: it stands for all
        _move(path, trash / path.name)


def restore(folder: Path, name: str) -> tuple[Path, Row | None]:
    """Bring back what is in the trash, by UUID (or how it begins) or file: its file, and the row of its tombstone.

    It gets its old name, or the next free number where that is taken. Raises NotInTrash.
    """
    stem, grave = _buried(folder, name)
    files = files_of(folder / TRASH, stem)
    target = stem
    while files and files_of(folder, target):  # without any it was only about to be moved
        target = f"episode_{next_number(folder):06d}"
    if grave is not None:
        (folder / TRASH / f"{_name(grave)}.json").unlink()
    for path in reversed(files):
        _move(path, folder / path.name.replace(stem, target, 1))
    journal = folder / f"{target}{SUFFIX}"
    kept = file if (file := sealed(journal)).exists() else journal
    return kept, None if grave is None else grave.row


def next_number(folder: Path, graves: bool = True) -> int:
    """Above every number that an episode here has or (`graves`) had."""
    names = [path.name for place in (folder, folder / TRASH) for path in place.glob("episode_*")]
    names += [grave.stem for grave in tombstones(folder).values()] if graves else []
    return max((number for name in names if (number := number_of(name)) is not None), default=-1) + 1


def purgeable(folder: Path, rows: Iterable[Row], before_utc_ns: int) -> dict[Row, int]:
    """Those of the rows that were discarded before then and have files in the trash, and how many bytes."""
    found: dict[Row, int] = {}
    for row in rows:
        at = row.discarded_utc_ns or row.started_utc_ns or 0
        if row.state == "trashed" and row.path and row.path.startswith(f"{TRASH}/") and at < before_utc_ns:
            found[row] = sum(path.stat().st_size for path in files_of(folder / TRASH, stem_of(row.path)))
    return found


def purge(folder: Path, rows: Iterable[Row], utc_ns: int) -> None:
    """Delete the files of trashed rows for good; tombstones stay, durable before the first file goes."""
    graves = [Tombstone(replace(row, purged_utc_ns=utc_ns), stem_of(row.path)) for row in rows if row.path]
    for grave in graves:
        _sync_file(write(folder, grave))
    if graves:
        SystemDisk().sync_folder(folder / TRASH)
    for grave in graves:
        _delete(folder, grave.stem)


def settle(folder: Path) -> list[str]:
    """Finish what a kill left half done: what has a tombstone goes to the trash, what was purged goes. What failed."""
    problems: list[str] = []
    for grave in tombstones(folder).values():
        try:
            if grave.row.purged_utc_ns is None:
                bury(folder, grave.stem)
            else:
                _delete(folder, grave.stem)
        except OSError as error:
            problems.append(str(error))
    return problems


def _buried(folder: Path, name: str) -> tuple[str, Tombstone | None]:
    """The name its files share, and its tombstone if there is one."""
    graves, stem = tombstones(folder), stem_of(name)
    by_uuid = [grave for uuid, grave in graves.items() if len(name) >= _LEAST and uuid.startswith(name)]
    chosen = by_uuid or [grave for grave in graves.values() if grave.stem == stem]
    if len(chosen) > 1:
        raise NotInTrash(f"{name} may be each of {', '.join(str(g.row.uuid) for g in chosen)}; give more of the UUID")
    grave = chosen[0] if chosen else None
    stem = grave.stem if grave else stem
    is_purged = grave is not None and grave.row.purged_utc_ns is not None
    if files_of(folder / TRASH, stem) or (grave is not None and not is_purged and files_of(folder, stem)):
        return stem, grave
    if is_purged:
        raise NotInTrash(f"{name} was purged: its files are gone for good")
    raise NotInTrash(f"{folder / TRASH} holds no {name}; clap list --trashed shows what it holds")


def _name(grave: Tombstone) -> str:
    return grave.row.uuid or f"unknown-{grave.stem}"


def _delete(folder: Path, stem: str) -> None:
    for path in files_of(folder / TRASH, stem):
        path.unlink()


def _move(source: Path, target: Path) -> Path:
    """Rename, but never over another file. Raises FileExistsError."""
    try:
        os.link(source, target)
    except FileExistsError as error:
        if not target.samefile(source):  # a kill between link and unlink leaves both names
            raise FileExistsError(f"{target} is there already; move one of them away") from error
    except OSError as error:
        if error.errno not in _NO_LINKS or target.exists():
            raise
        return source.rename(target)
    source.unlink()
    return target


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
