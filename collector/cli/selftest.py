"""clap selftest: prove the rig's synchronisation, and certify it."""

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from collector.cli.options import CHECK_FAILED, USAGE, Abort, SetOption, TruthOption, err, existing, load_rig, say
from hardware.config import RigConfig
from hardware.load import load
from hardware.virtual_config import FaultFile

if TYPE_CHECKING:
    from collector.selftest.result import SelfTest

app = typer.Typer()

_PAGE_WIDTH = 160  # of a log, where nobody can widen the window


@app.command()
def selftest(
    rig: Annotated[Path | None, typer.Option("--rig", help="Rig file (configs/rigs/*.yaml).")] = None,
    seconds: Annotated[float, typer.Option(help="Length of the measurement, s.")] = 30.0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the certificate here too.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with plots.")] = None,
    out: Annotated[Path, typer.Option(help="Folder that episodes will go to: its disk is tried.")] = Path("data"),
    sets: SetOption = None,
    fault: Annotated[
        Path | None, typer.Option(help="Virtual rig only: inject what a file of configs/faults says.")
    ] = None,
    truth: TruthOption = None,
    episode: Annotated[
        Path | None, typer.Option(help="Judge this recorded episode instead of measuring; certifies nothing.")
    ] = None,
) -> None:
    """Half a minute each morning: LED sweep, motion, every gate; exit 1 if one fails, else a certificate."""
    if (rig is None) == (episode is None):
        raise Abort(USAGE, "give --rig to measure, or --episode to judge what was recorded")
    if episode is not None:
        from collector.episode.verify_folder import require_sound

        test, told = _judge_episode(require_sound(existing(episode)))
    else:
        assert rig is not None
        test, told = _measure(rig, sets, seconds, fault, truth, out)
    if json_file:
        json_file.write_text(json.dumps(told, indent=1))
    if html:
        from collector.report.selftest_page import selftest_page

        html.write_text(selftest_page(test))
    _tell(test)


def _measure(
    rig: Path, sets: list[str] | None, seconds: float, fault: Path | None, truth: Path | None, out: Path
) -> tuple["SelfTest", dict[str, Any]]:
    from collector.attach import attached_or_own
    from collector.certify import LEAST_MOTION_S, conclude, measure
    from collector.headless import progress_line
    from collector.selftest.certificate import save

    config, overrides = load_rig(rig, sets, truth)
    least = config.selftest.led_s + LEAST_MOTION_S
    if seconds < least:
        raise Abort(
            USAGE, f"--seconds {seconds:g}: at least {least:g} s, {config.selftest.led_s:g} of them for the LED"
        )
    if fault is not None and config.virtual is None:
        raise Abort(USAGE, f"--fault {fault}: {rig} has no virtual section; faults are injected into virtual rigs only")
    faults = load(FaultFile, fault).faults if fault else ()
    # What is wrong from the start goes with the rig: clocks remember a minute of better days.
    standing = [f.model_dump() for f in faults if f.at_s == 0]
    overrides += (f"virtual.faults={json.dumps(standing)}",) if standing else ()
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        report = stack.enter_context(progress_line(err))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clap-selftest-")))
        # A daemon of our own has ended before the computing starts: robots that are held need the processor.
        with attached_or_own(rig, config.name, overrides, folder, truth, report) as client:
            measured = measure(client, config, seconds, [f for f in faults if f.at_s], out, report)
        report("looking at the pictures", None)
        test, certificate = conclude(config, measured, report)
    kept = save(certificate)
    say(f"certificate {certificate['uuid']}: {kept}")
    return test, certificate


def _judge_episode(path: Path) -> tuple["SelfTest", dict[str, Any]]:
    from collector.certify import Measured, judge
    from collector.episode.reader import Episode
    from collector.headless import progress_line
    from collector.selftest.verdict import as_json

    with Episode(path) as opened:
        rig = RigConfig.model_validate(opened.rig)
    with progress_line(err) as report:
        report("looking at the pictures", None)
        test = judge(rig, Measured(path, {}, {}, [], 0.0), report)
    return test, as_json(test.gates)


def _tell(test: "SelfTest") -> None:
    from collector.report.selftest_table import gate_table
    from collector.selftest.gate import worst

    out = Console()
    out.print(gate_table(test.gates, "Self-test"), width=out.width if out.is_terminal else _PAGE_WIDTH)
    failed = [f"{gate.subject}: {gate.name}" for gate in test.gates if gate.verdict == "fail"]
    if worst(test.gates) == "fail":
        raise Abort(CHECK_FAILED, f"the self-test failed at {', '.join(failed)}; no recording without --override")
