"""What the commands do that takes a while, with progress on a terminal."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from collector.attach import DaemonProcess
from collector.attach import Progress as Report
from collector.control import Client, DaemonError, Uncertified
from collector.labels.task import TaskConfig
from collector.playback import ReplayOrder
from collector.record import Rig, RigFault
from collector.recorded import Recorded
from collector.sealing import recovery_lines

if TYPE_CHECKING:
    from collector.export.grounds import Leave


@dataclass(slots=True)
class Result:
    """What a headless run brought home."""

    episodes: list[Recorded] = field(default_factory=list[Recorded])
    fault: str = ""
    recovered: list[str] = field(default_factory=list[str])  # what became of journals that an earlier end had left

    def to_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "episodes": [e.to_dict() for e in self.episodes],
            "fault": self.fault or None,
            "recovered": self.recovered,
        }


@contextmanager
def progress_line(console: Console) -> Generator[Report]:
    """One line that says what is going on."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        line = bar.add_task("starting", total=None)

        def report(what: str, share: float | None) -> None:
            bar.update(line, description=what, total=None if share is None else 1.0, completed=share or 0.0)

        yield report


def record_episodes(
    rig_path: Path, rig_name: str, overrides: tuple[str, ...], task: TaskConfig, episodes: int, seconds: float,
    out: Path, truth: Path | None, override: str, console: Console, replay: ReplayOrder | None = None,
    scene: dict[str, str] | None = None,
) -> Result:  # fmt: skip
    """Record `episodes` episodes of `seconds` each. A fault ends the run; what was recorded is in the result.

    `replay`: what leads instead of the operator, and for how long; `scene`: what was set up, by the names in the task.
    """
    labels = {"outcome": "unlabelled", **task.language(scene or {})}
    result = Result()
    daemon = DaemonProcess(rig_path, rig_name, overrides, out, truth)
    with progress_line(console) as report:
        try:
            with daemon.connect() as client:
                rig = Rig(client, report)
                try:
                    if replay is not None:
                        rig.wait_started()
                        rig.lead(replay)
                    rig.prepare(override)
                    for number in range(episodes):
                        title = f"episode {number + 1} of {episodes}: {labels['instruction']}"
                        play = replay is not None
                        done = rig.record(task, seconds, title, labels, play=play)
                        result.episodes.append(done)
                        if done.problem or done.status != "complete":
                            result.fault = f"{done.path.stem} ended as {done.ending}: {done.problem}"
                            break
                        rig.keep()
                except Uncertified:
                    raise
                except (RigFault, DaemonError) as error:
                    result.fault = str(error)
                except KeyboardInterrupt:
                    rig.abandon()
                    raise
        finally:
            daemon.end(report)
            result.recovered = recovery_lines(daemon.said)
    return result


def teleoperate(
    client: Client, report: Report, seconds: float | None, by_hand: Callable[[], None] | None
) -> dict[str, Any]:
    """Teleoperation alone, by a view and keys of its own or engaged by itself: what it was like, what ended it."""
    rig, began, fault = Rig(client, report), time.monotonic(), ""
    try:
        if by_hand is None:
            rig.wait_started()
            began = time.monotonic()
            rig.teleoperate(seconds)
        else:
            with suppress(DaemonError):  # somebody records: the figures are those of the episode
                client.call("mark")
            by_hand()
        rig.status()
    except RigFault as error:
        fault = str(error)
    except KeyboardInterrupt:
        pass
    rig.rest()
    return _summary(client, began, fault)


def replay_episode(client: Client, report: Report, order: ReplayOrder) -> dict[str, Any]:
    """Play an episode on the robot; how near it came, what it was like. Raises TooFar."""
    rig, began, fault = Rig(client, report), time.monotonic(), ""
    played: dict[str, Any] = {}
    try:
        rig.wait_started()
        rig.lead(order)
        rig.follow()
        client.call("mark")
        began = time.monotonic()
        played = rig.play(f"replay of {order.episode.name}")
    except RigFault as error:
        fault = str(error)
    finally:
        rig.rest()
        told = _summary(client, began, fault)
        with suppress(RigFault, DaemonError):  # a rig in FAULT is the operator's again by its reset
            rig.lead(None)
    return told | {"replay": played}


def _summary(client: Client, began: float, fault: str) -> dict[str, Any]:
    return {"seconds": time.monotonic() - began, "fault": fault or None, "arms": client.call("teleop")["arms"]}


def export_lerobot_folder(
    episodes: list[Path], out: Path, gaps: Literal["refuse", "split", "drop"], skip_damaged: bool, cut_short: bool,
    console: Console, undistort: bool, leave: "Leave",
) -> dict[str, Any]:  # fmt: skip
    """Verify, then export, with a progress line. Raises DamagedError unless `skip_damaged`, and ExportError."""
    from collector.export.guard import sound_episodes
    from collector.export.lerobot_v21 import export_lerobot_v21

    with progress_line(console) as report:

        def progress(what: str, at: int, total: int) -> None:
            report(what, at / max(total, 1))

        sound, damaged = sound_episodes(episodes, skip_damaged, progress)
        done = export_lerobot_v21(
            sound,
            out,
            gaps=gaps,
            progress=progress,
            damaged=damaged,
            cut_short=cut_short,
            undistort=undistort,
            leave=leave,
        )
    return done.to_dict()
