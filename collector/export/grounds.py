"""By whose leave recordings are delivered: their licence, and the consent of those in the pictures."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

Consent = Literal["", "given", "not needed"]

CONSENTS: tuple[str, ...] = tuple(filter(None, get_args(Consent)))

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Leave:
    """What whoever exports says. `licence`, `consent`: of recordings that tell none; `mixed`: several licences may be.

    What a recording tells itself is never overruled.
    """

    licence: str = ""
    consent: Consent = ""
    mixed: bool = False


@dataclass(frozen=True, slots=True)
class Grounds:
    """One recording's. `licence`: empty where nobody told one; `said_at_export`: which of the two it did not tell."""

    licence: str
    consent: Consent
    said_at_export: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"licence": self.licence, "consent": self.consent, "said_at_export": list(self.said_at_export)}


def grounds_of(told: Mapping[str, Any], leave: Leave) -> Grounds:
    """Of an episode's provenance: as its plan said, or its task's or rig's file. Nobody is in rendered pictures."""
    people: dict[str, Any] = told.get("provenance") or {}
    task: dict[str, Any] = told.get("task") or {}
    rig: dict[str, Any] = told["rig"]
    licence = str(people.get("licence") or task.get("licence") or rig.get("licence") or "")
    consent = _consent(people.get("consent") or task.get("consent"), is_rendered=rig.get("virtual") is not None)
    said = {"licence": not licence and leave.licence, "consent": not consent and leave.consent}
    at_export = tuple(name for name, value in said.items() if value)
    return Grounds(licence or leave.licence, consent or leave.consent, at_export)


def objection(grounds: Mapping[Path, Grounds], leave: Leave) -> str:
    """Why these recordings cannot be delivered together, and what to do; empty: they can."""
    if silent := [path for path, told in grounds.items() if not told.consent]:
        return (
            f"nobody has said whether those in the pictures of {_some(silent, len(grounds))} agreed; ask them, then"
            " export with --consent given (or: --consent 'not needed', where nobody is to be seen); write consent: into"
            " the task's file for the next ones"
        )
    licences = counted(told.licence for told in grounds.values())
    if len(licences) == 1 or (leave.mixed and "" not in licences):
        return ""
    if without := [path for path, told in grounds.items() if not told.licence]:
        others = ", ".join(name for name in licences if name)
        return (
            f"{_some(without, len(grounds))} have no licence, the others {others}; say it with --licence NAME for those"
            " that have none, or export them apart"
        )
    told = ", ".join(f"{name} ({count})" for name, count in licences.items())
    return f"the episodes have different licences: {told}; export them apart, or as one set with --mixed-licences"


def counted(values: Iterable[str]) -> dict[str, int]:
    """How many of each, sorted by name."""
    return dict(sorted(Counter(values).items()))


def _consent(told: Any, *, is_rendered: bool) -> Consent:
    match told:
        case "given" | "not needed":
            return told
        case _:
            return "not needed" if is_rendered else ""


def _some(paths: list[Path], of: int) -> str:
    more = f" and {len(paths) - _MOST_NAMED} more" if len(paths) > _MOST_NAMED else ""
    return f"{len(paths)} of {of} episodes ({', '.join(path.name for path in paths[:_MOST_NAMED])}{more})"
