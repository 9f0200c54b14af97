"""clap record and clap demo: recording without a console."""

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
    SetOption,
    TruthOption,
    err,
    existing,
    load_rig,
    print_json,
    say,
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
    as_json: JsonOption = False,
) -> None:
    """Record episodes without a console, under the certificate of the last clap selftest."""
    from collector.episode.verify_folder import require_sound
    from collector.headless import record_episodes
    from collector.playback import order_for

    config, overrides = load_rig(rig, sets, truth)
    job = load(TaskConfig, task)
    length = seconds or job.seconds
    if replay is not None and (episodes > 1 or seconds is not None):
        raise Abort(USAGE, "--replay records one episode, as long as the old one; leave --episodes and --seconds out")
    order = None if replay is None else order_for(config, require_sound(existing(replay)))
    result = record_episodes(
        rig, config.name, overrides, job, episodes, length, writable(out), truth, override, err, order
    )
    for line in result.recovered:
        say(line)
    if as_json:
        print_json(result.to_dict())
    else:
        for episode in result.episodes:
            say(f"{episode.path}  {episode.seconds:.1f} s  {episode.status}")
    if result.fault:
        whole = sum(episode.status == "complete" for episode in result.episodes)
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
