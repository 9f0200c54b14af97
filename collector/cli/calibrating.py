"""What the calibrate commands share: options, the rig at work, how a result is told."""

import json
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from collector.cli.options import USAGE, Abort, err, say
from hardware.config import RigConfig

if TYPE_CHECKING:
    from calibration.board import Board
    from calibration.result import Result
    from calibration.store import Store
    from collector.calibrate.bench import Bench
    from collector.calibrate.truth import Truth
    from collector.calibrate.whole import Plan
    from collector.report.calibrate_live import Screen

_PATIENT = "virtual.franka.lost_in_a_row=2000"
BoardOption = Annotated[
    str, typer.Option("--board", help="A description file (clap calibrate board writes one) or chessboard:9x6:25mm.")
]
StoreOption = Annotated[Path | None, typer.Option("--store", help="Folder of the results; default: the rig's.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the result here too, without its corners.")]

HandOption = Annotated[bool, typer.Option("--unattended", help="Virtual rig: its scripted operator takes the board.")]
ByItself = Annotated[
    bool, typer.Option("--scripted/--guided", help="Robots move by themselves, or by their leaders' hands.")
]
FromOption = Annotated[
    Path | None,
    typer.Option("--from", help="Folder of a kept capture: solve it again, with --board as it is."),
]
PosesOption = Annotated[int, typer.Option(min=5, max=100, help="Robot poses of an arm before a board.")]
SpeedOption = Annotated[float, typer.Option(min=0.05, max=1.0, help="Of scripted motion: share of teleop's limits.")]


def parsed_board(text: str) -> "Board":
    """Raises Abort."""
    from calibration.board import BoardError, parse_board

    try:
        return parse_board(text)
    except BoardError as error:
        raise Abort(USAGE, str(error)) from error


def board_for(text: str, truth: "Truth | None", which: str) -> "Board":
    """The board that --board names; without it a virtual rig's own: the one on the `table`, or `held`. Raises Abort."""
    if text:
        return parsed_board(text)
    if truth is None:
        raise Abort(USAGE, "give --board, the one that the camera is shown; clap calibrate board prints one")
    from collector.calibrate.truth import board_in

    return board_in(truth, which)


def planned(
    given: "Board | None", truth: "Truth | None", poses: int, speed: float, *, scripted: bool, count: int = 40
) -> "Plan":
    """With the board that --board names; without it with a virtual rig's own two. Raises Abort, CalibrationError."""
    from calibration.board import require_one_way_round
    from collector.calibrate.whole import Plan

    held, table = given or board_for("", truth, "held"), given or board_for("", truth, "table")
    require_one_way_round(held)  # before the lenses are taken
    return Plan(held, table, count, poses, speed, scripted)


def store_for(folder: Path | None, config: RigConfig) -> "Store":
    """The one that --store names, or the rig's."""
    from calibration.store import Store, store_of

    return store_of(config) if folder is None else Store(folder)


def require_virtual(config: RigConfig, unattended: bool) -> None:
    """Raises Abort where nobody would take the board into his hand."""
    if unattended and config.virtual is None:
        raise Abort(USAGE, "--unattended: only a virtual rig has an operator who takes the board; leave it out")


def require_person(unattended: bool, what: str) -> None:
    """Raises Abort where somebody has to do a thing by hand and nobody can be asked."""
    if not unattended and not sys.stdin.isatty():
        raise Abort(USAGE, f"somebody has to {what} at each step: run this at a terminal")


@contextmanager
def live_bench(
    path: Path, config: RigConfig, overrides: tuple[str, ...], store: "Store"
) -> "Generator[tuple[Bench, Screen]]":
    """The rig, run by its daemon or by one of our own, and where to show what goes on.

    A virtual robot of our own is patient: what is calibrated does not hang on how punctual this machine is.
    """
    from collector.attach import attached_or_own
    from collector.calibrate.bench import bench_of
    from collector.headless import progress_line
    from collector.record import Rig
    from collector.report.calibrate_live import screen

    given = overrides if config.virtual is None or _runs(config.name) else (_PATIENT, *overrides)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clap-calibrate-")))
        with progress_line(err) as report:
            client = stack.enter_context(
                attached_or_own(path, config.name, given, folder, None, lambda what, _share: None)
            )
            bench = bench_of(client, config, store, Rig(client, report), say)
        yield bench, stack.enter_context(screen(err))


def _runs(rig_name: str) -> bool:
    """Does a daemon run this rig already? It goes on as it was told."""
    from collector.control import Client, DaemonError, socket_path

    try:
        Client(socket_path(rig_name)).close()
    except DaemonError:
        return False
    return True


def tell(
    result: "Result", path: Path | None, true: dict[str, float] | None = None, capture: Path | None = None
) -> dict[str, Any]:
    """The table and where it is kept; as --json has it. `true`: errors against a virtual rig's truth.

    `capture`: folder of what it was solved from.
    """
    from collector.report.calibration_table import result_table

    Console().print(result_table(result))
    if true:
        off = ", ".join(f"{name.replace('_', ' ')} {value:+.3g}" for name, value in true.items())
        say(f"true error (this rig is virtual and knows): {off}")
    say(f"kept as {path}" if path else "not kept: give --rig or --store to keep it")
    if capture is not None:
        say(f"its pictures and poses, for --from: {capture}")
    return for_programs(result, true)


def lacking(result: "Result") -> str:
    """The lines that fail, in a sentence; empty where none does."""
    failed = [line.name for line in getattr(result, "lines", ()) if line.verdict == "fail"]
    return f"the calibration is not good enough: {', '.join(failed)}; see the table" if failed else ""


def written(json_file: Path | None, told: dict[str, Any]) -> None:
    """For --json."""
    if json_file:
        json_file.write_text(json.dumps(told, indent=1))


def for_programs(result: "Result", true: dict[str, float] | None = None) -> dict[str, Any]:
    """As --json writes it: the result without its pictures' corners; of a lens `rms` and `holdout_rms` by name too."""
    from calibration.result import IntrinsicsResult
    from calibration.store import plain

    told = plain(result)
    for picture in told.get("pictures", ()):
        for bulk in ("ids", "corners", "residuals"):
            picture.pop(bulk, None)
    if isinstance(result, IntrinsicsResult):
        told |= {"rms": result.rms_px, "holdout_rms": result.holdout_rms_px}
    return told | ({"true_error": true} if true is not None else {})
