"""Journals on their way to HDF5: one at a time, in the background, those left by an earlier end first.

And the way back: what was discarded, once it is sealed if it is just being sealed.
"""

import shutil
import time
from collections import deque
from pathlib import Path
from typing import Any

from collector.children import Child
from collector.episode.ledger import Ledger
from collector.episode.segments import TRASH, journals, segments
from collector.processes import finalise
from collector.sealing import Sealed, Sealing
from hardware.samples import monotonic_ns

_SHOWN = 50  # sealed episodes that a status tells of: a day's thousand would not fit one line


class Backlog:
    """The queue of one output folder."""

    def __init__(self, out: Path, logs: Path) -> None:
        self._out = out
        self._logs = logs
        self._ledger = Ledger(out, logs / "catalogue.log")
        self._pending: deque[Path] = deque()
        self._child: Child | None = None
        self._working: Path | None = None
        self._size = 0  # of its files, bytes
        self._sealing = Sealing()
        self._problems: list[str] = []
        self._discarded = ""  # UUID of what is worked on and goes to the trash then
        self.done: deque[dict[str, Any]] = deque(maxlen=_SHOWN)
        self._sealed = 0

    def next_path(self) -> Path:
        """The next free episode_NNNNNN.journal; no number is used again."""
        return self._ledger.next_path()

    def begun(self, journal: Path) -> None:
        """It is being recorded into."""
        self._ledger.begun(journal)

    def add(self, journal: Path) -> None:
        """Queue a sealed journal."""
        self._pending.append(journal)

    def add_leftovers(self) -> None:
        """Queue what an earlier daemon left."""
        for journal in journals(self._out):
            if journal.parent == self._out:
                self.add(journal)
                self._sealing.left_over(journal)

    def work(self) -> None:
        """Hear the running child, start the next one. Never blocks."""
        self._ledger.work()
        if self._child is not None and not self._ended(self._child):
            return
        if self._sealing.has_failed:
            self._pending.extend(self._sealing.again(shutil.disk_usage(self._out).free, monotonic_ns()))
        while self._pending and self._child is None:
            journal = self._pending.popleft()
            if segments(journal):
                self._working, self._size = journal, _size(journal)
                self._child = Child("finalise", finalise.main, self._logs / "finalise.log", journal)
                self._child.ending = True

    def finish(self) -> None:
        """Work until nothing is left."""
        while self._pending or self._child is not None:
            self.work()
            time.sleep(0.05)
        self._ledger.close()

    def discard(self, journal: Path, uuid: str, by: str, why: str) -> Path:
        """Move an episode, journal or file, to .trash (once sealed, if it is being sealed); where it is then.

        Nothing is deleted. Raises OSError.
        """
        self._ledger.condemn(journal, uuid, by, why)
        self._sealing.forget(journal)
        self._pending = deque(p for p in self._pending if p != journal)
        if self._working == journal:
            self._discarded = uuid
        else:
            self._ledger.bury(uuid)
        return self._out / TRASH / journal.name

    def restore(self, name: str) -> Path:
        """Bring back what was discarded, by UUID or file; where it is. Raises NotInTrash, OSError."""
        path = self._ledger.pardon(name)
        if self._working is not None and self._working.stem == path.stem:
            self._discarded = ""
        elif path.suffix == ".journal":
            self.add(path)
        return path

    def _ended(self, child: Child) -> bool:
        """Hear what it says, and whether that was all."""
        alive = child.alive  # first: what a child says before its end must still be read
        for kind, data in child.reports():
            if kind == "finalised":
                self._note_sealed(data)
            elif kind == "fault":
                self._note_failed(data["message"])
        if alive:
            return False
        if self._working is not None:
            self._note_failed("the finalise process was killed; kept as journal")
        child.join(0.1)
        self._child = None
        if self._discarded:
            try:
                self._ledger.bury(self._discarded)
            except OSError as error:
                self._problems.append(f"{self._discarded} cannot be moved to the trash: {error}")
            self._discarded = ""
        return True

    def _note_sealed(self, data: dict[str, Any]) -> None:
        row = data.pop("row")
        try:
            self._ledger.sealed(row)
        except OSError as error:
            self._problems.append(f"{data['path']}: its tombstone cannot be written: {error}")
        self._sealing.sealed(_done(data, row), self._size, data["wall_s"])
        self.done.append(data)
        self._sealed += 1
        self._working = None

    def _note_failed(self, message: str) -> None:
        assert self._working is not None  # it was being sealed
        self._sealing.failed(self._working, self._size, message, monotonic_ns())
        self._working = None

    def news(self) -> list[str]:
        """What was recovered and what could not be sealed, since the last call; one line each."""
        return self._sealing.news()

    def status(self) -> dict[str, Any]:
        """For clients. `done`: the last ones; `sealed`: how many in all."""
        waiting = [_size(journal) for journal in self._pending]
        return {
            **self._sealing.status([*waiting, self._size] if self._working else waiting),
            "pending": len(self._pending) + (self._child is not None),
            "done": list(self.done),
            "sealed": self._sealed,
            "problems": [*self._problems, *filter(None, (self._ledger.problem,))],
        }


def _size(journal: Path) -> int:
    """Of a journal's files, bytes; 0 when they are gone."""
    try:
        return sum(path.stat().st_size for path in segments(journal))
    except OSError:
        return 0


def _done(told: dict[str, Any], row: dict[str, Any] | None) -> Sealed:
    known = row or {}
    return Sealed(Path(told["journal"]), Path(told["path"]), known.get("duration_s"), known.get("status"))
