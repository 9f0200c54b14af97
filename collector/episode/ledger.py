"""The daemon's hand on episodes at rest: their names, the trash, and the catalogue that follows the files.

Files come first, the catalogue after them. Nothing about the catalogue may stop a recording: what cannot be written
now is put right later by `clap catalogue refresh`, in a process of its own.
"""

import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from collector.episode import trash
from collector.episode.burial import Steps, buried, discarded, entombed, files_of
from collector.episode.catalogue import Catalogue
from collector.episode.catalogue_facts import journal_row, number_of
from collector.episode.catalogue_refresh import refresh
from collector.episode.catalogue_row import Row
from collector.episode.catalogue_survey import as_live, as_trashed
from collector.episode.moves import Moves
from collector.episode.segments import TRASH
from collector.episode.tombstone import Tombstone, tombstone
from collector.episode.trash import stem_of
from collector.labels import sidecar

_BUSY_S = 0.05  # how long the daemon waits for another writer
_AGAIN_S = 30.0
_TELL_S = 1.0
_UPDATING = "the catalogue is being brought up to date"
_END_S = 20.0
_NICE = ("nice", "-n", "10")


class Ledger:
    """Of one folder. `problem`: why the catalogue is behind the files, empty while it is not; `troubles`: what cannot
    be moved."""

    def __init__(self, folder: Path, log: Path) -> None:
        self._folder, self._log = folder, log
        self._moves = Moves()
        self._moving: dict[str, Tombstone] = {}  # as they will be: the disk may have an older one yet
        self.troubles: list[str] = []
        self._catalogue: Catalogue | None = None
        self._refresher: subprocess.Popen[bytes] | None = None
        self._due = 0.0  # when to refresh, or to look how far that is, time.monotonic
        self._size = 0  # of the catalogue, once it is what the files say
        self.problem = "; ".join(trash.settle(folder))
        self._least = trash.next_number(folder)
        self._look()

    def next_path(self) -> Path:
        """The next free episode_NNNNNN.journal; no number is used again, whatever became of its episode."""
        number = max(self._least, trash.next_number(self._folder, graves=False))
        return self._folder / f"episode_{number:06d}.journal"

    def begun(self, journal: Path) -> None:
        """A journal is there."""
        self._least = max(self._least, (number_of(journal.name) or 0) + 1)
        self._put(as_live(journal_row(journal), journal.name))

    def sealed(self, told: dict[str, Any] | None) -> None:
        """A file is there; `told`: its row, as the process that wrote it gave it, if it could. Raises OSError."""
        if told is None:
            self._behind("a file that was sealed could not be read")
            return
        row = Row.from_dict(told)
        grave = tombstone(self._folder, row.uuid or "")
        if grave is None:
            self._put(as_live(row, row.path or ""))
        else:  # discarded meanwhile: now the whole is known
            known = Tombstone(as_trashed(row, row.path or "", grave.row), grave.stem)
            self._begin(known, entombed(self._folder, known))

    def relabelled(self, told: dict[str, Any] | None) -> None:
        """A sealed file was labelled; `told`: its row anew, if it could be read, without its hash."""
        if told is None:
            self._behind("a file that was labelled could not be read")
            return
        row = Row.from_dict(told)
        before = self._known(row.uuid or "")
        if before is None or (before.bytes, before.mtime_ns) != (row.bytes, row.mtime_ns):
            self._behind("what was labelled is not in it yet")
            return
        try:
            self.sealed(replace(row, sha256=before.sha256).to_dict())
        except OSError as error:
            self._behind(f"the tombstone of what was labelled cannot be written: {error}")

    def scenes(self, task: str, but_session: str) -> dict[str, int]:
        """Demonstrations of a task by scene, as the catalogue knows them (Catalogue.scenes); none while it cannot."""
        try:
            return {} if self._catalogue is None else self._catalogue.scenes(task, but_session)
        except sqlite3.Error as error:
            self._behind(str(error))
            return {}

    def find(self, uuid: str) -> Path | None:
        """Where an episode lies that is neither discarded nor unknown."""
        row = self._known(uuid)
        if row is None or row.path is None or row.state not in ("recorded", "sealed"):
            return None
        return self._folder / row.path

    def discard(self, path: Path, uuid: str, by: str, why: str) -> None:
        """From now on an episode counts as discarded, and is in the trash. Raises OSError."""
        grave = self._grave(path, uuid, by, why)
        self._begin(grave, discarded(self._folder, grave))

    def condemn(self, path: Path, uuid: str, by: str, why: str) -> None:
        """As discard, but its files stay where they are until `bury`. Raises OSError."""
        grave = self._grave(path, uuid, by, why)
        self._begin(grave, entombed(self._folder, grave))

    def bury(self, uuid: str) -> None:
        """Move the files of a condemned episode to the trash. Raises OSError."""
        if (grave := self._moving.get(uuid) or tombstone(self._folder, uuid)) is not None:
            self._begin(grave, buried(self._folder, grave))

    def pardon(self, name: str) -> Path:
        """Bring an episode back, by UUID or file; where it is. Raises NotInTrash, OSError."""
        found = trash.find(self._folder, name)
        path, row = found.path, found.grave and found.grave.row
        moved = found.stem if found.grave is None else found.grave.name
        self._moves.drop(moved)
        self._moving.pop(moved, None)
        self._moves.add(moved, found.steps(self._folder))
        if path.suffix == ".journal":
            self._put(as_live(row or journal_row(path), path.name))
            return path
        known = [found for found in (row, self._known((row and row.uuid) or "")) if found is not None]
        now = (path.stat().st_mtime_ns, *sidecar.stamp_of(path))
        whole = [row for row in known if (row.mtime_ns, row.labels_bytes, row.labels_mtime_ns) == now]
        if whole:
            self._put(as_live(whole[0], path.name))
        else:
            self._behind("what was restored is not in it yet")
        return path

    def settle(self) -> None:
        """Wait until all that was discarded or brought back is durable."""
        self._hear(self._moves.finish())

    def work(self) -> None:
        """Go on with what is on its way to the trash or back, and put the catalogue right. Never waits."""
        self._hear(self._moves.work())
        if self._refresher is not None:
            if (code := self._refresher.poll()) is None:
                self._tell_progress()
                return
            self._refresher = None
            self.problem = f"clap catalogue refresh failed, see {self._log}" if code else ""
            self._due = time.monotonic() + _AGAIN_S
        elif self.problem and time.monotonic() > self._due:
            command = [*_NICE, sys.executable, "-m", "collector.cli", "catalogue", "refresh", str(self._folder)]
            with self._log.open("ab") as log:
                self._refresher = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )

    def _tell_progress(self) -> None:
        """How far the other process is; once all is read, what it still hashes is nobody's trouble."""
        if time.monotonic() < self._due or self._catalogue is None:
            return
        self._due = time.monotonic() + _TELL_S
        try:
            read = self._catalogue.size
        except sqlite3.Error:
            return
        if read < self._size:
            self.problem = f"{_UPDATING}: {read} of {self._size} episodes are in it"
        elif self.problem.startswith(_UPDATING):
            self.problem = ""

    def close(self) -> None:
        """The daemon ends. What is behind then, the next one finds."""
        self.settle()
        self._moves.close()
        if self._refresher is not None:
            with suppress(subprocess.TimeoutExpired):  # it goes on without us
                self._refresher.wait(_END_S if self.problem else 0.0)
        if self._catalogue is not None:
            self._catalogue.close()

    def _grave(self, path: Path, uuid: str, by: str, why: str) -> Tombstone:
        if (sealed := path.with_suffix(".hdf5")).exists():
            row = self._known(uuid) or Row(sealed.name, "sealed", uuid, number_of(sealed.name))
        else:
            row = replace(journal_row(path), uuid=uuid)
        marks = {"discarded_utc_ns": time.time_ns(), "discarded_by": by or None, "discarded_why": why or None}
        return Tombstone(replace(row, **marks), stem_of(path))

    def _begin(self, grave: Tombstone, steps: Steps) -> None:
        self._moves.add(grave.name, steps)
        self._moving[grave.name] = grave
        self._show(grave)

    def _hear(self, moved: dict[str, str]) -> None:
        """Files have other names now, or cannot have them."""
        for name, problem in moved.items():
            if problem:
                self.troubles.append(f"{name} cannot be moved to the trash, or out of it: {problem}")
            elif name in self._moving:
                self._show(self._moving[name])
            if name not in self._moves.names:
                self._moving.pop(name, None)

    def _show(self, grave: Tombstone) -> None:
        """The row of what was discarded, as its files lie now."""
        place = "" if files_of(self._folder, grave.stem) else f"{TRASH}/"
        is_sealed = (self._folder / place / f"{grave.stem}.hdf5").exists()
        path = f"{place}{grave.stem}.{'hdf5' if is_sealed else 'journal'}"
        self._put(as_trashed(grave.row, path, grave.row))
        if is_sealed and grave.row.mtime_ns is None:
            self._behind("what was discarded is not in it yet")

    def _look(self) -> None:
        """At start: is it what the files say? Sealed files are opened by another process."""
        try:
            self._catalogue = Catalogue(self._folder, _BUSY_S)
            waiting = refresh(self._folder, self._catalogue, index=None).waiting
            self._size = self._catalogue.size + waiting
        except (sqlite3.Error, OSError) as error:
            self._behind(str(error))
            return
        if waiting:
            self._behind(f"{waiting} files are not in it yet")

    def _put(self, row: Row) -> None:
        try:
            if self._catalogue is not None and not self._catalogue.is_current:
                self._catalogue.close()
                self._catalogue = None
            if self._catalogue is None:
                self._catalogue = Catalogue(self._folder, _BUSY_S)
                if self._catalogue.is_new:
                    self._behind("it was begun anew")
            self._catalogue.put(row)
        except (sqlite3.Error, OSError) as error:
            self._behind(str(error))
            if self._catalogue is not None:
                self._catalogue.close()
            self._catalogue = None

    def _known(self, uuid: str) -> Row | None:
        try:
            return None if self._catalogue is None else self._catalogue.row(uuid)
        except sqlite3.Error as error:
            self._behind(str(error))
            return None

    def _behind(self, why: str) -> None:
        self.problem = self.problem or f"the catalogue is behind the files, and put right by itself: {why}"
