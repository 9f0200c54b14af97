"""Syncs that fail, and power cuts: what was told durable is there afterwards."""

import errno
import random
import time
from collections.abc import Callable, Iterator

from benchmarks.faults.board import Board
from benchmarks.faults.mounts import ext4
from benchmarks.faults.outcome import Run
from benchmarks.faults.place import FULL, pictures, place
from benchmarks.faults.power import Power, remembering
from benchmarks.faults.recorder import Plan, child, record
from hardware.samples import monotonic_ns

POWER_MS = 500.0
"""What a power cut may cost while the disk keeps up."""
_LONGEST_S = 60.0


def power_cuts(count: int) -> Iterator[Run]:
    """The power goes at any moment; unsynced pages are there, or zeros, or beyond the file's end."""
    dice = random.Random(5)
    for _ in range(count):
        yield _cut(dice, lambda nth: 0, dice.uniform(0.02, 2.5))


def failed_syncs(count: int) -> Iterator[Run]:
    """One to three syncs fail with EIO, and what they held is gone; recording goes on, then the power goes."""
    dice = random.Random(6)
    for _ in range(count):
        bad = set(dice.sample(range(1, 10), dice.randint(1, 3)))
        yield _cut(dice, lambda nth, bad=bad: errno.EIO if nth in bad else 0, dice.uniform(0.5, 3.0))


def _cut(dice: random.Random, fails: Callable[[int], int], after_s: float) -> Run:
    run, board, power, picture = Run(), Board(), Power(), pictures(FULL)
    with place() as where:
        with child(record, Plan(where.journal, _LONGEST_S, picture, disk=remembering(power, fails)), board) as process:
            time.sleep(after_s)
            process.kill()
            killed_ns = monotonic_ns()
            process.join()
        if not board.read("began_ns"):
            run.note = "before the journal was made"
            return run
        power.cut(where.journal, dice)
        where.judge(run, board, picture, board.durable, invariant="I2", killed_ns=killed_ns, losses=None)
        if board.read("segments") > 1:
            run.note = f"went on in segment {board.read('segments') - 1}"
        else:
            run.within("I2", run.tail_ms or 0.0, POWER_MS, "tail lost, ms,")
    return run


def real_power_cuts(count: int) -> Iterator[Run]:
    """On an ext4 of its own, shut down without flushing its log, then mounted again."""
    dice = random.Random(7)
    for _ in range(count):
        run, board, picture = Run(), Board(), pictures(FULL)
        with ext4(256 << 20) as disk, place(disk.folder) as where:
            with child(record, Plan(where.journal, _LONGEST_S, picture), board) as process:
                time.sleep(dice.uniform(0.5, 2.5))
                disk.cut_power()
                killed_ns = monotonic_ns()
                promised = board.durable.copy()
                process.kill()
                process.join()
            disk.unmount()
            disk.mount()
            where.judge(run, board, picture, promised, invariant="I2", killed_ns=killed_ns, losses=None)
        yield run
