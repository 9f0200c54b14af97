"""The wall clock jumps while an episode is recorded and sealed: the file is the same, byte for byte."""

import random
import time
from collections.abc import Iterator
from mmap import mmap
from pathlib import Path

import numpy as np

from benchmarks.faults.board import Board
from benchmarks.faults.judge import sha256
from benchmarks.faults.outcome import Run
from benchmarks.faults.place import SMALL, pictures, place
from benchmarks.faults.recorder import Plan, child, record
from collector.episode.finalise import finalise

_JUMP_NS = 3600 * 10**9


def jumps(count: int) -> Iterator[Run]:
    """Each look at the wall clock is up to an hour off, either way; CLOCK_MONOTONIC cannot be set."""
    for seed in range(count):
        run = Run()
        with place() as where:
            steady, _ = _made(where.data / "episode_000002.journal", None)
            jumping, looks = _made(where.journal, random.Random(seed))
            run.require("I3", steady == jumping, "another file than with a steady clock")
            where.judge_earlier(run)
        run.note = f"the wall clock was looked at {looks} times"
        yield run


def _made(journal: Path, dice: random.Random | None) -> tuple[str, int]:
    looks = np.frombuffer(mmap(-1, 8), np.int64)
    with child(_record_and_seal, journal, dice, looks) as process:
        process.join()
    return sha256(journal.with_suffix(".hdf5")), int(looks[0])


def _record_and_seal(journal: Path, dice: random.Random | None, looks: np.ndarray) -> None:  # pyright: ignore
    if dice is not None:
        true_ns = time.time_ns

        def jumping_ns() -> int:
            looks[0] += 1
            return true_ns() + dice.randint(-_JUMP_NS, _JUMP_NS)

        time.time_ns, time.time = jumping_ns, lambda: jumping_ns() * 1e-9
    record(Plan(journal, 0.5, pictures(SMALL), paced=False), Board())
    finalise(journal)
