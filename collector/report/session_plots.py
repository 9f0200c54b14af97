"""Plots of a session as inline SVG: the takes on the clock, their figures one after the other."""

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate

from matplotlib.axes import Axes

from collector.episode.catalogue_row import Row
from collector.quality.table import HEADLINE, METRICS, Metric
from collector.report.drawing import label, legend, panels, svg
from collector.session_summary import figures_of, is_kept
from collector.session_trend import SCORE, Trend

KEPT, DISCARDED = "#1a7f37", "#cf222e"
_LINE = "#57606a"
_LEAST_WIDTH = 1 / 300  # of the span: a short take of a long day can be seen too


def clock_plot(takes: Sequence[Row]) -> str | None:
    """Every take as a bar from its begin to its end, by local time, and the kept ones counted."""
    if not takes:
        return None
    begins = [(row.started_utc_ns or 0) * 1e-9 for row in takes]
    ends = [begin + (row.duration_s or 0.0) for begin, row in zip(begins, takes, strict=True)]
    least = (max(ends) - begins[0]) * _LEAST_WIDTH
    figure, (axes,) = panels(1)
    height = max(sum(map(is_kept, takes)), 1) * 0.08
    for colour, name, kept, at in ((KEPT, "kept", True, -height), (DISCARDED, "discarded", False, -2 * height)):
        bars = [
            ((begin - begins[0]) / 60, max(end - begin, least) / 60)
            for begin, end, row in zip(begins, ends, takes, strict=True)
            if is_kept(row) is kept
        ]
        if bars:
            axes.broken_barh(bars, (at, 0.9 * height), color=colour, label=name)
    counts = [0, *accumulate(map(is_kept, takes))]
    axes.step([0.0, *((end - begins[0]) / 60 for end in ends)], counts, where="post", color=_LINE, linewidth=1.2)
    began = datetime.fromtimestamp(begins[0]).strftime("%H:%M")
    label(axes, f"min since {began}", "kept takes")
    legend(axes)
    return svg(figure)


def figure_plots(takes: Sequence[Row], trends: Sequence[Trend]) -> str | None:
    """The score, the headline figures and whatever goes one way, take by take; discarded ones hollow."""
    told = [figures_of(row) for row in takes]
    wanted = dict.fromkeys((SCORE.name, *(trend.metric.name for trend in trends), *HEADLINE))
    metrics = {SCORE.name: SCORE, **METRICS}
    shown = [metrics[name] for name in wanted if any(name in figures for figures in told)]
    if not shown:
        return None
    going = {trend.metric.name: trend for trend in trends}
    figure, grid = panels(len(shown))
    for axes, metric in zip(grid, shown, strict=False):
        _points(axes, metric, takes, [figures.get(metric.name) for figures in told])
        trend = going.get(metric.name)
        axes.set_title(f"{metric.title}: {trend.verdict}" if trend else metric.title, fontsize=9)
    return svg(figure)


def _points(axes: Axes, metric: Metric, takes: Sequence[Row], values: Sequence[float | None]) -> None:
    for kept, face in ((True, KEPT), (False, "none")):
        points = [
            (number, value)
            for number, (row, value) in enumerate(zip(takes, values, strict=True), 1)
            if value is not None and is_kept(row) is kept
        ]
        if points:
            x, y = zip(*points, strict=True)
            edge = KEPT if kept else DISCARDED
            axes.plot(x, y, "o", markersize=3.5, markerfacecolor=face, markeredgecolor=edge, linestyle="none")
    if metric.limit is not None and any(value is not None and metric.is_bad(value) for value in values):
        axes.axhline(metric.limit, color=DISCARDED, linewidth=0.8, linestyle="--")
    label(axes, "take", "share" if metric.unit == "share" else "" if metric.unit == "1" else metric.unit)
