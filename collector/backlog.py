"""Journals on their way to HDF5: one at a time, in the background, those left by an earlier end first.

And the way back: what was discarded, once it is sealed if it is just being sealed.
"""

import json
import shutil
import time
from collections import deque
from pathlib import Path
from typing import Any

from collector.children import Child, stop_all
from collector.episode.catalogue_facts import journal_row
from collector.episode.ledger import Ledger
from collector.episode.segments import TRASH, journals, segments
from collector.processes import finalise
from collector.sealing import Sealed, Sealing
from collector.session import SELFTEST
from hardware.samples import monotonic_ns

_SHOWN = 50  # sealed episodes that a status tells of: a day's thousand would not fit one line


class Backlog:
    """The queue of one output folder."""

    def __init__(self, out: Path, logs: Path) -> None:
        self._out = out
        self._logs = logs
        self._ledger = Ledger(out, logs / "catalogue.log")
        self._pending: deque[Path] = deque()
        self._child: Child | None = None  # replaced when it dies and another episode waits
        self._working: Path | None = None
        self._size = 0  # of its files, bytes
        self._sizes: dict[Path, int] = {}  # of those that wait: a status must not look through the folder for each
        self._sealing = Sealing()
        self._problems: list[str] = []
        self._discarded = ""  # UUID of what is worked on and goes to the trash then
        self.done: deque[dict[str, Any]] = deque(maxlen=_SHOWN)
        self._sealed = 0
        self._fresh: list[tuple[str, dict[str, Any] | None]] = []
        self._to_look: dict[Path, None] = {}  # labelled files, each once, in order
        self._looking: Path | None = None  # the process does one thing at a time, so that what it dies of is known

    def next_path(self) -> Path:
        """The next free episode_NNNNNN.journal; no number is used again."""
        return self._ledger.next_path()

    def begun(self, journal: Path) -> None:
        """It is being recorded into."""
        self._ledger.begun(journal)

    def add(self, journal: Path) -> None:
        """Queue a sealed journal."""
        self._sizes[journal] = _size(journal)
        self._pending.append(journal)

    def add_leftovers(self) -> None:
        """Queue what an earlier daemon left."""
        for journal in journals(self._out):
            if journal.parent == self._out and not self._is_test(journal):
                self.add(journal)
                self._sealing.left_over(journal)

    def warm(self) -> Child:
        """The finalise process, started if there is none: it then has what it needs before an episode waits."""
        if self._child is None:
            self._child = Child("finalise", finalise.main, self._logs / "finalise.log")
        return self._child

    def work(self) -> None:
        """Hear the finalise process, give it the next journal. Never blocks."""
        self._ledger.work()
        if self._child is not None:
            self._hear(self._child)
        if self._working is not None or self._looking is not None:
            return
        if self._to_look:
            self._looking = next(iter(self._to_look))
            del self._to_look[self._looking]
            self.warm().ask("look", path=str(self._looking))
            return
        if self._sealing.has_failed:
            for journal in self._sealing.again(shutil.disk_usage(self._out).free, monotonic_ns()):
                self.add(journal)
        while self._pending and self._working is None:
            journal = self._pending.popleft()
            self._sizes.pop(journal, None)
            if segments(journal):
                self._working, self._size = journal, _size(journal)
                self.warm().ask("seal", path=str(journal))

    def finish(self) -> None:
        """Work until nothing is left."""
        while self._pending or self._to_look or self._working is not None or self._looking is not None:
            self.work()
            time.sleep(0.05)
        if self._child is not None:
            stop_all([self._child])
        self._ledger.close()

    def relabelled(self, journal: Path) -> None:
        """Something was said of an episode: the catalogue is to hear it, soon or when it is sealed."""
        if (sealed := journal.with_suffix(".hdf5")).exists():
            self._to_look[sealed] = None

    def sealed_now(self) -> list[tuple[str, dict[str, Any] | None]]:
        """UUID and quality of what was sealed since the last call."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def scenes(self, task: str, but_session: str) -> dict[str, int]:
        """Demonstrations of a task by scene (JSON), but for one session's, as the catalogue knows them."""
        return self._ledger.scenes(task, but_session)

    def find(self, uuid: str) -> Path | None:
        """An episode that is neither discarded nor unknown."""
        return self._ledger.find(uuid)

    def discard(self, journal: Path, uuid: str, by: str, why: str) -> Path:
        """Move an episode, journal or file, to .trash (once sealed, if it is being sealed); where it is then.

        Nothing is deleted. Raises OSError.
        """
        if self._working == journal:
            self._ledger.condemn(journal, uuid, by, why)
            self._discarded = uuid
        else:
            self._ledger.discard(journal, uuid, by, why)
        self._sealing.forget(journal)
        self._pending = deque(p for p in self._pending if p != journal)
        self._sizes.pop(journal, None)
        return self._out / TRASH / journal.name

    def restore(self, name: str) -> Path:
        """Bring back what was discarded, by UUID or file; where it is. Raises NotInTrash, OSError."""
        path = self._ledger.pardon(name)
        if self._working is not None and self._working.stem == path.stem:
            self._discarded = ""
        elif path.suffix == ".journal":
            self.add(path)
        return path

    def _is_test(self, journal: Path) -> bool:
        """One of a self-test goes to the trash as it is: nobody will judge it any more."""
        row = journal_row(journal)
        if row.purpose != SELFTEST or row.uuid is None:
            return False
        try:
            self._ledger.discard(journal, row.uuid, "", "a self-test that a kill ended")
        except OSError as error:
            self._problems.append(f"{journal.name} is a self-test's and cannot be moved to the trash: {error}")
        return True

    def settle(self) -> None:
        """Wait until all that was discarded or brought back is durable."""
        self._ledger.settle()

    def _hear(self, child: Child) -> None:
        """What it says, and whether it died of an episode."""
        alive = child.alive  # first: what a child says before its end must still be read
        for kind, data in child.reports():
            if kind == "finalised":
                self._note_sealed(data)
            elif kind == "looked":
                self._note_looked(data["row"])
            elif kind in ("failed", "fault") and self._working is not None:
                self._note_failed(self._working, data["message"])
        if not alive:
            child.join(0.1)
            self._child = None
            if self._looking is not None:
                self._note_looked(None)
            if self._working is not None:
                self._note_failed(self._working, "the finalise process was killed; kept as journal")
        if self._working is None and self._discarded:
            self._bury_discarded()

    def _bury_discarded(self) -> None:
        try:
            self._ledger.bury(self._discarded)
        except OSError as error:
            self._problems.append(f"{self._discarded} cannot be moved to the trash: {error}")
        self._discarded = ""

    def _note_looked(self, row: dict[str, Any] | None) -> None:
        """A file that has gone was discarded: the trash has its row."""
        path, self._looking = self._looking, None
        if row is not None or (path is not None and path.exists()):
            self._ledger.relabelled(row)

    def _note_sealed(self, data: dict[str, Any]) -> None:
        row = data.pop("row")
        try:
            self._ledger.sealed(row)
        except OSError as error:
            self._problems.append(f"{data['path']}: its tombstone cannot be written: {error}")
        self._sealing.sealed(_done(data, row), self._size, data["wall_s"])
        self.done.append(data)
        if row is not None:
            self._fresh.append((str(row["uuid"]), json.loads(row["quality"] or "null")))
        self._sealed += 1
        self._working = None

    def _note_failed(self, journal: Path, message: str) -> None:
        self._sealing.failed(journal, self._size, message, monotonic_ns())
        self._working = None

    def news(self) -> list[str]:
        """What was recovered and what could not be sealed, since the last call; one line each."""
        return self._sealing.news()

    def status(self) -> dict[str, Any]:
        """For clients. `done`: the last ones; `sealed`: how many in all."""
        waiting = [self._sizes.get(journal, 0) for journal in self._pending]
        return {
            **self._sealing.status([*waiting, self._size] if self._working else waiting),
            "pending": len(self._pending) + (self._working is not None),
            "done": list(self.done),
            "sealed": self._sealed,
            "problems": [*self._problems, *self._ledger.troubles, *filter(None, (self._ledger.problem,))],
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
