"""clap calibrate leader: joint signs, offsets and grip of a leader against its follower, guided."""

import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from collector.calibrate.rig_text import Key
from collector.cli.calibrate_write import show_and_write
from collector.cli.calibrating import StoreOption, require_person, require_virtual, store_for
from collector.cli.options import (
    CHECK_FAILED,
    USAGE,
    Abort,
    JsonOption,
    RigOption,
    SetOption,
    load_rig,
    print_json,
    say,
)
from hardware.config import RigConfig

if TYPE_CHECKING:
    from calibration.result import LeaderResult
    from collector.calibrate.leader import Evidence
    from collector.control import Client

app = typer.Typer()


@app.command()
def leader(
    name: Annotated[str, typer.Argument(metavar="LEADER", help="As the rig file names it.")],
    rig: RigOption,
    poses: Annotated[
        int,
        typer.Option(min=0, max=6, help="Further poses, to which the follower goes by itself; the last one checks."),
    ] = 0,
    quarter_turns: Annotated[
        bool, typer.Option("--quarter-turns", help="Take offsets as quarter turns, where every one is near to one.")
    ] = False,
    write: Annotated[bool, typer.Option("--write", help="Change signs, offsets and grip in the rig's file.")] = False,
    store: StoreOption = None,
    unattended: Annotated[
        bool, typer.Option("--unattended", help="Virtual rig: its scripted operator holds the leader.")
    ] = False,
    as_json: JsonOption = False,
    sets: SetOption = None,
) -> None:
    """Hold the leader as the follower stands, turn each joint, work the trigger; exit 1 if the check fails.

    The follower stands still, or, with --poses, goes to further poses by itself; it follows nobody meanwhile.
    """
    from calibration.leader import quarter_turns as as_quarters
    from calibration.store import plain
    from collector.calibrate.keep import keep
    from collector.calibrate.papers import made
    from collector.report.leader_table import leader_table

    config, overrides = load_rig(rig, sets)
    require_virtual(config, unattended)
    if name not in config.leaders:
        raise Abort(USAGE, f"{name}: {rig} has no such leader; there are {', '.join(config.leaders)}")
    evidence = _take(rig, config, overrides, name, poses, unattended=unattended)
    note = "" if poses else "checked at the pose that it was found at; --poses 2 checks elsewhere"
    found = evidence.solved(name, made(config.name, config.operator, "live", note))
    snapped = as_quarters(found)
    kept = store_for(store, config)
    path = keep(kept, found, name)
    if as_json:
        print_json(plain(found) | {"quarter_turns_rad": snapped, "kept": str(path)})
    offsets = snapped if quarter_turns and snapped else found.offsets_rad
    if not as_json:
        Console().print(leader_table(found, config.leaders[name], offsets))
    if snapped and not quarter_turns:
        say("every offset is near a quarter turn, as horns sit: --quarter-turns takes them as such")
    if quarter_turns and not snapped:
        say("the offsets are no quarter turns; they are taken as found")
    say(f"kept as {path}")
    failed = [line.name for line in found.lines if line.verdict == "fail"]
    if failed:
        raise Abort(CHECK_FAILED, f"the leader does not pass its check: {', '.join(failed)}; see the table")
    if not as_json or write:
        show_and_write(rig, _values(found, offsets, name), write=write)


def _values(found: "LeaderResult", offsets: tuple[float, ...], name: str) -> dict[Key, float | int]:
    at: Key = ("leaders", name)
    values: dict[Key, float | int] = {(*at, "signs", joint): sign for joint, sign in enumerate(found.signs)}
    values |= {(*at, "offsets_rad", joint): round(angle, 4) for joint, angle in enumerate(offsets)}
    for key, angle in (("open_rad", found.grip_open_rad), ("closed_rad", found.grip_closed_rad)):
        if angle is not None:
            values[(*at, "grip", key)] = round(angle, 3)
    return values


def _take(
    path: Path, config: RigConfig, overrides: tuple[str, ...], name: str, poses: int, *, unattended: bool
) -> "Evidence":
    from collector.calibrate.goes import follower_goes, why_it_stays
    from collector.calibrate.leader import other_poses, take
    from collector.calibrate.leader_person import AtTerminal, Scripted
    from collector.calibrate.leader_reads import RingReads
    from collector.live import Live
    from collector.playback import led_by
    from hardware.arms.models import arm_model

    arm = led_by(config, name)
    if poses and (reason := why_it_stays(config)):
        raise Abort(USAGE, reason)
    require_person(unattended, "hold the leader")
    model = arm_model(config.followers[arm].arm)
    with ExitStack() as stack:
        client = stack.enter_context(_raw_daemon(path, config, overrides, name))
        live = Live(client.call("links")["links"])
        stack.callback(live.close)
        reads = RingReads(live, name, arm)
        person = Scripted(client, name, say) if unattended else AtTerminal(say)
        others = other_poses(model, reads.follower(), poses)
        grip = config.leaders[name].grip is not None
        return take(reads, person, model, grip=grip, others=others, move=follower_goes(client, arm, say))


@contextmanager
def _raw_daemon(path: Path, config: RigConfig, overrides: tuple[str, ...], name: str) -> "Generator[Client]":
    """A daemon of our own that tells the servos' own angles: one that runs already tells joints. Raises Abort."""
    from collector.attach import attached_or_own
    from collector.calibrate.leader_reads import raw_overrides
    from collector.control import AlreadyRunning
    from collector.record import Rig

    sets = (*overrides, *raw_overrides(config, name))
    with tempfile.TemporaryDirectory(prefix="clap-leader-") as folder:
        say("starting the rig; keep clear of the robot")
        try:
            with attached_or_own(path, config.name, sets, Path(folder), None, lambda _what, _share: None) as client:
                Rig(client, lambda _what, _share: None).wait_started()
                yield client
        except AlreadyRunning as error:
            raise Abort(
                USAGE, f"a daemon runs the rig {config.name}, by the signs in its file; end it first: clap daemon stop"
            ) from error
