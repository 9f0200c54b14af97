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
from collector.episode.catalogue import Catalogue
from collector.episode.catalogue_facts import journal_row, number_of
from collector.episode.catalogue_refresh import refresh
from collector.episode.catalogue_row import Row
from collector.episode.catalogue_survey import as_live, as_trashed
from collector.episode.segments import TRASH
from collector.episode.trash import Tombstone, stem_of

_BUSY_S = 0.05  # how long the daemon waits for another writer
_AGAIN_S = 30.0
_END_S = 20.0
_NICE = ("nice", "-n", "10")


class Ledger:
    """Of one folder. `problem`: why the catalogue is behind the files, empty while it is not."""

    def __init__(self, folder: Path, log: Path) -> None:
        self._folder, self._log = folder, log
        self._catalogue: Catalogue | None = None
        self._refresher: subprocess.Popen[bytes] | None = None
        self._due = 0.0  # when to refresh, time.monotonic
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
        grave = trash.tombstone(self._folder, row.uuid or "")
        if grave is None:
            self._put(as_live(row, row.path or ""))
        else:  # discarded meanwhile: now the whole is known
            self._bury(Tombstone(as_trashed(row, row.path or "", grave.row), grave.stem))

    def condemn(self, path: Path, uuid: str, by: str, why: str) -> None:
        """Discard an episode: from now on it counts as discarded, and `bury` may move it. Raises OSError."""
        if (sealed := path.with_suffix(".hdf5")).exists():
            row = self._known(uuid) or Row(sealed.name, "sealed", uuid, number_of(sealed.name))
        else:
            row = replace(journal_row(path), uuid=uuid)
        marks = {"discarded_utc_ns": time.time_ns(), "discarded_by": by or None, "discarded_why": why or None}
        self._bury(Tombstone(replace(row, **marks), stem_of(path)))

    def bury(self, uuid: str) -> None:
        """Move the files of a condemned episode to the trash. Raises OSError."""
        if (grave := trash.tombstone(self._folder, uuid)) is not None:
            trash.bury(self._folder, grave.stem)
            self._show(grave)

    def pardon(self, name: str) -> Path:
        """Bring an episode back, by UUID or file; where it is. Raises NotInTrash, OSError."""
        path, row = trash.restore(self._folder, name)
        if path.suffix == ".journal":
            self._put(as_live(row or journal_row(path), path.name))
            return path
        known = [found for found in (row, self._known((row and row.uuid) or "")) if found is not None]
        whole = [found for found in known if found.mtime_ns == path.stat().st_mtime_ns]
        if whole:
            self._put(as_live(whole[0], path.name))
        else:
            self._behind("what was restored is not in it yet")
        return path

    def work(self) -> None:
        """Put the catalogue right where it is behind. Never waits."""
        if self._refresher is not None:
            if (code := self._refresher.poll()) is None:
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

    def close(self) -> None:
        """The daemon ends. What is behind then, the next one finds."""
        if self._refresher is not None:
            with suppress(subprocess.TimeoutExpired):  # it goes on without us
                self._refresher.wait(_END_S)
        if self._catalogue is not None:
            self._catalogue.close()

    def _bury(self, grave: Tombstone) -> None:
        trash.write(self._folder, grave)
        self._show(grave)

    def _show(self, grave: Tombstone) -> None:
        """The row of what was discarded, as its files lie now."""
        place = "" if trash.files_of(self._folder, grave.stem) else f"{TRASH}/"
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
