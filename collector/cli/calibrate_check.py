"""clap calibrate check: does what is stored still hold? One look at a board a day, or a recorded episode."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from collector.cli.calibrating import (
    BoardOption,
    StoreOption,
    board_for,
    for_programs,
    live_bench,
    parsed_board,
    store_for,
)
from collector.cli.options import CHECK_FAILED, USAGE, Abort, JsonOption, SetOption, existing, load_rig, print_json, say
from hardware.config import RigConfig

if TYPE_CHECKING:
    from calibration.store import Store
    from collector.calibrate.check_run import Checked

app = typer.Typer()


@app.command()
def check(
    cameras: Annotated[list[str] | None, typer.Argument(help="Cameras to check; default: all of the rig.")] = None,
    rig: Annotated[Path | None, typer.Option("--rig", help="Rig file (configs/rigs/*.yaml).")] = None,
    episode: Annotated[Path | None, typer.Option(help="Check by a recorded episode, instead of looking now.")] = None,
    board: BoardOption = "",
    poses: Annotated[
        int, typer.Option(min=1, max=10, help="Robot poses to look from; 3 check a wrist camera wherever the board is.")
    ] = 1,
    scripted: Annotated[bool, typer.Option("--scripted", help="The robot goes to the poses by itself.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write a page: every check so far, and how each camera drifts.")
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
    sets: SetOption = None,
) -> None:
    """Lay the board before the cameras, as for the hand-eye; exit 1 if one is off by more than 2 px or 3 mm.

    Two cameras that see the same board check each other, and an exchanged pair is named.
    """
    if (rig is None) == (episode is None):
        raise Abort(USAGE, "give --rig to look now, or --episode to check by what was recorded")
    if episode is not None:
        config, kept, checked = _recorded(existing(episode), cameras, board, store)
    else:
        assert rig is not None
        config, overrides = load_rig(rig, sets)
        kept = store_for(store, config)
        checked = _live(rig, config, overrides, kept, _named(config, cameras), board, poses, scripted=scripted)
    from collector.calibrate.keep import keep

    for one in checked.results:
        keep(kept, one, one.camera)
    _tell(checked, as_json=as_json)
    if html:
        _page(kept, html)
    failed = [f"{one.camera}: {line.name}" for one in checked.results for line in one.lines if line.verdict == "fail"]
    # By the way, on an episode, nobody promised that every camera sees the board.
    missing = checked.problems if cameras or not checked.results or episode is None else []
    if failed or missing:
        raise Abort(CHECK_FAILED, "; ".join([*failed, *missing]))


def _named(config: RigConfig, cameras: list[str] | None) -> list[str]:
    for camera in cameras or ():
        if camera not in config.cameras:
            raise Abort(USAGE, f"{camera}: the rig has no such camera; there are {', '.join(config.cameras)}")
    return cameras or list(config.cameras)


def _live(
    path: Path, config: RigConfig, overrides: tuple[str, ...], kept: "Store", cameras: list[str], board: str,
    poses: int, *, scripted: bool,
) -> "Checked":  # fmt: skip
    from collector.calibrate.check_live import check_now
    from collector.calibrate.truth import truth_of

    given = parsed_board(board) if board else None
    with live_bench(path, config, overrides, kept) as (bench, _screen):
        truth = truth_of(bench.client, config)
        return check_now(bench, cameras, given, lambda: board_for("", truth, "table"), poses, say, scripted=scripted)


def _recorded(
    path: Path, cameras: list[str] | None, board: str, folder: Path | None
) -> "tuple[RigConfig, Store, Checked]":
    from collector.calibrate.check_episode import check_episode
    from collector.episode.reader import Episode

    given = parsed_board(board) if board else None
    with Episode(path) as opened:
        config = RigConfig.model_validate(opened.rig)
        kept = store_for(folder, config)
        return config, kept, check_episode(opened, config, kept, _named(config, cameras), given)


def _tell(checked: "Checked", *, as_json: bool) -> None:
    if as_json:
        told: dict[str, Any] = {one.camera: for_programs(one) for one in checked.results}
        print_json({"cameras": told, "problems": checked.problems})
        return
    from collector.report.check_table import check_table

    if checked.results:
        Console().print(check_table(checked.results))
    for problem in checked.problems:
        say(problem, style="yellow")


def _page(kept: "Store", html: Path) -> None:
    from calibration.result import CheckResult
    from collector.report.check_page import check_page

    every: list[CheckResult] = [one for _, one in kept.results("check") if isinstance(one, CheckResult)]
    html.write_text(check_page(every))
    say(f"every check so far: {html}")
