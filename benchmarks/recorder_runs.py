"""The recorders that are compared, each run in a fresh process, and what a kill leaves of them."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.recorder_meter import Found, Job
from benchmarks.recorder_source import CAMERAS, PERIOD_NS, sleep_until
from tests.peers.venvs import peer_python

_ROOT = Path(__file__).parents[1]
_KILL_S = 5.0


@dataclass(frozen=True, slots=True)
class Subject:
    """One recorder. `peer`: the venv that it runs in, '' for our own; `source`: what its frames cost by themselves."""

    name: str
    title: str
    module: str
    how: str
    source: str = "source-threads"
    peer: str = ""

    @property
    def killable(self) -> bool:
        """Has it a recovery to be tried?"""
        return self.module != "recorder_floor"


SUBJECTS = (
    Subject("source-threads", "the frames alone, three readers", "recorder_floor", "threads"),
    Subject("source-loop", "the frames alone, one loop", "recorder_floor", "loop", "source-loop"),
    Subject("floor-jpeg", "floor: JPEG q90 + append", "recorder_floor", "jpeg"),
    Subject("floor-x264", "floor: x264 ultrafast + append", "recorder_floor", "x264"),
    Subject("clapboard", "Clapboard", "recorder_ours", "rows60"),
    Subject("clapboard-1k", "Clapboard, with 1 kHz and 200 Hz rows", "recorder_ours", "rows1k"),
    Subject("lerobot-tuned", "LeRobot 0.6.1, tuned", "recorder_peer", "tuned", "source-loop", "0.6.1"),
    Subject("lerobot-default", "LeRobot 0.6.1, default", "recorder_peer", "default", "source-loop", "0.6.1"),
    Subject("lerobot-0.4-tuned", "LeRobot 0.4.4, tuned", "recorder_peer", "tuned", "source-loop", "0.4.4"),
    Subject("lerobot-0.4-default", "LeRobot 0.4.4, default", "recorder_peer", "default", "source-loop", "0.4.4"),
)


@dataclass(frozen=True, slots=True)
class Killed:
    """A kill -9 at 5 s of the second take: frames offered until then, and those read back afterwards; of the first
    take, `earlier` were stored and `earlier_left` read back. `seconds`: how long that took."""

    offered: int
    recovered: int
    earlier: int
    earlier_left: int
    seconds: float
    note: str


def run(subject: Subject, pictures: Path, folder: Path, seconds: float) -> Found:
    """One take in a fresh process. Raises RuntimeError with its last words."""
    job = Job(str(pictures), str(_emptied(folder)), seconds, subject.how)
    with _process(subject, job) as process:
        told = dict(_lines(process))
    if "done" not in told:
        raise RuntimeError(f"{subject.name} ended without a word; see {_log(folder)}")
    return Found(**told["done"])


def kill(subject: Subject, pictures: Path, folder: Path) -> Killed:
    """The first take is saved, the recorder is killed at 5 s; then the recorder's own recovery."""
    job = Job(str(pictures), str(_emptied(folder)), 0.0, subject.how, doomed=True)
    with _process(subject, job) as process:
        told = next(_lines(process), None)
        if told is None:
            raise RuntimeError(f"{subject.name} did not come to record; see {_log(folder)}")
        sleep_until(told[1]["t0_ns"] + round(_KILL_S * 1e9))
        process.kill()
        offered = len(CAMERAS) * ((time.monotonic_ns() - told[1]["t0_ns"]) // PERIOD_NS + 1)
    job = Job(str(pictures), str(folder), 0.0, subject.how, recover=True)
    with _process(subject, job) as process:
        left = dict(_lines(process)).get("done", {"running": 0, "earlier": 0, "seconds": 0.0, "note": "no answer"})
    return Killed(offered, left["running"], told[1]["earlier"], left["earlier"], left["seconds"], left["note"])


def peer(version: str) -> Path:
    """The interpreter of a venv with that LeRobot and all that it pins, gigabytes; 0.6 needs a python3.12."""
    match version:
        case "0.6.1":
            return peer_python("lerobot-0.6.1", ("lerobot[dataset]==0.6.1",), python="python3.12")
        case _:
            return peer_python(f"lerobot-{version}", (f"lerobot=={version}",))


def _process(subject: Subject, job: Job) -> subprocess.Popen[str]:
    python = peer(subject.peer) if subject.peer else Path(sys.executable)
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(Path(job.out) / "home"), "PYTHONWARNINGS": "ignore"}
    # Not -m: a spawned child would import that module again, as no child of the daemon does.
    code = f"from benchmarks.{subject.module} import main; main()"
    with _log(Path(job.out)).open("a") as log:
        return subprocess.Popen(
            [str(python), "-c", code, job.to_json()],
            cwd=_ROOT,
            env={**os.environ, **offline},
            text=True,
            stdout=subprocess.PIPE,
            stderr=log,
        )


def _lines(process: subprocess.Popen[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What it says, as it says it; other programs' prints are passed over."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith('{"at"'):
            told = json.loads(line)
            yield told.pop("at"), told


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _log(folder: Path) -> Path:
    return folder.with_suffix(".log")
