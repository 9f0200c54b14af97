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
    words: list[object] = ["record", "--rig", RIG, "--task", TASK, "--seconds", seconds]
    return [*words, "--episodes", episodes, "--out", out, "--json", "--override", "testing", *more]
