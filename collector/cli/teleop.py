"""clap teleop and clap replay: the robot led by a hand, or by an old demonstration; nothing is recorded."""

import json
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from collector.cli.options import (
    CHECK_FAILED,
    DEVICE_FAILED,
    USAGE,
    Abort,
    RigOption,
    SetOption,
    TruthOption,
    err,
    existing,
    load_rig,
    say,
)
from collector.playback import Source, order_for

app = typer.Typer()

JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the summary here.")]


@app.command()
def teleop(
    rig: RigOption,
    seconds: Annotated[float | None, typer.Option(min=0.5, help="For so long; default: until q or Ctrl-C.")] = None,
    json_file: JsonFile = None,
    sets: SetOption = None,
    truth: TruthOption = None,
) -> None:
    """Teleoperate with a live view and keys; from a script, without a terminal, it engages by itself."""
    from collector.attach import attached_or_own
    from collector.headless import progress_line, teleoperate
    from collector.report.teleop_live import teleop_live

    config, overrides = load_rig(rig, sets, truth)
    console = Console()
    at_keyboard = sys.stdin.isatty() and console.is_terminal
    if config.teleop.deadman == "key" and not at_keyboard:
        raise Abort(USAGE, "teleop.deadman key needs somebody at a terminal; run it there, or --set teleop.deadman=off")
    with (
        tempfile.TemporaryDirectory(prefix="clap-teleop-") as folder,
        nullcontext(_quiet) if at_keyboard else progress_line(err) as report,
    ):
        with attached_or_own(rig, config.name, overrides, Path(folder), truth, report) as client:
            told = teleoperate(
                client, report, seconds, (lambda: teleop_live(client, console, seconds)) if at_keyboard else None
            )
    _tell(told, json_file)


@app.command()
def replay(
    episode: Path,
    rig: RigOption,
    source: Annotated[Source, typer.Option(help="What the robot was told, or what the hand did.")] = "sent",
    speed: Annotated[float, typer.Option(min=0.1, max=1.0, help="Share of the recorded speed.")] = 1.0,
    json_file: JsonFile = None,
    sets: SetOption = None,
    truth: TruthOption = None,
) -> None:
    """Play an old demonstration on the robot, through the same gates and limits; mobile bases stand still."""
    from collector.attach import attached_or_own
    from collector.episode.verify_folder import require_sound
    from collector.headless import progress_line, replay_episode
    from collector.record import TooFar

    config, overrides = load_rig(rig, sets, truth)
    order = order_for(config, require_sound(existing(episode)), source, speed)
    with tempfile.TemporaryDirectory(prefix="clap-replay-") as folder, progress_line(err) as report:
        with attached_or_own(rig, config.name, overrides, Path(folder), truth, report) as client:
            try:
                told = replay_episode(client, report, order)
            except TooFar as error:
                raise Abort(CHECK_FAILED, str(error)) from error
    for name, match in told.get("replay", {}).items():
        say(
            f"{name}: the robot came within {match['rms_rad'] * 1e3:.1f} mrad rms of the recorded motion"
            f" (worst {match['worst_rad'] * 1e3:.0f}), {match['lag_ms']} ms behind it"
        )
    _tell(told, json_file)


def _quiet(what: str, share: float | None) -> None:
    """The live view says it all."""


def _tell(told: dict[str, Any], json_file: Path | None) -> None:
    from collector.report.teleop_table import summary_table

    if json_file:
        json_file.write_text(json.dumps(told, indent=1))
    if told["arms"]:
        Console().print(summary_table(told["arms"], f"{told['seconds']:.0f} s of teleoperation"))
    if told["fault"]:
        raise Abort(DEVICE_FAILED, told["fault"])
