"""clap calibrate latency: constants of exposure and action, by the self-test's LED sweep and motion."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from collector.calibrate.rig_text import Key
from collector.cli.calibrate_write import show_and_write
from collector.cli.calibrating import StoreOption, store_for
from collector.cli.options import CHECK_FAILED, USAGE, Abort, SetOption, err, existing, load_rig, print_json, say
from hardware.config import RigConfig

if TYPE_CHECKING:
    from calibration.result import Made
    from collector.attach import Progress
    from collector.calibrate.latency import Found
    from collector.certify import Measured

app = typer.Typer()


@app.command()
def latency(
    rig: Annotated[Path | None, typer.Option("--rig", help="Rig file (configs/rigs/*.yaml).")] = None,
    episode: Annotated[
        Path | None, typer.Option(help="A recorded take with LED sweep and motion, instead of measuring now.")
    ] = None,
    seconds: Annotated[float, typer.Option(help="Length of the measurement, s.")] = 30.0,
    write: Annotated[bool, typer.Option("--write", help="Change the constants in the rig's file.")] = False,
    store: StoreOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    sets: SetOption = None,
) -> None:
    """When do exposures end after the sync edge, how long does an arm take? Exit 1 where nothing could be told.

    Measured by the self-test's own take; kept by model, firmware, mode and profile; compared with the rig's file.
    """
    from calibration.result import LatencyResult
    from calibration.store import plain
    from collector.calibrate.keep import keep
    from collector.calibrate.latency import config_values
    from collector.headless import progress_line

    if rig is None and (episode is None or write):
        raise Abort(USAGE, "give --rig to measure, or to write to; --episode alone tells of a recorded take")
    with progress_line(err) as report, tempfile.TemporaryDirectory(prefix="clap-latency-") as folder:
        if episode is None:
            assert rig is not None
            config, measured = _measure(rig, sets, seconds, Path(folder), report)
        else:
            config, measured = _recorded(existing(episode))
            if rig is not None and config.name != (named := load_rig(rig, sets)[0].name):
                raise Abort(USAGE, f"{episode} is of the rig {config.name}, {rig} is {named}; give its own")
        report("looking at the pictures", None)
        every = _told(config, measured, report)
    found = [one for one in every if isinstance(one, LatencyResult)]
    kept = store_for(store, config)
    paths = [keep(kept, one, one.subject) for one in found]
    if as_json:
        print_json({"results": [plain(one) for one in found], "kept": [str(path) for path in paths]})
    else:
        _show(every)
        say(f"kept in {kept.root}: {', '.join(path.stem for path in paths) or 'nothing'}")
    values: dict[Key, float | int] = {
        ("cameras", one.subject.partition("/")[2], key): value
        for one in found
        for key, value in config_values(config, one).items()
    }
    if rig is not None and values:
        show_and_write(rig, values, write=write)
    if missing := [one.reason for one in every if not isinstance(one, LatencyResult)]:
        raise Abort(CHECK_FAILED, "; ".join(missing))


def _measure(
    rig: Path, sets: list[str] | None, seconds: float, folder: Path, report: "Progress"
) -> tuple[RigConfig, "Measured"]:
    """The self-test's take."""
    from collector.attach import attached_or_own
    from collector.certify import LEAST_MOTION_S, measure

    config, overrides = load_rig(rig, sets)
    least = config.selftest.led_s + LEAST_MOTION_S
    if seconds < least:
        raise Abort(
            USAGE, f"--seconds {seconds:g}: at least {least:g} s, {config.selftest.led_s:g} of them for the LED"
        )
    # A daemon of our own has ended before the computing starts: robots that are held need the processor.
    with attached_or_own(rig, config.name, overrides, folder, None, report) as client:
        return config, measure(client, config, seconds, (), folder, report)


def _recorded(path: Path) -> tuple[RigConfig, "Measured"]:
    from collector.certify import Measured
    from collector.episode.reader import Episode

    with Episode(path) as opened:
        config = RigConfig.model_validate(opened.rig)
        devices = opened.provenance["provenance"].get("devices", {})
    return config, Measured(path, {}, devices, [], 0.0)


def _told(config: RigConfig, measured: "Measured", report: "Progress") -> list["Found"]:
    """Of every camera and arm, as the rig's file has them in order."""
    from collector.calibrate.latency import arm_latency, camera_latency
    from collector.calibrate.papers import made
    from collector.certify import judge
    from collector.episode.reader import Episode

    test = judge(config, measured, report)
    with Episode(measured.episode) as opened:
        uuid = opened.uuid

    def origin() -> "Made":
        return made(config.name, config.operator, str(measured.episode))

    return [
        *(camera_latency(config, name, test, measured.devices, origin(), uuid) for name in config.cameras),
        *(arm_latency(config, name, test.evidence, measured.devices, origin(), uuid) for name in config.followers),
    ]


def _show(every: list["Found"]) -> None:
    """A line a constant, with what the rig's file supposes where it does."""
    from collector.report.latency_table import latency_table

    Console().print(latency_table(every))
