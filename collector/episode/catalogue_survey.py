"""What lies in a folder, and the rows that follow from it: the catalogue is what this says, and nothing else."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from collector.episode.burial import is_twin
from collector.episode.catalogue_facts import journal_row, number_of
from collector.episode.catalogue_row import Row
from collector.episode.segments import TRASH
from collector.episode.segments import number_of as segment_of
from collector.episode.tombstone import Tombstone, tombstones
from collector.episode.trash import stem_of
from collector.labels import sidecar

_SURROGATES = re.compile("[\ud800-\udfff]")  # how Python writes bytes of a name that are not UTF-8
_COPY = "holds the same episode as "

File = tuple[str, int, int]
"""Name, bytes, mtime_ns: a file with the same three is the same file, in whatever place."""

Stamp = tuple[File, tuple[int | None, int | None]]
"""The sealed file, and bytes and mtime_ns of the labels beside it: with the same, the row is the same."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Paths are relative to the folder. `sealed`: every HDF5 file, foreign ones too, with its stamp."""

    sealed: dict[str, Stamp]
    journals: tuple[str, ...]
    tombstones: dict[str, Tombstone]


def survey(folder: Path) -> Survey:
    """Look, open no episode. A file that goes meanwhile is not there."""
    sealed: dict[str, Stamp] = {}
    journals: set[str] = set()
    for place in ("", f"{TRASH}/"):
        for name in _names(folder / place):
            if place and is_twin(folder / name, folder / place / name):  # on its way there or back
                continue
            if name.endswith(".hdf5"):
                try:
                    stat = os.stat(folder / place / name)
                except FileNotFoundError:
                    continue
                beside = sidecar.stamp_of(folder / place / name)
                sealed[place + name] = (name, stat.st_size, stat.st_mtime_ns), beside
            elif (segment := segment_of(Path(name))) >= 0:
                journals.add(place + (name.rpartition(".")[0] if segment else name))
    return Survey(dict(sorted(sealed.items(), key=_order)), tuple(sorted(journals)), tombstones(folder))


def is_empty(folder: Path) -> bool:
    """Is there nothing that a catalogue could tell of?"""
    found = survey(folder)
    return not (found.sealed or found.journals or found.tombstones)


def known(rows: Iterable[Row]) -> dict[Stamp, Row]:
    """The rows that need not be read from their files again."""
    return {
        ((Path(row.path).name, row.bytes, row.mtime_ns), (row.labels_bytes, row.labels_mtime_ns)): row
        for row in rows
        if row.path and row.bytes is not None and row.mtime_ns is not None and not (row.problem or "").startswith(_COPY)
    }


def rows(folder: Path, found: Survey, sealed: Mapping[Stamp, Row]) -> list[Row]:
    """One row an episode, and one a file that is none. `sealed`: what the sealed files say; others are left out."""
    told: list[Row] = []
    places: dict[str, str] = {}  # of each UUID
    for path, stamp in found.sealed.items():
        if (row := sealed.get(stamp)) is not None:
            told.append(_placed(row, path, found, places))
    for path in found.journals:
        row = journal_row(folder / path)
        if places.get(row.uuid or "", "") != str(Path(path).with_suffix(".hdf5")):  # not one just sealed
            told.append(_placed(row, path, found, places))
    stems = {stem_of(path) for path in places.values()}
    gone = [t.row for name, t in found.tombstones.items() if name not in places and (t.row.uuid or t.stem not in stems)]
    return told + [as_purged(row) for row in gone]


def as_trashed(row: Row, path: str, grave: Row | None) -> Row:
    """The row of a discarded episode; `grave`: that of its tombstone."""
    trashed = replace(row, path=path, state="trashed", number=number_of(path))
    if grave is None:
        return trashed
    return replace(
        trashed,
        discarded_utc_ns=grave.discarded_utc_ns,
        discarded_by=grave.discarded_by,
        discarded_why=grave.discarded_why,
    )


def as_live(row: Row, path: str) -> Row:
    """The row of an episode that is there."""
    state = "sealed" if path.endswith(".hdf5") else "recorded"
    return replace(
        row, path=path, state=state, number=number_of(path), discarded_utc_ns=None, discarded_by=None,
        discarded_why=None, purged_utc_ns=None,
    )  # fmt: skip


def as_purged(row: Row) -> Row:
    """The row of an episode whose files are gone."""
    return replace(row, path=None, state="purged")


def _placed(row: Row, path: str, found: Survey, places: dict[str, str]) -> Row:
    """The row of what lies at `path`; `places` gains it."""
    grave = found.tombstones.get(row.uuid or "") or (None if row.uuid else _grave_by_name(found, path))
    if row.uuid is None and grave is not None:  # what was sound when it was discarded
        row = replace(
            grave.row, problem=row.problem, bytes=row.bytes, mtime_ns=row.mtime_ns, sha256=row.sha256,
            labels_bytes=row.labels_bytes, labels_mtime_ns=row.labels_mtime_ns,
        )  # fmt: skip
    if row.uuid is not None and row.uuid in places:
        row, grave = replace(row, uuid=None, problem=_COPY + places[row.uuid]), None
    places[row.uuid or path] = path
    in_trash = path.startswith(f"{TRASH}/")
    is_purged = grave is not None and grave.row.purged_utc_ns is not None
    if grave is not None and is_purged and in_trash:
        return as_purged(grave.row)
    if in_trash or (grave is not None and not is_purged):
        return as_trashed(row, path, None if grave is None else grave.row)
    return as_live(row, path)


def _grave_by_name(found: Survey, path: str) -> Tombstone | None:
    return next((grave for grave in found.tombstones.values() if grave.stem == stem_of(path)), None)


def _names(folder: Path) -> list[str]:
    """In it; not those that are no text, which no index could hold."""
    try:
        return [name for name in os.listdir(folder) if not _SURROGATES.search(name)]
    except FileNotFoundError:
        return []


def _order(item: tuple[str, Stamp]) -> tuple[bool, bool, str]:
    """What is there before what is in the trash, our names before others: of two copies the first is the episode."""
    return item[0].startswith(f"{TRASH}/"), number_of(item[0]) is None, item[0]
