"""Two 60 s episodes on the virtual rig: alignment, losses, CPU, and sealing beside the next recording."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from collector.attach import DaemonProcess
from collector.audit import AuditReport, audit
from collector.headless import progress_line
from collector.labels.task import TaskConfig
from collector.record import Rig
from collector.recorded import Recorded
from hardware.config import RigConfig
from hardware.load import load

RIG = Path("configs/rigs/virtual.yaml")
TASK = Path("configs/tasks/pick_cube.yaml")


def main(seconds: float = 60.0) -> None:
    console = Console()
    rig, task = load(RigConfig, RIG), load(TaskConfig, TASK)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        episodes: list[Recorded] = []
        daemon = DaemonProcess(RIG, rig.name, (), out, out / "truth.h5")
        with progress_line(console) as report:
            try:
                with daemon.connect() as client:
                    session = Rig(client, report)
                    session.prepare(override="benchmark")
                    for number in range(2):
                        episodes.append(session.record(task, seconds, f"episode {number}", {}))
                        session.keep()
                    sealed = session.wait_sealed()
            finally:
                daemon.end(report)
        audits = [audit(episode.path, out / "truth.h5") for episode in episodes]
    console.print(table(episodes, audits, sealed))


def table(episodes: list[Recorded], audits: list[AuditReport], sealed: list[dict[str, Any]]) -> Table:
    shown = Table(title="episode 0 alone, episode 1 beside the sealing of episode 0")
    for heading in ("figure", "episode 0", "episode 1"):
        shown.add_column(heading, justify="left" if heading == "figure" else "right")

    def row(figure: str, *values: str) -> None:
        shown.add_row(figure, *values)

    for index, stream in enumerate(audits[0].streams):
        pair = [report.streams[index] for report in audits]
        row(
            f"{stream.stream}: error p50 / p99 / max us; over bound; lost of samples",
            *(
                f"{s.error.p50_ns / 1e3:.0f} / {s.error.p99_ns / 1e3:.0f} / {s.error.max_ns / 1e3:.0f};"
                f" {s.over_bound}; {s.lost} of {s.samples}"
                if s.error
                else s.problem
                for s in pair
            ),
        )
    row("worst camera-to-joint us", *(f"{(a.worst_ns or 0) / 1e3:.0f}" if a.worst_ns else "none" for a in audits))
    for name in sorted(episodes[0].cores):
        row(f"cores: {name}", *(f"{e.cores.get(name, 0):.3f}" for e in episodes))
    row("cores: all", *(f"{sum(e.cores.values()):.3f}" for e in episodes))
    row("stop to ready s", *(f"{e.stop_to_ready_s:.3f}" for e in episodes))
    row("gaps marked", *(str(sum(e.gaps.values())) for e in episodes))
    row("sealing, times real time", *(f"{e.seconds / s['wall_s']:.1f}" for e, s in zip(episodes, sealed, strict=True)))
    row(
        "sealing, cores x s per s recorded",
        *(f"{s['cpu_s'] / e.seconds:.3f}" for e, s in zip(episodes, sealed, strict=True)),
    )
    return shown


if __name__ == "__main__":
    main(*(float(word) for word in sys.argv[1:2]))
