"""A session as one HTML page that needs nothing but itself: figures, plots, every take."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from html import escape

from collector.episode.catalogue_row import Row
from collector.report import session_plots as plots
from collector.report.page import facts_table, figure, whole_page
from collector.report.session_lines import cautions, clock, pace_told, success_told
from collector.session_summary import SessionSummary, Tally, demonstrations, is_kept, scene_of
from collector.session_trend import Trend

_WHAT = {"better": "pass", "worse": "fail", "changed": "warn"}  # how the house colours it


def session_page(summary: SessionSummary, rows: Iterable[Row]) -> str:
    """The whole page; `rows`: those that were summarised."""
    if summary.began_utc_ns is None:
        return whole_page("Session", ["<h1>Session</h1>", "<p>No take was recorded.</p>"])
    takes = demonstrations(rows)
    began = datetime.fromtimestamp(summary.began_utc_ns // 10**9)
    title = f"Session of {began:%Y-%m-%d %H:%M}, {summary.rig or 'unknown rig'}"
    return whole_page(title, [f"<h1>{escape(title)}</h1>", *_body(summary, takes)])


def _body(summary: SessionSummary, takes: Sequence[Row]) -> Iterator[str]:
    every = summary.all
    yield facts_table({
        "takes": f"{every.takes}: {every.kept} kept, {every.discarded} discarded",
        "recorded": f"{clock(every.recorded_s)}, of these {clock(every.kept_s)} kept, in {clock(summary.pace.span_s)}",
        "pace": pace_told(summary.pace),
        "success": success_told(every, summary.unlabelled),
        "session": ", ".join(summary.sessions),
    })  # fmt: skip
    if warnings := cautions(summary):
        yield "<h2>Look at this first</h2><ul>" + "".join(f"<li>{escape(w)}</li>" for w in warnings) + "</ul>"
    if summary.discards:
        yield "<h2>Discarded, and why</h2>" + _table(("takes", "why"), [(n, w) for w, n in summary.discards.items()])
    yield figure("The session on the clock", plots.clock_plot(takes), "Each bar a take; the line counts the kept ones.")
    if summary.trends:
        yield "<h2>What goes one way</h2>" + _trends(summary.trends)
    yield figure(
        "Take by take", plots.figure_plots(takes, summary.trends), "Filled: kept. Hollow: discarded. Dashed: the limit."
    )
    for name, counts in summary.coverage.items():
        yield f"<h2>Scenes: {escape(name)}</h2>" + _table(("takes", ""), [(n, value) for value, n in counts.items()])
    for title, tallies in (("Tasks", summary.by_task), ("Operators", summary.by_operator)):
        heads = ("", "kept", "discarded", "kept, time", "success", "score")
        yield f"<h2>{title}</h2>" + _table(heads, [_tally(name, tally) for name, tally in tallies.items()])
    yield "<h2>Every take</h2>" + _takes(takes)


def _trends(trends: Sequence[Trend]) -> str:
    rows = "".join(
        f'<tr><td><span class="verdict {_WHAT[t.verdict]}">{t.verdict}</span></td><td>{escape(t.metric.title)}</td>'
        + "".join(f'<td class="number">{escape(t.metric.shown(value))}</td>' for value in (t.early, t.late))
        + f"<td>{escape('' if t.verdict == 'better' else t.metric.remedy)}</td></tr>"
        for t in trends
    )
    heads = "".join(f"<th>{head}</th>" for head in ("", "figure", "first third", "last third", "remedy"))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _tally(name: str, tally: Tally) -> tuple[str | int, ...]:
    rate = "-" if tally.success_rate is None else f"{tally.success_rate:.0%}"
    score = "-" if tally.score is None else f"{tally.score:.1f}"
    return name, tally.kept, tally.discarded, clock(tally.kept_s), rate, score


def _takes(takes: Sequence[Row]) -> str:
    heads = ("", "begun", "length", "scene", "outcome", "score", "tags", "")
    return _table(heads, [_take(row) for row in takes])


def _take(row: Row) -> tuple[str | int, ...]:
    begun = datetime.fromtimestamp((row.started_utc_ns or 0) // 10**9)
    ended = "" if row.status in (None, "complete") else str(row.status)
    fate = ended if is_kept(row) else f"discarded: {row.discarded_why or 'no reason given'}"
    return (
        (row.path or row.uuid or "").partition(".hdf5")[0].partition(".journal")[0].rpartition("/")[2],
        f"{begun:%H:%M:%S}",
        "-" if row.duration_s is None else f"{row.duration_s:.1f} s",
        ", ".join(scene_of(row).values()),
        row.outcome or "",
        "" if row.score is None else f"{row.score:g}",
        ", ".join(row.tags),
        fate,
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str | int]]) -> str:
    """Whole numbers stand right."""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: str | int) -> str:
    return f'<td class="number">{value}</td>' if isinstance(value, int) else f"<td>{escape(value)}</td>"
