"""A session's summary as plain lines of at most 80 characters: for the end of a console, and for a pipe."""

from collections.abc import Iterator
from datetime import datetime
from textwrap import wrap

from collector.session_summary import Pace, SessionSummary, Tally

_WIDTH, _INDENT = 80, 12
_TRENDS = 6  # of those, the page tells all


def summary_lines(summary: SessionSummary) -> list[str]:
    """What there is to say, most important first; one line says so where there are no takes."""
    if summary.began_utc_ns is None:
        return ["No take was recorded in this session."]
    return list(_lines(summary, summary.began_utc_ns))


def clock(seconds: float | None) -> str:
    """So long, for people: 45 s, 3 min 20 s, 2 h 05 min."""
    if seconds is None:
        return "-"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def _lines(summary: SessionSummary, began_utc_ns: int) -> Iterator[str]:
    every = summary.all
    began = datetime.fromtimestamp(began_utc_ns // 10**9).strftime("%Y-%m-%d %H:%M")
    yield from _line("session", f"{began}, {clock(summary.pace.span_s)} on {summary.rig or 'an unknown rig'}")
    yield from _line("takes", f"{every.takes}: {every.kept} kept, {every.discarded} discarded{_why(summary)}")
    yield from _line("recorded", f"{clock(every.recorded_s)}, of these {clock(every.kept_s)} kept")
    yield from _line("pace", pace_told(summary.pace))
    yield from _line("success", success_told(every, summary.unlabelled))
    for name, counts in summary.coverage.items():
        yield from _line(f"{name}", ", ".join(f"{value} {count}" for value, count in counts.items()))
    for title, tallies in (("task", summary.by_task), ("operator", summary.by_operator)):
        if len(tallies) > 1:
            for name, tally in tallies.items():
                yield from _line(title, f"{name}: {tally.kept} of {tally.takes} kept, {success_told(tally, 0)}")
    for trend in summary.trends[:_TRENDS]:
        yield from _line(trend.verdict, trend.told().rpartition(",")[0])
    yield from (line for warning in cautions(summary) for line in _line("look at", warning))


def pace_told(pace: Pace) -> str:
    """How fast takes came."""
    if pace.takes_h is None or pace.kept_h is None or pace.kept_min_h is None:
        return "too few takes to tell"
    between = f"; {clock(pace.gap_s)} between takes" if pace.gap_s is not None else ""
    pauses = "a break" if pace.breaks == 1 else f"{pace.breaks} breaks"
    breaks = f", {pauses} of {clock(pace.breaks_s)}" if pace.breaks else ""
    return f"{pace.takes_h:.0f} takes an hour, {pace.kept_h:.0f} kept ({pace.kept_min_h:.1f} min){between}{breaks}"


def success_told(tally: Tally, unlabelled: int) -> str:
    """How well kept takes went."""
    rate = tally.success_rate
    told = "no outcome told" if rate is None else f"{rate:.0%} of {tally.successes + tally.failures}"
    score = f", score {tally.score:.1f}" if tally.score is not None else ""
    return told + score + (f", {unlabelled} kept without an outcome" if unlabelled else "")


def cautions(summary: SessionSummary) -> list[str]:
    """What somebody should look at before the data is used."""
    found = [f"{_takes(count)} ended as {status}" for status, count in summary.endings.items()]
    if summary.overridden:
        found.append(f"{_takes(summary.overridden)} recorded without a valid certificate")
    if summary.unsealed:
        found.append(f"{_takes(summary.unsealed)} still to be sealed: the figures are not in yet")
    empty = [f"{name} {value}" for name, counts in summary.coverage.items() for value, n in counts.items() if not n]
    if empty:
        found.append(f"no kept take of {', '.join(empty)}")
    return found


def _takes(count: int) -> str:
    return "1 kept take" if count == 1 else f"{count} kept takes"


def _why(summary: SessionSummary) -> str:
    told = ", ".join(f"{count} {why}" for why, count in summary.discards.items())
    return f" ({told})" if told else ""


def _line(title: str, text: str) -> list[str]:
    first, *more = wrap(text, _WIDTH - _INDENT) or [""]
    return [f"{title:<{_INDENT - 1}.{_INDENT - 1}} {first}", *(" " * _INDENT + line for line in more)]
