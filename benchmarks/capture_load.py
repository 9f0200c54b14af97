"""What the capture process costs on the running virtual rig, by camera profile, and whether it keeps every frame.

`python -m benchmarks.capture_load [--seconds 30] [--only PROFILE ...] [--rig PATH] [--out out/recorder]`. Production
daemon, processes and drivers; the injector threads that stand for the cameras live in the capture process and are not
counted. Writes load.json, of which `python -m benchmarks.recorder --page` makes a table. Exit 1 when a frame was lost
or the first profile costs more than 0.55 of a core.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from collector.attach import DaemonProcess
from collector.audit import audit
from collector.episode.reader import Episode
from collector.headless import progress_line
from collector.labels.task import TaskConfig
from collector.record import Rig
from collector.recorded import Recorded
from hardware.config import RigConfig
from hardware.load import load

TASK = Path("configs/tasks/pick_cube.yaml")
PROFILES = {"640x480@60": (640, 480, 60), "848x480@60": (848, 480, 60), "1280x720@30": (1280, 720, 30)}
CORES = 0.55


@dataclass(frozen=True, slots=True)
class Load:
    """One profile. Frames over all cameras: stored; lost: that the cameras gave within the take, by the truth, and that
    are not stored; dropped: not stored for want of room; unrendered: that the far end had no picture for in time.
    peak: most that ever waited of one camera."""

    profile: str
    cores: float
    all_cores: float
    frames: int
    lost: int
    dropped: int
    unrendered: int
    peak: int
    stop_to_ready_s: float
    megabytes_s: float

    @property
    def good(self) -> bool:
        """No frame lost, and inside the budget where there is one."""
        return self.lost + self.dropped == 0 and (self.profile != next(iter(PROFILES)) or self.cores <= CORES)


def measure(rig_path: Path, profile: str, seconds: float, console: Console) -> Load:
    """One take of one profile under a daemon of its own."""
    rig, task = load(RigConfig, rig_path), load(TaskConfig, TASK)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        daemon = DaemonProcess(rig_path, rig.name, settings(rig, profile), out, out / "truth.h5")
        with progress_line(console) as report:
            try:
                with daemon.connect() as client:
                    session = Rig(client, report)
                    session.prepare(override="benchmark")
                    taken = session.record(task, seconds, profile, {})
                    session.keep()
            finally:
                daemon.end(report)
        return _load(profile, taken, out / "truth.h5")


def _load(profile: str, taken: Recorded, truth: Path) -> Load:
    streams = [stream for stream in audit(taken.path, truth).streams if stream.stream.startswith("cameras/")]
    if problems := [stream.problem for stream in streams if stream.lost is None]:
        raise RuntimeError(f"{profile}: {problems[0]}")
    with Episode(taken.path) as episode:
        books: list[dict[str, int]] = list(episode.provenance["journal"]["end"]["summary"]["cameras"].values())
    return Load(
        profile,
        taken.cores["capture"],
        sum(taken.cores.values()),
        sum(stream.samples for stream in streams),
        sum(stream.lost or 0 for stream in streams),
        sum(book["dropped"] + book["skipped"] for book in books),
        sum(book["never_came"] for book in books),
        max(book["most_waiting"] for book in books),
        taken.stop_to_ready_s,
        taken.path.stat().st_size / taken.seconds * 1e-6,
    )


def settings(rig: RigConfig, profile: str) -> tuple[str, ...]:
    """The profile as `--set` has it, for all cameras and the sync line."""
    width, height, fps = PROFILES[profile]
    words = [f"trigger.rate_hz={fps}"]
    for name in rig.cameras:
        words += [f"cameras.{name}.width={width}", f"cameras.{name}.height={height}", f"cameras.{name}.fps={fps}"]
    return tuple(words)


def table(loads: list[Load]) -> Table:
    """For the terminal."""
    shown = Table(title=f"the capture process, 3 cameras, JPEG q90 (at most {CORES:g} of a core at the first)")
    for heading in ("profile", "cores", "all", "frames", "lost", "dropped", "unrendered", "peak", "ready, s", "MB/s"):
        shown.add_column(heading, justify="left" if heading == "profile" else "right")
    for load_ in loads:
        shown.add_row(
            load_.profile,
            f"{load_.cores:.3f}",
            f"{load_.all_cores:.3f}",
            *(str(count) for count in (load_.frames, load_.lost, load_.dropped, load_.unrendered, load_.peak)),
            f"{load_.stop_to_ready_s:.3f}",
            f"{load_.megabytes_s:.1f}",
        )
    return shown


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--only", nargs="*", choices=PROFILES, default=list(PROFILES))
    parser.add_argument("--rig", type=Path, default=Path("configs/rigs/virtual.yaml"))
    parser.add_argument("--out", type=Path, default=Path("out/recorder"))
    asked, console = parser.parse_args(), Console()
    loads: list[Load] = []
    for profile in asked.only:
        loads.append(measure(asked.rig, profile, asked.seconds, console))
        console.print(table(loads))
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "load.json").write_text(json.dumps([asdict(one) for one in loads], indent=1))
    return 0 if all(one.good for one in loads) else 1


if __name__ == "__main__":
    sys.exit(main())
