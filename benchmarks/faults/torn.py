"""A write that is cut in the middle, or one call that fails: the n-th, n rising (as SQLite's tests do it)."""

import errno
import random
import time
from collections.abc import Iterator

from benchmarks.faults.board import Board
from benchmarks.faults.disks import Faulty, failing, short, torn
from benchmarks.faults.judge import judge_episode, judge_journal
from benchmarks.faults.outcome import Run
from benchmarks.faults.place import BOUND_S, FULL, SMALL, pictures, place
from benchmarks.faults.recorder import Plan, child, record
from collector.episode.salvage import salvage

_LONG_S = 120.0

_CALLS = (
    ("pwritev", errno.EIO), ("pwritev", errno.ENOSPC), ("fallocate", errno.ENOSPC), ("fallocate", errno.EIO),
    ("fdatasync", errno.EIO), ("ftruncate", errno.EIO), ("create", errno.EIO), ("create", errno.ENOSPC),
    ("fsync", errno.EIO), ("sync_folder", errno.EIO), ("free_bytes", errno.EIO),
)  # fmt: skip


def torn_writes(count: int) -> Iterator[Run]:
    """The recorder dies in its n-th write, of which any share may have reached the file."""
    dice = random.Random(4)
    for nth in range(1, count + 1):
        share = dice.choice((0.0, dice.random(), dice.random(), 1.0))
        yield _run(torn(nth, share), nth * 0.01 + 1.0, FULL if nth % 3 == 0 else SMALL, status="interrupted")


def short_writes(count: int) -> Iterator[Run]:
    """Writes that take less than they were given, now and then."""
    for seed in range(count):
        yield _run(short(seed), 0.5, FULL if seed % 3 == 0 else SMALL, status="complete")


def failed_calls(count: int) -> Iterator[Run]:
    """The n-th call of one kind fails once, n rising: recording goes on, or ends and says so."""
    for n in range(count):
        call, code = _CALLS[n % len(_CALLS)]
        yield _run(failing(call, n // len(_CALLS) + 1, code), 1.0, SMALL, status="")


def long_recovery(count: int) -> Iterator[Run]:
    """The recorder dies at the end of an episode of two minutes: how long does its recovery take?"""
    for _ in range(count):
        run, board, picture = Run(), Board(), pictures(FULL)
        with place() as where:
            plan = Plan(where.journal, _LONG_S, picture, paced=False, disk=torn(round(_LONG_S * 100), 0.5))
            with child(record, plan, board) as process:
                process.join()
            found = judge_journal(run, where.journal, board.committed, board.offered, picture)
            began = time.monotonic()
            (report,) = salvage(where.data)
            run.recovery_s = time.monotonic() - began
            run.within("I5", run.recovery_s, BOUND_S, "recovery, s,")
            run.require("I5", report.episode is not None, f"not recovered: {report.problem}")
            if report.episode is not None:
                judge_episode(run, report.episode, found.counts, picture)
                run.note = f"{report.episode.stat().st_size / 1e9:.1f} GB"
            where.judge_earlier(run)
        yield run


def _run(disk: Faulty, seconds: float, size: tuple[int, int], status: str) -> Run:
    run, board = Run(), Board()
    with place() as where:
        plan = Plan(where.journal, seconds, pictures(size), paced=False, disk=disk)
        with child(record, plan, board) as process:
            process.join()
        if not board.read("began_ns"):
            where.recover_nothing(run)
            run.note = "refused to start" if board.read("errno") else "before the journal was made"
            return run
        expected = status or ("fault" if board.read("errno") else "complete")
        where.judge(run, board, pictures(size), board.committed, status=expected, losses=None)
        if board.read("segments") > 1:
            run.note = "went on in a new segment"
    return run
