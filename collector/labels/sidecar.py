"""Labels given after the recording: lines of JSON beside the episode, only ever added to (ADR 0008).

Each line has the CRC-32 of the rest of it, so that what changed on the disk is not taken for what was said. The file
may be anybody's and damaged anyhow: reading it raises nothing.
"""

import errno
import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from collector.episode.disk import sync_folder
from collector.labels.event import LabelEvent

SUFFIX = ".labels.jsonl"
_MOST_BYTES = 64 << 20  # a label takes 300: nobody says so much of one episode
_CRC = "crc32"
_END = re.compile(rb'"utc_ns": \d+}\s*$')  # of every whole line; inside words the quotes would be escaped


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What a file of labels holds. `problems`: lines that say nothing, by number and why; the others count.

    `torn`: lines that a power cut broke off, by number; they count as never said, and are no damage.
    """

    events: tuple[LabelEvent, ...] = ()
    problems: tuple[str, ...] = ()
    torn: tuple[int, ...] = ()


class _Torn(ValueError):
    """The line was being written when the power went."""


def sidecar_of(episode: Path) -> Path:
    """Beside the journal or the sealed file, by the same name."""
    return episode.with_name(episode.name.partition(".")[0] + SUFFIX)


def read(episode: Path, uuid: str = "") -> Sidecar:
    """Everything said of an episode since it was recorded; lines of another one than `uuid` are problems."""
    path = sidecar_of(episode)
    try:
        if not path.is_file():  # a pipe would keep us waiting
            return Sidecar(problems=("is no file",)) if path.exists() else Sidecar()
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return Sidecar()
    except OSError as error:
        return Sidecar(problems=(f"cannot be read: {error.strerror}",))
    if len(data) > _MOST_BYTES:
        return Sidecar(problems=(f"is larger than {_MOST_BYTES} bytes, which no labels are",))
    return _parsed(data, uuid)


def stamp_of(episode: Path) -> tuple[int, int] | tuple[None, None]:
    """Bytes and mtime_ns of the labels beside an episode: with the same two they say the same."""
    try:
        stat = os.stat(sidecar_of(episode))
    except OSError:
        return None, None
    return stat.st_size, stat.st_mtime_ns


def append(episode: Path, event: LabelEvent) -> None:
    """Add what was said: from now on no kill loses it; `sync` makes it outlast a power cut.

    A torn last line is left as it is and ended, so that it harms no other. Raises OSError, and then nothing was said.
    """
    path = sidecar_of(episode)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        end_torn = b"\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""
        line = end_torn + _line(event)
        written = os.write(descriptor, line)
        if written != len(line):
            if os.fstat(descriptor).st_size == size + written:  # nobody else has added to it
                os.ftruncate(descriptor, size)
            raise OSError(errno.ENOSPC, "no room for the label; free some space and say it again", str(path))
    finally:
        os.close(descriptor)


def sync(episode: Path) -> None:
    """Wait until the labels are on the disk. Raises OSError."""
    path = sidecar_of(episode)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def _line(event: LabelEvent) -> bytes:
    told = event.to_dict()
    return _json(told | {_CRC: zlib.crc32(_json(told))}) + b"\n"


def _json(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, sort_keys=True).encode()


def _parsed(data: bytes, uuid: str) -> Sidecar:
    events: dict[str, LabelEvent] = {}
    problems: list[str] = []
    torn: list[int] = []
    for number, line in _lines(data):
        try:
            event = _event(line)
            if uuid and event.episode != uuid:
                problems.append(f"line {number} is of another episode ({event.episode}), so it does not count")
            else:
                events.setdefault(event.id, event)
        except _Torn:
            torn.append(number)
        except ValidationError as error:
            first = error.errors()[0]
            problems.append(f"line {number} is no label: {'.'.join(map(str, first['loc']))}: {first['msg']}")
        except (ValueError, RecursionError) as error:
            problems.append(f"line {number} is no label: {error}")
    return Sidecar(tuple(events.values()), tuple(problems), tuple(torn))


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """From number 1 on. The last one counts though its end is missing, if it is whole otherwise."""
    for number, line in enumerate(data.split(b"\n"), 1):
        if line:
            yield number, line


def _event(line: bytes) -> LabelEvent:
    """Raises ValueError where the line is no label, or not the one that was written."""
    try:
        text = line.decode().strip()
        told: Any = json.loads(text)
    except ValueError as error:
        if _END.search(line):
            raise
        raise _Torn from error
    if not text.startswith("{"):
        raise ValueError("it is no JSON object")
    crc = told.pop(_CRC, None)  # one that a person wrote has none
    if crc is not None and crc != zlib.crc32(_json(told)):
        raise ValueError("it was changed: its CRC-32 differs")
    return LabelEvent.model_validate(told)
