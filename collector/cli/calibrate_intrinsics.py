"""clap calibrate intrinsics: a camera's lens, live or from recorded pictures, and how good it is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from collector.cli.calibrating import (
    BoardOption,
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
from collector.cli.options import CHECK_FAILED, USAGE, Abort, SetOption, err, load_rig, say

if TYPE_CHECKING:
    from calibration.lens_model import LensModel

app = typer.Typer()


@app.command()
def intrinsics(
    camera: Annotated[str, typer.Argument(help="As the rig file names it; of pictures from elsewhere any name.")],
    rig: Annotated[Path | None, typer.Option("--rig", help="Rig file (configs/rigs/*.yaml).")] = None,
    board: BoardOption = "",
    source: Annotated[
        str, typer.Option("--from", help="Folder of pictures, kept capture, video, episode[:camera]; no rig needed.")
    ] = "",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write K, dist, rms, sigmas, ... here.")] = None,
    models: Annotated[str, typer.Option(help="Lens models to try: of k1k2, 5p, rational, fisheye.")] = "",
    count: Annotated[int, typer.Option(min=8, max=200, help="Views to solve with at most.")] = 40,
    seconds: Annotated[float | None, typer.Option(min=1, help="Look for so long at most.")] = None,
    store: StoreOption = None,
    unattended: Annotated[
        bool, typer.Option("--unattended", help="Virtual rig: its scripted operator holds the board.")
    ] = False,
    sets: SetOption = None,
) -> None:
    """Show the board all over the picture, near and far, tilted; what is missing is said. Exit 1 if a line fails.

    A result that fails is kept all the same, with its lines: it says what the pictures could not tell.
    """
    if source:
        _recorded(camera, source, rig, board, json_file, models, count, store, sets)
        return
    if rig is None:
        raise Abort(USAGE, "give --rig to look through its camera, or --from for recorded pictures")
    from calibration.errors import CalibrationError
    from collector.calibrate.hands import NoHands, ScriptedHands
    from collector.calibrate.kept import CaptureFolder
    from collector.calibrate.lens_capture import LensCapture
    from collector.calibrate.lens_live import look_for_lens
    from collector.calibrate.lens_run import Asked, keep_lens, solve_lens
    from collector.calibrate.truth import lens_errors, truth_of
    from collector.headless import progress_line

    config, overrides = load_rig(rig, sets)
    require_virtual(config, unattended)
    if camera not in config.cameras:
        raise Abort(USAGE, f"{camera}: {rig} has no such camera; there are {', '.join(config.cameras)}")
    given = parsed_board(board) if board else None
    tried, kept = ladder(models), store_for(store, config)
    with live_bench(rig, config, overrides, kept) as (bench, screen):
        truth = truth_of(bench.client, config)
        asked = Asked(given or board_for(board, truth, "held"), count, tried)
        hands = ScriptedHands(bench.client) if unattended else NoHands()
        papers, folder = bench.papers, CaptureFolder(bench.papers, "intrinsics", camera)
        capture, words = LensCapture(camera, asked.board), f"intrinsics {camera}"
        with folder.taking(lambda: folder.keep_views(capture), words, bench.tell):
            look_for_lens(bench, capture, hands, screen.show, screen.enough, seconds or float("inf"))
    with progress_line(err) as report:
        report("solving", None)
        try:
            result = solve_lens(
                capture.views, asked, camera, papers.made(), papers.serial(camera), papers.factory(camera)
            )
        except CalibrationError as error:
            raise CalibrationError(f"{error}{folder.again(words)}") from error
    path = keep_lens(kept, result, capture.taken, folder.path)
    written(json_file, tell(result, path, lens_errors(truth, result) if truth else None, folder.path))
    if why := lacking(result):
        raise Abort(CHECK_FAILED, why)


def _recorded(
    camera: str, source: str, rig: Path | None, board: str, json_file: Path | None, models: str, count: int,
    store: Path | None, sets: list[str] | None,
) -> None:  # fmt: skip
    from calibration.store import Store
    from collector.calibrate.kept import is_kept
    from collector.calibrate.lens_recorded import lens_from
    from collector.calibrate.lens_run import Asked, keep_lens
    from collector.calibrate.recalled import board_of
    from collector.headless import progress_line

    config = load_rig(rig, sets)[0] if rig is not None else None
    kept = store_for(store, config) if config else Store(store) if store else None
    if not board and not is_kept(Path(source)):
        raise Abort(USAGE, "--from: give --board, the one that the pictures show")
    asked = Asked(parsed_board(board) if board else board_of(Path(source), camera), count, ladder(models))
    with progress_line(err) as report:
        found = lens_from(source, camera, asked, config, report)
    for reason, names in by_reason(found.unseen).items():
        say(f"{len(names)} left out ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''}): {reason}")
    path = keep_lens(kept, found.result, found.taken) if kept else None
    written(json_file, tell(found.result, path))
    if why := lacking(found.result):
        raise Abort(CHECK_FAILED, why)


def by_reason(unseen: list[tuple[str, str]]) -> dict[str, list[str]]:
    """The pictures that tell nothing, by why."""
    found: dict[str, list[str]] = {}
    for name, reason in unseen:
        found.setdefault(reason, []).append(name)
    return found


def ladder(words: str) -> "tuple[LensModel, ...] | None":
    """The models that --models names; None: none. Raises Abort."""
    from calibration.lens_model import LensModel

    if not words:
        return None
    known: dict[str, LensModel] = {name: name for name in get_args(LensModel) if name != "pinhole"}
    named = [word.strip() for word in words.split(",")]
    for word in named:
        if word not in known:
            raise Abort(USAGE, f"--models {word}: models are {', '.join(known)}")
    return tuple(known[word] for word in named)
