"""Which backend keeps a Franka under control beside a recording: teleoperated runs against franka-sim.

    .venv/bin/python -m benchmarks.franka_backends [--backends pylibfranka,aiofranka] [--runs 20] [--seconds 30]

Each run starts franka-sim anew (enforcing lost packets and motion limits), our own arm process with the whole
reference path, a leader that writes its ring at 200 Hz, and a load that does what three cameras cost: 3 x 60 frames
of 640x480 a second encoded to JPEG in threads and written to disk, synced once a second. The peers live in
`.venv-peers/`, made on first use.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.franka_bench import lead, record_pictures
from collector.children import Child
from collector.links import create_rings
from collector.processes import arm
from hardware.config import FrankaConfig, RigConfig, TeleopConfig
from hardware.load import load
from tests.peers.franka_sim import AIOFRANKA, PORT, franka_sim
from tests.peers.venvs import peer_site

RIG = Path("configs/rigs/virtual.yaml")
_READY_S, _ENGAGED_S = 60.0, 40.0


@dataclass(frozen=True, slots=True)
class Run:
    """How one run went. `ended`: by what it was aborted, "" if it was not.

    `rate_hz`: cycles a second, 1000 where the simulator keeps real time. `success_min` includes the moment of taking
    control, when no command was there yet.
    """

    backend: str
    ended: str
    seconds: float
    followed_s: float
    rate_hz: float
    lost: int
    holds: dict[str, int]
    success_min: float
    robot_lag_ms: float | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--backends", default="pylibfranka,aiofranka")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    # The children inherit the path; what we have ourselves comes first.
    sys.path.append(str(peer_site("aiofranka", AIOFRANKA)))
    console, runs = Console(width=140), list[Run]()
    for backend in given.backends.split(","):
        for _ in range(given.runs):
            runs.append(one_run(backend, given.seconds))
            console.print(runs[-1])
    console.print(table(runs))
    if given.json:
        given.json.write_text(json.dumps([asdict(run) for run in runs], indent=1))


def one_run(backend: str, seconds: float) -> Run:
    """Start everything, follow for `seconds`, end everything."""
    rig = rig_with(backend)
    with tempfile.TemporaryDirectory() as folder, franka_sim(Path(folder) / "sim.log"):
        rings = create_rings(rig)
        links = {name: ring.address for name, ring in rings.items()}
        logs = Path(folder)
        helpers = [Child("load", record_pictures, logs / "load.log", str(logs))]
        follower = Child("arm", arm.main, logs / "arm.log", rig, "right", True, links)
        try:
            if said := _wait_ready(follower):
                return Run(backend, said, 0.0, 0.0, 0.0, 0, {}, 0.0, None)
            helpers.append(Child("leader", lead, logs / "leader.log", rig, "right", links))
            return _follow(follower, backend, seconds)
        finally:
            for child in (follower, *helpers):
                child.stop()
                child.join(5.0)
            for ring in rings.values():
                ring.close()


def rig_with(backend: str) -> RigConfig:
    """The virtual rig's leader, a real rig's limits and scheduling, and the arm at franka-sim."""
    rig = load(RigConfig, RIG)
    follower = FrankaConfig.model_validate({"address": "127.0.0.1", "leader": "right", "backend": backend})
    teleop = TeleopConfig(align_rad=0.75)  # after a hold it has to meet the leader under way
    return rig.model_copy(
        update={"followers": {"right": follower}, "teleop": teleop, "virtual": None, "realtime": True}
    )


def _wait_ready(follower: Child) -> str:
    until = time.monotonic() + _READY_S
    while time.monotonic() < until:
        for kind, data in follower.reports():
            if kind == "ready":
                return ""
            if kind == "fault":
                return f"at start: {data['reflex'] or data['message']}"
        time.sleep(0.05)
    return "at start: the arm process did not come up"


def _follow(follower: Child, backend: str, seconds: float) -> Run:
    """Engage, and again whenever it was held; the clock runs from the first moment of following."""
    status: dict[str, Any] = {}
    begin = last = time.monotonic()
    first: float | None = None
    followed, cycles_before, ended = 0.0, 0, ""
    while not ended and (time.monotonic() - begin < _ENGAGED_S if first is None else last - first < seconds):
        follower.ask("beat")
        for kind, data in follower.reports():
            if kind == "fault":
                ended = data["reflex"] or data["message"]
            elif kind == "status":
                status = data
        now = time.monotonic()
        match status.get("teleop"):
            case "FOLLOW":
                if first is None:
                    first, cycles_before = now, status["cycles"]
                followed += now - last
            case "IDLE" | "ALIGN" | "HOLD":
                follower.ask("engage")
            case "FAULT":
                ended = f"teleop fault: {status['reason']}"
            case _:
                pass
        last = now
        if not ended and not follower.alive:
            ended = f"the arm process ended with code {follower.process.exitcode}"
        time.sleep(0.1)
    if first is None and not ended:
        ended = f"never followed: {status.get('reason')}"
    cycles = status.get("cycles", 0) - cycles_before
    lag_ms = status.get("robot_lag_ms")
    return Run(
        backend=backend,
        ended=ended,
        seconds=round(last - (first or last), 1),
        followed_s=round(followed, 1),
        rate_hz=round(cycles / max(last - (first or last), 1.0), 1),
        lost=status.get("lost", 0),
        holds=status.get("holds", {}),
        success_min=status.get("success_min", float("nan")),
        robot_lag_ms=None if lag_ms is None else round(lag_ms, 2),
    )


def table(runs: list[Run]) -> Table:
    """One row a backend."""
    shown = Table(title=f"franka-sim on port {PORT}, {os.cpu_count()} cores, beside 3 x 60 JPEG frames a second")
    for heading in (
        "backend",
        "runs",
        "without abort",
        "aborted by",
        "held",
        "cycles/s",
        "states lost",
        "robot lag ms",
    ):
        shown.add_column(heading)
    for backend in dict.fromkeys(run.backend for run in runs):
        mine = [run for run in runs if run.backend == backend]
        aborts = Counter(run.ended for run in mine if run.ended)
        lags = sorted(run.robot_lag_ms for run in mine if run.robot_lag_ms is not None)
        shown.add_row(
            backend,
            str(len(mine)),
            f"{sum(not run.ended for run in mine)} of {len(mine)}",
            "\n".join(f"{count} x {reason}" for reason, count in aborts.most_common()) or "-",
            ", ".join(f"{count} x {cause}" for cause, count in _holds(mine).items()) or "-",
            f"{min(run.rate_hz for run in mine):.0f}..{max(run.rate_hz for run in mine):.0f}",
            str(sum(run.lost for run in mine)),
            f"{lags[len(lags) // 2]:.1f}" if lags else "-",
        )
    return shown


def _holds(runs: list[Run]) -> Counter[str]:
    return sum((Counter(run.holds) for run in runs), Counter[str]())


if __name__ == "__main__":
    main()
