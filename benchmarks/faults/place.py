"""Where a run takes place: a data folder with an earlier episode in it, a journal to be, and room beside it."""

import os
import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.faults.board import Board, Ints
from benchmarks.faults.judge import judge_episode, judge_journal, judge_tail, sha256
from benchmarks.faults.material import STREAMS, Pictures
from benchmarks.faults.outcome import Run
from benchmarks.faults.recorder import Plan, record
from collector.episode.disk import sync_folder
from collector.episode.finalise import finalise
from collector.episode.reader import Episode
from collector.episode.salvage import salvage
from collector.episode.segments import segments

SMALL, FULL = (64, 64), (480, 640)  # height, width of pictures
BOUND_S = 60.0

pictures = lru_cache(maxsize=2)(Pictures)


class Place:
    """A data folder; the earlier episode in it must never change. `again`: a folder to be made, elsewhere."""

    def __init__(self, data: Path, again: Path) -> None:
        self.data, self.again = data, again
        self.data.mkdir()
        self.journal = self.data / "episode_000001.journal"
        earlier = _earlier()
        self.earlier = self.data / "episode_000000.hdf5"
        with self.earlier.open("wb") as file:
            file.write(earlier)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self.data)
        self._sha = sha256(self.earlier)

    def judge_earlier(self, run: Run) -> None:
        run.require("I4", sha256(self.earlier) == self._sha, "the earlier episode has changed")

    def recover(self, run: Run) -> Path | None:
        """Salvages as the daemon does at its start, twice, and once from a copy: all must give one file."""
        self.again.mkdir()
        for segment in segments(self.journal):
            shutil.copyfile(segment, self.again / segment.name)
        began = time.monotonic()
        reports = salvage(self.data)
        run.recovery_s = time.monotonic() - began
        run.within("I5", run.recovery_s, BOUND_S, "recovery, s,")
        for report in reports:
            run.require("I5", report.episode is not None, f"not recovered: {report.problem}")
        made = self.journal.with_suffix(".hdf5")
        if not made.exists():
            return None
        left = {path.name for path in self.data.iterdir()} - {made.name, self.earlier.name}
        run.require("I5", not left, f"left behind: {', '.join(sorted(left))}")
        before = sha256(made)
        salvage(self.data)
        run.require("I5", sha256(made) == before, "salvaged again, it is another file")
        run.require("I5", sha256(finalise(self.again / self.journal.name)) == before, "a copy gives another file")
        return made

    def recover_nothing(self, run: Run) -> None:
        """Nothing was promised: salvage makes an episode without samples, or says why not and keeps the file."""
        reports = salvage(self.data)
        made = self.journal.with_suffix(".hdf5")
        if made.exists():
            judge_episode(run, made, np.zeros(len(STREAMS), np.int64), pictures(SMALL))
        else:
            run.require("I6", all(report.problem for report in reports), "salvage does not say why there is no episode")
            run.require("I3", self.journal.exists() or not reports, "the journal that tells nothing was removed")
        self.judge_earlier(run)

    def judge(
        self, run: Run, board: Board, picture: Pictures, promised: Ints, *, invariant: str = "I1",
        whole: bool = True, killed_ns: int = 0, status: str = "interrupted", losses: bool | None = False,
    ) -> None:  # fmt: skip
        """All that is to be said after a fault: of the journal, of its recovery, of what was there before.

        `whole`: what was promised are the first samples of each stream, without a hole. For the rest see judge.py.
        """
        found = judge_journal(run, self.journal, promised, board.offered, picture, invariant=invariant)
        if whole:
            run.require(invariant, bool((found.unbroken >= promised).all()), "a hole in what was acknowledged")
        if killed_ns:
            judge_tail(run, board, found.unbroken, killed_ns)
        made = self.recover(run)
        run.require("I5", made is not None, "no episode was made")
        if made is not None:
            judge_episode(run, made, found.counts, picture, losses=losses)
            with Episode(made) as episode:
                run.require("I6", episode.status == status, f"the status is {episode.status}, not {status}")
        self.judge_earlier(run)


@contextmanager
def place(parent: Path | None = None) -> Generator[Place]:
    """A fresh one, its data below `parent` if given."""
    with TemporaryDirectory(prefix="faults-") as root:
        yield Place((parent or Path(root)) / "data", Path(root) / "again")


@lru_cache(maxsize=1)
def _earlier() -> bytes:
    """A sealed episode of half a second."""
    return finalise_of(0.5, SMALL)


def journal_of(seconds: float, size: tuple[int, int]) -> bytes:
    """The bytes of a whole journal, ended in good order."""
    with TemporaryDirectory(prefix="faults-") as root:
        path = Path(root) / "episode_000000.journal"
        record(Plan(path, seconds, pictures(size), paced=False), Board())
        return path.read_bytes()


def finalise_of(seconds: float, size: tuple[int, int]) -> bytes:
    """The bytes of a sealed episode."""
    with TemporaryDirectory(prefix="faults-") as root:
        path = Path(root) / "episode_000000.journal"
        path.write_bytes(journal_of(seconds, size))
        return finalise(path).read_bytes()
