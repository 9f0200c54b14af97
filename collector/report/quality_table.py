"""The figures of a take for the terminal: a line a group, and what to do about those that are bad."""

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from collector.quality import METRICS, instants_in, remarks
from collector.quality.table import Metric


def quality_table(quality: dict[str, Any]) -> RenderableType:
    """`quality`: as an episode keeps it."""
    if problem := quality.get("problem"):
        return Text(f"quality: {problem}", "yellow")
    bad = remarks(quality, {}, instants_in(quality))
    named = {remark.name for remark in bad}
    table = Table(title="quality", show_header=False)
    for group, metrics in _groups().items():
        told = [_told(metric, quality.get(metric.name), metric.name in named) for metric in metrics]
        table.add_row(group, Text(", ").join(told))
    return Group(table, *(Text(f"{remark.text}: {remark.remedy}", "yellow") for remark in bad))


def _groups() -> dict[str, list[Metric]]:
    groups: dict[str, list[Metric]] = {}
    for metric in METRICS.values():
        groups.setdefault(metric.group, []).append(metric)
    return groups


def _told(metric: Metric, value: float | None, is_bad: bool) -> Text:
    return Text(f"{metric.title} {metric.shown(value)}", "bold red" if is_bad else "dim" if value is None else "")
