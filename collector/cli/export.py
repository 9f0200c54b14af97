"""clap export ...: training sets from sealed episodes."""

from pathlib import Path
from typing import Annotated

import typer

from collector.cli.options import CHECK_FAILED, USAGE, Abort, JsonOption, episodes_in, err, existing, print_json, say

app = typer.Typer(no_args_is_help=True, help="Training sets from sealed episodes.")


@app.callback()
def export() -> None:
    """Training sets from sealed episodes."""


@app.command("lerobot")
def export_lerobot(
    folder: Path,
    out: Path,
    version: Annotated[str, typer.Option(help="Format version; v2.1.")] = "v2.1",
    gaps: Annotated[
        str,
        typer.Option(help="What to do where rows inside an episode miss a sample: refuse, split or drop."),
    ] = "refuse",
    skip_damaged: Annotated[
        bool, typer.Option("--skip-damaged", help="Leave damaged files out, by name, instead of refusing.")
    ] = False,
    cut_short: Annotated[
        bool, typer.Option("--cut-short", help="Also what a kill, a device or a full disk ended early.")
    ] = False,
    undistort: Annotated[
        bool, typer.Option("--undistort", help="Undo the lenses' distortion in the videos; K is then a pinhole's.")
    ] = False,
    licence: Annotated[str, typer.Option(help="Of recordings that name none, as CC-BY-4.0.")] = "",
    mixed_licences: Annotated[
        bool, typer.Option("--mixed-licences", help="Recordings of several licences in one set, each by name.")
    ] = False,
    consent: Annotated[
        str, typer.Option(help="Of those in the pictures, where nobody said it when recording: given, or 'not needed'.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """A LeRobot data set that openpi and LeRobot's own loader open."""
    from collector.export.grounds import CONSENTS, Leave
    from collector.export.guard import DamagedError
    from collector.headless import export_lerobot_folder

    if version != "v2.1":
        raise Abort(USAGE, f"--version {version}: only v2.1 is written")
    if gaps not in ("refuse", "split", "drop"):
        raise Abort(USAGE, f"--gaps {gaps}: one of refuse, split, drop")
    if consent not in ("", "given", "not needed"):
        raise Abort(USAGE, f"--consent {consent}: one of {', '.join(map(repr, CONSENTS))}")
    leave = Leave(licence.strip(), consent, mixed_licences)
    try:
        report = export_lerobot_folder(
            episodes_in(existing(folder)), out, gaps, skip_damaged, cut_short, err, undistort, leave
        )
    except DamagedError as error:
        raise Abort(CHECK_FAILED, str(error)) from error
    if as_json:
        print_json(report)
    else:
        say(f"{out}: {report['episodes']} episodes, {report['rows']} rows")
        for path, why in (report["skipped"] | report["damaged"]).items():
            say(f"left out: {path}: {why}")
