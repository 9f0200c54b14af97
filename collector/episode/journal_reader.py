"""Reads a journal back, whole or damaged: what is valid is returned, what is not is listed."""

import errno
import json
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.episode.mapped import mapped
from collector.episode.meta import EpisodeMeta
from collector.episode.record import HEADER_BYTES, NO_STREAM, Kind, Record, Stretch, is_cut_short, records
from collector.episode.segments import segments

Json = dict[str, Any]


class JournalError(Exception):
    """The journal tells nothing: its metadata cannot be read. Or its files belong to several episodes."""


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


@dataclass(frozen=True, slots=True)
class Damage:
    """Records that are valid nowhere: how many (-1 unknown), and the bytes of a segment where they should be."""

    segment: int
    offset: int
    size: int
    records: int


@dataclass(slots=True)
class Scan:
    """All that a journal holds. `rows[name]` as they came; `jpegs[name]` runs beside a camera's rows.

    `end` is None when recording was cut off; `torn_tail` bytes of a record that was being written then
    are no damage: they were never acknowledged. `segments`: its files, more than one after a failure of the disk.
    """

    meta: EpisodeMeta
    rows: dict[str, NDArray[np.void]]
    jpegs: dict[str, list[memoryview]] = field(default_factory=dict[str, list[memoryview]])
    gaps: dict[str, list[Gap]] = field(default_factory=dict[str, list[Gap]])
    events: list[Event] = field(default_factory=list[Event])
    end: Json | None = None
    damage: list[Damage] = field(default_factory=list[Damage])
    torn_tail: int = 0
    segments: int = 1


@dataclass(frozen=True, slots=True)
class _Segment:
    """One file: its bytes, and what is in them, in order."""

    data: mmap | bytes
    view: memoryview
    found: list[Record | Stretch]

    def json(self, record: Record) -> Any:
        return json.loads(bytes(self.view[record.offset : record.offset + record.size]))


@contextmanager
def scan(path: Path) -> Generator[Scan]:
    """The content of a journal and its further segments; JPEGs are views of the mapped files, valid inside the `with`.

    Raises FileNotFoundError, and JournalError when no copy of the metadata is valid.
    """
    paths = segments(path)
    if not paths:
        raise FileNotFoundError(errno.ENOENT, "there is no such journal", str(path))
    with ExitStack() as stack:
        files: list[tuple[mmap | bytes, memoryview]] = []
        for segment in paths:
            data = stack.enter_context(mapped(segment))
            view: memoryview = memoryview(data)
            files.append((data, stack.enter_context(view)))
        content = _collect(path, files)
        try:
            yield content
        finally:
            for jpegs in content.jpegs.values():
                for jpeg in jpegs:
                    jpeg.release()


def _collect(path: Path, files: list[tuple[mmap | bytes, memoryview]]) -> Scan:
    meta, tag = _metadata(path, files)
    parts = [_Segment(data, view, list(records(data, tag))) for data, view in files]
    # What was not durable is in a later segment again, under its number.
    newest = {item.number: (i, item) for i, part in enumerate(parts) for item in part.found if isinstance(item, Record)}
    content = Scan(meta, {}, segments=len(parts))
    rows = _Rows(meta)
    for number in sorted(newest):
        i, record = newest[number]
        try:
            _take(content, rows, parts[i], record)
        except (ValueError, TypeError, IndexError):  # valid, but not what its kind should be
            del newest[number]
    content.rows, content.jpegs = rows.joined(), rows.jpegs
    _judge(content, parts, newest)
    return content


def _metadata(path: Path, files: list[tuple[mmap | bytes, memoryview]]) -> tuple[EpisodeMeta, int]:
    """What all segments say, which must be one thing, and the tag of its records."""
    told: list[tuple[EpisodeMeta, int]] = []
    for data, view in files:
        first = next((item for item in records(data) if isinstance(item, Record) and item.kind is Kind.META), None)
        if first is None:
            continue
        try:
            meta = EpisodeMeta.model_validate(json.loads(bytes(view[first.offset : first.offset + first.size])))
            _ = [stream.row for stream in meta.streams.values()]
        except (TypeError, ValueError) as error:
            raise JournalError(f"{path} was written by another version, or by something else: {error}") from error
        told.append((meta, first.tag))
    if not told:
        if not any(len(data) for data, _ in files):
            raise JournalError(f"{path} is empty: recording ended before it began")
        raise JournalError(f"{path} has no readable metadata, so nothing can be built from it")
    if len({meta.episode_uuid for meta, _ in told}) > 1:
        raise JournalError(f"{path} and the segments beside it belong to different episodes; move one of them away")
    return told[0]


class _Rows:
    """Rows and pictures by stream, being gathered."""

    def __init__(self, meta: EpisodeMeta) -> None:
        self._dtypes = {name: stream.row for name, stream in meta.streams.items()}
        self._names = tuple(self._dtypes)
        self._parts: dict[str, list[bytes]] = {name: [] for name in self._names}
        cameras = [name for name, stream in meta.streams.items() if stream.kind == "camera"]
        self.jpegs: dict[str, list[memoryview]] = {name: [] for name in cameras}

    def name(self, record: Record) -> str:
        return self._names[record.stream]

    def add(self, record: Record, body: memoryview) -> None:
        """Raises ValueError when the payload is not made of the stream's rows."""
        name = self.name(record)
        size = self._dtypes[name].itemsize
        if record.kind is Kind.FRAME:
            if name not in self.jpegs or len(body) < size:
                raise ValueError
            self._parts[name].append(bytes(body[:size]))
            self.jpegs[name].append(body[size:])
        else:
            if name in self.jpegs or len(body) % size:
                raise ValueError
            self._parts[name].append(bytes(body))

    def joined(self) -> dict[str, NDArray[np.void]]:
        return {name: np.frombuffer(b"".join(self._parts[name]), dtype) for name, dtype in self._dtypes.items()}


def _take(content: Scan, rows: _Rows, part: _Segment, record: Record) -> None:
    """One record into the content. Raises ValueError, TypeError, IndexError."""
    if record.stream != NO_STREAM:
        rows.name(record)
    match record.kind:
        case Kind.META:
            pass
        case Kind.ROWS | Kind.FRAME:
            rows.add(record, part.view[record.offset : record.offset + record.size])
        case Kind.GAP:
            content.gaps.setdefault(rows.name(record), []).append(Gap(**part.json(record)))
        case Kind.EVENT:
            content.events.append(Event(**part.json(record)))
        case Kind.END:
            content.end = dict(part.json(record))


def _judge(content: Scan, parts: list[_Segment], newest: dict[int, tuple[int, Record]]) -> None:
    """What is missing, by the numbers; and what of the last bytes was never acknowledged."""
    numbers = sorted(newest)
    bad = [{item.offset + item.size: item for item in part.found if isinstance(item, Stretch)} for part in parts]
    for before, number in pairwise([-1, *numbers]):
        if number > before + 1:  # they should be just before the second of the two
            i, record = newest[number]
            start = record.offset - HEADER_BYTES
            beside = bad[i].get(start, Stretch(start, 0))
            content.damage.append(Damage(i, beside.offset, beside.size, number - before - 1))
    if content.end is not None:
        return
    for i in range(newest[numbers[-1]][0] if numbers else 0, len(parts)):
        match parts[i].found:
            case [*_, Stretch() as last] if is_cut_short(parts[i].data, last.offset):
                content.torn_tail += last.size
            case [*_, Stretch() as last]:
                content.damage.append(Damage(i, last.offset, last.size, -1))
            case _:
                pass
