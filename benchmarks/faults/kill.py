"""kill -9 of the recorder at random moments: nothing committed may be lost, and little of what was not."""

import random
import time
from collections.abc import Iterator

from benchmarks.faults.board import Board
from benchmarks.faults.outcome import Run
from benchmarks.faults.place import FULL, Place, pictures, place
from benchmarks.faults.recorder import Plan, child, record
from hardware.samples import monotonic_ns

TAIL_MS = 100.0
_LONGEST_S = 60.0


def kills(count: int) -> Iterator[Run]:
    """At any moment of the first 3 s, the creation of the journal included."""
    dice = random.Random(1)
    for _ in range(count):
        with place() as where:
            yield _kill(where, dice.uniform(0.0, 3.0))


def _kill(where: Place, after_s: float) -> Run:
    run, board, picture = Run(), Board(), pictures(FULL)
    with child(record, Plan(where.journal, _LONGEST_S, picture), board) as process:
        time.sleep(after_s)
        process.kill()
        killed_ns = monotonic_ns()
        process.join()
    if not board.read("began_ns"):
        run.note = "before the journal was made"
        where.recover_nothing(run)
        return run
    where.judge(run, board, picture, board.committed, killed_ns=killed_ns)
    run.stall_ms = board.read("worst_ns") * 1e-6
    run.within("I1", run.tail_ms or 0.0, TAIL_MS, "tail lost, ms,")
    return run
