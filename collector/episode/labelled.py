"""What an episode is labelled after all that was said: sealed with it, and in the file of labels beside it. Pure."""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from collector.labels.event import LabelSet, Step, fold
from collector.labels.history import Said, Where, afterwards, recorded, sources
from collector.labels.sidecar import Sidecar

_STEPS = TypeAdapter(tuple[Step, ...])


@dataclass(frozen=True, slots=True)
class Labelled:
    """`labels` by name, the known ones first; `sources`: where each is from; `history`: everything said, oldest first.

    `problems`: lines of the file of labels that do not count, and why.
    """

    labels: dict[str, Any]
    sources: dict[str, Where]
    history: tuple[Said, ...]
    problems: tuple[str, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The parts of the task; none where nobody said any, or whatever was said are none."""
        try:
            return _STEPS.validate_python(self.labels.get("steps") or ())
        except ValidationError:
            return ()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "labels": self.labels,
            "sources": self.sources,
            "history": [said.to_dict() for said in self.history],
            "problems": list(self.problems),
        }


def labelled(sealed: dict[str, Any], beside: Sidecar, operator: str, utc_minus_monotonic_ns: int) -> Labelled:
    """`sealed`: what the recording itself gave, with its `history`; `operator`: who gave it."""
    base = {name: value for name, value in sealed.items() if name != "history"}
    said = fold(base, beside.events)
    labels = {name: said[name] for name in (*LabelSet.model_fields, *sorted(said)) if name in said}
    during = recorded(sealed.get("history"), operator, utc_minus_monotonic_ns)
    return Labelled(
        labels=labels,
        sources=sources(base, labels, beside.events),
        history=(*during, *afterwards(beside.events)),
        problems=beside.problems,
    )
