"""A slow disk, a busy disk, a busy machine: nothing is lost, and the journal holds nobody up."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.faults.board import Board
from benchmarks.faults.disks import SYSTEM, slow
from benchmarks.faults.outcome import Run
from benchmarks.faults.place import FULL, pictures, place
from benchmarks.faults.recorder import Plan, child, record
from collector.episode.disk import Disk

STALL_MS = 50.0
_SECONDS = 5.0
_SLOW_BYTES_S = 10e6
_STORM_BYTES = 8 << 20


def slow_disk(count: int) -> Iterator[Run]:
    """Syncs run at 10 MB/s, the rig writes twice that."""
    return _runs(count, lambda: slow(_SLOW_BYTES_S), ())


def sync_storm(count: int) -> Iterator[Run]:
    """Another process writes and syncs beside the journal without a pause."""
    return _runs(count, lambda: SYSTEM, (_storm,))


def busy_cpu(count: int) -> Iterator[Run]:
    """A spinning process for each core."""
    return _runs(count, lambda: SYSTEM, (_spin,) * (os.cpu_count() or 1))


def _runs(count: int, disk: Callable[[], Disk], beside: tuple[Callable[[Path], None], ...]) -> Iterator[Run]:
    for _ in range(count):
        run, board, picture = Run(), Board(), pictures(FULL)
        with place() as where, ExitStack() as stack:
            for other in beside:
                stack.enter_context(child(other, where.again.with_suffix(".storm")))
            with child(record, Plan(where.journal, _SECONDS, picture, disk=disk()), board) as process:
                process.join()
            stack.close()
            lost = board.read("dropped") + int((board.offered - board.committed).sum())
            run.require("I8", lost == 0, f"{lost} samples are not stored")
            where.judge(run, board, picture, board.committed, status="complete")
        run.stall_ms = board.read("worst_ns") * 1e-6
        run.within("I7", run.stall_ms, STALL_MS, "a commit, ms,")
        run.note = f"durable lag up to {board.read('durable_lag_ns') * 1e-9:.1f} s"
        yield run


def _storm(path: Path) -> None:
    block = os.urandom(_STORM_BYTES)
    with path.open("wb", buffering=0) as file:
        while True:
            file.seek(0)
            file.write(block)
            os.fsync(file.fileno())


def _spin(path: Path) -> None:
    while True:
        pass
