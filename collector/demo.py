"""The whole path on a virtual rig, pleasant to watch: sync check, two episodes, audit, export, one table."""

from pathlib import Path
from typing import Any

from rich.console import Console

from collector.audit import audit
from collector.episode.reader import Episode
from collector.export.lerobot_v21 import export_lerobot_v21
from collector.headless import progress_line
from collector.labels.task import TaskConfig
from collector.record import DaemonProcess, Recorded, Rig
from collector.report.demo_table import DemoResult, demo_table, gate_table
from collector.selftest.gates import Gate, check
from hardware.config import RigConfig

_SECONDS = 10.0
_EPISODES = 2


def run_demo(
    rig_path: Path,
    rig: RigConfig,
    overrides: tuple[str, ...],
    task: TaskConfig,
    out: Path,
    console: Console,
) -> bool:
    """True if every figure is inside its limit."""
    truth = out / "truth.h5"
    console.print(f"[bold]Clapboard[/] demo on the rig [bold]{rig.name}[/]: real drivers, virtual far ends")
    gates, episodes, finalised = _record(rig_path, rig, overrides, task, out, truth, console)
    console.print(gate_table(gates))
    with progress_line(console) as report:
        report("auditing the stamps against the truth", None)
        audits = [audit(episode.path, truth) for episode in episodes]
        report("exporting to LeRobot v2.1", None)
        export_lerobot_v21(
            [episode.path for episode in episodes],
            out / "lerobot",
            gaps="split",
            progress=lambda what, at, total: report(f"export: {what}", at / max(total, 1)),
        )
    table, good = demo_table(DemoResult(episodes, audits, finalised, out))
    console.print(table)
    return good and all(gate.verdict != "fail" for gate in gates)


def _record(
    rig_path: Path,
    rig: RigConfig,
    overrides: tuple[str, ...],
    task: TaskConfig,
    out: Path,
    truth: Path,
    console: Console,
) -> tuple[list[Gate], list[Recorded], list[dict[str, Any]]]:
    episodes: list[Recorded] = []
    daemon = DaemonProcess(rig_path, rig.name, overrides, out, truth)
    with progress_line(console) as report:
        try:
            with daemon.connect() as client:
                session = Rig(client, report)
                session.prepare()
                checked = session.record(task, _SECONDS, "sync check", {"outcome": "sync check"})
                session.wait_sealed()
                gates = check_file(rig, checked.path)
                session.discard()
                for number in range(_EPISODES):
                    title = f"episode {number + 1} of {_EPISODES}: {task.instruction}"
                    episodes.append(session.record(task, _SECONDS, title, {"outcome": "unlabelled"}))
                    session.keep()
                finalised = session.wait_sealed()
        finally:
            daemon.end(report)
    return gates, episodes, finalised


def check_file(rig: RigConfig, path: Path) -> list[Gate]:
    """The gates on a sealed episode."""
    with Episode(path) as episode:
        return check(rig, {name: episode.stream(name) for name in episode.streams})
