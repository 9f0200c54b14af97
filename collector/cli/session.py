"""clap session ...: what the console's keys do, one command each, for scripts and for rigs without a screen."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from collector.cli.options import (
    DEVICE_FAILED,
    USAGE,
    Abort,
    JsonOption,
    OverrideOption,
    RigOption,
    err,
    print_json,
    remote_of,
    say,
    scene_of,
)
from collector.cli.session_summary import summary
from collector.labels.task import TaskConfig
from hardware.config import RigConfig
from hardware.load import load

app = typer.Typer(no_args_is_help=True, help="A session of takes, by command instead of by key.")

ControlOption = Annotated[
    bool,
    typer.Option("--take-control", help="Whoever has control watches meanwhile."),
]
WhyOption = Annotated[str, typer.Option("--why", help="Kept with the take, and counted in the summary.")]

_ORDER = (
    "plan", "scene", "arm", "follow", "start", "mark", "note", "label", "stop", "keep", "next", "discard", "retake",
    "undo", "restore", "cancel", "disarm", "release", "reset", "status", "takes", "summary",
)  # fmt: skip
_SIMPLE = {
    "start": "A take of the plan begins (after its countdown); one under review is kept.",
    "stop": "The take ends and is under review.",
    "keep": "The take under review is one of the session's.",
    "next": "Keep the take under review, begin the next.",
    "undo": "Take back what was done last; ten deep.",
    "cancel": "No take begins when the countdown ends.",
    "disarm": "No take may begin any more.",
    "release": "The robots come to rest.",
    "reset": "After a fault: start what has ended, recover what stopped itself.",
}


@app.command("plan")
def plan(
    rig: RigOption,
    task: Annotated[Path | None, typer.Option("--task", help="Task file; without one: the plan as it is.")] = None,
    operator: Annotated[str, typer.Option("--operator", help="Pseudonym; default: the rig file's.")] = "",
    skill: Annotated[str, typer.Option("--skill", help="novice, practised or expert; remembered.")] = "",
    take_control: ControlOption = False,
    as_json: JsonOption = False,
) -> None:
    """What the session is to collect; another task, operator or skill begins another session."""
    from collector.operators import skill_of

    who = operator or load(RigConfig, rig).operator
    if task is None:
        _ask(rig, "session", {}, as_json, tells=_plan_told)
        return
    try:
        how = skill_of(who, skill)
    except ValueError as error:
        raise Abort(USAGE, f"--skill {error}") from error
    words = {"task": load(TaskConfig, task).model_dump(mode="json"), "operator": who, "skill": how}
    _ask(rig, "plan", words, as_json, take_control, _plan_told)


@app.command("scene")
def scene(
    rig: RigOption,
    values: Annotated[list[str] | None, typer.Argument(help="name=value; none: the scene whose turn it is.")] = None,
    take_control: ControlOption = False,
    as_json: JsonOption = False,
) -> None:
    """What is set up for the next take."""
    with remote_of(rig) as remote:
        told = remote.status().plan
    chosen = scene_of(told.task, values) if told else {}
    _ask(rig, "scene", chosen, as_json, take_control, _plan_told)


@app.command("arm")
def arm(
    rig: RigOption, override: OverrideOption = "", take_control: ControlOption = False, as_json: JsonOption = False
) -> None:
    """Takes may begin, under the certificate of the last clap selftest."""
    _ask(rig, "arm", {"override": override}, as_json, take_control)


@app.command("follow")
def follow(rig: RigOption, take_control: ControlOption = False) -> None:
    """The robots go to their leaders and follow as long as this command runs; Ctrl-C: they come to rest."""
    from collector.control import Client, socket_path
    from collector.headless import progress_line, teleoperate

    with progress_line(err) as report, Client(socket_path(load(RigConfig, rig).name)) as client:
        if take_control:
            client.call("take_control", name="clap session")
        told = teleoperate(client, report, None, None)
    if told["fault"]:
        raise Abort(DEVICE_FAILED, told["fault"])


@app.command("mark")
def mark(
    rig: RigOption,
    step: Annotated[str, typer.Argument(help="The step that begins; default: the next one of the task's list.")] = "",
    take_control: ControlOption = False,
    as_json: JsonOption = False,
) -> None:
    """A step of the task begins now."""
    _ask(rig, "step", {"name": step}, as_json, take_control)


@app.command("note")
def note(rig: RigOption, text: str, take_control: ControlOption = False, as_json: JsonOption = False) -> None:
    """Words on this instant of the running take."""
    _ask(rig, "note", {"text": text}, as_json, take_control)


@app.command("label")
def label(
    rig: RigOption,
    score: Annotated[int | None, typer.Option(min=1, max=5, help="1 (worst) to 5; tells the outcome too.")] = None,
    outcome: Annotated[str | None, typer.Option(help="success, failure or unlabelled.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="All its tags, in place of those before.")] = None,
    text: Annotated[str | None, typer.Option("--note", help="Free words on all of it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say something of the take that runs or was last; of others: clap label."""
    said = {"score": score, "outcome": outcome, "tags": tag, "note": text}
    _ask(rig, "label", {name: value for name, value in said.items() if value is not None}, as_json)


@app.command("discard")
def discard(
    rig: RigOption, why: WhyOption = "", take_control: ControlOption = False, as_json: JsonOption = False
) -> None:
    """Throw the take under review away; undo brings it back."""
    _ask(rig, "discard", {"why": why} if why else {}, as_json, take_control)


@app.command("retake")
def retake(
    rig: RigOption, why: WhyOption = "", take_control: ControlOption = False, as_json: JsonOption = False
) -> None:
    """Throw the take away, running or under review, and begin it anew."""
    _ask(rig, "retake", {"why": why} if why else {}, as_json, take_control)


@app.command("restore")
def restore(
    rig: RigOption,
    episode: Annotated[str, typer.Argument(help="UUID or file; default: the last one discarded.")] = "",
    take_control: ControlOption = False,
    as_json: JsonOption = False,
) -> None:
    """Bring a discarded take back."""
    _ask(rig, "undiscard", {"episode": episode}, as_json, take_control)


@app.command("status")
def status(rig: RigOption, as_json: JsonOption = False) -> None:
    """Where the session is: state, scene, counts, what can be undone, who controls."""
    from collector.report.session_status import status_lines

    with remote_of(rig) as remote:
        told = remote.status()
    if as_json:
        print_json(told.model_dump(mode="json"))
    else:
        for line in status_lines(told):
            typer.echo(line)


@app.command("takes")
def takes(rig: RigOption, as_json: JsonOption = False) -> None:
    """The session's takes and what they are labelled, oldest first."""
    from collector.report.session_status import take_line

    with remote_of(rig) as remote:
        told = remote.takes()
    if as_json:
        print_json([take.model_dump(mode="json") for take in told])
    else:
        for take in told:
            typer.echo(take_line(take))


def _said(answer: dict[str, Any]) -> str:
    from collector.report.session_status import answer_line

    return answer_line(answer)


def _ask(
    rig: Path, verb: str, words: dict[str, Any], as_json: bool, take_control: bool = False,
    tells: Callable[[dict[str, Any]], str] = _said,
) -> None:  # fmt: skip
    """Send a verb and tell what came of it."""
    with remote_of(rig) as remote:
        if take_control:
            remote.take_control("clap session")
        told = remote.ask(verb, **words)
    if as_json:
        print_json(told)
    else:
        say(tells(told))


def _plan_told(answer: dict[str, Any]) -> str:
    from collector.remote_status import PlanTold
    from collector.report.session_status import plan_lines

    return "\n".join(plan_lines(PlanTold.model_validate(answer["plan"]))) if answer["plan"] else "there is no plan yet"


def _simple(verb: str) -> Callable[..., None]:
    def run(rig: RigOption, take_control: ControlOption = False, as_json: JsonOption = False) -> None:
        _ask(rig, verb, {}, as_json, take_control)

    return run


app.command("summary")(summary)
for _verb, _help in _SIMPLE.items():
    app.command(_verb, help=_help)(_simple(_verb))
app.registered_commands.sort(key=lambda command: _ORDER.index(command.name or ""))
