"""Disks that fill, break or turn read-only: the take waits or ends, and nothing committed is lost."""

import errno
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from benchmarks.faults.board import Board
from benchmarks.faults.disks import SYSTEM, Buffers, Faulty, full
from benchmarks.faults.mounts import ext4, grow, tmpfs
from benchmarks.faults.outcome import Run
from benchmarks.faults.place import FULL, SMALL, Place, journal_of, pictures, place
from benchmarks.faults.recorder import Plan, child, record
from collector.episode.disk import Disk
from collector.episode.journal_reader import scan
from collector.episode.salvage import salvage

_MB = 1 << 20
_BALLAST = "ballast"


def filling(count: int) -> Iterator[Run]:
    """A tmpfs that fills; by turns there is room again after half a second, or never."""
    for n in range(count):
        cleared = n % 2 == 0
        with tmpfs((80 + 2 * n) * _MB) as mount, place(mount) as where:
            ballast = mount / _BALLAST
            ballast.write_bytes(bytes(30 * _MB))
            yield _filled(where, SYSTEM, cleared, ballast.unlink, lambda mount=mount: grow(mount, 512 * _MB))


def filling_injected(count: int) -> Iterator[Run]:
    """The same with a disk that says so."""
    for n in range(count):
        cleared = n % 2 == 0
        with place() as where:
            # Refused first is the look-ahead, 32 MB before the disk is full.
            yield _filled(where, full((20 + n) * _MB, 2.0 if cleared else 60.0), cleared, lambda: None, lambda: None)


def _filled(where: Place, disk: Disk, cleared: bool, clear: Callable[[], None], tidy: Callable[[], None]) -> Run:
    """`clear` makes room for the take to go on, `tidy` for its recovery afterwards."""
    run, board, picture = Run(), Board(), pictures(FULL)
    plan = Plan(where.journal, 4.0, picture, disk=disk, patience_s=3.0 if cleared else 0.5)
    with child(record, plan, board) as process:
        while process.is_alive() and not board.read("full"):
            time.sleep(0.01)
        if cleared:
            time.sleep(0.5)
            clear()
        process.join()
    tidy()
    run.require("I6", board.read("full") > 0 and board.read("low_space") > 0, "the disk was never said to be full")
    _books(run, where, board)
    status = "complete" if cleared else "truncated"
    where.judge(run, board, picture, board.committed, whole=False, status=status, losses=None)
    run.note = "cleared" if cleared else "not cleared: kept, truncated"
    return run


def _books(run: Run, where: Place, board: Board) -> None:
    """Is each sample that was offered stored or counted?"""
    with scan(where.journal) as found:
        stored = np.array([len(rows) for rows in found.rows.values()])
        gaps = np.array([sum(gap.count for gap in found.gaps.get(name, [])) for name in found.rows])
    amiss = board.offered - stored - gaps
    run.require("I8", not amiss.any(), f"offered less stored less counted: {amiss.tolist()}")


def largest_file(count: int) -> Iterator[Run]:
    """RLIMIT_FSIZE: the write fails with EFBIG."""
    for n in range(count):
        run, board, picture = Run(), Board(), pictures(FULL)
        with place() as where:
            plan = Plan(where.journal, 4.0, picture, patience_s=0.2)
            with child(_record_small, plan, board, (9 + n) * _MB) as process:
                process.join()
            run.require("I6", board.read("full") > 0, "nobody said that the file is too large")
            _books(run, where, board)
            where.judge(run, board, picture, board.committed, whole=False, status="truncated", losses=None)
        yield run


def _record_small(plan: Plan, board: Board, largest: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    record(plan, board)


def read_only(count: int) -> Iterator[Run]:
    """An ext4 that the kernel remounts read-only while it is written; mounted again afterwards, as after a boot."""
    for n in range(count):
        run, board, picture = Run(), Board(), pictures(FULL)
        with ExitStack() as stack:
            disk = stack.enter_context(ext4(256 * _MB))
            where = stack.enter_context(place(disk.folder))
            with child(record, Plan(where.journal, 6.0, picture), board) as process:
                time.sleep(1.0 + 0.3 * n)
                disk.turn_read_only()
                process.join()
            promised = board.durable.copy()
            disk.unmount()
            disk.mount()
            run.require("I6", board.read("errno") == errno.EROFS, f"the recorder heard errno {board.read('errno')}")
            where.judge(run, board, picture, promised, invariant="I2", losses=None)
        yield run


def read_only_injected(count: int) -> Iterator[Run]:
    """Every call that changes the disk fails with EROFS from the n-th write on."""
    for n in range(count):
        run, board, picture = Run(), Board(), pictures(SMALL)
        with place() as where:
            plan = Plan(where.journal, 1.0, picture, paced=False, disk=_broken(5 + 7 * n, errno.EROFS))
            with child(record, plan, board) as process:
                process.join()
            run.require("I6", board.read("errno") == errno.EROFS, f"the recorder heard errno {board.read('errno')}")
            where.judge(run, board, picture, board.committed)
        yield run


def _broken(nth: int, code: int) -> Faulty:
    count = 0

    def refuse() -> None:
        if count >= nth:
            raise OSError(code, "Read-only file system")

    def pwritev(descriptor: int, buffers: Buffers, offset: int) -> int:
        nonlocal count
        count += 1
        refuse()
        return SYSTEM.pwritev(descriptor, buffers, offset)

    def create(path: Path) -> int:
        refuse()
        return SYSTEM.create(path)

    def ftruncate(descriptor: int, size: int) -> None:
        refuse()
        SYSTEM.ftruncate(descriptor, size)

    return Faulty(on_pwritev=pwritev, on_create=create, on_ftruncate=ftruncate)


def no_room_to_seal(count: int) -> Iterator[Run]:
    """The disk is full when an episode is to be sealed: the journal stays; with room again it is sealed."""
    for n in range(count):
        run, board, picture = Run(), Board(), pictures(SMALL)
        whole = journal_of(0.3 + 0.1 * n, SMALL)
        with tmpfs(96 * _MB) as mount, place(mount) as where:
            where.journal.write_bytes(whole)
            ballast = mount / _BALLAST
            ballast.write_bytes(bytes((80 - 5 * n) * _MB))
            (report,) = salvage(where.data)
            run.require("I6", "no room to seal" in (report.problem or ""), f"salvage says {report.problem}")
            run.require("I1", where.journal.read_bytes() == whole, "the journal is not what it was")
            ballast.unlink()
            with scan(where.journal) as found:
                board.offered[:] = [len(rows) for rows in found.rows.values()]
            where.judge(run, board, picture, board.offered, status="complete")
        yield run
