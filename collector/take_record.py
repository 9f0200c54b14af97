"""What the daemon knows of a take of this session: where, what was said of it, what became of it."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from collector.labels.event import LabelEvent, fold
from collector.labels.spans import Mark, next_step, steps_of
from collector.labels.task import TaskConfig

Verdict = Literal["running", "review", "kept", "discarded"]

COMPLETE = "complete"
"""How a take ends that is a demonstration; one that was cut short is kept for what it holds, and not exported."""


@dataclass(slots=True)
class TakeRecord:
    """One take. `path`: its journal, until it is sealed; `base`: the labels that it was begun with.

    `planned`: of the session's plan, and not of a task that a client named for this take alone; `is_open`: its journal
    takes what is said of it; `quality`: figures by name, once sealed (collector.quality).
    """

    uuid: str
    path: Path
    job: TaskConfig
    scene: dict[str, str]
    base: dict[str, Any]
    began_ns: int
    purpose: str = "record"
    planned: bool = True
    is_open: bool = False
    began_utc_ns: int = field(default_factory=time.time_ns)
    ended_ns: int | None = None
    seconds: float | None = None
    status: str = ""
    problem: str = ""
    verdict: Verdict = "running"
    why: str = ""
    sealed: bool = False
    quality: dict[str, Any] | None = None
    marks: list[Mark] = field(default_factory=list[Mark])
    notes: list[Mark] = field(default_factory=list[Mark])
    said: list[LabelEvent] = field(default_factory=list[LabelEvent])

    @property
    def name(self) -> str:
        """As its files are called."""
        return self.path.name.partition(".")[0]

    @property
    def is_demonstration(self) -> bool:
        """Neither a self-test nor cut short by a fault."""
        return self.purpose == "record" and self.status in ("", COMPLETE)

    @property
    def next_step(self) -> str:
        """The step that the next mark begins."""
        return next_step(self.job.steps, self.marks)

    def labels(self) -> dict[str, Any]:
        """As they are now."""
        return fold({**self.base, **self._marked()}, self.said)

    def _marked(self) -> dict[str, Any]:
        end_ns = self.ended_ns or max((mark.t_ns for mark in self.marks), default=self.began_ns)
        steps = steps_of(self.job.steps, self.marks, self.began_ns, end_ns)
        notes = [{"t_ns": note.t_ns, "text": note.name} for note in self.notes]
        return {
            **({"steps": [step.model_dump(mode="json") for step in steps]} if steps else {}),
            **({"notes": notes} if notes else {}),
        }

    def to_dict(self) -> dict[str, Any]:
        """For clients. Times: CLOCK_MONOTONIC, ns."""
        return {
            "uuid": self.uuid, "name": self.name, "path": str(self.path), "task": self.job.name, "scene": self.scene,
            "purpose": self.purpose, "planned": self.planned,
            "began_ns": self.began_ns, "ended_ns": self.ended_ns, "began_utc_ns": self.began_utc_ns,
            "seconds": self.seconds, "status": self.status, "problem": self.problem, "verdict": self.verdict,
            "why": self.why, "sealed": self.sealed, "quality": self.quality, "labels": self.labels(),
            "marks": [{"name": mark.name, "t_ns": mark.t_ns} for mark in self.marks],
        }  # fmt: skip
