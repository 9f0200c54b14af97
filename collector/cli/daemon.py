"""clap daemon ...: the process that runs a rig."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from collector.cli.options import JsonOption, RigOption, SetOption, TruthOption, load_rig, print_json, say, writable
from hardware.config import RigConfig
from hardware.load import load

app = typer.Typer(no_args_is_help=True, help="The process that runs a rig.")


@app.command("run")
def daemon_run(
    rig: RigOption,
    out: Annotated[Path, typer.Option(help="Folder for the episodes.")] = Path("data"),
    sets: SetOption = None,
    truth: TruthOption = None,
    with_client: Annotated[bool, typer.Option("--with-client", help="End when the last client leaves.")] = False,
) -> None:
    """Run a rig in the foreground until Ctrl-C or `clap daemon stop`."""
    from collector.control import socket_path
    from collector.daemon import Daemon, DaemonOptions

    config, overrides = load_rig(rig, sets, truth)
    options = DaemonOptions(writable(out), socket_path(config.name), truth, with_client, overrides, say)
    say(f"rig {config.name}: episodes go to {out}, clients to {options.socket}; Ctrl-C ends it in good order")
    Daemon(config, options).run()


@app.command("status")
def daemon_status(rig: RigOption, as_json: JsonOption = False) -> None:
    """What the daemon of a rig is doing."""
    from collector.control import Client, socket_path
    from collector.report.status_table import status_table

    with Client(socket_path(load(RigConfig, rig).name)) as client:
        status = client.call("status")
    if as_json:
        print_json(status)
    else:
        Console().print(status_table(status))


@app.command("stop")
def daemon_stop(rig: RigOption) -> None:
    """End the daemon of a rig; an episode that is running is sealed."""
    from collector.control import Client, socket_path

    with Client(socket_path(load(RigConfig, rig).name)) as client:
        client.call("shutdown")
