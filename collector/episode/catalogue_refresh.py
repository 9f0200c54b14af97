"""Brings a catalogue to what the files say: all of it anew, or only what is new or changed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from collector.episode.catalogue import Catalogue
from collector.episode.catalogue_facts import number_of
from collector.episode.catalogue_row import Row
from collector.episode.catalogue_survey import known, rows, survey

_OPEN_S = 60.0
_LEAST_BYTES_S = 5_000_000  # of the slowest disk that is waited for

Progress = Callable[[str, float | None], None]
Index = Callable[[list[Path], Progress], dict[Path, Row]]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """`indexed`: files that were opened; `waiting`: files that would have to be, where nobody could."""

    rows: list[Row]
    indexed: int
    waiting: int


def in_children(paths: list[Path], progress: Progress) -> dict[Path, Row]:
    """The rows of sealed files, each opened and hashed in a child process; of what is none, with the problem."""
    from collector.episode.catalogue_sealed import sealed_row, sha256
    from collector.episode.isolated import Unreadable, each

    found: dict[Path, Row] = {}
    for path, row in each(sealed_row, paths, _OPEN_S):
        found[path] = _unreadable(path, row.problem) if isinstance(row, Unreadable) else row
        progress(f"reading {path.name}", len(found) / len(paths))
    largest = max((row.bytes or 0 for row in found.values()), default=0)
    files = [path for path in paths if path.is_file()]
    for done, (path, digest) in enumerate(each(sha256, files, _OPEN_S + largest / _LEAST_BYTES_S), 1):
        if isinstance(digest, str):
            found[path] = replace(found[path], sha256=digest)
        progress(f"hashing {path.name}", done / len(files))
    return found


def refresh(
    folder: Path,
    catalogue: Catalogue,
    *,
    index: Index | None = in_children,
    afresh: bool = False,
    progress: Progress = lambda _what, _share: None,
) -> Refreshed:
    """Make the catalogue say what the files say; a daemon may record meanwhile.

    `afresh`: believe none of its rows, only files. `index` None: open nothing; where that does not do, nothing is
    changed and `waiting` says how many files it takes. Raises sqlite3.Error, OSError (the folder cannot be read).
    """
    told = {} if afresh else known(catalogue.rows())
    indexed = 0
    while True:
        found = survey(folder)
        told = known(grave.row for grave in found.tombstones.values()) | told
        missing = {folder / path: stamp for path, stamp in found.sealed.items() if stamp not in told}
        if missing and index is None:
            return Refreshed(catalogue.rows(), 0, len(missing))
        if missing and index is not None:
            answers = index(list(missing), progress)
            told |= {missing[path]: row for path, row in answers.items() if path.exists()}
            indexed += len(answers)
        with catalogue.writing():
            if survey(folder) == found:  # or else the daemon has begun or sealed one: look again
                said = rows(folder, found, told)
                if set(said) != set(catalogue.rows()):
                    catalogue.replace(said)
                return Refreshed(said, indexed, 0)


def _unreadable(path: Path, problem: str) -> Row:
    """A file that is no episode, or is damaged."""
    try:
        stat = path.stat()
    except OSError:
        return Row(path.name, "sealed", problem=problem)
    return Row(
        path=path.name,
        state="sealed",
        number=number_of(path.name),
        bytes=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
        problem=problem.replace(f"{path.parent}/", ""),
    )
