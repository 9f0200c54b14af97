"""clap calibrate show, diff, history, report, import, export: what is kept in the store, and other programs' files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer
from rich.console import Console

from collector.cli.calibrating import StoreOption, for_programs, store_for
from collector.cli.options import CHECK_FAILED, USAGE, Abort, JsonOption, existing, load_rig, print_json, say
from hardware.config import RigConfig

if TYPE_CHECKING:
    from calibration.exchange import Format
    from calibration.result import CheckResult, IntrinsicsResult
    from calibration.store import Store

app = typer.Typer()

RigOrNone = Annotated[Path | None, typer.Option("--rig", help="Rig file (configs/rigs/*.yaml).")]
FormatOption = Annotated[str, typer.Option("--format", help="ros (camera_info), kalibr (camchain) or opencv.")]


@app.command()
def show(
    name: Annotated[
        str, typer.Argument(help="A camera, a result's name or UUID, or a file; none: the whole rig.")
    ] = "",
    rig: RigOrNone = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """What counts for a rig today, or one result in full. Exit 1 where a camera has no calibration that counts."""
    from collector.calibrate.counted import meant, what_counts
    from collector.report.calibration_table import counting_table, result_table

    kept, config = _opened(rig, store)
    if name:
        found = meant(kept, config, name)
        if as_json:
            print_json([for_programs(result) for result in found])
        else:
            Console().print(*(result_table(result) for result in found), sep="\n\n")
        return
    if config is None:
        raise Abort(USAGE, "give --rig to see what counts for it, or the name of a result")
    counted = what_counts(kept, config)
    if as_json:
        print_json([
            {"kind": each.kind, "subject": each.subject, "pinned": each.is_pinned, "problem": each.problem,
             "result": for_programs(each.result) if each.result else None} for each in counted
        ])  # fmt: skip
    else:
        Console().print(counting_table(counted, config.name))
    _warn(kept)
    lacking = sorted({each.subject for each in counted if each.result is None})
    if lacking:
        raise Abort(CHECK_FAILED, f"not calibrated: {', '.join(lacking)}; clap calibrate all does what is missing")


@app.command()
def diff(
    one: Annotated[str, typer.Argument(help="A result's name, UUID or file; a camera: its lens that counts.")],
    other: Annotated[str, typer.Argument(help="The same.")],
    rig: RigOrNone = None,
    store: StoreOption = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with the map of the difference.")] = None,
    as_json: JsonOption = False,
) -> None:
    """How far two lenses or places are apart, and whether that is more than their uncertainties. Exit 1 if it is."""
    from calibration.difference import compare, is_same
    from collector.calibrate.counted import meant
    from collector.report.calibration_page import difference_page
    from collector.report.calibration_table import difference_table, difference_told

    kept, config = _opened(rig, store)
    a, b = meant(kept, config, one)[0], meant(kept, config, other)[0]
    found = compare(a, b)
    if html:
        html.write_text(difference_page(a, b, found))
    if as_json:
        print_json(difference_told(found))
    else:
        Console().print(difference_table(found))
    if is_same(found.ratio) is False:
        raise Abort(CHECK_FAILED, "they are not the same")


@app.command("history")
def tell_history(
    subject: Annotated[str, typer.Argument(help="A camera, leader, cameras/<name>, ...; none: all.")] = "",
    rig: RigOrNone = None,
    store: StoreOption = None,
    last: Annotated[int, typer.Option(min=1, help="How many results at most.")] = 30,
    as_json: JsonOption = False,
) -> None:
    """What was calibrated and checked, when, and what changed from one to the next; where a camera drifts."""
    from calibration.drift import drifts
    from collector.calibrate.counted import history
    from collector.report.calibration_table import difference_told, history_table

    kept, _ = _opened(rig, store)
    entries = history(kept, subject or None, last)
    if as_json:
        print_json([
            {"name": entry.name, "change": difference_told(entry.change) if entry.change else None,
             "result": for_programs(entry.result)} for entry in entries
        ])  # fmt: skip
        return
    if not entries:
        raise Abort(USAGE, f"{kept.root} has nothing{f' of {subject}' if subject else ''}; calibrate first")
    Console().print(history_table(entries))
    for drift in drifts(_checks(kept, subject)).values():
        say(drift.says)
    _warn(kept)


@app.command()
def report(
    html: Annotated[Path, typer.Option(help="The page.")],
    name: Annotated[str, typer.Argument(help="A camera, a result's name or UUID; none: all that counts.")] = "",
    rig: RigOrNone = None,
    store: StoreOption = None,
) -> None:
    """One page with the figures, their limits, plots and the pictures with the largest residuals."""
    from calibration.drift import drifts
    from collector.calibrate.counted import meant, what_counts
    from collector.calibrate.keep import PICTURES
    from collector.report.calibration_page import calibration_page

    kept, config = _opened(rig, store)
    if not name and config is None:
        raise Abort(USAGE, "give --rig to report what counts for it, or the name of a result")
    notes: list[str] = []
    if name or config is None:
        results = meant(kept, config, name)
    else:
        counted = what_counts(kept, config)
        results = [each.result for each in counted if each.result is not None]
        notes = [f"{c.kind} of {c.subject}: {c.problem or 'not calibrated'}" for c in counted if c.result is None]
    if not results:
        raise Abort(USAGE, f"{kept.root} has nothing to report; calibrate first")
    html.write_text(calibration_page(results, kept.root / PICTURES, drifts(_checks(kept, name)), notes))
    say(f"{html}: {len(results)} results")


@app.command("import")
def import_file(
    file: Path,
    camera: Annotated[str, typer.Option(help="Whose lens it is, as the rig's file names it.")],
    rig: RigOrNone = None,
    store: StoreOption = None,
    kind: FormatOption = "",
    part: Annotated[str, typer.Option(help="Which camera of a camchain: cam0, cam1, ...")] = "",
    size: Annotated[str, typer.Option(help="640x480, of the pictures, where the file does not tell.")] = "",
) -> None:
    """A lens from a file of ROS, Kalibr or OpenCV into the store. It has no sigmas: nobody told them."""
    from calibration.exchange import format_of, imported, read_lens
    from calibration.kalibr import step_of
    from collector.calibrate.keep import keep
    from collector.calibrate.papers import made

    kept, config = _opened(rig, store)
    if config is not None and camera not in config.cameras:
        raise Abort(USAGE, f"--camera {camera}: cameras are {', '.join(config.cameras)}")
    try:
        text = existing(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Abort(USAGE, f"{file} cannot be read: {error}; give a text file") from error
    form = _format(kind) if kind else format_of(text)
    lens = read_lens(text, form, part, _size(size))
    serial = config.cameras[camera].serial if config else ""
    who = (config.name, config.operator) if config else ("", "")
    result = imported(lens, form, file, camera, serial, made(*who, f"{form} file"))
    if config is not None and lens.lens.size != (config.cameras[camera].width, config.cameras[camera].height):
        wants = f"{config.cameras[camera].width}x{config.cameras[camera].height}"
        say(f"the file's pictures are {result.width}x{result.height}, the rig's {wants}: this lens will not count")
    say(f"kept as {keep(kept, result, camera)}")
    if form == "kalibr" and (T_cn_cnm1 := step_of(lens.extra)) is not None:
        across = float((T_cn_cnm1[:3, 3] ** 2).sum()) ** 0.5
        say(f"the file has it {1e3 * across:.1f} mm from the camera before it: kept for the way back into a camchain")


@app.command()
def export(
    names: Annotated[list[str], typer.Argument(help="Cameras, or results' names or UUIDs; several: a camchain.")],
    kind: FormatOption,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file.")],
    rig: RigOrNone = None,
    store: StoreOption = None,
) -> None:
    """A lens for ROS, Kalibr or OpenCV; what an imported file said beside its lens goes back into it.

    A camchain of several tells where each camera is from the one before it, by what counts of their places today.
    """
    from calibration.exchange import exported
    from calibration.neighbours import places, steps

    form, (kept, config) = _format(kind), _opened(rig, store)
    lenses = {name: _lens(kept, config, name) for name in names}
    placed = places(kept, config) if config is not None else {}
    behind = steps(list(lenses.values()), placed, config) if form == "kalibr" else []
    known = [None if isinstance(step, str) else step for step in behind]
    out.write_text(exported(lenses, form, known), encoding="utf-8")
    say(f"{out}: {', '.join(result.camera for result in lenses.values())}")
    for step in behind:
        if isinstance(step, str):
            say(step, style="yellow")


def _opened(rig: Path | None, store: Path | None) -> "tuple[Store, RigConfig | None]":
    """The store that is meant, and the rig if one is. Raises Abort, ConfigError."""
    from calibration.store import Store

    config = load_rig(rig, None)[0] if rig is not None else None
    if config is not None:
        return store_for(store, config), config
    if store is None:
        raise Abort(USAGE, "give --rig, or --store: whose calibrations?")
    return Store(store), None


def _lens(store: "Store", rig: RigConfig | None, name: str) -> "IntrinsicsResult":
    from calibration.result import IntrinsicsResult
    from collector.calibrate.counted import meant

    result = meant(store, rig, name, ("intrinsics",))[0]
    if not isinstance(result, IntrinsicsResult):
        raise Abort(USAGE, f"{name} is no lens but {result.kind}; name intrinsics")
    return result


def _checks(store: "Store", subject: str) -> "list[CheckResult]":
    from calibration.result import CheckResult

    return [result for _, result in store.results("check", subject or None) if isinstance(result, CheckResult)]


def _warn(store: "Store") -> None:
    for problem in store.problems():
        say(problem.reason, style="yellow")


def _format(word: str) -> "Format":
    from calibration.exchange import Format

    known: dict[str, Format] = {name: name for name in get_args(Format)}
    if word not in known:
        raise Abort(USAGE, f"--format {word}: one of {', '.join(known)}")
    return known[word]


def _size(word: str) -> tuple[int, int] | None:
    if not word:
        return None
    try:
        width, height = (int(part) for part in word.split("x"))
    except ValueError as error:
        raise Abort(USAGE, f"--size {word}: write WIDTHxHEIGHT, as 640x480") from error
    return width, height
