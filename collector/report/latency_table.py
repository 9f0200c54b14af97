"""Measured delays for the terminal: one line a constant, and what is amiss under them."""

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from calibration.result import LatencyResult, Line
from collector.selftest.lag_fit import NotEnough

_COLOUR = {"pass": "green", "warn": "yellow", "fail": "bold red"}


def latency_table(found: Sequence[LatencyResult | NotEnough]) -> Group:
    """Constants with their bounds, then remedies, then what could not be told."""
    table = Table(box=None, title="Latencies", title_justify="left")
    table.add_column("constant", no_wrap=True)
    for head in ("value", "+-", ""):
        table.add_column(head, no_wrap=True, justify="right")
    results = [one for one in found if isinstance(one, LatencyResult)]
    for one in results:
        told = " ".join(one.device.get(key, "") for key in ("model", "firmware", "mode", "profile"))
        table.add_row(Text(f"{one.subject}  {told}", style="bold"))
        for name, value in one.constants.items():
            unit = "ms" if "_ms" in name else "us"
            table.add_row(f"  {name}", f"{value:+.2f}", f"{one.bounds[name]:.2f}", unit)
    lines = [_remedy(one.subject, line) for one in results for line in one.lines if line.verdict != "pass"]
    missing = [Text(one.reason, style="yellow") for one in found if isinstance(one, NotEnough)]
    return Group(table, *lines, *missing)


def _remedy(subject: str, line: Line) -> Text:
    told = f"{line.verdict} {subject}: {line.name}: {line.value:.3g} {line.unit}, limit {line.limit:.3g}; {line.remedy}"
    return Text(told, style=_COLOUR[line.verdict])
