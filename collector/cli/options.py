"""What the commands share: options, exit codes, output. Functions of the command parse, call and print; no more."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from collector.labels.task import TaskConfig
from hardware.config import RigConfig
from hardware.load import load

if TYPE_CHECKING:
    from collector.remote import Remote

OK, CHECK_FAILED, USAGE, DEVICE_FAILED, INTERRUPTED = 0, 1, 2, 3, 130

err = Console(stderr=True)

RigOption = Annotated[Path, typer.Option("--rig", help="Rig file (configs/rigs/*.yaml).")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="Override a key of the rig file: key.path=value; may be repeated."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
TruthOption = Annotated[
    Path | None,
    typer.Option("--truth", help="Virtual rig only: write the true instant of every sample (HDF5)."),
]


OverrideOption = Annotated[
    str,
    typer.Option("--override", help="Record without a valid certificate; the reason is kept in each episode."),
]

SceneOption = Annotated[
    list[str] | None,
    typer.Option("--scene", help="What is set up: name=value of the task's file; may be repeated."),
]


class Abort(Exception):
    """End with a code and one sentence."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def say(text: str, style: str = "") -> None:
    """One line for people; programs read stdout."""
    err.print(text, style=style, highlight=False, soft_wrap=True, markup=False)


def print_json(value: Any) -> None:
    """For programs."""
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")


def load_rig(path: Path, sets: list[str] | None, truth: Path | None = None) -> tuple[RigConfig, tuple[str, ...]]:
    """The rig with its overrides, and these. Raises ConfigError, Abort."""
    overrides = tuple(sets or ())
    rig = load(RigConfig, path, overrides)
    if truth is not None and rig.virtual is None:
        raise Abort(
            USAGE,
            f"--truth {truth}: {path} has no virtual section; only the virtual rig knows the truth",
        )
    return rig, overrides


def scene_of(task: TaskConfig, words: list[str] | None) -> dict[str, str]:
    """The values that --scene gives by name. Raises Abort where the task's file has no such."""
    scene: dict[str, str] = {}
    for word in words or ():
        name, equals, value = word.partition("=")
        if not equals or name not in task.factors:
            raise Abort(USAGE, f"--scene {word}: write name=value; names are: {', '.join(task.factors) or 'none'}")
        if value not in task.factors[name]:
            raise Abort(USAGE, f"--scene {word}: {name} is one of: {', '.join(task.factors[name])}")
        scene[name] = value
    return scene


def remote_of(rig: Path) -> "Remote":
    """A connection to the daemon of a rig. Raises ConfigError, DaemonError."""
    from collector.control import socket_path
    from collector.remote import Remote

    return Remote(socket_path(load(RigConfig, rig).name))


def existing(path: Path) -> Path:
    """The path, or Abort."""
    if not path.exists():
        raise Abort(USAGE, f"{path}: does not exist")
    return path


def writable(folder: Path) -> Path:
    """The folder, made if need be, or Abort."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Abort(USAGE, f"--out {folder}: {error.strerror}; give a folder that can be written to") from error
    if not os.access(folder, os.W_OK):
        raise Abort(USAGE, f"--out {folder}: may not be written to; give another folder, or remount the disk")
    return folder


def episodes_in(folder: Path) -> list[Path]:
    """One episode, or all of a folder; Abort without any."""
    if folder.is_file():
        return [folder]
    found = sorted(folder.glob("episode_*.hdf5"))
    if not found:
        raise Abort(USAGE, f"{folder}: holds no episode_*.hdf5; give the folder that clap record wrote to")
    return found
