"""Several at once on one folder: nobody takes a journal that is being recorded."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.faults.board import Board
from benchmarks.faults.judge import judge_episode
from benchmarks.faults.outcome import Run
from benchmarks.faults.place import SMALL, pictures, place
from benchmarks.faults.recorder import Plan, child, record
from collector.episode.salvage import salvage


def salvage_meanwhile(count: int) -> Iterator[Run]:
    """Two salvages in a loop while an episode is recorded; one of them seals it the moment it is closed."""
    for _ in range(count):
        run, board, picture = Run(), Board(), pictures(SMALL)
        with place() as where:
            with child(_salvage_on, where.data), child(_salvage_on, where.data):
                with child(record, Plan(where.journal, 2.0, picture), board) as process:
                    process.join()
            run.require("I3", board.read("errno") == 0, f"the recorder was disturbed: errno {board.read('errno')}")
            run.require("I1", (board.committed == board.offered).all(), "the recorder has not committed all")
            salvage(where.data)
            judge_episode(run, where.journal.with_suffix(".hdf5"), board.committed, picture)
            left = {path.suffix for path in where.data.iterdir()}
            run.require("I5", left == {".hdf5"}, f"left behind: {', '.join(sorted(left))}")
            where.judge_earlier(run)
        yield run


def _salvage_on(folder: Path) -> None:
    while True:
        salvage(folder)
