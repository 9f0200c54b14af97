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
# magic, kind, stream number (meta order; 255 = none), reserved, payload bytes, record number,
# device stamp (ticks of the first row), host stamp (ns), CRC-32 of the 36 bytes before it and the payload
_HEADER = Struct("<4sBBHIQqq")
_CRC = Struct("<I")
HEADER_BYTES = _HEADER.size + _CRC.size
NO_STREAM = 255
MAX_PAYLOAD = 1 << 28


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
class Record:
    """A valid record: `offset` and `size` of its payload in the journal."""

    kind: Kind
    stream: int
    number: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of the journal that is no valid record. `records`: how many were lost in it, -1 unknown."""

    offset: int
    size: int
    records: int


def header(kind: Kind, stream: int, number: int, ticks: int, host_ns: int, payload: tuple[bytes, ...]) -> bytes:
    """The header of a record whose payload is the parts given, in order."""
    size = sum(map(len, payload))
    head = _HEADER.pack(MAGIC, kind, stream, 0, size, number, ticks, host_ns)
    crc = zlib.crc32(head)
    for part in payload:
        crc = zlib.crc32(part, crc)
    return head + _CRC.pack(crc)


def records(journal: mmap | bytes) -> Iterator[Record | Damage]:
    """All valid records in file order, and what lies between them."""
    view = memoryview(journal)
    try:
        at, bad_from, last = 0, -1, -1
        while at < len(view):
            record = _record_at(view, at, last)
            if record is None:
                bad_from = at if bad_from < 0 else bad_from
                found = journal.find(MAGIC, at + 1)
                at = len(view) if found < 0 else found
                continue
            if bad_from >= 0 or record.number != last + 1:
                start = at if bad_from < 0 else bad_from
                yield Damage(start, at - start, record.number - last - 1)
                bad_from = -1
            last, at = record.number, record.offset + record.size
            yield record
        if bad_from >= 0:
            yield Damage(bad_from, len(view) - bad_from, -1)
    finally:
        view.release()


def is_cut_short(journal: mmap | bytes, at: int) -> bool:
    """Does the file end within the record that begins at `at`? Then it was being written, and never acknowledged."""
    if at + HEADER_BYTES > len(journal):
        return True
    magic, _, _, _, size, *_ = _HEADER.unpack_from(journal, at)
    return magic == MAGIC and at + HEADER_BYTES + size > len(journal)


def _record_at(view: memoryview, at: int, last: int) -> Record | None:
    """The valid record at `at` whose number is above `last`, if there is one."""
    start = at + HEADER_BYTES
    if start > len(view):
        return None
    magic, kind, stream, _, size, number, _, _ = _HEADER.unpack_from(view, at)
    if magic != MAGIC or kind not in _KINDS or number <= last:
        return None
    if size > MAX_PAYLOAD or start + size > len(view):
        return None
    (crc,) = _CRC.unpack_from(view, at + _HEADER.size)
    with view[at : at + _HEADER.size] as head, view[start : start + size] as payload:
        if zlib.crc32(payload, zlib.crc32(head)) != crc:
            return None
    return Record(_KINDS[kind], stream, number, start, size)
