"""clap calibrate all: lenses and places of all cameras of a rig, step by step."""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from collector.cli.calibrating import (
    BoardOption,
    ByItself,
    HandOption,
    JsonFile,
    PosesOption,
    SpeedOption,
    StoreOption,
    for_programs,
    live_bench,
    parsed_board,
    planned,
    require_person,
    require_virtual,
    store_for,
    written,
)
from collector.cli.options import CHECK_FAILED, Abort, RigOption, SetOption, load_rig, say

if TYPE_CHECKING:
    from collector.calibrate.truth import Truth
    from collector.calibrate.whole import Step

app = typer.Typer()


@app.command("all")
def calibrate_all(
    rig: RigOption,
    board: BoardOption = "",
    scripted: ByItself = True,
    unattended: HandOption = False,
    count: Annotated[int, typer.Option(min=8, max=200, help="Views a lens is solved with at most.")] = 40,
    poses: PosesOption = 20,
    speed: SpeedOption = 0.7,
    store: StoreOption = None,
    json_file: JsonFile = None,
    sets: SetOption = None,
) -> None:
    """Every lens, then the cameras on wrists, then those in the cell; exit 1 if a line of one fails."""
    from collector.calibrate.hands import OperatorHands, ScriptedHands
    from collector.calibrate.truth import truth_of
    from collector.calibrate.whole import calibrate_all as run
    from collector.report.calibrate_all_table import all_table
    from collector.report.calibration_facts import verdict

    config, overrides = load_rig(rig, sets)
    require_virtual(config, unattended)
    require_person(unattended, "take the board")
    given, kept = parsed_board(board) if board else None, store_for(store, config)
    with live_bench(rig, config, overrides, kept) as (bench, screen):
        truth = truth_of(bench.client, config)
        hands = ScriptedHands(bench.client) if unattended else OperatorHands(screen.ask)
        plan = planned(given, truth, poses, speed, scripted=scripted, count=count)
        steps = run(bench, plan, hands, screen.show, screen.enough, _say)
    Console().print(all_table(steps, truth))
    written(json_file, {f"{step.camera}/{step.kind}": _told(step, truth) for step in steps})
    bad = [f"{step.camera} {step.kind}" for step in steps if step.result is None or verdict(step.result) == "fail"]
    if bad:
        raise Abort(CHECK_FAILED, f"not good enough: {', '.join(bad)}; clap calibrate show NAME tells each line")


def _say(step: "Step") -> None:
    say(f"{step.camera} {step.kind}: {step.problem or f'kept as {step.path}'} ({step.seconds:.0f} s)")


def _told(step: "Step", truth: "Truth | None") -> dict[str, Any]:
    from collector.report.calibrate_all_table import true_error

    if step.result is None:
        return {"problem": step.problem, "seconds": step.seconds}
    off = true_error(truth, step.result) if truth else None
    return {**for_programs(step.result, off), "path": str(step.path), "seconds": step.seconds}
