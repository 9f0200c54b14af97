"""What the backlog says of itself: how much is left and for how long, what an earlier end had left, what could not
be sealed and when to try that again. Pure."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_RATE_OF = 5  # the last episodes
_SHOWN = 50  # of those recovered; a status is one line
_AGAIN_NS = 5_000_000_000  # whoever still held the journal may have ended by then
_SPARE_BYTES = 64 << 20  # collector.episode.finalise wants as much beside the journal's own size
_RECOVERED = "recovered "
_NOT_SEALED = "could not be sealed"
_MANY = 3
_LONG_S = 120.0


@dataclass(frozen=True, slots=True)
class Failed:
    """A journal that could not be made into a file; it is kept."""

    journal: Path
    message: str
    size: int
    at_ns: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """A journal and the episode that it became. None: not known."""

    journal: Path
    episode: Path
    seconds: float | None
    status: str | None

    def to_dict(self) -> dict[str, Any]:
        """For a status."""
        return {
            "journal": str(self.journal), "episode": str(self.episode), "seconds": self.seconds, "status": self.status,
        }  # fmt: skip


class Sealing:
    """The books of one backlog. Sizes in bytes, times of CLOCK_MONOTONIC."""

    def __init__(self) -> None:
        self._left_over: set[Path] = set()
        self._rates: deque[tuple[int, float]] = deque(maxlen=_RATE_OF)
        self._recovered: deque[Sealed] = deque(maxlen=_SHOWN)
        self._failed: dict[Path, Failed] = {}
        self._tried_again: set[Path] = set()
        self._news: list[str] = []

    def left_over(self, journal: Path) -> None:
        """This one was found at the start."""
        self._left_over.add(journal)

    def sealed(self, done: Sealed, size: int, wall_s: float) -> None:
        """A journal of so many bytes became a file, in so long."""
        self._failed.pop(done.journal, None)
        self._rates.append((size, wall_s))
        if done.journal in self._left_over:
            self._recovered.append(done)
            self._news.append(_recovered_line(done.to_dict()))

    def failed(self, journal: Path, size: int, message: str, now_ns: int) -> None:
        """It could not."""
        self._failed[journal] = Failed(journal, message, size, now_ns)
        self._news.append(_failed_line(self._told(self._failed[journal])))

    def forget(self, journal: Path) -> None:
        """It was discarded."""
        self._failed.pop(journal, None)

    @property
    def has_failed(self) -> bool:
        """Is there a journal that could not be sealed?"""
        return bool(self._failed)

    def again(self, free_bytes: int, now_ns: int) -> list[Path]:
        """Journals to be tried once more: there is room for them, and whoever held them may have let go."""
        due = [
            one.journal
            for one in self._failed.values()
            if one.journal not in self._tried_again
            and now_ns - one.at_ns >= _AGAIN_NS
            and free_bytes >= one.size + _SPARE_BYTES
        ]
        self._tried_again.update(due)
        return due

    def news(self) -> list[str]:
        """Lines for whoever started the daemon, since the last call."""
        said, self._news = self._news, []
        return said

    def status(self, waiting: Sequence[int]) -> dict[str, Any]:
        """For clients; `waiting`: sizes of the journals still to be sealed."""
        return {
            "pending": len(waiting),
            "bytes": sum(waiting),
            "left_s": self._left_s(sum(waiting)),
            "recovered": [one.to_dict() for one in self._recovered],
            "failed": [self._told(one) for one in self._failed.values()],
        }

    def _told(self, one: Failed) -> dict[str, Any]:
        return {"journal": str(one.journal), "message": one.message, "again": one.journal not in self._tried_again}

    def _left_s(self, size: int) -> float | None:
        """How long so many bytes take at the rate so far; None before the first episode."""
        spent = sum(wall for _, wall in self._rates)
        return size * spent / max(sum(done for done, _ in self._rates), 1) if self._rates else None


def warnings(backlog: dict[str, Any]) -> list[str]:
    """What an operator should know of a backlog's status, one sentence each."""
    said = [*map(_failed_line, backlog["failed"]), *backlog["problems"]]
    left_s = backlog["left_s"] or 0.0
    if backlog["pending"] >= _MANY and left_s > _LONG_S:
        said.append(
            f"{backlog['pending']} episodes wait to be sealed, {left_s / 60:.0f} min at the rate so far: recording is"
            " faster; nothing is lost, but leave the daemon running"
        )
    return said


def recovery_lines(said: Iterable[str]) -> list[str]:
    """Of the lines that a daemon said, those of journals that were recovered or could not be sealed."""
    return [line for line in said if line.startswith(_RECOVERED) or _NOT_SEALED in line]


def _recovered_line(one: dict[str, Any]) -> str:
    length = "" if one["seconds"] is None else f"{one['seconds']:.1f} s, "
    return f"{_RECOVERED}{one['episode']}: {length}{one['status']}, left by an earlier end"


def _failed_line(one: dict[str, Any]) -> str:
    then = "by itself, and at the next start" if one["again"] else "at the next start"
    return f"{Path(one['journal']).name} {_NOT_SEALED} ({one['message']}); it is kept, and tried again {then}"
