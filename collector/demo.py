"""The whole path on a virtual rig, pleasant to watch: self-test, two episodes, audit, export, one table."""

from pathlib import Path
from typing import Any

from rich.console import Console

from collector.attach import DaemonProcess, attached_or_own
from collector.audit import audit
from collector.certify import conclude, measure
from collector.export.lerobot_v21 import export_lerobot_v21
from collector.headless import progress_line
from collector.labels.task import TaskConfig
from collector.record import Rig, RigFault
from collector.recorded import Recorded
from collector.report.demo_table import DemoResult, demo_table
from collector.report.selftest_page import selftest_page
from collector.report.selftest_table import gate_table
from collector.selftest.certificate import save
from collector.selftest.gate import worst
from collector.selftest.result import SelfTest
from hardware.config import RigConfig

_SECONDS = 10.0
_EPISODES = 2
_SPOILT = 3  # takes may be: a busy host makes a leader silent, and its robot then holds
_MOTION_FRAMES = 720  # of the self-test: from ALIGN on, with at least one pick and place


def run_demo(
    rig_path: Path,
    rig: RigConfig,
    overrides: tuple[str, ...],
    task: TaskConfig,
    out: Path,
    console: Console,
) -> bool:
    """True if the self-test passed and every figure is inside its limit."""
    truth = out / "truth.h5"
    console.print(f"[bold]Clapboard[/] demo on the rig [bold]{rig.name}[/]: real drivers, virtual far ends")
    test = _selftest(rig_path, rig, overrides, out, console)
    console.print(gate_table(test.gates, "Self-test"))
    if worst(test.gates) == "fail":
        return False
    episodes, finalised = _record(rig_path, rig, overrides, task, out, truth, console)
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
    table, good = demo_table(DemoResult(rig, episodes, audits, finalised, out))
    console.print(table)
    return good


def _selftest(rig_path: Path, rig: RigConfig, overrides: tuple[str, ...], out: Path, console: Console) -> SelfTest:
    """A short self-test; its certificate opens the recorder."""
    seconds = rig.selftest.led_s + _MOTION_FRAMES / rig.trigger.rate_hz
    with progress_line(console) as report:
        with attached_or_own(rig_path, rig.name, overrides, out / "selftest", None, report) as client:
            measured = measure(client, rig, seconds, (), out, report)
        report("looking at the pictures", None)
        test, certificate = conclude(rig, measured, report)
    save(certificate)
    (out / "selftest.html").write_text(selftest_page(test))
    return test


def _record(
    rig_path: Path,
    rig: RigConfig,
    overrides: tuple[str, ...],
    task: TaskConfig,
    out: Path,
    truth: Path,
    console: Console,
) -> tuple[list[Recorded], list[dict[str, Any]]]:
    scene = {name: values[0] for name, values in task.slots.items()}  # the virtual rig's table has one cube
    labels = {"outcome": "unlabelled", **task.language(scene)}
    daemon = DaemonProcess(rig_path, rig.name, overrides, out, truth)
    with progress_line(console) as report:
        try:
            with daemon.connect() as client:
                session = Rig(client, report)
                session.prepare()
                episodes = demonstrate(session, task, labels, console)
                finalised = session.wait_sealed()
        finally:
            daemon.end(report)
    return episodes, finalised


def demonstrate(session: Rig, task: TaskConfig, labels: dict[str, Any], console: Console) -> list[Recorded]:
    """The episodes, whole; what is spoilt is discarded and taken again, as an operator would."""
    episodes: list[Recorded] = []
    spoilt = 0
    while len(episodes) < _EPISODES:
        title = f"episode {len(episodes) + 1} of {_EPISODES}: {labels['instruction']}"
        take = session.record(task, _SECONDS, title, labels)
        if take.ending == "complete":
            session.keep()
            episodes.append(take)
            continue
        session.discard()
        console.print(f"[yellow]taken again[/] ({take.seconds:.1f} s, {take.ending}): {take.problem}")
        spoilt += 1
        if spoilt > _SPOILT:
            raise RigFault(f"{spoilt} takes were spoilt, the last one: {take.problem}; is this machine busy?")
    return episodes
