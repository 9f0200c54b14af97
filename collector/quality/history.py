"""A take against the other takes of its task: what is unusual of it, what is bad, and what to do. Pure.

Neither a bad take among them nor a drift over a day shifts the median much: a figure is unusual when its modified
z-score (Iglewicz, Hoaglin, How to Detect and Handle Outliers, 1993) is beyond 3.5.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal, TypedDict, cast

from collector.episode.catalogue_row import Row
from collector.quality.table import GRAVEST, METRICS, Metric

Figures = Mapping[str, float | None]

ENOUGH = 5
"""Takes below which nobody knows what is usual."""
UNUSUAL = 3.5
_MAD_TO_SIGMA = 1.4826  # of a normal distribution
NEWEST = 200
"""Takes of a history: what was done long ago is no yardstick."""


class Standing(TypedDict):
    """One figure among the others of its task. `z`: how many spreads above (+) or below (-) the median it is.

    `worse`: it is unusual, and not to the good; `takes`: how many the median is of.
    """

    z: float
    median: float
    verdict: Literal["usual", "unusual"]
    worse: bool
    takes: int


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that is not as it should be. `kind`: beyond the figure's limit, or unusual for the task.

    `at_s`: when it was, s from the first step; None: at no one instant.
    """

    name: str
    kind: Literal["bad", "unusual"]
    text: str
    remedy: str
    at_s: float | None = None


def against(history: Sequence[Figures], metrics: Figures) -> dict[str, Standing]:
    """Where each figure stands; none of figures that are not known here, or not in enough of the others."""
    found: dict[str, Standing] = {}
    for name, metric in METRICS.items():
        value = metrics.get(name)
        known = [other for figures in history if (other := figures.get(name)) is not None]
        if value is not None and len(known) >= ENOUGH:
            found[name] = _standing(metric, value, known)
    return found


def remarks(
    metrics: Figures, standings: Mapping[str, Standing], at_s: Mapping[str, float] | None = None
) -> list[Remark]:
    """What is amiss, the gravest first: what is bad by itself, then what is unusual for the worse.

    `at_s`: when a figure was (`instants_in`).
    """
    when = at_s or {}
    bad = [
        Remark(name, "bad", _said(metric, value, standings.get(name), when.get(name)), metric.remedy, when.get(name))
        for name, metric in METRICS.items()
        if (value := metrics.get(name)) is not None and metric.is_bad(value)
    ]
    bad.sort(key=lambda remark: GRAVEST.index(remark.name) if remark.name in GRAVEST else len(GRAVEST))
    named = {remark.name for remark in bad}
    worse = [name for name, standing in standings.items() if standing["worse"] and name not in named]
    worse.sort(key=lambda name: -abs(standings[name]["z"]))
    for name in worse:
        said = _said(METRICS[name], metrics[name], standings[name], when.get(name))
        bad.append(Remark(name, "unusual", said, METRICS[name].remedy, when.get(name)))
    return bad


def history_of(rows: Iterable[Row], task: str, but: str = "") -> list[dict[str, float | None]]:
    """Figures of the task's takes that show how it is done, newest first; `but`: UUID of the take to compare.

    Where its row is among them, only takes of its rig: two rigs are seldom alike.

    Those that were kept and ended as they should, were recorded to be used, and are no failures; 200 at most.
    """
    told = list(rows)
    rig = next((row.rig for row in told if but and row.uuid == but), None)
    good = [row for row in told if is_example(row) and row.task == task and row.uuid != but and rig in (None, row.rig)]
    good.sort(key=lambda row: row.started_utc_ns or 0, reverse=True)
    return [figures_in(row.quality) for row in good[:NEWEST]]


def is_example(row: Row) -> bool:
    """Does the take show how its task is done?"""
    return (
        row.state == "sealed"
        and row.status == "complete"
        and row.purpose in (None, "record")
        and row.outcome != "failure"
        and row.quality is not None
    )


def figures_in(text: str | None) -> dict[str, float | None]:
    """Figures by name from the catalogue's column; none where it holds something else."""
    told = object_in(text)
    return {name: _number(told[name]) for name in METRICS if name in told}


def object_in(text: str | None) -> dict[str, Any]:
    """All that the catalogue's column holds; empty where that is no object."""
    try:
        told: Any = json.loads(text or "{}")
    except ValueError:
        return {}
    return cast(dict[str, Any], told) if isinstance(told, dict) else {}


def instants_in(quality: Mapping[str, Any] | None) -> dict[str, float]:
    """When figures of a take were, by name: s from the first step; of those that are of one instant."""
    told: Any = (quality or {}).get("at")
    if not isinstance(told, dict):
        return {}
    known = cast(dict[str, Any], told)
    return {name: at for name in METRICS if (at := _number(known.get(name))) is not None}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _standing(metric: Metric, value: float, others: Sequence[float]) -> Standing:
    usual = median(others)
    # Of few takes the spread is often far too small by chance: at 5 takes it counts twice, at 50 a tenth more.
    spread = _MAD_TO_SIGMA * median(abs(other - usual) for other in others) * (1 + ENOUGH / len(others))
    z = (value - usual) / max(spread, metric.least)
    is_unusual = abs(z) > UNUSUAL
    good = {"lower": z < 0, "higher": z > 0, "usual": False}[metric.better]
    return Standing(
        z=z,
        median=usual,
        verdict="unusual" if is_unusual else "usual",
        worse=is_unusual and not good,
        takes=len(others),
    )


def _said(metric: Metric, value: float | None, standing: Standing | None, at_s: float | None) -> str:
    when = "" if at_s is None else f" at {at_s:.1f} s"
    usually = f", usually {metric.shown(standing['median'])}" if standing else ""
    return f"{metric.title} {metric.shown(value)}{when}{usually}"
