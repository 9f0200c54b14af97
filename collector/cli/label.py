"""clap label: what episodes are labelled, and saying more of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from collector.cli.catalogue import up_to_date
from collector.cli.options import CHECK_FAILED, USAGE, Abort, JsonOption, err, print_json, say

if TYPE_CHECKING:
    from collector.episode.subject import Subject
    from collector.labels.wish import At, Wish

app = typer.Typer()

_OPEN_S = 120.0
_LEAST = 4  # characters of a UUID that name it


@app.command()
def label(
    episodes: Annotated[list[str], typer.Argument(help="Files, folders, or UUIDs (4 characters of it do).")],
    folder: Annotated[Path, typer.Option("--in", help="Folder in which UUIDs are looked for.")] = Path("data"),
    instruction: Annotated[str | None, typer.Option(help="What the policy is told.")] = None,
    paraphrase: Annotated[list[str] | None, typer.Option(help="Other words for it, in the old ones' place.")] = None,
    outcome: Annotated[str | None, typer.Option(help="success, failure or unlabelled.")] = None,
    score: Annotated[int | None, typer.Option(min=1, max=5, help="1 (worst) to 5.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag more.")] = None,
    untag: Annotated[list[str] | None, typer.Option(help="A tag less.")] = None,
    note: Annotated[str | None, typer.Option(help="Free words on all of it.")] = None,
    scene: Annotated[list[str] | None, typer.Option(help="What was set up: NAME=VALUE.")] = None,
    step: Annotated[
        list[str] | None, typer.Option(help="NAME@SECONDS: a step begins there; give all, in the old ones' place.")
    ] = None,
    note_at: Annotated[list[str] | None, typer.Option("--note-at", help="WORDS@SECONDS: words on an instant.")] = None,
    unset: Annotated[list[str] | None, typer.Option(help="Name of a label: back to what the recording gave.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was said of it last.")] = False,
    by: Annotated[str, typer.Option(help="Pseudonym of who says it.")] = "clap label",
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Label episodes, or show what they are labelled and who said so. The recording itself is never changed."""
    from collector.labels.wish import Wish

    fields = {"instruction": instruction, "paraphrases": paraphrase, "outcome": outcome, "score": score, "note": note}
    wish = Wish(
        fields={name: value for name, value in fields.items() if value is not None},
        scene=dict(_pair(item) for item in scene or ()),
        tags=tag or (),
        not_tags=untag or (),
        steps=[_at("--step", item) for item in step or ()],
        notes=[_at("--note-at", item) for item in note_at or ()],
        unset=unset or (),
    )
    _require_sense(wish, undo=undo)
    paths = list(dict.fromkeys(_paths(episodes, folder)))
    found, unreadable = _subjects(paths)
    refused = {} if wish.is_empty and not undo else _say(found, None if undo else wish, by)
    shown = [of.again() for of in found]
    if as_json:
        print_json([{**of.to_dict(), "refused": refused.get(of.path, "")} for of in shown])
    else:
        _print([of for of in shown if of.path not in refused], brief=undo or not wish.is_empty)
    for path, why in (refused | unreadable).items():
        say(f"{path}: {why}", style="red")
    if refused or unreadable:
        raise Abort(CHECK_FAILED, f"{len(refused | unreadable)} of {len(paths)} episodes were left as they are")


def _require_sense(wish: "Wish", *, undo: bool) -> None:
    """What is wrong for all is told before anything is said. Raises Abort."""
    from collector.labels.event import LabelSet
    from collector.labels.wish import NotSaid, Wish, label_set

    if unknown := set(wish.unset) - set(LabelSet.model_fields):
        raise Abort(USAGE, f"--unset {', '.join(sorted(unknown))}: one of {', '.join(LabelSet.model_fields)}")
    if undo and not wish.is_empty:
        raise Abort(USAGE, "--undo takes back, the other options say something; do one after the other")
    try:
        label_set(Wish(wish.fields, wish.scene), {}, None)
    except NotSaid as error:
        raise Abort(USAGE, str(error)) from error


def _say(found: "Sequence[Subject]", wish: "Wish | None", by: str) -> dict[Path, str]:
    """Say it of each, or (None) take back what was said last; why not, of those where that was not possible."""
    from collector.labels.wish import NotSaid, label_set, to_take_back
    from collector.relabel import Pen

    refused: dict[Path, str] = {}
    with Pen(by) as pen:
        for of in found:
            try:
                if wish is None:
                    pen.take_back(of, to_take_back(of.labelled.history).id)
                else:
                    pen.say(of, label_set(wish, of.labelled.labels, of.span_ns))
            except NotSaid as error:
                refused[of.path] = str(error)
    return refused


def _subjects(paths: Sequence[Path]) -> "tuple[list[Subject], dict[Path, str]]":
    """What is known of each, in their order, and why nothing is of the others."""
    from collector.episode.isolated import Unreadable, each
    from collector.episode.subject import subject
    from collector.headless import progress_line

    answers: dict[Path, Any] = {}
    with progress_line(err) as report:
        for path, answer in each(subject, paths, _OPEN_S):
            answers[path] = answer
            report(f"reading {path.name}", len(answers) / len(paths))
    found = [answers[path] for path in paths if not isinstance(answers[path], Unreadable)]
    return found, {path: told.problem for path, told in answers.items() if isinstance(told, Unreadable)}


def _paths(episodes: Sequence[str], folder: Path) -> Iterator[Path]:
    for name in episodes:
        path = Path(name)
        if path.is_dir():
            found = sorted(path.glob("episode_*.hdf5"))
            if not found:
                raise Abort(USAGE, f"{path}: holds no episode_*.hdf5; give the folder that clap record wrote to")
            yield from found
        elif path.exists():
            yield path
        else:
            yield _named(name, folder)


def _named(name: str, folder: Path) -> Path:
    """The episode of a UUID. Raises Abort."""
    if len(name) < _LEAST or not folder.is_dir():
        raise Abort(USAGE, f"{name}: no such file; give an episode, or a UUID and its folder (--in)")
    with up_to_date(folder, err) as catalogue:
        rows = [row for row in catalogue.rows() if row.uuid and row.uuid.startswith(name) and row.path]
    there = [row for row in rows if row.state in ("recorded", "sealed")]
    match there:
        case [row]:
            return folder / str(row.path)
        case []:
            gone = "; it was discarded, clap restore brings it back" if rows else "; clap list shows what it holds"
            raise Abort(USAGE, f"{folder} holds no episode {name}{gone}")
        case _:
            raise Abort(USAGE, f"{name} may be each of {', '.join(str(row.uuid) for row in there)}; give more of it")


def _print(found: "Sequence[Subject]", *, brief: bool) -> None:
    from collector.report.label_table import label_table, what

    for of in found:
        if brief:
            told = f"{of.path}: {what(of.labelled.history[-1], of.span_ns)}" if of.labelled.history else str(of.path)
            say(told)
        else:
            Console().print(label_table(of))


def _pair(item: str) -> tuple[str, str]:
    name, sign, value = item.partition("=")
    if not sign or not name:
        raise Abort(USAGE, f"--scene {item}: write it as NAME=VALUE, as --scene object='red cube'")
    return name, value


def _at(option: str, item: str) -> "At":
    words, sign, seconds = item.rpartition("@")
    try:
        at = float(seconds)
    except ValueError:
        sign = ""
        at = 0.0
    if not sign or not words:
        raise Abort(USAGE, f"{option} {item}: write it as WORDS@SECONDS, as {option} grasp@2.5")
    return words, at
