"""clap calibrate hand-eye and extrinsics: where cameras are, on the wrist and in the cell."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from collector.cli.calibrating import (
    BoardOption,
    FromOption,
    HandOption,
    JsonFile,
    PosesOption,
    SpeedOption,
    StoreOption,
    board_for,
    lacking,
    live_bench,
    parsed_board,
    require_virtual,
    store_for,
    tell,
    written,
)
from collector.cli.options import CHECK_FAILED, USAGE, Abort, RigOption, SetOption, err, load_rig
from hardware.config import RigConfig

if TYPE_CHECKING:
    from collector.calibrate.papers import Papers
    from collector.calibrate.rounds import Round
    from collector.calibrate.truth import Truth

app = typer.Typer()

ScriptedOption = Annotated[bool, typer.Option("--scripted", help="The robot moves by itself, within teleop's limits.")]
ArmOption = Annotated[str, typer.Option("--arm", help="The follower that moves; default: the camera's, or the first.")]


@app.command("hand-eye")
def hand_eye(
    camera: Annotated[str, typer.Argument(help="A camera on a wrist (view: wrist).")],
    rig: RigOption,
    board: BoardOption = "",
    scripted: ScriptedOption = False,
    poses: PosesOption = 20,
    speed: SpeedOption = 0.5,
    source: FromOption = None,
    store: StoreOption = None,
    json_file: JsonFile = None,
    sets: SetOption = None,
) -> None:
    """The board lies still; the arm looks at it from poses that differ, resting at each. Exit 1 if a line fails."""
    config, overrides = load_rig(rig, sets)
    _require(config, [camera], "wrist", "extrinsics")
    if source is not None:
        _recorded(config, [camera], source, board, store, json_file)
        return
    arm = config.cameras[camera].follower or next(iter(config.followers))
    _run(rig, config, overrides, [camera], arm, board, scripted, poses, speed, store, json_file, unattended=False)


@app.command()
def extrinsics(
    cameras: Annotated[list[str], typer.Argument(help="Cameras fixed in the cell (view: scene), all at once.")],
    rig: RigOption,
    board: BoardOption = "",
    arm: ArmOption = "",
    scripted: ScriptedOption = False,
    poses: PosesOption = 20,
    speed: SpeedOption = 0.5,
    source: FromOption = None,
    store: StoreOption = None,
    json_file: JsonFile = None,
    unattended: HandOption = False,
    sets: SetOption = None,
) -> None:
    """The arm holds the board and turns it before the cameras, resting at each pose. Exit 1 if a line fails."""
    config, overrides = load_rig(rig, sets)
    require_virtual(config, unattended)
    _require(config, cameras, "scene", "hand-eye")
    if source is not None:
        _recorded(config, cameras, source, board, store, json_file)
        return
    chosen = arm or next(iter(config.followers))
    if chosen not in config.followers:
        raise Abort(USAGE, f"--arm {chosen}: followers are {', '.join(config.followers)}")
    _run(rig, config, overrides, cameras, chosen, board, scripted, poses, speed, store, json_file, unattended)


def _require(config: RigConfig, cameras: list[str], view: str, other: str) -> None:
    for camera in cameras:
        if camera not in config.cameras:
            raise Abort(USAGE, f"{camera}: the rig has no such camera; there are {', '.join(config.cameras)}")
        if config.cameras[camera].view != view:
            raise Abort(USAGE, f"{camera} is a {config.cameras[camera].view} camera: use clap calibrate {other}")


def _run(
    rig: Path, config: RigConfig, overrides: tuple[str, ...], cameras: list[str], arm: str, board: str,
    scripted: bool, poses: int, speed: float, store: Path | None, json_file: Path | None, unattended: bool,
) -> None:  # fmt: skip
    from collector.calibrate.again import again
    from collector.calibrate.hands import NoHands, ScriptedHands
    from collector.calibrate.kept import CaptureFolder
    from collector.calibrate.mount_capture import Job, MountCapture
    from collector.calibrate.mount_live import look_for_mounts
    from collector.calibrate.mount_run import round_of
    from collector.calibrate.truth import truth_of

    given, kept = parsed_board(board) if board else None, store_for(store, config)
    with live_bench(rig, config, overrides, kept) as (bench, screen):
        truth = truth_of(bench.client, config)
        hands = ScriptedHands(bench.client) if unattended else NoHands()
        gripped = bench.papers.kind(cameras[0]) == "extrinsics"
        job = Job(cameras, arm, given or board_for(board, truth, "held" if gripped else "table"), poses, speed)
        capture, folder = MountCapture(cameras, job.board), CaptureFolder(bench.papers, "mounts", "_".join(cameras))
        words = f"{'extrinsics' if gripped else 'hand-eye'} {' '.join(cameras)}"
        taken = round_of(bench.papers, job, capture)

        def look() -> None:
            look_for_mounts(bench, capture, job, screen.show, screen.enough, scripted=scripted)

        (hands.grip(arm) if gripped else hands.lay())
        try:
            with folder.taking(lambda: folder.keep_round(taken), words, bench.tell):
                again(bench, hands, look, arm)
        finally:
            if unattended:
                hands.lay()
    _solved(bench.papers, taken, cameras, folder.path, truth, json_file, folder.again(words))


def _recorded(
    config: RigConfig, cameras: list[str], source: Path, board: str, store: Path | None, json_file: Path | None
) -> None:
    """From a capture that was kept. Raises CalibrationError."""
    from collector.calibrate.recalled import mounts_of, papers_of
    from collector.headless import progress_line

    papers = papers_of(config, store_for(store, config), source)
    with progress_line(err) as report:
        taken = mounts_of(config, source, cameras, parsed_board(board) if board else None, report)
    _solved(papers, taken, cameras, source, None, json_file)


def _solved(
    papers: "Papers", taken: "Round", cameras: list[str], folder: Path, truth: "Truth | None",
    json_file: Path | None, again: str = "",
) -> None:  # fmt: skip
    """Each camera by itself; `again`: what to do where one cannot be solved."""
    from calibration.errors import CalibrationError
    from collector.calibrate.mount_run import keep_mount, problem_of, solve_problem
    from collector.calibrate.truth import mount_errors

    failed: list[str] = []
    told: dict[str, object] = {}
    for camera in cameras:
        try:
            result = solve_problem(problem_of(papers, taken.capture, camera, taken.arm, taken.board))
            path = keep_mount(papers.store, result, taken.capture, folder)
            told[camera] = tell(result, path, mount_errors(truth, result) if truth else None, folder)
            why = lacking(result)
        except CalibrationError as error:
            why = f"{error}{again}"
        failed += [f"{camera}: {why}"] if why else []
    written(json_file, told)
    if failed:
        raise Abort(CHECK_FAILED, "; ".join(failed))
