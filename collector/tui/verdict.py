"""What is to be seen of a take in half a second: one word, what is wrong with it, and what to do about that. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from collector.quality.history import Standing, against, instants_in, remarks
from collector.quality.table import METRICS
from collector.remote_status import TakeTold

Level = Literal["good", "look", "bad", "wait", "gone"]

_STATUS = {
    "interrupted": "It was cut off in the middle; what was recorded until then is kept.",
    "fault": "A device failed; what was recorded until then is kept.",
    "truncated": "It ended by itself; what was recorded until then is kept.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know of a take; `remedy`: what to do about it, empty: nothing."""

    level: Literal["bad", "look", "wait"]
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A symbol and a word that tell without colour; findings, the gravest first."""

    level: Level
    symbol: str
    word: str
    findings: tuple[Finding, ...]


def standings_of(take: TakeTold, history: Sequence[Mapping[str, float | None]]) -> dict[str, Standing]:
    """The take's figures among those of its task's other takes."""
    return against(history, figures(take))


def figures(take: TakeTold) -> dict[str, float | None]:
    """What was measured of it; none until it is sealed."""
    told = take.quality or {}
    return {name: float(told[name]) for name in METRICS if isinstance(told.get(name), int | float)}


def verdict(take: TakeTold, standings: Mapping[str, Standing]) -> Verdict:
    """Of a take that has ended."""
    found = (*_ended(take), *_measured(take, standings), *_labelled(take))
    ranked = tuple(sorted(found, key=lambda one: ("bad", "look", "wait").index(one.level)))
    if take.verdict == "discarded":
        why = f": {take.why}" if take.why else ""
        return Verdict("gone", "✗", f"DISCARDED{why}", ranked)
    if any(one.level == "bad" for one in ranked):
        return Verdict("bad", "✖", "BAD TAKE", ranked)
    if any(one.level == "look" for one in ranked):
        return Verdict("look", "▲", "LOOK AT IT", ranked)
    if take.quality is None:
        return Verdict("wait", "…", "BEING SEALED", ranked)
    return Verdict("good", "✔", "SOUND TAKE", ranked)


def labelled(take: TakeTold) -> str:
    """Its outcome and score, by words and symbols."""
    outcome = {"success": "✔ success", "failure": "✖ failure"}.get(take.labels.outcome, "not judged")
    score = take.labels.score
    stars = "☆☆☆☆☆ not scored" if score is None else f"{'★' * score}{'☆' * (5 - score)} {score}"
    return f"{stars}  {outcome}"


def place(take: TakeTold) -> str:
    """What becomes of it."""
    return {"review": "under review", "kept": "kept", "discarded": "in the trash"}.get(take.verdict, take.verdict)


def _ended(take: TakeTold) -> list[Finding]:
    if take.status in ("complete", ""):
        return [Finding("look", take.problem)] if take.problem else []
    why = take.problem or _STATUS.get(take.status, "")
    return [Finding("bad", f"ended as {take.status}: {why}", "Retake it, unless what is there is enough.")]


def _measured(take: TakeTold, standings: Mapping[str, Standing]) -> list[Finding]:
    if take.quality is None:
        return []
    if problem := take.quality.get("problem"):
        return [Finding("look", str(problem), "Look at its pictures yourself.")]
    kinds: dict[str, Literal["bad", "look"]] = {"bad": "bad", "unusual": "look"}
    told = remarks(figures(take), standings, instants_in(take.quality))
    return [Finding(kinds[one.kind], one.text, one.remedy) for one in told]


def _labelled(take: TakeTold) -> list[Finding]:
    return [] if take.labels.steps else [Finding("wait", "no steps are marked")]
