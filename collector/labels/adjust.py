"""Steps of an episode put right afterwards: borders moved, added and taken away, names changed. Pure.

Steps are in order and do not overlap; where two touch, the border between them belongs to both.
"""

from collections.abc import Sequence

from collector.labels.event import Step

LEAST_NS = 10_000_000
"""No step is made shorter than this: less than one picture at 60 Hz."""

Steps = tuple[Step, ...]


def step_at(steps: Sequence[Step], t_ns: int) -> int | None:
    """The step in which an instant lies; of two that touch there the later one. None: in none."""
    inside = [at for at, step in enumerate(steps) if step.begin_ns <= t_ns <= step.end_ns]
    return inside[-1] if inside else None


def borders(steps: Sequence[Step]) -> list[int]:
    """Where each step but the first begins, ns."""
    return [step.begin_ns for step in steps[1:]]


def nearest_border(steps: Sequence[Step], t_ns: int) -> int | None:
    """The step, 1..n-1, whose begin is nearest to an instant; None: there is no border."""
    return min(range(1, len(steps)), key=lambda at: abs(steps[at].begin_ns - t_ns), default=None)


def moved(steps: Sequence[Step], at: int, t_ns: int) -> Steps:
    """The begin of step `at` (1..n-1) put to an instant, as far as its neighbours leave room."""
    before, after = steps[at - 1], steps[at]
    touching = before.end_ns == after.begin_ns
    least = (before.begin_ns if touching else before.end_ns) + LEAST_NS * touching
    t_ns = max(min(t_ns, after.end_ns - LEAST_NS), least)
    changed = [_changed(before, end_ns=t_ns) if touching else before, _changed(after, begin_ns=t_ns)]
    return (*steps[: at - 1], *changed, *steps[at + 1 :])


def removed(steps: Sequence[Step], at: int) -> Steps:
    """Without the begin of step `at` (1..n-1): the one before lasts to its end."""
    return (*steps[: at - 1], _changed(steps[at - 1], end_ns=steps[at].end_ns), *steps[at + 1 :])


def begun(steps: Sequence[Step], t_ns: int, name: str, first: str, span: tuple[int, int]) -> Steps:
    """A step that begins at an instant and lasts as long as what was there; of none yet, all of `span` is split.

    `first`: what is before it then. Unchanged where there is no room for it.
    """
    given = tuple(steps)
    if not steps:
        begin_ns, end_ns = span
        steps = [Step(name=first, begin_ns=begin_ns, end_ns=end_ns)]
    if (at := step_at(steps, t_ns)) is None:
        return given
    whole = steps[at]
    if t_ns - whole.begin_ns < LEAST_NS or whole.end_ns - t_ns < LEAST_NS:
        return given
    halves = [_changed(whole, end_ns=t_ns), Step(name=name, begin_ns=t_ns, end_ns=whole.end_ns)]
    return (*steps[:at], *halves, *steps[at + 1 :])


def renamed(steps: Sequence[Step], at: int, name: str) -> Steps:
    """Step `at` by another name."""
    return (*steps[:at], steps[at].model_copy(update={"name": name}), *steps[at + 1 :])


def next_name(steps: Sequence[Step], names: Sequence[str], t_ns: int) -> str:
    """How a step that begins there is called: what follows, in the task's list, on the one that is there.

    Without a list, or at its end: `step 3`.
    """
    at = step_at(steps, t_ns)
    here = steps[at].name if at is not None else (names[0] if names else "")
    if here in names and (after := names.index(here) + 1) < len(names):
        return names[after]
    return f"step {len(steps) + (1 if steps else 2)}"


def _changed(step: Step, **bounds: int) -> Step:
    return step.model_copy(update={**bounds, "source": "adjusted"})
