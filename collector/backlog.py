"""Journals on their way to HDF5: one at a time, in the background, those left by an earlier end first."""

import time
from collections import deque
from pathlib import Path
from typing import Any

from collector.children import Child
from collector.processes import finalise


class Backlog:
    """The queue of one output folder."""

    def __init__(self, out: Path, logs: Path) -> None:
        self._out = out
        self._logs = logs
        self._pending: deque[Path] = deque()
        self._child: Child | None = None
        self._working: Path | None = None
        self._discarded: Path | None = None  # what is worked on and goes to the trash then
        self.done: list[dict[str, Any]] = []
        self.failed: list[dict[str, str]] = []

    def next_path(self) -> Path:
        """The next free episode_NNNNNN.journal; numbers of discarded episodes are not used again."""
        taken = [-1]
        for folder in (self._out, self._out / ".trash"):
            taken += [int(p.stem[8:14]) for p in folder.glob("episode_*.*") if p.stem[8:14].isdigit()]
        return self._out / f"episode_{max(taken) + 1:06d}.journal"

    def add(self, journal: Path) -> None:
        """Queue a sealed journal."""
        self._pending.append(journal)

    def add_leftovers(self) -> None:
        """Queue what an earlier daemon left."""
        for journal in sorted(self._out.glob("episode_*.journal")):
            self.add(journal)

    def work(self) -> None:
        """Hear the running child, start the next one. Never blocks."""
        child = self._child
        if child is not None:
            # Liveness first: what a child says before its end must still be read.
            alive = child.alive
            for kind, data in child.reports():
                if kind == "finalised":
                    self.done.append(data)
                    self._working = None
                elif kind == "fault":
                    self.failed.append({"journal": str(self._working), "message": data["message"]})
                    self._working = None
            if alive:
                return
            if self._working is not None:
                self.failed.append(
                    {
                        "journal": str(self._working),
                        "message": "the finalise process was killed; kept as journal",
                    }
                )
            child.join(0.1)
            self._child = self._working = None
            if self._discarded is not None:
                self._trash(self._discarded)
                self._discarded = None
        while self._pending and self._child is None:
            journal = self._pending.popleft()
            if journal.exists():
                self._working = journal
                self._child = Child("finalise", finalise.main, self._logs / "finalise.log", journal)
                self._child.ending = True

    def finish(self) -> None:
        """Work until nothing is left."""
        while self._pending or self._child is not None:
            self.work()
            time.sleep(0.05)

    def discard(self, journal: Path) -> Path:
        """Move an episode, journal or file, to .trash (once sealed, if it is being sealed); nothing is deleted."""
        trash = self._out / ".trash"
        trash.mkdir(exist_ok=True)
        self._pending = deque(p for p in self._pending if p != journal)
        if self._working == journal:
            self._discarded = journal
        else:
            self._trash(journal)
        return trash / journal.name

    def _trash(self, journal: Path) -> None:
        for path in (journal, journal.with_suffix(".hdf5")):
            if path.exists():
                path.rename(self._out / ".trash" / path.name)

    def status(self) -> dict[str, Any]:
        """For clients."""
        return {
            "pending": len(self._pending) + (self._child is not None),
            "done": self.done,
            "failed": self.failed,
        }
