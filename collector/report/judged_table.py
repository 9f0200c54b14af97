"""Takes against the others of their task for the terminal: a line a take, under it what is amiss, the gravest first."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from collector.quality import METRICS
from collector.quality.judged import Judged
from collector.quality.table import HEADLINE

_MARKS = {"bad": ("x", "bold red"), "unusual": ("!", "yellow")}
_UUID = 8  # characters that tell episodes apart


def judged_table(takes: Sequence[Judged]) -> RenderableType:
    """In the order given."""
    return Group(*(line for take in takes for line in _lines(take)))


def _lines(take: Judged) -> list[Text]:
    row = take.row
    started = (row.started or "")[:16].replace("T", " ")
    figures = ", ".join(f"{METRICS[name].title} {METRICS[name].shown(take.figures.get(name))}" for name in HEADLINE)
    head = Text(f"{row.path}  {(row.uuid or '')[:_UUID]}  {started}  {row.task or ''}", "bold")
    if not take.figures:
        figures = take.problem or "no figures: it was recorded before they were kept"
    lines = [head, Text(f"    {figures}", "dim")]
    for remark in take.remarks:
        mark, style = _MARKS[remark.kind]
        lines.append(Text.assemble((f"  {mark} ", style), (remark.text, style), f". {remark.remedy}"))
    return lines
