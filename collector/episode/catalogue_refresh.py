"""Brings a catalogue to what the files say: all of it anew, or only what is new or changed."""

import fcntl
import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from collector.episode.catalogue import Catalogue
from collector.episode.catalogue_facts import number_of
from collector.episode.catalogue_row import Row
from collector.episode.catalogue_survey import Stamp, Survey, known, rows, survey
from collector.labels import sidecar

_OPEN_S = 60.0
_AT_ONCE = 100  # files

Progress = Callable[[str, float | None], None]
Hashes = Mapping[Path, str]
"""SHA-256 of files that have not changed since: only what was said of them has."""

Index = Callable[[list[Path], Hashes, Progress], dict[Path, Row]]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """`indexed`: files that were opened; `waiting`: files that would have to be, where nobody could."""

    rows: list[Row]
    indexed: int
    waiting: int


def in_children(paths: list[Path], hashes: Hashes, progress: Progress) -> dict[Path, Row]:
    """The rows of sealed files, each opened in a child process; of what is none, with the problem."""
    from collector.episode.catalogue_sealed import sealed_row
    from collector.episode.isolated import Unreadable, each

    found: dict[Path, Row] = {}
    for path, row in each(sealed_row, paths, _OPEN_S):
        told = _unreadable(path, row.problem) if isinstance(row, Unreadable) else row
        found[path] = replace(told, sha256=hashes.get(path))
        progress(f"reading {path.name}", len(found) / len(paths))
    return found


@contextmanager
def reader(folder: Path, *, waits: bool = False) -> Generator[bool]:
    """Are we the one process that reads what is new in the folder? `waits`: until we are."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
            is_ours = True
        except BlockingIOError:
            is_ours = False
        except OSError:  # a file system without locks: then several read the same
            is_ours = True
        yield is_ours
    finally:
        os.close(descriptor)


def refresh(
    folder: Path,
    catalogue: Catalogue,
    *,
    index: Index | None = in_children,
    afresh: bool = False,
    progress: Progress = lambda _what, _share: None,
) -> Refreshed:
    """Make the catalogue say what the files say; a daemon may record meanwhile. Hashes of new files: catalogue_hashes.

    The newest files first, so many at a time: what has been read others can see. `afresh`: believe none of its rows,
    only files. `index` None: open nothing; where that does not do, nothing is changed and `waiting` says how many files
    it takes. Raises sqlite3.Error, OSError (the folder cannot be read).
    """
    told = {} if afresh else known(catalogue.rows())
    hashes = {file: row.sha256 for (file, _), row in told.items() if row.sha256}
    indexed = 0
    while True:
        found = survey(folder)
        told = known(grave.row for grave in found.tombstones.values()) | told
        missing = {folder / path: stamp for path, stamp in found.sealed.items() if stamp not in told}
        if missing and index is None:
            return Refreshed(catalogue.rows(), 0, len(missing))
        if missing and index is not None:
            part = sorted(missing, reverse=True)[:_AT_ONCE]
            unchanged = {path: hashes[file] for path in part for file, _ in [missing[path]] if file in hashes}
            answers = index(part, unchanged, partial(_of_all, progress, indexed, len(missing)))
            told |= {missing[path]: row for path, row in answers.items() if path.exists()}
            indexed += len(answers)
            if len(part) < len(missing):
                _show(folder, catalogue, found, told, part)
                continue
        with catalogue.writing():
            if survey(folder) == found:  # or else the daemon has begun or sealed one: look again
                before = catalogue.rows()
                said = rows(folder, found, told if afresh else _with_hashes(told, known(before)))
                if set(said) != set(before):
                    catalogue.replace(said)
                return Refreshed(said, indexed, 0)


def _show(folder: Path, catalogue: Catalogue, found: Survey, told: dict[Stamp, Row], part: list[Path]) -> None:
    """Add the rows of these files to what others see."""
    here = {str(path.relative_to(folder)) for path in part}
    few = replace(found, sealed={path: stamp for path, stamp in found.sealed.items() if path in here}, journals=())
    catalogue.put_all(row for row in rows(folder, few, told) if row.path in here)


def _with_hashes(told: dict[Stamp, Row], now: dict[Stamp, Row]) -> dict[Stamp, Row]:
    """Another process may have hashed files meanwhile."""
    return {
        stamp: replace(row, sha256=now[stamp].sha256) if row.sha256 is None and stamp in now else row
        for stamp, row in told.items()
    }


def _of_all(progress: Progress, before: int, left: int, what: str, share: float | None) -> None:
    """So many were read before, so many were left then."""
    done, of = before + (share or 0.0) * min(_AT_ONCE, left), before + left
    progress(f"{what} ({round(done)} of {of})", done / of)


def _unreadable(path: Path, problem: str) -> Row:
    """A file that is no episode, or is damaged."""
    try:
        stat = path.stat()
    except OSError:
        return Row(path.name, "sealed", problem=problem)
    labels_bytes, labels_mtime_ns = sidecar.stamp_of(path)
    return Row(
        path=path.name,
        state="sealed",
        number=number_of(path.name),
        bytes=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
        labels_bytes=labels_bytes,
        labels_mtime_ns=labels_mtime_ns,
        problem=problem.replace(f"{path.parent}/", ""),
    )
