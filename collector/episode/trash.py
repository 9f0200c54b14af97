"""The trash of a folder: nothing is deleted before somebody purges it.

A discarded episode lies in `.trash` beside its tombstone (tombstone.py); how files get there and back: burial.py.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from collector.episode.burial import Steps, at_once, brought_back, buried, entombed, files_of, is_twin
from collector.episode.catalogue_facts import number_of
from collector.episode.catalogue_row import Row
from collector.episode.segments import SUFFIX, TRASH
from collector.episode.tombstone import Tombstone, tombstones, ways_back

_LEAST = 4  # characters of a UUID that name it


class NotInTrash(Exception):
    """There is nothing to bring back; the text says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be brought back: the name that its files share, its tombstone if any, and where it will be."""

    stem: str
    grave: Tombstone | None
    path: Path

    def steps(self, folder: Path) -> Steps:
        """How it comes there. Raises FileExistsError, OSError."""
        return brought_back(folder, self.stem, self.grave, stem_of(self.path))


def stem_of(path: str | Path) -> str:
    """The name that all files of an episode share."""
    return Path(path).name.partition(".")[0]


def find(folder: Path, name: str) -> Found:
    """What is in the trash, by UUID (or how it begins) or file.

    It gets its old name, or the next free number where that is taken. Raises NotInTrash.
    """
    stem, grave = _buried(folder, name)
    files, target = files_of(folder / TRASH, stem), stem
    while files and _is_taken(folder, target, stem):  # without any it was only about to be moved
        target = f"episode_{next_number(folder):06d}"
    names = {path.name for path in files or files_of(folder, stem)}
    end = ".hdf5" if f"{stem}.hdf5" in names else SUFFIX
    return Found(stem, grave, folder / f"{target}{end}")


def restore(folder: Path, name: str) -> Path:
    """Bring back what is in the trash and wait until that is durable; where it is. Raises NotInTrash, OSError."""
    found = find(folder, name)
    at_once(found.steps(folder))
    return found.path


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
        at_once(entombed(folder, grave))
    for grave in graves:
        _delete(folder, grave.stem)


def settle(folder: Path) -> list[str]:
    """Finish what a kill or a power cut left half done; what failed. What is said durably decides.

    With a tombstone it goes to the trash, or for good where it was purged; one that was being brought back comes; and
    of two names without either the one in the trash goes, for its tombstone was never there.
    """
    problems: list[str] = []
    there, graves = _stems(folder), tombstones(folder)
    for path, grave, target in ways_back(folder):
        try:
            if grave.name in graves:  # discarded again
                path.unlink()
            else:
                at_once(brought_back(folder, grave.stem, grave, target))
        except OSError as error:
            problems.append(str(error))
    for grave in graves.values():
        try:
            if grave.row.purged_utc_ns is not None:
                _delete(folder, grave.stem)
            elif grave.stem in there:
                at_once(buried(folder, grave))
        except OSError as error:
            problems.append(str(error))
    for stem in there.keys() & _stems(folder / TRASH).keys() - {grave.stem for grave in graves.values()}:
        for name in there[stem]:
            if is_twin(folder / name, folder / TRASH / name):
                (folder / TRASH / name).unlink()
    return problems


def _stems(folder: Path) -> dict[str, list[str]]:
    """Names of the files there, by what they share."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in folder.glob("*.*"):
        found[stem_of(path)].append(path.name)
    return found


def _is_taken(folder: Path, target: str, stem: str) -> bool:
    """Is there another episode of that name? Labels or further segments alone are what a kill left of a restore."""
    there = [path for end in (SUFFIX, ".hdf5") if (path := folder / f"{target}{end}").exists()]
    return any(target != stem or not is_twin(path, folder / TRASH / path.name) for path in there)


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


def _delete(folder: Path, stem: str) -> None:
    for path in files_of(folder / TRASH, stem):
        path.unlink()
