"""The catalogue for the terminal: one line an episode, within 80 columns."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from collector.episode.catalogue_row import Row

_WIDEST = 12  # of a cell with free text
_UUID = 8  # characters that tell episodes apart


def catalogue_table(rows: Sequence[Row], *, trashed: bool = False) -> RenderableType:
    """Newest first, times local; below it each file that cannot be read, and why."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("no", justify="right", no_wrap=True)
    table.add_column("id", no_wrap=True)
    table.add_column("discarded" if trashed else "started", no_wrap=True)
    table.add_column("task")  # the one that gives way on a narrow terminal
    table.add_column("s", justify="right", no_wrap=True)
    for heading in ("by", "why") if trashed else ("outcome", "score"):
        table.add_column(heading, no_wrap=True, justify="right" if heading == "score" else "left")
    table.add_column("status", no_wrap=True)
    for row in rows:
        last = (row.discarded_by, row.discarded_why) if trashed else (row.outcome, _plain(row.score))
        table.add_row(
            _short(str(row.number if row.number is not None else row.path)),
            (row.uuid or "")[:_UUID],
            _local(row.discarded_utc_ns if trashed else row.started_utc_ns),
            Text(row.task or "", no_wrap=True, overflow="ellipsis"),
            "" if row.duration_s is None else f"{row.duration_s:.1f}",
            *(_short(cell or "") for cell in last),
            _status(row),
        )
    problems = [Text(f"{row.path}: {row.problem}", style="red") for row in rows if row.problem]
    return Group(table, *problems)


def size(count: int) -> str:
    """Bytes for people: 1.2 GB."""
    value, unit = float(count), "B"
    for bigger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, bigger
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def _status(row: Row) -> str:
    if row.problem:
        return "unreadable"
    match row.state:
        case "sealed":
            return row.status or ""
        case "recorded":
            return "journal"
        case _:
            return row.state


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _plain(score: float | None) -> str:
    return "" if score is None else f"{score:g}"


def _local(utc_ns: int | None) -> str:
    return "" if utc_ns is None else f"{datetime.fromtimestamp(utc_ns // 10**9):%Y-%m-%d %H:%M}"
