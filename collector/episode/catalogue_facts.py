"""What a journal's metadata say of its episode: all that is known of it when it begins.

The daemon uses this, so nothing here loads HDF5; of sealed files see catalogue_sealed.py.
"""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import Any, cast
from uuid import NAMESPACE_URL, uuid5

from collector.episode.catalogue_row import Row
from collector.episode.meta import EpisodeMeta
from collector.episode.record import Kind, Record, records
from collector.episode.segments import segments
from collector.labels import sidecar
from collector.labels.event import fold

_HEAD_BYTES = 4 << 20  # a journal says twice what it is of before its first sample; both copies are far smaller
_DAY_NS = 86_400_000_000_000
_NUMBER = re.compile(r"episode_(\d+)$")


def number_of(path: str) -> int | None:
    """The number in a file's name."""
    found = _NUMBER.match(Path(path).name.partition(".")[0])
    return int(found[1]) if found else None


def journal_row(journal: Path) -> Row:
    """A journal's row; one that tells nothing is a row with its problem. Never raises, reads little."""
    labels_bytes, labels_mtime_ns = sidecar.stamp_of(journal)
    row = Row(journal.name, "recorded", labels_bytes=labels_bytes, labels_mtime_ns=labels_mtime_ns)
    row = replace(row, number=number_of(journal.name))
    problem = "no readable metadata"
    for segment in segments(journal):
        try:
            if (meta := _metadata(segment)) is not None:
                told, labels = meta.model_dump(mode="json"), _labels(journal, meta)
                return replace(row, **facts(meta.episode_uuid, meta.utc_anchor_ns, told, labels))
        except Exception as error:  # whatever somebody put there
            problem = str(error)
    return replace(row, problem=_text(f"the journal cannot be read: {problem}"))


def facts(uuid: str, utc_ns: int, meta: dict[str, Any], labels: dict[str, Any]) -> dict[str, Any]:
    """Fields of a Row, by the metadata; `labels`: as they are at the end, empty while that is not known.

    Raises ValueError and others where they are no episode's.
    """
    day = datetime.fromtimestamp(utc_ns // 10**9, UTC).date()
    grounds: dict[str, Any] = meta.get("provenance") or {}
    rig = _text(meta["rig"].get("name"))
    certificate: dict[str, Any] = grounds.get("certificate") or {}
    task: dict[str, Any] = meta.get("task") or {}
    return {
        "uuid": _text(uuid),
        **_session(grounds, f"{rig}/{day}", utc_ns),
        "task": _text(task.get("name")),
        "instruction": _text(labels.get("instruction", task.get("instruction"))),
        "operator": _text(grounds.get("operator")),
        "rig": rig,
        "started_utc_ns": utc_ns,
        "outcome": _text(labels.get("outcome")),
        "score": _number(labels.get("score")),
        "tags": _tags(labels.get("tags")),
        "scene": _json(labels.get("scene")),
        "purpose": _text(grounds.get("purpose")),
        "certificate": _text(certificate.get("sha256")),
        "override": _text(grounds.get("override")),
    }


def _labels(journal: Path, meta: EpisodeMeta) -> dict[str, Any]:
    """What it was asked to show, and what was said beside it; what was said into it is known once it is sealed."""
    asked = {name: meta.labels[name] for name in ("instruction", "scene") if name in meta.labels}
    return fold(asked, sidecar.read(journal, meta.episode_uuid).events)


def _session(grounds: dict[str, Any], rig_and_day: str, utc_ns: int) -> dict[str, Any]:
    """Which run of the daemon; the episodes of a rig and day from before that was kept are one session."""
    if uuid := _text(grounds.get("session_uuid")):
        return {"session": uuid, "session_started_utc_ns": _whole(grounds.get("session_started_utc_ns"))}
    uuid = str(uuid5(NAMESPACE_URL, f"clapboard:{rig_and_day}"))
    return {"session": uuid, "session_started_utc_ns": utc_ns - utc_ns % _DAY_NS}


def _text(value: Any) -> str | None:
    """As UTF-8 can hold it."""
    return str(value).encode(errors="replace").decode() if value not in (None, "") else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and abs(value) < 1 << 63 else None


def _number(value: Any) -> float | None:
    is_one = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    return float(value) if is_one else None


def _json(value: Any) -> str | None:
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) and value else None


def _tags(value: Any) -> tuple[str, ...]:
    """Sorted, each once."""
    found = cast(list[Any], value) if isinstance(value, list) else []
    return tuple(sorted({tag for item in found if (tag := _text(item)) is not None}))


def _metadata(segment: Path) -> EpisodeMeta | None:
    if not segment.is_file():  # a pipe would keep us waiting
        raise ValueError("it is no file")
    with segment.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    for item in records(head):
        if isinstance(item, Record) and item.kind is Kind.META:
            return EpisodeMeta.model_validate_json(head[item.offset : item.offset + item.size])
    return None
