"""A recorder process that can be killed: the production journal at the rig's rates, telling what it acknowledged."""

import multiprocessing as mp
import os
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np

from benchmarks.faults.board import Board, Ints
from benchmarks.faults.disks import SYSTEM
from benchmarks.faults.material import STREAMS, Pictures, meta, rows
from collector.episode.disk import Disk, DiskFull
from collector.episode.journal import Journal
from hardware.samples import monotonic_ns

_COMMIT_NS = 10_000_000
_BUFFER_BYTES = 8 << 20  # what may wait for room; beyond it frames are dropped and counted
_fork = mp.get_context("fork")  # a child in milliseconds, with the material already made


@dataclass(frozen=True, slots=True)
class Plan:
    """What to record. `paced`: at the rig's pace, otherwise as fast as it goes, in the rig's steps of 10 ms.

    `patience_s`: how long a full disk is waited for.
    """

    journal: Path
    seconds: float
    pictures: Pictures
    paced: bool = True
    disk: Disk = SYSTEM
    patience_s: float = 3.0


class Feed:
    """Offers to a journal what is due, and writes down what it acknowledges."""

    def __init__(self, journal: Journal, board: Board, plan: Plan) -> None:
        self._journal, self._board, self._pictures = journal, board, plan.pictures
        longest = int((plan.seconds + 1) * 1e9)
        self._rows = {name: rows(name, declared.due(longest)) for name, declared in STREAMS.items()}
        self._marks: deque[tuple[int, Ints]] = deque()
        self._stored = np.zeros(len(STREAMS), np.int64)

    def offer(self, elapsed_ns: int) -> None:
        """All samples up to an instant; without room for more, frames become gaps."""
        crowded = self._journal.buffered_bytes > _BUFFER_BYTES
        for i, (name, declared) in enumerate(STREAMS.items()):
            first, last = int(self._board.offered[i]), declared.due(elapsed_ns)
            if last <= first:
                continue
            self._board.offered[i] = last  # before: what comes back was offered, whenever the kill comes
            if declared.kind != "camera":
                self._journal.append_rows(name, self._rows[name][first:last])
            elif crowded:
                self._journal.append_gap(name, monotonic_ns(), last - first, "disk full")
                self._board.note("dropped", self._board.read("dropped") + last - first)
                continue
            else:
                for n in range(first, last):
                    self._journal.append_frame(name, self._rows[name][n : n + 1], self._pictures(name, n))
            self._stored[i] += last - first

    def commit(self) -> bool:
        """False while the disk is full."""
        board, journal = self._board, self._journal
        before = monotonic_ns()
        try:
            journal.commit()
        except DiskFull:
            board.note("full", board.read("full") + 1)
            return False
        finally:
            board.note("worst_ns", max(board.read("worst_ns"), monotonic_ns() - before))
        board.committed[:] = self._stored
        self._marks.append((journal.committed_bytes, self._stored.copy()))
        self.look()
        return True

    def close(self, status: str) -> None:
        """End the episode; all that was committed is durable on return. Raises OSError, but closes."""
        left_out = self._journal.close(status, {})
        if self._journal.wait():
            kept = [count - left_out.get(name, 0) for name, count in zip(STREAMS, self._stored, strict=True)]
            self._board.committed[:] = self._board.durable[:] = kept

    def look(self) -> None:
        """What has become durable, and what an operator would see."""
        durable = self._journal.durable_bytes
        while self._marks and self._marks[0][0] <= durable:
            self._board.durable[:] = self._marks.popleft()[1]
        self._board.note("durable_lag_ns", max(self._board.read("durable_lag_ns"), self._journal.durable_lag_ns))
        self._board.note("low_space", self._board.read("low_space") or self._journal.low_space)
        self._board.note("segments", self._journal.segments)


def record(plan: Plan, board: Board) -> None:
    """One episode, from its first record to its last; an OSError that ends it is noted."""
    try:
        journal = Journal.create(plan.journal, meta(plan.pictures.size), disk=plan.disk)
    except OSError as error:
        board.note("errno", error.errno or -1)
        return
    feed = Feed(journal, board, plan)
    began = monotonic_ns()
    board.note("began_ns", began)
    status = _pump(feed, plan, board, began)
    try:
        feed.close(status)
    except OSError as error:
        board.note("errno", error.errno or -1)


def _pump(feed: Feed, plan: Plan, board: Board, began_ns: int) -> str:
    """Offer and commit to the end of the plan; the status that this deserves."""
    elapsed = full_since = 0
    while elapsed < plan.seconds * 1e9:
        elapsed = monotonic_ns() - began_ns if plan.paced else elapsed + _COMMIT_NS
        feed.offer(elapsed)
        try:
            has_room = feed.commit()
        except OSError as error:
            board.note("errno", error.errno or -1)
            return "fault"
        if plan.paced:
            time.sleep(_COMMIT_NS * 1e-9)
        full_since = 0 if has_room else full_since or monotonic_ns()
        if full_since and monotonic_ns() - full_since > plan.patience_s * 1e9:
            return "truncated"
    return "complete"


@contextmanager
def child(function: Callable[..., object], *arguments: object) -> Generator[BaseProcess]:
    """A forked process; killed at the end if it still lives."""
    process = _fork.Process(target=_quietly, args=(function, arguments), daemon=True)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()
        process.close()


def _quietly(function: Callable[..., object], arguments: tuple[object, ...]) -> None:
    function(*arguments)
    os._exit(0)  # nothing of the parent's is ours to tidy up
