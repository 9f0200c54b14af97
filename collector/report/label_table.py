"""What an episode is labelled, and everything that was said of it, for the terminal."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from collector.episode.subject import Subject
from collector.labels.history import Said

_ID = 8  # characters that tell labels apart


def label_table(of: Subject) -> RenderableType:
    """The labels and where each is from, then the history; below it each line that does not count, and why."""
    labels = Table(box=None, pad_edge=False, show_header=False, title=str(of.path), title_justify="left")
    for name, value in of.labelled.labels.items():
        given = "" if of.labelled.sources[name] == "file" else "said since"
        labels.add_row(name, Text(shown(name, value, of.span_ns)), Text(given, style="dim"))
    history = Table(box=None, pad_edge=False)
    for heading in ("when", "by", "what", "id"):
        history.add_column(heading, overflow="fold")
    for said in of.labelled.history:
        style = "strike dim" if said.undone else ""
        told = f"{'undone: ' if said.undone else ''}{what(said, of.span_ns)}"
        row = (_local(said.utc_ns), said.by, told, said.id[:_ID])
        history.add_row(*(Text(cell, style=style) for cell in row))
    problems = [Text(f"labels: {problem}", style="red") for problem in of.labelled.problems]
    return Group(labels, *([history] if of.labelled.history else []), *problems)


def what(said: Said, span_ns: tuple[int, int] | None) -> str:
    """What was said, in one line."""
    match said.kind:
        case "label":
            return ", ".join(f"{name}: {shown(name, value, span_ns)}" for name, value in said.what.items())
        case "undo":
            return f"takes back {str(said.what.get('undoes'))[:_ID]}"
        case _:
            return " ".join([said.kind, *map(str, said.what.values())])


def shown(name: str, value: Any, span_ns: tuple[int, int] | None) -> str:
    """A label's value; steps and notes by their seconds in the episode."""
    begin_ns = None if span_ns is None else span_ns[0]
    if value is None:
        return "as recorded"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {entry}" for key, entry in cast(dict[str, Any], value).items())
    if not isinstance(value, list):
        return str(value)
    items = cast(list[Any], value)
    match name:
        case "steps":
            return ", ".join(f"{one.get('name')} {_at(one.get('begin_ns'), begin_ns)}".strip() for one in _maps(items))
        case "notes":
            return ", ".join(f"{_at(note.get('t_ns'), begin_ns)} {note.get('text')}".strip() for note in _maps(items))
        case "spoken":
            return ", ".join(f"{_at(one.get('t_ns'), begin_ns)} {one.get('file')}".strip() for one in _maps(items))
        case _:
            return ", ".join(map(str, items))


def _at(t_ns: Any, begin_ns: int | None) -> str:
    return "" if begin_ns is None or not isinstance(t_ns, int) else f"{(t_ns - begin_ns) * 1e-9:.1f} s"


def _maps(items: list[Any]) -> list[Mapping[str, Any]]:
    """Those that are what they should be."""
    return [cast(Mapping[str, Any], item) for item in items if isinstance(item, dict)]


def _local(utc_ns: int) -> str:
    return f"{datetime.fromtimestamp(utc_ns / 1e9):%Y-%m-%d %H:%M:%S}"
