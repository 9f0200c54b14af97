"""Running `clap` as a user does, on the virtual rig."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RIG = ROOT / "configs/rigs/virtual.yaml"
TASK = ROOT / "configs/tasks/pick_cube.yaml"

SLOW = tuple(
    f"--set={key}=30" for key in ("trigger.rate_hz", *(f"cameras.{c}.fps" for c in ("front", "side", "wrist")))
)
"""Where nothing hangs on the cameras' rate: half of the pictures leave the machine to the rest."""

LENIENT = "--set=virtual.franka.lost_in_a_row=2000"
"""Where no robot is meant to stop itself: a busy machine's silences are not taken for the client's."""

FAR = "--set=teleop.refuse_rad=2.5"
"""Where it is no matter how far from its leader, or from where a replay begins, a robot was left."""

PATIENT = (FAR, "--set=teleop.hold_ms=2000", "--set=teleop.fault_ms=4000", "--set=teleop.success_rate=0.05")
"""Where the robots only have to follow: a busy machine's silences let them coast, not hold."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def runtime() -> dict[str, str]:
    """An environment with folders of its own: no other daemon, no certificate."""
    own = tempfile.mkdtemp(prefix="clap-")
    return {**os.environ, "XDG_RUNTIME_DIR": own, "XDG_STATE_HOME": own}


def start(*words: object, env: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "collector.cli", *map(str, words)]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def end(process: subprocess.Popen[str], timeout_s: float = 110) -> Ran:
    out, err = process.communicate(timeout=timeout_s)
    return Ran(process.returncode, out, err)


def clap(*words: object, env: dict[str, str] | None = None) -> Ran:
    return end(start(*words, env=env or runtime()))


def record_words(out: Path, *more: object, seconds: float = 3, episodes: int = 1) -> list[object]:
    words: list[object] = ["record", "--rig", RIG, "--task", TASK, "--scene", "object=red cube", "--seconds", seconds]
    return [*words, "--episodes", episodes, "--out", out, "--json", "--override", "testing", LENIENT, *PATIENT, *more]
