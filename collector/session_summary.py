"""What a session brought home: takes kept, discarded and why, how fast, how well, how evenly. Pure."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median
from typing import Any, cast

from collector.episode.catalogue_row import Row
from collector.labels.scenes import coverage
from collector.labels.task import Choices
from collector.quality import figures_in
from collector.session_trend import Trend, trends

BREAK_S = 300.0
"""A longer gap between two takes is a break."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Some takes in figures. `kept_s`, `recorded_s`: of those whose length is known; `score`: mean, None without any.

    `successes`, `failures`, `score` and `scored` are of the kept ones.
    """

    takes: int
    kept: int
    recorded_s: float
    kept_s: float
    successes: int
    failures: int
    scored: int
    score: float | None

    @property
    def discarded(self) -> int:
        """Takes thrown away."""
        return self.takes - self.kept

    @property
    def success_rate(self) -> float | None:
        """Of the kept takes whose outcome somebody told; None without any."""
        told = self.successes + self.failures
        return self.successes / told if told else None

    def to_dict(self) -> dict[str, Any]:
        """For --json."""
        return {**asdict(self), "discarded": self.discarded, "success_rate": self.success_rate}


@dataclass(frozen=True, slots=True)
class Pace:
    """From the first take's begin to the last one's end. Rates are an hour of that; None for fewer than two takes.

    `gap_s`: median from one take's end to the next one's begin, breaks left out; `breaks_s`: all breaks together.
    """

    span_s: float
    takes_h: float | None
    kept_h: float | None
    kept_min_h: float | None
    gap_s: float | None
    breaks: int
    breaks_s: float


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session, or several as one. `began_utc_ns` None: there are no takes. Tables are sorted, the largest first.

    `discards`: by reason; `endings`: kept takes that are not complete, by status; `coverage`: kept takes by factor and
    value; `unsealed`: kept ones whose length and quality are not known yet; `overridden`: kept without a certificate.
    """

    sessions: tuple[str, ...]
    rig: str
    began_utc_ns: int | None
    all: Tally
    pace: Pace
    discards: dict[str, int]
    endings: dict[str, int]
    by_task: dict[str, Tally]
    by_operator: dict[str, Tally]
    coverage: dict[str, dict[str, int]]
    trends: tuple[Trend, ...]
    unsealed: int
    unlabelled: int
    overridden: int

    def to_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            **{name: getattr(self, name) for name in ("sessions", "rig", "began_utc_ns")},
            **self.all.to_dict(),
            "pace": asdict(self.pace),
            **{name: getattr(self, name) for name in ("discards", "endings", "coverage")},
            "by_task": {name: tally.to_dict() for name, tally in self.by_task.items()},
            "by_operator": {name: tally.to_dict() for name, tally in self.by_operator.items()},
            "trends": [
                {"metric": t.metric.name, "unit": t.metric.unit, **{k: getattr(t, k) for k in _OF_TRENDS}}
                for t in self.trends
            ],
            **{name: getattr(self, name) for name in ("unsealed", "unlabelled", "overridden")},
        }


_OF_TRENDS = ("takes", "early", "late", "verdict")


def demonstrations(rows: Iterable[Row]) -> list[Row]:
    """The takes among the rows, in the order in which they were begun: no self-tests, nothing without a time."""
    takes = (row for row in rows if row.purpose != "selftest" and row.started_utc_ns is not None)
    return sorted(takes, key=lambda row: (row.started_utc_ns or 0, row.number or 0))


def is_kept(row: Row) -> bool:
    """Is it there, and not in the trash?"""
    return row.state in ("recorded", "sealed")


def latest_session(rows: Iterable[Row]) -> str | None:
    """The session of the take that was begun last."""
    takes = demonstrations(rows)
    return takes[-1].session if takes else None


def summarise(rows: Iterable[Row], factors: Choices | None = None) -> SessionSummary:
    """The figures of takes, discarded ones included. `factors`: what the task varies, to tell what is missing too."""
    takes = demonstrations(rows)
    kept = [row for row in takes if is_kept(row)]
    return SessionSummary(
        sessions=tuple(dict.fromkeys(row.session or "" for row in takes)),
        rig=", ".join(sorted({row.rig for row in takes if row.rig})),
        began_utc_ns=takes[0].started_utc_ns if takes else None,
        all=tally(takes),
        pace=pace(takes),
        discards=_counted(row.discarded_why or "no reason given" for row in takes if not is_kept(row)),
        endings=_counted(row.status for row in kept if row.status not in (None, "complete")),
        by_task=_tallies(takes, [row.task or "unknown task" for row in takes]),
        by_operator=_tallies(takes, [row.operator or "unknown operator" for row in takes]),
        coverage=_coverage([scene_of(row) for row in kept], factors),
        trends=tuple(trends([figures_of(row) for row in _of_the_main_task(kept)])),
        unsealed=sum(row.state == "recorded" for row in kept),
        unlabelled=sum(row.outcome in (None, "unlabelled") for row in kept),
        overridden=sum(bool(row.override) for row in kept),
    )


def tally(takes: Sequence[Row]) -> Tally:
    """Takes in figures."""
    kept = [row for row in takes if is_kept(row)]
    scores = [row.score for row in kept if row.score is not None]
    return Tally(
        takes=len(takes),
        kept=len(kept),
        recorded_s=sum(row.duration_s or 0.0 for row in takes),
        kept_s=sum(row.duration_s or 0.0 for row in kept),
        successes=sum(row.outcome == "success" for row in kept),
        failures=sum(row.outcome == "failure" for row in kept),
        scored=len(scores),
        score=fmean(scores) if scores else None,
    )


def pace(takes: Sequence[Row]) -> Pace:
    """How fast takes came, given in their order."""
    begins = [(row.started_utc_ns or 0) * 1e-9 for row in takes]
    ends = [begin + (row.duration_s or 0.0) for begin, row in zip(begins, takes, strict=True)]
    span_s = max(ends) - begins[0] if takes else 0.0
    gaps = [max(after - end, 0.0) for end, after in zip(ends, begins[1:], strict=False)]
    breaks, short = [gap for gap in gaps if gap > BREAK_S], [gap for gap in gaps if gap <= BREAK_S]
    whole = tally(takes)
    hours = span_s / 3600 if len(takes) > 1 and span_s > 0 else None
    return Pace(
        span_s=span_s,
        takes_h=whole.takes / hours if hours else None,
        kept_h=whole.kept / hours if hours else None,
        kept_min_h=whole.kept_s / 60 / hours if hours else None,
        gap_s=median(short) if short else None,
        breaks=len(breaks),
        breaks_s=sum(breaks),
    )


def figures_of(row: Row) -> dict[str, float]:
    """A take's quality and its score: those that are known."""
    told = {**figures_in(row.quality), "score": row.score}
    return {name: value for name, value in told.items() if value is not None}


def scene_of(row: Row) -> dict[str, str]:
    """What was set up, by factor."""
    told: Any = json.loads(row.scene) if row.scene else {}
    return {name: str(value) for name, value in cast(dict[str, Any], told).items()}


def _coverage(scenes: Sequence[Mapping[str, str]], factors: Choices | None) -> dict[str, dict[str, int]]:
    seen: dict[str, dict[str, None]] = {name: dict.fromkeys(values) for name, values in (factors or {}).items()}
    for scene in scenes:
        for name, value in scene.items():
            seen.setdefault(name, {})[value] = None
    return coverage({name: tuple(values) for name, values in seen.items()}, scenes)


def _of_the_main_task(kept: Sequence[Row]) -> list[Row]:
    """Figures of different tasks say nothing of each other: those of the one with most takes."""
    most = Counter(row.task for row in kept).most_common(1)
    return [row for row in kept if most and row.task == most[0][0]]


def _tallies(takes: Sequence[Row], names: Sequence[str]) -> dict[str, Tally]:
    return {name: tally([row for row, of in zip(takes, names, strict=True) if of == name]) for name in _counted(names)}


def _counted(values: Iterable[str | None]) -> dict[str, int]:
    return {str(value): count for value, count in Counter(values).most_common()}
