"""Steps from marks: what an operator pressed while a take was recorded, as parts of the task in time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from collector.labels.event import Step


@dataclass(frozen=True, slots=True)
class Mark:
    """The step `name` began at `t_ns`, CLOCK_MONOTONIC. `id`: by which it can be taken back."""

    id: str
    name: str
    t_ns: int


def next_step(steps: Sequence[str], marks: Sequence[Mark]) -> str:
    """The step that the next mark begins; empty where all have begun.

    The first one begins with the take, so the first mark begins the second (of a task with one step: the one).
    """
    order = steps[1:] or steps
    done = {mark.name for mark in marks}
    return next((name for name in order if name not in done), "")


def steps_of(steps: Sequence[str], marks: Sequence[Mark], begin_ns: int, end_ns: int) -> tuple[Step, ...]:
    """Spans without gaps from `begin_ns` to `end_ns`; none without marks, for then nobody said anything.

    What lies before the first mark is the task's first step, unless the first mark begins that one itself. A key is
    pressed a little before the first picture or after the last one: such a mark is of that picture, and none is lost.
    """
    if not marks:
        return ()
    ordered = sorted(marks, key=lambda mark: mark.t_ns)
    begins = [(mark.name, min(max(mark.t_ns, begin_ns), end_ns)) for mark in ordered]
    if steps and ordered[0].name != steps[0]:
        begins.insert(0, (steps[0], begin_ns))
    ends = [*(t_ns for _, t_ns in begins[1:]), end_ns]
    return tuple(
        Step(name=name, begin_ns=t_ns, end_ns=end, source="mark")
        for (name, t_ns), end in zip(begins, ends, strict=True)
    )
