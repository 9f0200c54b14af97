"""The command `clap`: functions here parse, call and print; nothing else."""

import json
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from collector.labels.task import TaskConfig
from hardware.config import RigConfig
from hardware.load import ConfigError, load

OK, CHECK_FAILED, USAGE, DEVICE_FAILED, INTERRUPTED = 0, 1, 2, 3, 130

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Record robot demonstrations: every sensor on one clock, with a bound on each stamp.",
)
daemon_app = typer.Typer(no_args_is_help=True, help="The process that runs a rig.")
export_app = typer.Typer(no_args_is_help=True, help="Training sets from sealed episodes.")
app.add_typer(daemon_app, name="daemon")
app.add_typer(export_app, name="export")

err = Console(stderr=True)

RigOption = Annotated[Path, typer.Option("--rig", help="Rig file (configs/rigs/*.yaml).")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="Override a key of the rig file: key.path=value; may be repeated."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
TruthOption = Annotated[
    Path | None,
    typer.Option("--truth", help="Virtual rig only: write the true instant of every sample (HDF5)."),
]


class Abort(Exception):
    """End with a code and one sentence."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def main() -> None:
    """Run `clap`; errors are one sentence and an exit code, never a traceback."""
    from collector.audit_stream import AuditError
    from collector.control import AlreadyRunning, DaemonError
    from collector.episode.reader import NotAnEpisode
    from collector.export.plan import ExportError
    from collector.record import RigFault
    from hardware.interfaces import DeviceError

    try:
        app(standalone_mode=True)
    except Abort as error:
        _end(error.code, str(error))
    except (ConfigError, AlreadyRunning, NotAnEpisode, ExportError, AuditError) as error:
        _end(USAGE, str(error))
    except (RigFault, DeviceError, DaemonError) as error:
        _end(DEVICE_FAILED, str(error))
    except KeyboardInterrupt:
        _end(INTERRUPTED, "interrupted; what was recorded is kept")


def _end(code: int, message: str) -> None:
    _say(f"clap: {message}", style="bold red")
    sys.exit(code)


def _say(text: str, style: str = "") -> None:
    """One line for people; programs read stdout."""
    err.print(text, style=style, highlight=False, soft_wrap=True, markup=False)


def _load_rig(path: Path, sets: list[str] | None, truth: Path | None = None) -> tuple[RigConfig, tuple[str, ...]]:
    overrides = tuple(sets or ())
    rig = load(RigConfig, path, overrides)
    if truth is not None and rig.virtual is None:
        raise Abort(
            USAGE,
            f"--truth {truth}: {path} has no virtual section; only the virtual rig knows the truth",
        )
    return rig, overrides


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")


def _episodes(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    found = sorted(folder.glob("episode_*.hdf5"))
    if not found:
        raise Abort(USAGE, f"{folder}: holds no episode_*.hdf5; give the folder that clap record wrote to")
    return found


@daemon_app.command("run")
def daemon_run(
    rig: RigOption,
    out: Annotated[Path, typer.Option(help="Folder for the episodes.")] = Path("data"),
    sets: SetOption = None,
    truth: TruthOption = None,
    with_client: Annotated[bool, typer.Option("--with-client", help="End when the last client leaves.")] = False,
) -> None:
    """Run a rig in the foreground until Ctrl-C or `clap daemon stop`."""
    from collector.control import socket_path
    from collector.daemon import Daemon, DaemonOptions

    config, overrides = _load_rig(rig, sets, truth)
    options = DaemonOptions(out, socket_path(config.name), truth, with_client, overrides)
    _say(f"rig {config.name}: episodes go to {out}, clients to {options.socket}; Ctrl-C ends it in good order")
    Daemon(config, options).run()


@daemon_app.command("status")
def daemon_status(rig: RigOption, as_json: JsonOption = False) -> None:
    """What the daemon of a rig is doing."""
    from collector.control import Client, socket_path
    from collector.report.status_table import status_table

    with Client(socket_path(load(RigConfig, rig).name)) as client:
        status = client.call("status")
    if as_json:
        _print_json(status)
    else:
        Console().print(status_table(status))


@daemon_app.command("stop")
def daemon_stop(rig: RigOption) -> None:
    """End the daemon of a rig; an episode that is running is sealed."""
    from collector.control import Client, socket_path

    with Client(socket_path(load(RigConfig, rig).name)) as client:
        client.call("shutdown")


@app.command()
def record(
    rig: RigOption,
    task: Annotated[Path, typer.Option(help="Task file (configs/tasks/*.yaml).")],
    episodes: Annotated[int, typer.Option(min=1, help="How many.")] = 1,
    seconds: Annotated[float | None, typer.Option(min=0.5, help="Length of each, s; default: the task's.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the episodes.")] = Path("data"),
    sets: SetOption = None,
    truth: TruthOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record episodes without a console."""
    from collector.headless import record_episodes

    config, overrides = _load_rig(rig, sets, truth)
    job = load(TaskConfig, task)
    result = record_episodes(rig, config.name, overrides, job, episodes, seconds or job.seconds, out, truth, err)
    if as_json:
        _print_json(result.to_dict())
    else:
        for episode in result.episodes:
            _say(f"{episode.path}  {episode.seconds:.1f} s  {episode.status}")
    if result.fault:
        whole = len(result.episodes)
        raise Abort(DEVICE_FAILED, f"{result.fault}; {out} keeps {whole} whole episodes and what began of the next")


@app.command()
def inspect(episode: Path, as_json: JsonOption = False) -> None:
    """What an episode holds, and how well it is aligned."""
    from collector.episode.summary import summarise
    from collector.report.episode_table import episode_table

    summary = summarise(_existing(episode))
    if as_json:
        _print_json(summary)
    else:
        Console().print(episode_table(summary))


@app.command()
def verify(folder: Path, as_json: JsonOption = False) -> None:
    """Check every checksum, count, index and stamp; exit 1 names each damaged file."""
    from collector.episode.verify import verify as verify_file

    problems = {str(path): verify_file(path) for path in _episodes(_existing(folder))}
    if as_json:
        _print_json(problems)
    else:
        for path, found in problems.items():
            _say(f"{path}: {'sound' if not found else '; '.join(found)}")
    if any(problems.values()):
        raise Abort(
            CHECK_FAILED,
            f"{sum(map(bool, problems.values()))} of {len(problems)} files are damaged",
        )


@app.command()
def salvage(folder: Path, as_json: JsonOption = False) -> None:
    """Turn every journal that a crash left into an episode; doing it twice changes nothing."""
    from dataclasses import asdict

    from collector.episode.salvage import salvage as salvage_folder

    reports = salvage_folder(_existing(folder))
    if as_json:
        _print_json([asdict(report) for report in reports])
    elif not reports:
        _say(f"{folder}: no journal is left; nothing to do")
    else:
        for report in reports:
            became = report.episode or f"kept as it is: {report.problem}"
            _say(f"{report.journal} -> {became}")


@app.command()
def audit(
    episode: Path,
    truth: Annotated[Path, typer.Option(help="Truth file that the virtual rig wrote.")],
    as_json: JsonOption = False,
) -> None:
    """Compare an episode's stamps with the virtual rig's truth."""
    from collector.audit import audit as audit_episode
    from collector.report.audit_table import audit_table

    report = audit_episode(_existing(episode), _existing(truth))
    if as_json:
        _print_json(report.to_dict())
    else:
        Console().print(audit_table(report))


@export_app.command("lerobot")
def export_lerobot(
    folder: Path,
    out: Path,
    version: Annotated[str, typer.Option(help="Format version; v2.1.")] = "v2.1",
    gaps: Annotated[
        str,
        typer.Option(help="What to do where rows inside an episode miss a sample: refuse, split or drop."),
    ] = "refuse",
    as_json: JsonOption = False,
) -> None:
    """A LeRobot data set that openpi and LeRobot's own loader open."""
    from collector.headless import export_lerobot_folder

    if version != "v2.1":
        raise Abort(USAGE, f"--version {version}: only v2.1 is written")
    if gaps not in ("refuse", "split", "drop"):
        raise Abort(USAGE, f"--gaps {gaps}: one of refuse, split, drop")
    report = export_lerobot_folder(_episodes(_existing(folder)), out, gaps, err)
    if as_json:
        _print_json(report)
    else:
        _say(f"{out}: {report['episodes']} episodes, {report['rows']} rows")
        for skipped in report["skipped"]:
            _say(f"left out: {skipped}")


@app.command()
def demo(
    rig: RigOption = Path("configs/rigs/virtual.yaml"),
    task: Annotated[Path, typer.Option(help="Task file.")] = Path("configs/tasks/pick_cube.yaml"),
    out: Annotated[Path, typer.Option(help="Folder for the results; emptied first.")] = Path("out/demo"),
    sets: SetOption = None,
) -> None:
    """The whole path on the virtual rig: sync check, two episodes, audit, export, one table."""
    from collector.demo import run_demo

    config, overrides = _load_rig(rig, sets)
    if config.virtual is None:
        raise Abort(USAGE, f"{rig}: the demo needs a rig with a virtual section")
    if out.exists():
        shutil.rmtree(out)
    if not run_demo(rig, config, overrides, load(TaskConfig, task), out, Console()):
        raise Abort(CHECK_FAILED, "the demo's figures miss a limit; see the table")


def _existing(path: Path) -> Path:
    if not path.exists():
        raise Abort(USAGE, f"{path}: does not exist")
    return path


if __name__ == "__main__":
    main()
