"""What the console costs beside the running virtual rig: CPU, start-up, and whether a frame is lost because of it.

`python -m benchmarks.console_load [--seconds 20] [--size 120x40] [--pictures half] [--rig PATH]
[--set KEY=VALUE] [--out out/console]`.
Four takes under one daemon, two alone and between them two with a console that looks on in a pty; frames are counted
against the truth by clap's own audit. Writes load.json. Exit 1 when the console costs over 0.15 of a core, starts
slower than 1.5 s, or more frames are lost in its takes than in the others.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.console_pty import STANDS, Terminal, clap, start
from collector.attach import DaemonProcess
from collector.audit import audit
from collector.headless import progress_line
from collector.labels.task import TaskConfig
from collector.record import Rig
from collector.recorded import Recorded
from hardware.config import RigConfig
from hardware.load import load

TASK = Path("configs/tasks/pick_cube.yaml")
CORES, START_S = 0.15, 1.5
_STARTS = 3
_ORDER = (False, True, True, False)  # so that a slow drift of the machine falls on both
_LENIENT = ("virtual.franka.lost_in_a_row=2000", "teleop.hold_ms=2000", "teleop.fault_ms=4000")
_SETTLE_S = 3.0
_FIGURES = b"streams"  # the title of a panel of the record screen


@dataclass(frozen=True, slots=True)
class Taken:
    """Frames of all cameras: stored; lost: given within the take, by the truth, and not stored; not_given: counted by
    the camera and never given by its far end, for want of CPU. capture, rig: cores of the capture process and of all
    processes of the rig."""

    frames: int
    lost: int
    not_given: int
    capture: float
    rig: float


@dataclass(frozen=True, slots=True)
class Load:
    """`cores`: of the console while a take runs; start_s: from its start until its screen stands, start_cpu_s: and what
    that takes of a core; kilobytes_s: what it writes to the terminal."""

    size: str
    pictures: str
    cores: float
    start_s: float
    start_cpu_s: float
    kilobytes_s: float
    alone: Taken
    beside: Taken

    @property
    def good(self) -> bool:
        """Within the limits, and no frame lost because of it."""
        return self.cores <= CORES and self.start_s <= START_S and self.beside.lost <= self.alone.lost


def measure(rig_path: Path, sets: tuple[str, ...], seconds: float, size: str, pictures: str, console: Console) -> Load:
    """Takes with and without a console in turn, under a daemon of its own, none beside a take that is sealed."""
    sets = (*_LENIENT, *sets)  # the frames are judged here, not the robot
    rig, task = load(RigConfig, rig_path, sets), load(TaskConfig, TASK)
    columns, rows = (int(part) for part in size.split("x"))
    alone: list[Recorded] = []
    beside: list[Recorded] = []
    watched: list[tuple[float, float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        daemon = DaemonProcess(rig_path, rig.name, sets, out, out / "truth.h5")
        with progress_line(console) as report:
            try:
                with daemon.connect() as client:
                    session = Rig(client, report)
                    session.prepare(override="benchmark")
                    words = clap("collect", "--rig", str(rig_path), "--task", str(TASK), "--watch")
                    words += ["--pictures", pictures]
                    starts = [start(words, columns, rows) for _ in range(_STARTS)]
                    for with_console in _ORDER:
                        with _looking(words, columns, rows, pictures) if with_console else nullcontext() as looker:
                            session.follow()
                            take = session.begin(task, seconds, {})
                            before = _so_far(looker)
                            session.wait(take, seconds, "with a console" if with_console else "alone")
                            after = _so_far(looker)
                            (beside if with_console else alone).append(session.finish(take))
                        session.keep()
                        session.wait_sealed()
                        if with_console:
                            watched.append((after[0] - before[0], after[1] - before[1], after[2] - before[2]))
            finally:
                daemon.end(report)
        elapsed_s, cpu_s, written = (sum(figures) for figures in zip(*watched, strict=True))
        return Load(
            size,
            pictures,
            cpu_s / elapsed_s,
            statistics.median(start for start, _ in starts),
            statistics.median(cpu for _, cpu in starts),
            written / elapsed_s * 1e-3,
            _taken(alone, out / "truth.h5"),
            _taken(beside, out / "truth.h5"),
        )


@contextmanager
def _looking(words: list[str], columns: int, rows: int, pictures: str) -> Generator[Terminal]:
    """A console that has settled on the record screen."""
    looker = Terminal(words, columns, rows, sixels=pictures == "auto")
    try:
        looker.wait_for(STANDS, 60.0)
        looker.wait_for(_FIGURES, 10.0)
        time.sleep(_SETTLE_S)
        yield looker
    finally:
        looker.end()


def _so_far(looker: Terminal | None) -> tuple[float, float, float]:
    """Seconds of the clock and of CPU, and bytes written."""
    return (time.monotonic(), looker.cpu_s(), looker.bytes) if looker else (0.0, 0.0, 0.0)


def _taken(takes: list[Recorded], truth: Path) -> Taken:
    streams = [
        stream for taken in takes for stream in audit(taken.path, truth).streams if stream.stream.startswith("cameras/")
    ]
    if problems := [stream.problem for stream in streams if stream.lost is None]:
        raise RuntimeError(problems[0])
    return Taken(
        sum(stream.samples for stream in streams),
        sum(stream.lost or 0 for stream in streams),
        sum(count for taken in takes for stream, count in taken.gaps.items() if stream.startswith("cameras/")),
        statistics.mean(taken.cores["capture"] for taken in takes),
        statistics.mean(sum(taken.cores.values()) for taken in takes),
    )


def table(load_: Load) -> Table:
    """For the terminal."""
    title = f"the console at {load_.size}, pictures {load_.pictures}"
    shown = Table(
        "", "cores", "start, s", "its CPU, s", "kB/s", "frames", "lost", "not given", "capture", "rig", title=title
    )
    for name, taken, own in (
        ("alone", load_.alone, ("", "", "", "")),
        (
            "beside",
            load_.beside,
            (f"{load_.cores:.3f}", f"{load_.start_s:.2f}", f"{load_.start_cpu_s:.2f}", f"{load_.kilobytes_s:.0f}"),
        ),
    ):
        counts = (str(count) for count in (taken.frames, taken.lost, taken.not_given))
        shown.add_row(name, *own, *counts, f"{taken.capture:.3f}", f"{taken.rig:.3f}")
    return shown


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--pictures", default="half")
    parser.add_argument("--rig", type=Path, default=Path("configs/rigs/virtual.yaml"))
    parser.add_argument("--set", dest="sets", action="append", default=[], help="as clap has it")
    parser.add_argument("--out", type=Path, default=Path("out/console"))
    asked, console = parser.parse_args(), Console()
    found = measure(asked.rig, tuple(asked.sets), asked.seconds, asked.size, asked.pictures, console)
    console.print(table(found))
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "load.json").write_text(json.dumps(asdict(found), indent=1))
    return 0 if found.good else 1


if __name__ == "__main__":
    sys.exit(main())
