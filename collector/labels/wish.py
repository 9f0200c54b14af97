"""What somebody asks to be said of many episodes at once, each with its own steps and tags. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError

from collector.labels.event import LabelSet
from collector.labels.history import Said
from collector.labels.spans import Mark, steps_of

At = tuple[str, float]
"""Words, and when: s since the episode's first instant."""


class NotSaid(Exception):
    """This cannot be said of that episode; the text says why."""


@dataclass(frozen=True, slots=True)
class Wish:
    """`fields`: of a LabelSet, as they are; `scene` is merged into what was said before, and so are tags and notes.

    `steps`: where each begins, the last one lasts to the end; `unset`: back to what the recording gave.
    """

    fields: Mapping[str, Any]
    scene: Mapping[str, str]
    tags: Sequence[str] = ()
    not_tags: Sequence[str] = ()
    steps: Sequence[At] = ()
    notes: Sequence[At] = ()
    unset: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing is asked for."""
        return not any((self.fields, self.scene, self.tags, self.not_tags, self.steps, self.notes, self.unset))


def label_set(wish: Wish, labels: Mapping[str, Any], span_ns: tuple[int, int] | None) -> LabelSet:
    """The wish for one episode with these labels and this first and last instant. Raises NotSaid."""
    said: dict[str, Any] = {**wish.fields, **dict.fromkeys(wish.unset)}
    if wish.scene:
        said["scene"] = {**_dict(labels.get("scene")), **wish.scene}
    if wish.tags or wish.not_tags:
        before = [tag for tag in map(str, _list(labels.get("tags"))) if tag not in wish.not_tags]
        said["tags"] = list(dict.fromkeys([*before, *wish.tags]))
    if wish.steps:
        begin_ns, end_ns = _span(span_ns)
        marks = [Mark("", name, _instant(at, span_ns)) for name, at in wish.steps]
        steps = steps_of((), marks, begin_ns, end_ns)
        said["steps"] = [{**step.model_dump(), "source": "adjusted"} for step in steps]
    if wish.notes:
        notes = [{"t_ns": _instant(at, span_ns), "text": text} for text, at in wish.notes]
        said["notes"] = [*_list(labels.get("notes")), *notes]
    try:
        given = LabelSet.model_validate(said)
        return given if given.notes is None else _in_order(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise NotSaid(f"{where}: {first['msg'].removeprefix('Value error, ')}".removeprefix(": ")) from error


def _in_order(given: LabelSet) -> LabelSet:
    """Notes by their instants."""
    notes = sorted(given.notes or (), key=lambda note: note.t_ns)
    return given.model_copy(update={"notes": tuple(notes)})


def _list(value: object) -> list[Any]:
    """Whoever recorded it may have said anything."""
    return cast(list[Any], value) if isinstance(value, list) else []


def _dict(value: object) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def to_take_back(history: Sequence[Said]) -> Said:
    """The last label that still counts, of those given since the recording. Raises NotSaid."""
    counting = [said for said in history if said.where == "sidecar" and said.kind == "label" and not said.undone]
    if not counting:
        raise NotSaid("nothing that was said since it was recorded is left to take back")
    return counting[-1]


def _span(span_ns: tuple[int, int] | None) -> tuple[int, int]:
    if span_ns is None:
        raise NotSaid("it is a journal or has no pictures, so it has no time of its own; seal it first (clap salvage)")
    return span_ns


def _instant(at: float, span_ns: tuple[int, int] | None) -> int:
    """Raises NotSaid where it is none of the episode."""
    begin_ns, end_ns = _span(span_ns)
    t_ns = begin_ns + round(at * 1e9)
    if not begin_ns <= t_ns <= end_ns:
        raise NotSaid(f"{at:g} s is not in the episode, which has {(end_ns - begin_ns) * 1e-9:.1f} s")
    return t_ns
