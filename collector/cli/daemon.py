"""clap daemon ...: the process that runs a rig."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from collector.cli.options import (
    CHECK_FAILED,
    Abort,
    JsonOption,
    RigOption,
    SetOption,
    TruthOption,
    err,
    load_rig,
    print_json,
    remote_of,
    say,
    writable,
)
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


@app.command("start")
def daemon_start(
    rig: RigOption,
    out: Annotated[Path | None, typer.Option(help="Folder for the episodes; default: data.")] = None,
    sets: SetOption = None,
) -> None:
    """Start a rig in the background and wait for its devices; one that runs already is waited for too."""
    from collector.cli.collect import attached
    from collector.detached import wait_started
    from collector.headless import progress_line

    config, overrides = load_rig(rig, sets)
    daemon = attached(rig, config.name, overrides, out)
    with progress_line(err) as report:
        state = wait_started(daemon.socket, report)
    began = "started" if daemon.started else "runs already"
    say(f"rig {config.name}: {began}, {state}; episodes go to {daemon.out}; end it: clap daemon stop --rig {rig}")


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


@app.command("preflight")
def daemon_preflight(rig: RigOption, as_json: JsonOption = False) -> None:
    """What stands between the operator and the first take, with what to do about it; exit 1 if anything does."""
    from collector.control import Client, socket_path
    from collector.preflight.told import PreflightTold
    from collector.report.preflight_table import preflight_table

    with Client(socket_path(load(RigConfig, rig).name)) as client:
        answer = client.call("preflight")
    told = PreflightTold.of(answer)
    if as_json:
        print_json(answer)
    else:
        Console().print(preflight_table(told))
    if told.verdict == "fail":
        failed = [f"{check.name} {check.subject}".strip() for check in told.checks if check.state == "fail"]
        raise Abort(CHECK_FAILED, f"not ready: {', '.join(failed)}")


@app.command("stop")
def daemon_stop(
    rig: RigOption,
    take_control: Annotated[
        bool, typer.Option("--take-control", help="Although somebody controls the rig; they watch its end.")
    ] = False,
) -> None:
    """End the daemon of a rig; an episode that is running is sealed."""
    with remote_of(rig) as remote:
        if take_control:
            remote.take_control("clap daemon stop")
        remote.shutdown()
