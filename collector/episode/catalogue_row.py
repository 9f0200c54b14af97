"""One line of the catalogue: what is known of an episode, wherever its files are."""

from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import TypeAdapter

State = Literal["recorded", "sealed", "trashed", "purged"]


@dataclass(frozen=True, slots=True)
class Row:
    """An episode. None: not known (a journal says only what was known when it began), or it does not apply.

    `path` is relative to the folder; None once nothing is left of the files. `problem`: why the file cannot be read.
    `bytes`, `mtime_ns` and `sha256` are those of the sealed file, `labels_bytes` and `labels_mtime_ns` those of the
    labels beside it. Times are UTC, ns. `scene` (values by factor) and `quality` (figures by name, collector.quality)
    are JSON.
    """

    path: str | None
    state: State
    uuid: str | None = None
    number: int | None = None
    session: str | None = None
    session_started_utc_ns: int | None = None
    task: str | None = None
    instruction: str | None = None
    operator: str | None = None
    rig: str | None = None
    started_utc_ns: int | None = None
    duration_s: float | None = None
    steps: int | None = None
    status: str | None = None
    outcome: str | None = None
    score: float | None = None
    tags: tuple[str, ...] = ()
    scene: str | None = None
    quality: str | None = None
    purpose: str | None = None
    certificate: str | None = None
    override: str | None = None
    bytes: int | None = None
    mtime_ns: int | None = None
    sha256: str | None = None
    labels_bytes: int | None = None
    labels_mtime_ns: int | None = None
    problem: str | None = None
    discarded_utc_ns: int | None = None
    discarded_by: str | None = None
    discarded_why: str | None = None
    purged_utc_ns: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, with `started` for people."""
        return asdict(self) | {"tags": list(self.tags), "started": self.started}

    @property
    def started(self) -> str | None:
        """When it was begun, ISO 8601, UTC."""
        if self.started_utc_ns is None:
            return None
        return f"{datetime.fromtimestamp(self.started_utc_ns // 10**9, UTC):%Y-%m-%dT%H:%M:%SZ}"

    @staticmethod
    def from_dict(told: dict[str, Any]) -> "Row":
        """What `to_dict` gave, from this version or another. Raises ValueError where it is no row."""
        return _ROW.validate_python({key: value for key, value in told.items() if key in FIELDS})


_ROW = TypeAdapter(Row)
FIELDS = tuple(field.name for field in fields(Row))
