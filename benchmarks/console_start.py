"""How long `clap collect` takes until the whole of its first screen is drawn, beside the running virtual rig.

    python -m benchmarks.console_start [--starts 7] [--against FOLDER] [--size 120x40] [--rig PATH] [--out out/console]

`--against`: another checkout, whose console is started in turn with ours beside the same daemon, so that what else the
machine does falls on both: the ratio counts then. Writes start.json. Exit 1 when half of our starts take over 1.5 s.
"""

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.console_load import START_S, TASK
from benchmarks.console_pty import clap, start
from collector.attach import DaemonProcess
from collector.headless import progress_line
from collector.record import Rig
from hardware.config import RigConfig
from hardware.load import load

_LENIENT = ("virtual.franka.lost_in_a_row=2000", "teleop.hold_ms=2000", "teleop.fault_ms=4000")


@dataclass(frozen=True, slots=True)
class Starts:
    """Of one checkout; wall_s, cpu_s: of each start."""

    folder: str
    wall_s: tuple[float, ...]
    cpu_s: tuple[float, ...]


def measure(rig_path: Path, folders: tuple[Path, ...], count: int, size: str, console: Console) -> tuple[Starts, ...]:
    """Starts of each folder's console in turn, who is first by turns too."""
    rig = load(RigConfig, rig_path, _LENIENT)
    columns, rows = (int(part) for part in size.split("x"))
    words = clap("collect", "--rig", str(rig_path), "--task", str(TASK), "--watch", "--pictures", "none")
    taken: dict[Path, list[tuple[float, float]]] = {folder: [] for folder in folders}
    with tempfile.TemporaryDirectory() as out:
        daemon = DaemonProcess(rig_path, rig.name, _LENIENT, Path(out), None)
        with progress_line(console) as report:
            try:
                with daemon.connect() as client:
                    Rig(client, report).prepare(override="benchmark")
                    for number in range(count):
                        report(f"start {number + 1} of {count}", number / count)
                        for folder in folders if number % 2 == 0 else reversed(folders):
                            taken[folder].append(start(words, columns, rows, folder))
            finally:
                daemon.end(report)
    return tuple(
        Starts(str(folder), tuple(wall for wall, _ in starts), tuple(cpu for _, cpu in starts))
        for folder, starts in taken.items()
    )


def table(found: tuple[Starts, ...]) -> Table:
    """For the terminal."""
    shown = Table("checkout", "least, s", "median, s", "most, s", "its CPU, s", title="the console's start")
    for one in found:
        figures = min(one.wall_s), statistics.median(one.wall_s), max(one.wall_s), statistics.median(one.cpu_s)
        shown.add_row(one.folder, *(f"{figure:.2f}" for figure in figures))
    return shown


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--rig", type=Path, default=Path("configs/rigs/virtual.yaml"))
    parser.add_argument("--out", type=Path, default=Path("out/console"))
    asked, console = parser.parse_args(), Console()
    folders = (Path(), *([asked.against] if asked.against else []))
    found = measure(asked.rig, folders, asked.starts, asked.size, console)
    console.print(table(found))
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "start.json").write_text(json.dumps([asdict(one) for one in found], indent=1))
    return 0 if statistics.median(found[0].wall_s) <= START_S else 1


if __name__ == "__main__":
    sys.exit(main())
