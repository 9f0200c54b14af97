"""clap session summary: what a session brought home."""

from pathlib import Path
from typing import Annotated

import typer

from collector.cli.catalogue import up_to_date
from collector.cli.options import USAGE, Abort, JsonOption, err, existing, print_json, remote_of
from collector.labels.task import TaskConfig
from hardware.config import RigConfig
from hardware.load import load


def summary(
    folder: Annotated[Path | None, typer.Argument(help="Folder of episodes; default: data.")] = None,
    rig: Annotated[Path | None, typer.Option("--rig", help="The session that the daemon of a rig runs.")] = None,
    session: Annotated[str, typer.Option(help="UUID, or how it begins; default: the last one.")] = "",
    every: Annotated[bool, typer.Option("--all", help="All sessions of the folder as one.")] = False,
    task: Annotated[Path | None, typer.Option("--task", help="Task file: tells which scenes are missing.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with plots.")] = None,
    as_json: JsonOption = False,
) -> None:
    """What a session brought home: kept, discarded and why, pace, success, coverage, what gets worse."""
    from collector.report.session_lines import summary_lines
    from collector.report.session_rows import live_rows, of_folder
    from collector.session_summary import summarise

    if rig is not None and (folder is not None or session or every):
        raise Abort(USAGE, "--rig tells of the session that runs; leave the folder, --session and --all out")
    factors = load(TaskConfig, task).factors if task else None
    if rig is not None:
        remote = remote_of(rig)
        try:
            now = remote.status()
            rows = live_rows(now, remote.takes(), load(RigConfig, rig).name)
        finally:
            remote.close()
        factors = factors or (now.plan.task.factors if now.plan else None)
    else:
        with up_to_date(existing(folder or Path("data")), err) as catalogue:
            rows = of_folder(catalogue, session, every=every)
        if session and not rows:
            raise Abort(
                USAGE, f"--session {session}: no take of {folder or 'data'} is of such a session; see clap list"
            )
    told = summarise(rows, factors)
    if html:
        from collector.report.session_page import session_page

        html.write_text(session_page(told, rows))
    if as_json:
        print_json(told.to_dict())
    else:
        for line in summary_lines(told):
            typer.echo(line)
