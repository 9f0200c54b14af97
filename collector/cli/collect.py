"""clap collect: the operator's console, on this terminal or in a browser."""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from collector.cli.options import (
    USAGE,
    Abort,
    OverrideOption,
    RigOption,
    SetOption,
    err,
    load_rig,
    say,
)
from collector.labels.task import TaskConfig
from hardware.load import load

if TYPE_CHECKING:
    from collector.detached import Attached
    from collector.remote_status import PlanTold

app = typer.Typer()

Pictures = Literal["auto", "half", "none"]
TaskOption = Annotated[Path, typer.Option("--task", help="Task file (configs/tasks/*.yaml).")]
OutOption = Annotated[Path | None, typer.Option("--out", help="Folder for the episodes; default: data.")]
OperatorOption = Annotated[str, typer.Option("--operator", help="Pseudonym; default: the rig file's.")]
SkillOption = Annotated[str, typer.Option("--skill", help="novice, practised or expert; remembered by pseudonym.")]

_NICE = 5  # the recorder's work comes first; what the console draws can wait
_DUMB = ("", "dumb", "unknown")
_BY_BROWSER = "TEXTUAL_DRIVER"  # textual-serve sets it for the consoles that it starts


@app.command()
def collect(
    rig: RigOption,
    task: TaskOption,
    operator: OperatorOption = "",
    skill: SkillOption = "",
    out: OutOption = None,
    keys: Annotated[Path | None, typer.Option(help="Key map (configs/keys/*.yaml).")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Look on; control nothing.")] = False,
    pictures: Annotated[
        Pictures,
        typer.Option(
            help="Previews: half blocks, 5 a second; auto: the terminal's own graphics, finer and slower; none."
        ),
    ] = "half",
    web: Annotated[bool, typer.Option("--web", help="In a browser instead of this terminal.")] = False,
    host: Annotated[str, typer.Option(help="With --web: where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="With --web.")] = 8470,
    sets: SetOption = None,
    override: OverrideOption = "",
) -> None:
    """The operator's console. The daemon of the rig is started if need be, and goes on when the console ends."""
    config, overrides = load_rig(rig, sets)
    job = load(TaskConfig, task)
    who = operator or config.operator
    try:
        from collector.operators import skill_of

        how = skill_of(who, skill)
    except ValueError as error:
        raise Abort(USAGE, f"--skill {error}") from error
    if not web:
        require_terminal(rig, os.environ)
    from collector.tui.keys import load_keys

    keymap = load_keys(keys)  # what is wrong is told before anything is started
    daemon = attached(rig, config.name, overrides, out)
    plan = None if watch else planned(daemon, job, who, how)
    if web:
        words = ["collect", "--rig", rig, "--task", task, "--operator", who, "--pictures", pictures]
        words += ["--keys", keys] if keys else []
        words += ["--watch"] if watch else []
        words += ["--override", override] if override else []
        _serve(" ".join(shlex.quote(str(word)) for word in (sys.executable, "-m", "collector.cli", *words)), host, port)
    else:
        from collector.tui.app import Console, ConsoleOptions
        from collector.tui.widgets.preview_terminal import graphics

        options = ConsoleOptions(
            daemon.socket, rig, job, plan.operator if plan else who, plan.skill if plan else how,
            "watch" if watch else "control", keymap, pictures, override=override,
            graphics=graphics(pictures),
        )  # fmt: skip
        os.nice(_NICE)
        Console(options).run()
    farewell(daemon, rig, config.name)


def require_terminal(rig: Path, environment: Mapping[str, str]) -> None:
    """Raises Abort where no console can be shown."""
    if _BY_BROWSER in environment:
        return
    term = environment.get("TERM", "")
    if sys.stdin.isatty() and sys.stdout.isatty() and term not in _DUMB:
        return
    why = f"TERM is {term or 'not set'}" if sys.stdin.isatty() and sys.stdout.isatty() else "there is none"
    raise Abort(
        USAGE,
        f"the console needs a terminal that can place text ({why}); without one: clap session ... --rig {rig},"
        " clap record, or --web",
    )


def attached(rig: Path, name: str, overrides: tuple[str, ...], out: Path | None) -> "Attached":
    """The daemon of the rig, started if need be, with progress meanwhile."""
    from collector.detached import attached_or_started
    from collector.headless import progress_line

    try:
        with progress_line(err) as report:
            return attached_or_started(rig, name, overrides, out, report)
    except OSError as error:
        raise Abort(
            USAGE, f"{error.filename}: {error.strerror}; give a folder that can be written to with --out"
        ) from error


def planned(daemon: "Attached", task: TaskConfig, operator: str, skill: str) -> "PlanTold | None":
    """What the daemon collects from now on; None where somebody else controls it. Raises Abort where it is busy."""
    from collector.control import DaemonError
    from collector.remote import Remote

    remote = Remote(daemon.socket)
    try:
        if not remote.attach(operator):
            return None
        return remote.plan(task, operator, skill)
    except DaemonError as error:
        raise Abort(USAGE, f"{error}; or look on with --watch") from error
    finally:
        remote.close()


def farewell(daemon: "Attached", rig: Path, name: str) -> None:
    """What came of the session, that the daemon goes on, and how to end it."""
    from collector.control import DaemonError
    from collector.remote import Remote
    from collector.report.session_lines import summary_lines
    from collector.report.session_rows import live_summary

    if _BY_BROWSER in os.environ:
        return  # nobody reads it there
    try:
        remote = Remote(daemon.socket)
    except DaemonError:
        say(f"The daemon has ended; the episodes are in {daemon.out}.")
        return
    try:
        status, takes = remote.status(), remote.takes()
    finally:
        remote.close()
    if takes:
        for line in summary_lines(live_summary(status, takes, name)):
            say(line)
        say(f"With plots: clap session summary {status.out} --html session.html")
    say(f"The daemon goes on ({status.state.value}, episodes in {status.out}); end it: clap daemon stop --rig {rig}")


def _serve(command: str, host: str, port: int) -> None:
    from collector.web import ConsoleServer, is_loopback

    if not is_loopback(host):
        say(
            f"{host} is open to the network and nothing is encrypted: whoever can listen there can read along."
            " Safer: leave --host out, and ssh -L to this machine.",
            style="yellow",
        )

    def ready(url: str) -> None:
        say(f"The console: {url}  (whoever has this address may use it; Ctrl-C ends the page, not the recorder)")

    try:
        ConsoleServer(command, host, port, "Clapboard", ready).serve()
    except OSError as error:
        raise Abort(USAGE, f"--host {host} --port {port}: {error.strerror or error}; give another --port") from error
