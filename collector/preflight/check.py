"""One line of the pre-flight: what is looked at, how it is, what to do. docs/how-to/morning-checks.md explains each."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Name = Literal[
    "fault", "process", "trigger", "camera", "leader", "arm", "base", "certificate", "disk", "machine", "episodes",
    "plan", "consent", "licence", "calibration",
]  # fmt: skip
NAMES: tuple[Name, ...] = get_args(Name)

Mood = Literal["fail", "wait", "warn", "ok"]
"""fail: something must be done; wait: it comes right by itself; warn: good to know; ok. Worst first."""
_WORST_FIRST: tuple[Mood, ...] = ("fail", "wait", "warn", "ok")


@dataclass(frozen=True, slots=True)
class Check:
    """`subject`: which of several, empty where there is but one. `remedy` is empty only where nothing is to be done."""

    name: Name
    subject: str
    state: Mood
    says: str
    remedy: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For clients."""
        return asdict(self)


def worst_first(checks: Iterable[Check]) -> list[Check]:
    """What fails on top; among equals as they came."""
    return sorted(checks, key=lambda check: _WORST_FIRST.index(check.state))


def verdict(checks: Iterable[Check]) -> Mood:
    """The worst state of all; ok if there is none."""
    states: set[Mood] = {check.state for check in checks}
    return min(states, key=_WORST_FIRST.index) if states else "ok"
