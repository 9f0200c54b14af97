"""Labels as what was said, one after the other: nothing is overwritten, everything can be taken back. Pure.

While a take is recorded they are events of its journal; afterwards lines of a file beside it (sidecar.py). What an
episode is labelled follows from all of them in order.
"""

import time
import uuid
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from collector.labels.task import Words

Outcome = Literal["success", "failure", "unlabelled"]
Source = Literal["mark", "proposed", "adjusted"]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_Said):
    """A part of the task: from `begin_ns` to `end_ns`, CLOCK_MONOTONIC. `source`: marked by the operator while it was
    recorded, proposed by grip and motion and confirmed, or adjusted afterwards."""

    name: Words
    begin_ns: int
    end_ns: int
    source: Source = "adjusted"

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.end_ns < self.begin_ns:
            raise ValueError(f"the step {self.name!r} ends before it begins")
        return self


class Note(_Said):
    """Something said of an instant."""

    t_ns: int
    text: Words


class Spoken(_Said):
    """Words as sound: a file beside the episode. `t_ns`: when its first sample was heard, or up to what the microphone
    holds back later."""

    file: Annotated[str, Field(pattern=r"^[\w.-]+\.flac$")]
    t_ns: int
    seconds: float


class LabelSet(_Said):
    """What one label says: the fields given, no others. None takes a field back to what it was without."""

    instruction: Words | None = None
    paraphrases: tuple[Words, ...] | None = None
    scene: dict[str, Words] | None = None
    steps: tuple[Step, ...] | None = None
    notes: tuple[Note, ...] | None = None
    spoken: tuple[Spoken, ...] | None = None
    outcome: Outcome | None = None
    score: Annotated[int, Field(ge=1, le=5)] | None = None
    tags: tuple[Words, ...] | None = None
    note: str | None = Field(default=None, max_length=10_000)

    @model_validator(mode="after")
    def _steps_follow_each_other(self) -> Self:
        for before, step in pairwise(self.steps or ()):
            if step.begin_ns < before.end_ns:
                raise ValueError(f"the step {step.name!r} begins before {before.name!r} ends; put them in order")
        return self

    def given(self) -> dict[str, Any]:
        """The fields that were given, as JSON."""
        return self.model_dump(mode="json", include=self.model_fields_set)


class LabelEvent(_Said):
    """One label of one episode: who said it, and when. `undoes`: the event that it takes back, then it sets nothing."""

    episode: str
    """UUID."""
    id: str
    utc_ns: int
    by: str
    """A pseudonym; empty: nobody was named."""
    set: LabelSet = LabelSet()
    undoes: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As a line of the sidecar."""
        return self.model_dump(mode="json", exclude={"set"}) | {"set": self.set.given()}


def said(episode: str, by: str, what: LabelSet) -> LabelEvent:
    """A label given now."""
    return LabelEvent(episode=episode, id=str(uuid.uuid4()), utc_ns=time.time_ns(), by=by, set=what)


def taken_back(event: LabelEvent, by: str) -> LabelEvent:
    """That label undone now."""
    return LabelEvent(episode=event.episode, id=str(uuid.uuid4()), utc_ns=time.time_ns(), by=by, undoes=event.id)


def undone(events: Iterable[LabelEvent]) -> set[str]:
    """Ids of what was taken back. Taking back an undo brings the label back."""
    gone: set[str] = set()
    for event in reversed(list(events)):  # an undo comes after what it takes back
        if event.undoes and event.id not in gone:
            gone.add(event.undoes)
    return gone


def fold(base: Mapping[str, Any], events: Iterable[LabelEvent]) -> dict[str, Any]:
    """The labels after all that was said; `base`: those that the recording itself gave.

    Whatever was taken back counts as never said.
    """
    said_of = list(events)
    gone = undone(said_of)
    labels = dict(base)
    for event in said_of:
        if event.undoes or event.id in gone:
            continue
        for name, value in event.set.given().items():
            if value is not None:
                labels[name] = value
            elif name in base:
                labels[name] = base[name]
            else:
                labels.pop(name, None)
    return labels
