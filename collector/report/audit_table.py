"""An audit for the terminal."""

from rich.table import Table

from collector.audit import AuditReport, Misalignment
from collector.audit_stream import Spread, StreamAudit

_COLUMNS = ("n", "p50", "p99", "max", "mean", "> u_ns", "lost", "unknown")
_NOT_AUDITED = ("[red]not audited[/]", "", "")


def audit_table(report: AuditReport) -> Table:
    """One row a stream, then one a pair of camera and joints; microseconds. Fits 80 columns."""
    notes = [f"{report.valid_steps} of {report.steps} steps valid", *report.problems]
    table = Table(
        title="Stored stamps against the truth, in microseconds",
        caption="\n".join(notes),
        box=None,
        padding=(0, 2, 0, 0),
    )
    table.add_column("stream", no_wrap=True)
    for column in _COLUMNS:
        table.add_column(column, justify="right", no_wrap=True)
    for stream in report.streams:
        table.add_row(stream.stream, *_stream_cells(stream))
    table.add_row()
    for pair in report.misalignments:
        table.add_row(f"{pair.camera} - {pair.joints}", *_pair_cells(pair))
    return table


def _stream_cells(stream: StreamAudit) -> list[str]:
    if stream.error is None or stream.mean_ns is None:
        return [str(stream.samples), *_NOT_AUDITED]
    return [
        str(stream.samples),
        *_spread_cells(stream.error),
        _us(stream.mean_ns, "+"),
        *(_count(value) for value in (stream.over_bound, stream.lost, stream.unknown)),
    ]


def _pair_cells(pair: Misalignment) -> list[str]:
    if pair.misalignment is None:
        return [str(pair.steps), *_NOT_AUDITED]
    return [str(pair.steps), *_spread_cells(pair.misalignment)]


def _spread_cells(spread: Spread) -> list[str]:
    return [_us(ns) for ns in (spread.p50_ns, spread.p99_ns, spread.max_ns)]


def _us(ns: float, sign: str = "-") -> str:
    us = ns / 1000
    return f"{us:{sign}.1f}" if abs(us) < 100 else f"{us:{sign}.0f}"


def _count(value: int | None) -> str:
    return f"[red]{value}[/]" if value else "0"
