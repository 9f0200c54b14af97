"""The end of a process that seals or recovers, at every step and at any moment: the next one makes the same file."""

import random
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.faults.judge import sha256
from benchmarks.faults.outcome import Run
from benchmarks.faults.place import FULL, SMALL, Place, journal_of, place
from benchmarks.faults.recorder import child
from benchmarks.faults.steps import Folder, Steps
from collector.episode.finalise import finalise
from collector.episode.salvage import salvage

_JOURNALS = 3
_CUT = 5000  # bytes off a journal's end: what a kill leaves


def step_kills(count: int) -> Iterator[Run]:
    """Before and after every step of sealing; `count` goes round them."""
    return _at_steps(count, power=False)


def step_power_cuts(count: int) -> Iterator[Run]:
    """The same, and the power goes with it: what was not synced is lost."""
    return _at_steps(count, power=True)


def _at_steps(count: int, *, power: bool) -> Iterator[Run]:
    whole, truth, _ = _sealed(0.2, SMALL)
    total, dice = _steps_of(whole), random.Random(10)
    for n in range(count):
        run, steps = Run(note=f"{total} steps"), Steps()
        with place() as where:
            where.journal.write_bytes(whole)
            before = Folder(where.data, where.again)
            with child(_seal, where.journal, steps, n // 2 % total, n % 2 == 1) as process:
                process.join()
            if power:
                before.cut_power(steps.done(), dice)
            _judge(run, where, truth)
        yield run


def _steps_of(whole: bytes) -> int:
    steps = Steps()
    with place() as where:
        where.journal.write_bytes(whole)
        with child(_seal, where.journal, steps, -1, False) as process:
            process.join()
    return len(steps.done())


def _seal(journal: Path, steps: Steps, kill_at: int, after: bool) -> None:
    steps.watch(kill_at, after=after)
    finalise(journal)


def moment_kills(count: int) -> Iterator[Run]:
    """At any moment of sealing an episode."""
    whole, truth, wall_s = _sealed(1.5)
    dice = random.Random(8)
    for _ in range(count):
        run = Run()
        with place() as where:
            where.journal.write_bytes(whole)
            with child(finalise, where.journal) as process:
                time.sleep(dice.uniform(0.0, 1.2 * wall_s))
                process.kill()
                process.join()
            _judge(run, where, truth)
        yield run


def recovery_kills(count: int) -> Iterator[Run]:
    """At any moment of a recovery of several journals, up to three times in a row."""
    whole, truth, wall_s = _sealed(0.4)
    dice = random.Random(9)
    for _ in range(count):
        run = Run()
        with place() as where:
            for n in range(1, _JOURNALS + 1):
                (where.data / f"episode_{n:06d}.journal").write_bytes(whole)
            for _ in range(dice.randint(1, 3)):
                with child(salvage, where.data) as process:
                    time.sleep(dice.uniform(0.0, _JOURNALS * wall_s))
                    process.kill()
                    process.join()
            _judge(run, where, truth, _JOURNALS)
        yield run


def _judge(run: Run, where: Place, truth: str, journals: int = 1) -> None:
    """Salvaged once more, every episode is there, the same as without the kill, and nothing else is left."""
    began = time.monotonic()
    reports = salvage(where.data)
    run.recovery_s = time.monotonic() - began
    for report in reports:
        run.require("I5", report.episode is not None, f"not recovered: {report.problem}")
    made = {f"episode_{n:06d}.hdf5" for n in range(1, journals + 1)}
    left = {path.name for path in where.data.iterdir()} - {where.earlier.name}
    run.require("I5", left == made, f"left: {', '.join(sorted(left))}")
    for name in made & left:
        run.require("I3", sha256(where.data / name) == truth, f"{name} is not the file that an undisturbed end gives")
    where.judge_earlier(run)


@lru_cache(maxsize=2)
def _sealed(seconds: float, size: tuple[int, int] = FULL) -> tuple[bytes, str, float]:
    """A journal that was cut off, the hash of what it becomes, and how long that takes, s."""
    whole = journal_of(seconds, size)[:-_CUT]
    with TemporaryDirectory(prefix="faults-") as root:
        path = Path(root) / "episode_000001.journal"
        path.write_bytes(whole)
        began = time.monotonic()
        return whole, sha256(finalise(path)), time.monotonic() - began
