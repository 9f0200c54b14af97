"""A journal cut off at every 64th byte: all that lies before the cut is recovered, and nothing else."""

from collections.abc import Iterator

import numpy as np

from benchmarks.faults.board import Board, Ints
from benchmarks.faults.judge import judge_journal
from benchmarks.faults.material import STREAMS
from benchmarks.faults.outcome import Run
from benchmarks.faults.place import SMALL, journal_of, pictures, place
from collector.episode.record import Kind, Record, records

_SECONDS = 0.05
_STEP = 64
_SEALED = 4


def cuts(count: int) -> Iterator[Run]:
    """Each is read; every fourth is recovered and sealed too. `count`: of the offsets, evenly spread; 0: all."""
    whole = journal_of(_SECONDS, SMALL)
    offsets = np.arange(0, len(whole), _STEP)
    if 0 < count < len(offsets):
        offsets = offsets[np.linspace(0, len(offsets) - 1, count).astype(int)]
    for n, at in enumerate(offsets.tolist()):
        yield _cut(whole, at, seal=n % _SEALED == 0)


def _cut(whole: bytes, at: int, *, seal: bool) -> Run:
    run, board = Run(), Board()
    entire = [record for record in records(whole) if isinstance(record, Record) and record.offset + record.size <= at]
    told = any(record.kind is Kind.META for record in entire)
    board.offered[:] = held(entire)
    with place() as where:
        where.journal.write_bytes(whole[:at])
        if not told:
            run.note = "within the metadata: refused"
            where.recover_nothing(run)
        elif seal:
            where.judge(run, board, pictures(SMALL), board.offered)
        else:
            judge_journal(run, where.journal, board.offered, board.offered, pictures(SMALL))
    return run


def held(entire: list[Record]) -> Ints:
    """Samples a stream in these records."""
    sizes = [declared.row.itemsize for declared in STREAMS.values()]
    counts = np.zeros(len(STREAMS), np.int64)
    for record in entire:
        match record.kind:
            case Kind.ROWS:
                counts[record.stream] += record.size // sizes[record.stream]
            case Kind.FRAME:
                counts[record.stream] += 1
            case _:
                pass
    return counts
