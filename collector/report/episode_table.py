"""An episode's summary for the terminal."""

from typing import Any, cast

from rich.console import Group, RenderableType
from rich.table import Table

from collector.report.quality_table import quality_table


def episode_table(summary: dict[str, Any]) -> RenderableType:
    """Facts of the episode, one row a stream, then its quality."""
    facts = Table(show_header=False, box=None)
    for key, value in summary.items():
        if not isinstance(value, dict):
            facts.add_row(key, str(value))
    streams = Table(title="streams")
    rows: dict[str, dict[str, Any]] = summary.get("streams", {})
    columns = list(dict.fromkeys(key for row in rows.values() for key in row))
    for column in ("stream", *columns):
        streams.add_column(column, justify="left" if column == "stream" else "right")
    for name, row in rows.items():
        streams.add_row(name, *(_cell(row.get(column)) for column in columns))
    quality: dict[str, Any] | None = summary.get("quality")
    return Group(facts, streams, *([quality_table(quality)] if quality else []))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):  # a spread in us
        spread = cast(dict[str, float], value)
        return " / ".join(f"{number:.0f}" for number in spread.values())
    return f"{value:.4g}" if isinstance(value, float) else str(value)
