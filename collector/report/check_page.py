"""Every check of a rig's cameras as one HTML page: how far each was off, day by day, and where that leads."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape

import numpy as np
from matplotlib.axes import Axes

from calibration.drift import FAIL_PX, WARN_PX, Drift, drifts
from calibration.result import CheckResult
from collector.report.check_table import verdict_of
from collector.report.drawing import label, panels, svg
from collector.report.page import figure, whole_page

_NEWEST = 40
_DAY_NS = 86_400 * 10**9


def check_page(checks: Sequence[CheckResult]) -> str:
    """The whole page."""
    found = drifts(checks)
    body = ["<h1>Checks of the calibration</h1>"]
    body += [f"<p>{escape(drift.says)}.</p>" for drift in found.values()]
    body += [figure(f"Shift of {name}", _plot(drift, checks), _caption(drift)) for name, drift in found.items()]
    body += ["<h2>Every check</h2>", _table(checks)]
    return whole_page("Checks of the calibration", body)


def _plot(drift: Drift, checks: Sequence[CheckResult]) -> str:
    """px over days; what was checked against an older calibration is pale."""
    drawing, (axes,) = panels(1)
    last = drift.t_utc_ns[-1]
    old = [one for one in checks if one.camera == drift.camera and one.made.made_utc_ns not in drift.t_utc_ns]
    axes.plot([_days(one.made.made_utc_ns, last) for one in old], [one.shift_px for one in old], "o", color="#c8c8c8")
    days = np.array([_days(t, last) for t in drift.t_utc_ns])
    axes.plot(days, drift.px, "o-", color="#0969da", linewidth=1, markersize=4)
    if drift.drifting:
        ahead = np.array([days[0], drift.days_left or 0.0])
        axes.plot(ahead, drift.px[-1] + drift.px_per_day * (ahead - days[-1]), "--", color="#0969da", linewidth=1)
    _limits(axes)
    axes.set(ylim=(0, 1.1 * max(FAIL_PX, *drift.px)))
    label(axes, f"days from {_date(last)}", "shift, px")
    return svg(drawing)


def _limits(axes: Axes) -> None:
    for limit, colour in ((WARN_PX, "#9a6700"), (FAIL_PX, "#cf222e")):
        axes.axhline(limit, color=colour, linewidth=1)


def _caption(drift: Drift) -> str:
    told = (
        "Root mean square distance of the board's corners from where the calibration puts them; the lines are where it"
        " warns and fails."
    )
    known = drift.px_per_day == drift.px_per_day
    return told + (f" {drift.px_per_day:+.3f} px a day, sigma {drift.sigma:.3f}." if known else "")


def _table(checks: Sequence[CheckResult]) -> str:
    heads = "".join(f"<th>{head}</th>" for head in ("when", "camera", "px", "mm", "", "what to do"))
    newest = sorted(checks, key=lambda one: -one.made.made_utc_ns)[:_NEWEST]
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(_rows(newest))}</tbody></table>"


def _rows(checks: Sequence[CheckResult]) -> Iterator[str]:
    for one in checks:
        verdict = verdict_of(one)
        remedy = "; ".join(dict.fromkeys(line.remedy for line in one.lines if line.remedy))
        style = {"warn": ' class="warned"', "fail": ' class="failed"'}.get(verdict, "")
        mm = "" if one.shift_mm is None else f"{one.shift_mm:.2f}"
        yield (
            f"<tr{style}><td>{_date(one.made.made_utc_ns)}</td><td>{escape(one.camera)}</td>"
            f'<td class="number">{one.shift_px:.2f}</td><td class="number">{mm}</td>'
            f'<td><span class="verdict {verdict}">{verdict}</span></td><td>{escape(remedy)}</td></tr>'
        )


def _days(t_utc_ns: int, last: int) -> float:
    return (t_utc_ns - last) / _DAY_NS


def _date(t_utc_ns: int) -> str:
    return f"{datetime.fromtimestamp(t_utc_ns * 1e-9, UTC):%Y-%m-%d %H:%M} UTC"
