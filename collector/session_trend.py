"""Which figures of takes rise or fall while a session goes on: a tired operator, a cable that works loose. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from statistics import median
from typing import Literal

from collector.quality.table import METRICS, Metric

LEAST_TAKES = 8
"""Of fewer nothing is told."""
_SURE = 2.58
"""Standard deviations of no trend at all: 1 in 100. Some twenty figures are looked at."""

Verdict = Literal["better", "worse", "changed"]

SCORE = Metric(
    "score",
    "score",
    "1",
    "higher",
    "pace",
    0.3,
    "What the operator gave, 1 to 5.",
    "Look at the takes; rest.",
)


@dataclass(frozen=True, slots=True)
class Trend:
    """A figure that goes one way. `early`, `late`: medians of the first and the last third, in the figure's unit."""

    metric: Metric
    takes: int
    early: float
    late: float
    verdict: Verdict

    def told(self) -> str:
        """In a line."""
        return f"{self.metric.title}: {self.metric.shown(self.early)} -> {self.metric.shown(self.late)}, {self.verdict}"


def trends(takes: Sequence[Mapping[str, float]]) -> list[Trend]:
    """What goes one way over takes in their order, given figures by name; the bad news first.

    A trend is one by the Mann-Kendall test (ties corrected) where it also matters: the medians of the first and the
    last third differ by the figure's least difference.
    """
    found: list[Trend] = []
    for name, metric in {**METRICS, SCORE.name: SCORE}.items():
        values = [take[name] for take in takes if name in take]
        if len(values) < LEAST_TAKES or abs(rise := mann_kendall(values)) < _SURE:
            continue
        third = len(values) // 3
        early, late = median(values[:third]), median(values[-third:])
        if abs(late - early) >= metric.least and (late > early) == (rise > 0):
            found.append(Trend(metric, len(values), early, late, _verdict(metric, late > early)))
    return sorted(found, key=lambda trend: ("worse", "changed", "better").index(trend.verdict))


def mann_kendall(values: Sequence[float]) -> float:
    """How sure a rise (positive) or fall is, in standard deviations of no trend (Mann 1945, Kendall 1975)."""
    count = len(values)
    rises = sum((later > sooner) - (later < sooner) for sooner, later in combinations(values, 2))
    ties = sum(same * (same - 1) * (2 * same + 5) for same in Counter(values).values())
    variance = (count * (count - 1) * (2 * count + 5) - ties) / 18
    if variance <= 0 or rises == 0:
        return 0.0
    return (rises - (1 if rises > 0 else -1)) / sqrt(variance)


def _verdict(metric: Metric, rises: bool) -> Verdict:
    if metric.better == "usual":
        return "changed"
    return "better" if rises == (metric.better == "higher") else "worse"
