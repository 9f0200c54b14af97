"""clap calibrate rig: every camera, board and arm of a rig in one bundle adjustment."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from collector.cli.calibrating import (
    BoardOption,
    ByItself,
    FromOption,
    HandOption,
    JsonFile,
    PosesOption,
    SpeedOption,
    StoreOption,
    lacking,
    live_bench,
    parsed_board,
    planned,
    require_person,
    require_virtual,
    store_for,
    tell,
    written,
)
from collector.cli.options import CHECK_FAILED, Abort, RigOption, SetOption, err, load_rig, say

if TYPE_CHECKING:
    from calibration.board import Board
    from calibration.store import Store
    from collector.calibrate.papers import Papers
    from collector.calibrate.rounds import Round
    from collector.calibrate.truth import Truth
    from hardware.config import RigConfig

app = typer.Typer()


@app.command("rig")
def rig(
    rig: RigOption,
    board: BoardOption = "",
    scripted: ByItself = True,
    unattended: HandOption = False,
    poses: PosesOption = 20,
    speed: SpeedOption = 0.7,
    source: FromOption = None,
    store: StoreOption = None,
    json_file: JsonFile = None,
    sets: SetOption = None,
) -> None:
    """Where every camera is, and where the arms' bases stand to each other, from one capture; lenses come first."""
    config, overrides = load_rig(rig, sets)
    given, kept = parsed_board(board) if board else None, store_for(store, config)
    if source is not None:
        _recorded(config, kept, source, given, json_file)
        return
    require_virtual(config, unattended)
    require_person(unattended, "take the board")
    from calibration.errors import CalibrationError
    from collector.calibrate.hands import OperatorHands, ScriptedHands
    from collector.calibrate.kept import CaptureFolder
    from collector.calibrate.rig_capture import look_at_rig
    from collector.calibrate.truth import truth_of

    with live_bench(rig, config, overrides, kept) as (bench, screen):
        truth = truth_of(bench.client, config)
        hands = ScriptedHands(bench.client) if unattended else OperatorHands(screen.ask)
        plan, folder = planned(given, truth, poses, speed, scripted=scripted), CaptureFolder(bench.papers, "rig", "all")
        rounds = look_at_rig(bench, plan, hands, screen.show, screen.enough, say, folder)
    try:
        _solved(bench.papers, rounds, folder.path, truth, json_file)
    except CalibrationError as error:
        raise CalibrationError(f"{error}{folder.again('rig')}") from error


def _recorded(config: "RigConfig", store: "Store", source: Path, board: "Board | None", json_file: Path | None) -> None:
    """From a capture that was kept. Raises CalibrationError."""
    from collector.calibrate.recalled import papers_of, rounds_of
    from collector.headless import progress_line

    papers = papers_of(config, store, source)
    with progress_line(err) as report:
        rounds = rounds_of(config, source, board, report)
    _solved(papers, rounds, source, None, json_file)


def _solved(
    papers: "Papers", rounds: "list[Round]", folder: Path, truth: "Truth | None", json_file: Path | None
) -> None:
    from collector.calibrate.rig_run import keep_rig, rig_problem, solve
    from collector.calibrate.truth import rig_errors

    result = solve(rig_problem(papers, rounds))
    path = keep_rig(papers, result, rounds, folder)
    written(json_file, tell(result, path, rig_errors(truth, result) if truth else None, folder))
    unseen = [name for name in papers.config.cameras if name not in result.mounts]
    why = lacking(result) or (f"nothing is known of {', '.join(unseen)}: see above what kept them" if unseen else "")
    if why:
        raise Abort(CHECK_FAILED, why)
