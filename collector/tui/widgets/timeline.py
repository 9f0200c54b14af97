"""The steps of the running take: those done with their times, the one that goes on, those to come. Pure text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from textual.content import Content

from collector.remote_status import RunningTold

Phase = Literal["done", "now", "next", "later"]
_SIGNS: dict[Phase, tuple[str, str]] = {
    "done": ("✓", "$text-muted"), "now": ("▶", "bold reverse"), "next": ("›", "bold"), "later": (" ", ""),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A step. s: from the take's begin, and how long it took or takes; None: it has not begun."""

    name: str
    phase: Phase
    begin_s: float | None = None
    lasts_s: float | None = None


def parts(take: RunningTold) -> tuple[Part, ...]:
    """What was marked, in time's order, then what is left of the task's list."""
    begun = [(mark.name, (mark.t_ns - take.began_ns) * 1e-9) for mark in sorted(take.marks, key=lambda m: m.t_ns)]
    if take.steps and (not begun or begun[0][0] != take.steps[0]):
        begun.insert(0, (take.steps[0], 0.0))
    ends = [*(begin_s for _, begin_s in begun[1:]), take.elapsed_s][: len(begun)]
    told = [
        Part(name, "now" if at == len(begun) - 1 else "done", begin_s, max(end_s - begin_s, 0.0))
        for at, ((name, begin_s), end_s) in enumerate(zip(begun, ends, strict=True))
    ]
    left = [name for name in take.steps if name not in {name for name, _ in begun}]
    return (*told, *(Part(name, "next" if name == take.next_step else "later") for name in left))


def planned(steps: Sequence[str]) -> tuple[Part, ...]:
    """Before a take: all are to come, the first with the start."""
    return tuple(Part(name, "next" if at == 0 else "later") for at, name in enumerate(steps))


def timeline(of: Sequence[Part], width: int, rows: int, key: str) -> Content:
    """A line a step; with more steps than rows those around the present. `key`: marks the next one."""
    now = next((at for at, part in enumerate(of) if part.phase in ("now", "next")), 0)
    first = max(min(now - (rows > 1), len(of) - rows), 0)
    return Content("\n").join([_line(part, width, key) for part in of[first : first + rows]])


def _line(part: Part, width: int, key: str) -> Content:
    sign, style = _SIGNS[part.phase]
    right = f"{part.lasts_s:5.1f} s" if part.lasts_s is not None else f"  {key}" if part.phase == "next" and key else ""
    room = max(width - len(right) - 3, 4)
    name = part.name if len(part.name) <= room else f"{part.name[: room - 1]}…"
    return Content.styled(f" {sign} {name:{room}}{right}", style)
