"""Reads a journal back, whole or damaged: what is valid is returned, what is not is listed."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.episode.meta import EpisodeMeta
from collector.episode.record import Damage, Kind, Record, is_cut_short, records

Json = dict[str, Any]


class JournalError(Exception):
    """The journal tells nothing: its metadata cannot be read."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples of a stream that were counted as lost."""

    t_ns: int
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at `t_ns`."""

    t_ns: int
    kind: str
    data: Json


@dataclass(slots=True)
class Scan:
    """All that a journal holds. `rows[name]` in file order; `jpegs[name]` runs beside a camera's rows.

    `end` is None when recording was cut off; `torn_tail` bytes of a record that was being written then
    are no damage: they were never acknowledged.
    """

    meta: EpisodeMeta
    rows: dict[str, NDArray[np.void]]
    jpegs: dict[str, list[memoryview]] = field(default_factory=dict[str, list[memoryview]])
    gaps: dict[str, list[Gap]] = field(default_factory=dict[str, list[Gap]])
    events: list[Event] = field(default_factory=list[Event])
    end: Json | None = None
    damage: list[Damage] = field(default_factory=list[Damage])
    torn_tail: int = 0


@contextmanager
def scan(path: Path) -> Generator[Scan]:
    """The journal's content; JPEGs are views of the mapped file, valid inside the `with`.

    Raises JournalError when no copy of the metadata is valid.
    """
    with path.open("rb") as file:
        if not path.stat().st_size:
            raise JournalError(f"{path} is empty: recording ended before it began")
        with mmap(file.fileno(), 0, access=ACCESS_READ) as journal, memoryview(journal) as view:
            content = _collect(path, journal, view)
            try:
                yield content
            finally:
                for jpegs in content.jpegs.values():
                    for jpeg in jpegs:
                        jpeg.release()


def _collect(path: Path, journal: mmap, view: memoryview) -> Scan:
    found = list(records(journal))
    valid = [item for item in found if isinstance(item, Record)]
    told = next((_json(view, item) for item in valid if item.kind is Kind.META), None)
    if told is None:
        raise JournalError(f"{path} has no readable metadata, so nothing can be built from it")
    meta = EpisodeMeta.model_validate(told)
    names = tuple(meta.streams)
    dtypes = {name: stream.row for name, stream in meta.streams.items()}
    cameras = [name for name, stream in meta.streams.items() if stream.kind == "camera"]
    content = Scan(meta, {}, jpegs={name: [] for name in cameras})
    last = found[-1]
    if isinstance(last, Damage) and is_cut_short(journal, last.offset):
        content.torn_tail = last.size
        found.pop()
    content.damage = [item for item in found if isinstance(item, Damage)]
    parts: dict[str, list[bytes]] = {name: [] for name in names}
    for item in valid:
        name = names[item.stream] if item.stream < len(names) else ""
        body = view[item.offset : item.offset + item.size]
        match item.kind:
            case Kind.META:
                pass
            case Kind.ROWS:
                parts[name].append(bytes(body))
            case Kind.FRAME:
                size = dtypes[name].itemsize
                parts[name].append(bytes(body[:size]))
                content.jpegs[name].append(body[size:])
            case Kind.GAP:
                content.gaps.setdefault(name, []).append(Gap(**_json(view, item)))
            case Kind.EVENT:
                content.events.append(Event(**_json(view, item)))
            case Kind.END:
                content.end = _json(view, item)
    content.rows = {name: np.frombuffer(b"".join(parts[name]), dtypes[name]) for name in names}
    return content


def _json(view: memoryview, item: Record) -> Json:
    return json.loads(bytes(view[item.offset : item.offset + item.size]))
