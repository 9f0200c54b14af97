"""clap record and clap demo: recording without a console."""

import shlex
import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from collector.cli.options import (
    CHECK_FAILED,
    DEVICE_FAILED,
    USAGE,
    Abort,
    JsonOption,
    OverrideOption,
    RigOption,
    SceneOption,
    SetOption,
    TruthOption,
    err,
    existing,
    load_rig,
    print_json,
    say,
    scene_of,
    writable,
)
from collector.labels.task import TaskConfig
from hardware.load import load

app = typer.Typer()


@app.command()
def record(
    rig: RigOption,
    task: Annotated[Path, typer.Option(help="Task file (configs/tasks/*.yaml).")],
    episodes: Annotated[int, typer.Option(min=1, help="How many.")] = 1,
    seconds: Annotated[float | None, typer.Option(min=0.5, help="Length of each, s; default: the task's.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the episodes.")] = Path("data"),
    sets: SetOption = None,
    truth: TruthOption = None,
    override: OverrideOption = "",
    replay: Annotated[
        Path | None, typer.Option(help="An episode leads instead of the operator, as in clap replay; once.")
    ] = None,
    scene: SceneOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record episodes without a console, under the certificate of the last clap selftest."""
    from collector.episode.verify_folder import require_sound
    from collector.headless import record_episodes
    from collector.playback import order_for

    config, overrides = load_rig(rig, sets, truth)
    job = load(TaskConfig, task)
    length = seconds or job.seconds
    told = scene_of(job, scene)
    if untold := job.untold(told):
        raise Abort(
            USAGE,
            f"the instruction of {task} is {job.instruction!r}: say what is set up with"
            f" {' '.join(f'--scene {name}={shlex.quote(job.slots[name][0])}' for name in untold)}"
            f" (or {_choices(job, untold)}), or let clap collect say what to set up",
        )
    if replay is not None and (episodes > 1 or seconds is not None):
        raise Abort(USAGE, "--replay records one episode, as long as the old one; leave --episodes and --seconds out")
    order = None if replay is None else order_for(config, require_sound(existing(replay)))
    result = record_episodes(
        rig, config.name, overrides, job, episodes, length, writable(out), truth, override, err, order,
        told,
    )  # fmt: skip
    for line in result.recovered:
        say(line)
    if as_json:
        print_json(result.to_dict())
    else:
        for episode in result.episodes:
            say(f"{episode.path}  {episode.seconds:.1f} s  {episode.ending}")
    if result.fault:
        whole = sum(episode.ending == "complete" for episode in result.episodes)
        raise Abort(DEVICE_FAILED, f"{result.fault}; {out} keeps {whole} whole episodes and what began of the next")


@app.command()
def demo(
    rig: RigOption = Path("configs/rigs/virtual.yaml"),
    task: Annotated[Path, typer.Option(help="Task file.")] = Path("configs/tasks/pick_cube.yaml"),
    out: Annotated[Path, typer.Option(help="Folder for the results; emptied first.")] = Path("out/demo"),
    sets: SetOption = None,
) -> None:
    """The whole path on the virtual rig: sync check, two episodes, audit, export, one table."""
    from collector.demo import run_demo

    config, overrides = load_rig(rig, sets)
    if config.virtual is None:
        raise Abort(USAGE, f"{rig}: the demo needs a rig with a virtual section")
    if out.exists():
        shutil.rmtree(out)
    if not run_demo(rig, config, overrides, load(TaskConfig, task), out, Console()):
        raise Abort(CHECK_FAILED, "the demo's figures miss a limit; see the table")


def _choices(job: TaskConfig, slots: tuple[str, ...]) -> str:
    return "; ".join(", ".join(job.slots[name][1:]) for name in slots if len(job.slots[name]) > 1) or "nothing else"
