"""What was said of an episode while it was recorded: the labels that are sealed with it. Pure.

Events come in the order in which they were recorded; a mark may tell of an instant before the one at which it came.
"""

from collections.abc import Iterable
from typing import Any

from collector.episode.journal_reader import Event
from collector.episode.meta import EpisodeMeta
from collector.labels.spans import Mark, steps_of

KINDS = ("label", "step", "unstep", "note", "unnote")
"""Kinds of events by which something is said."""

_LONGEST = 500  # characters of a step's name and of a note, as everywhere (labels/task.py, Words)

Labels = dict[str, Any]


def spoken_labels(meta: EpisodeMeta, events: Iterable[Event], span_ns: tuple[int, int] | None) -> Labels:
    """What the take was begun with, changed by each label, and the marks as steps over `span_ns`; all of it as history.

    `span_ns`: the first and the last instant; None: there is none, and no step then.
    """
    said = sorted((event for event in events if event.kind in KINDS), key=lambda event: event.t_ns)
    labels: Labels = {"instruction": meta.task.get("instruction", ""), **meta.labels}
    for event in said:
        labels |= event.data if event.kind == "label" else {}
    order = [str(name) for name in meta.task.get("steps") or ()]
    marks, notes = _marks(said, "step", "name"), _marks(said, "note", "text")
    if span_ns is not None and (steps := steps_of(order, marks, *span_ns)):
        labels["steps"] = [step.model_dump(mode="json") for step in steps]
    if notes:
        labels["notes"] = [{"t_ns": note.t_ns, "text": note.name} for note in notes]
    history = [{"t_ns": event.t_ns, "kind": event.kind, "data": event.data} for event in said]
    return labels | {"history": history}


def _marks(said: list[Event], kind: str, words: str) -> list[Mark]:
    """Those that were not taken back, in the order of their instants."""
    gone = {str(event.data.get("id")) for event in said if event.kind == f"un{kind}"}
    there = [event for event in said if event.kind == kind and str(event.data.get("id")) not in gone]
    named = [(event, str(event.data.get(words, "")).strip()[:_LONGEST]) for event in there]
    return [Mark(str(event.data.get("id", "")), name, event.t_ns) for event, name in named if name]
