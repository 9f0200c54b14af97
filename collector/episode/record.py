"""Framing of the journal: a record is a 40-byte header, with a CRC-32 over all of it, and its payload.

A record is valid on its own, so a reader may lose its place and find it again.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from mmap import mmap
from struct import Struct

MAGIC = b"\x93CLJ"
# magic, kind, stream number (meta order; 255 = none), tag of the episode, payload bytes, record number,
# device stamp (ticks of the first row), host stamp (ns), CRC-32 of the 36 bytes before it and the payload
_HEADER = Struct("<4sBBHIQqq")
_CRC = Struct("<I")
HEADER_BYTES = _HEADER.size + _CRC.size
NO_STREAM = 255
MAX_PAYLOAD = 1 << 28
_BLOCK = 1 << 16


class Kind(IntEnum):
    """What a payload holds."""

    META = 1  # JSON
    ROWS = 2  # rows of the stream's dtype
    FRAME = 3  # one row of the stream's dtype, then the JPEG
    GAP = 4  # JSON {t_ns, count, reason}
    EVENT = 5  # JSON {t_ns, kind, data}
    END = 6  # JSON {status, summary, counts}


_KINDS = {int(kind): kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Head:
    """What a header says. `size`: bytes of the payload; `ticks`, `host_ns`: device and host stamp."""

    kind: Kind
    stream: int
    tag: int
    size: int
    number: int
    ticks: int
    host_ns: int


@dataclass(frozen=True, slots=True)
class Record:
    """A valid record: `offset` and `size` of its payload in the journal."""

    kind: Kind
    stream: int
    tag: int
    number: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes of a journal that are no valid record."""

    offset: int
    size: int


def tag_of(episode_uuid: str) -> int:
    """What marks the records of an episode, so that a disk that hands out old blocks is found out; never 0."""
    return zlib.crc32(episode_uuid.encode()) % 0xFFFF + 1


def header(
    kind: Kind, stream: int, number: int, ticks: int, host_ns: int, payload: tuple[bytes, ...], tag: int = 0
) -> bytes:
    """The header of a record whose payload is the parts given, in order. Raises ValueError beyond MAX_PAYLOAD."""
    size = sum(map(len, payload))
    if size > MAX_PAYLOAD:
        raise ValueError(f"a record of {size} bytes could not be read back; {MAX_PAYLOAD} at most")
    head = _HEADER.pack(MAGIC, kind, stream, tag, size, number, ticks, host_ns)
    crc = zlib.crc32(head)
    for part in payload:
        crc = zlib.crc32(part, crc)
    return head + _CRC.pack(crc)


def unpack(head: bytes) -> Head:
    """What a header made by `header` says."""
    _, kind, stream, tag, size, number, ticks, host_ns = _HEADER.unpack_from(head)
    return Head(_KINDS[kind], stream, tag, size, number, ticks, host_ns)


def records(journal: mmap | bytes, tag: int | None = None) -> Iterator[Record | Stretch]:
    """All valid records in file order (of one tag, if given; numbers rise), and what lies between them."""
    view = memoryview(journal)
    try:
        at, bad_from, last = 0, -1, -1
        while at < len(view):
            record = _record_at(view, at, last, tag)
            if record is None:
                bad_from = at if bad_from < 0 else bad_from
                found = journal.find(MAGIC, at + 1)
                at = len(view) if found < 0 else found
                continue
            if bad_from >= 0:
                yield Stretch(bad_from, at - bad_from)
                bad_from = -1
            last, at = record.number, record.offset + record.size
            yield record
        if bad_from >= 0:
            yield Stretch(bad_from, len(view) - bad_from)
    finally:
        view.release()


def is_cut_short(journal: mmap | bytes, at: int) -> bool:
    """Does the file end within the record that begins at `at`? Then it was being written, and never acknowledged.

    Nothing but zeros is the same: a power cut took what had not been synced.
    """
    if at + HEADER_BYTES > len(journal):
        return True
    magic, _, _, _, size, *_ = _HEADER.unpack_from(journal, at)
    if magic == MAGIC and at + HEADER_BYTES + size > len(journal):
        return True
    return not any(journal[start : start + _BLOCK].strip(b"\0") for start in range(at, len(journal), _BLOCK))


def _record_at(view: memoryview, at: int, last: int, tag: int | None) -> Record | None:
    """The valid record at `at` whose number is above `last`, if there is one."""
    start = at + HEADER_BYTES
    if start > len(view):
        return None
    magic, kind, stream, its_tag, size, number, _, _ = _HEADER.unpack_from(view, at)
    if magic != MAGIC or kind not in _KINDS or number <= last or tag not in (None, its_tag):
        return None
    if size > MAX_PAYLOAD or start + size > len(view):
        return None
    (crc,) = _CRC.unpack_from(view, at + _HEADER.size)
    with view[at : at + _HEADER.size] as head, view[start : start + size] as payload:
        if zlib.crc32(payload, zlib.crc32(head)) != crc:
            return None
    return Record(_KINDS[kind], stream, its_tag, number, start, size)
