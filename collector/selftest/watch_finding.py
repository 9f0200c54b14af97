"""What the live watch names: one finding a fault and stream, told at most once a second, with a count. Pure."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

_SECOND_NS: Final = 1_000_000_000
_LATEST: Final = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """A named fault of one stream. `t_ns`: host time at which it was last seen; `text`: what, and the remedy."""

    t_ns: int
    stream: str
    name: str
    text: str
    count: int = 1

    def to_dict(self) -> dict[str, Any]:
        """For the status and the journal."""
        return asdict(self)


Key = tuple[str, str]


class Findings:
    """Gathers what the trackers name."""

    def __init__(self) -> None:
        self._untold: dict[Key, Finding] = {}
        self._told_ns: dict[Key, int] = {}
        self._latest: dict[Key, Finding] = {}  # oldest first, counted since the start

    def add(self, t_ns: int, stream: str, name: str, text: str, count: int = 1) -> None:
        """`name` happened to `stream`, `count` times."""
        key = stream, name
        before = self._untold.get(key)
        self._untold[key] = Finding(t_ns, stream, name, text, count + (before.count if before else 0))
        whole = self._latest.pop(key, None)
        self._latest[key] = Finding(t_ns, stream, name, text, count + (whole.count if whole else 0))
        if len(self._latest) > _LATEST:
            del self._latest[next(iter(self._latest))]

    def pending(self, stream: str) -> bool:
        """Is there anything of this stream that was not taken yet?"""
        return any(of == stream for of, _ in self._untold)

    def take(self, now_ns: int) -> list[Finding]:
        """What is to be told now: each name of each stream once a second, counting what came meanwhile."""
        due = [key for key in self._untold if now_ns - self._told_ns.get(key, -_SECOND_NS) >= _SECOND_NS]
        self._told_ns.update(dict.fromkeys(due, now_ns))
        return [self._untold.pop(key) for key in due]

    def latest(self) -> list[Finding]:
        """The last ones named, newest first, each with its count since the start."""
        return [replace(finding) for finding in reversed(self._latest.values())]
