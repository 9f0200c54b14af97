"""clap calibrate: the group of commands that tell where cameras are and how good that is."""

import typer

from collector.cli import (
    calibrate_all,
    calibrate_board,
    calibrate_check,
    calibrate_intrinsics,
    calibrate_latency,
    calibrate_leader,
    calibrate_mount,
    calibrate_rig,
    calibrate_store,
)

app = typer.Typer(no_args_is_help=True, help="Calibrate, and tell how good it is: cameras, leaders, latencies.")
for part in (
    calibrate_board, calibrate_intrinsics, calibrate_mount, calibrate_rig, calibrate_all, calibrate_check,
    calibrate_leader, calibrate_latency, calibrate_store,
):  # fmt: skip
    app.registered_commands += part.app.registered_commands
