"""clap sync watch: every stream's timing, live."""

from threading import Event

import typer
from rich.console import Console

from collector.cli.options import RigOption
from hardware.config import RigConfig
from hardware.load import load

app = typer.Typer(no_args_is_help=True, help="The clocks of a rig that runs.")


@app.callback()
def sync() -> None:
    """The clocks of a rig that runs."""


@app.command()
def watch(rig: RigOption) -> None:
    """A live table of every stream: rate, jitter, offset, drift, bound, drops, age, and what is amiss."""
    from collector.control import Client, socket_path
    from collector.report.watch_table import watch as watch_rig

    config = load(RigConfig, rig)
    with Client(socket_path(config.name)) as client:
        watch_rig(client, Console(), Event())
