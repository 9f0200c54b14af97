"""Everything that was said of an episode, oldest first, while it was recorded and after. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast

from collector.labels.event import LabelEvent, undone

Where = Literal["file", "sidecar"]
"""Sealed with the episode, or in the file of labels beside it."""

_TAKES_BACK = {"unstep": "step", "unnote": "note"}


@dataclass(frozen=True, slots=True)
class Said:
    """One of them. `kind`: label or undo; while it was recorded also step, note, and their unstep and unnote.

    `by`: empty, nobody was named; `what`: its content; `undone`: it counts as never said.
    """

    utc_ns: int
    by: str
    kind: str
    what: dict[str, Any]
    undone: bool
    where: Where
    id: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def recorded(history: object, operator: str, utc_minus_monotonic_ns: int) -> list[Said]:
    """What `/labels/history` of a file tells: `kind`, `data` and `t_ns`; in files of the first days the data alone."""
    entries = cast(list[Any], history) if isinstance(history, list) else []
    told = [_told(cast(dict[str, Any], entry)) for entry in entries if isinstance(entry, dict)]
    gone = {(_TAKES_BACK[kind], str(data.get("id"))) for kind, data, _ in told if kind in _TAKES_BACK}
    return [
        Said(
            utc_ns=t_ns + utc_minus_monotonic_ns,
            by=operator,
            kind=kind,
            what={name: value for name, value in data.items() if name != "id"},
            undone=(kind, str(data.get("id"))) in gone,
            where="file",
            id=str(data.get("id", "")),
        )
        for kind, data, t_ns in told
    ]


def afterwards(events: Sequence[LabelEvent]) -> list[Said]:
    """What the file of labels tells."""
    gone = undone(events)
    return [
        Said(
            utc_ns=event.utc_ns,
            by=event.by,
            kind="undo" if event.undoes else "label",
            what={"undoes": event.undoes} if event.undoes else event.set.given(),
            undone=event.id in gone,
            where="sidecar",
            id=event.id,
        )
        for event in events
    ]


def sources(base: Mapping[str, Any], labels: Iterable[str], events: Sequence[LabelEvent]) -> dict[str, Where]:
    """Where each label has its value from. `base`: those that the recording gave."""
    gone = undone(events)
    found: dict[str, Where] = {}
    for event in events:
        if not event.undoes and event.id not in gone:
            found |= {name: "file" if value is None else "sidecar" for name, value in event.set.given().items()}
    return {name: found.get(name, "file" if name in base else "sidecar") for name in labels}


def _told(entry: Mapping[str, Any]) -> tuple[str, dict[str, Any], int]:
    """Kind, content and instant."""
    t_ns = entry.get("t_ns", 0)
    t_ns = t_ns if isinstance(t_ns, int) else 0
    kind, data = entry.get("kind"), entry.get("data")
    if isinstance(kind, str) and isinstance(data, dict):
        return kind, cast(dict[str, Any], data), t_ns
    return "label", {name: value for name, value in entry.items() if name != "t_ns"}, t_ns
