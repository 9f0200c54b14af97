"""The folder's catalogue as an operator looks through it: read only, filtered by a line of words, ordered. Pure but
for `load`."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

from collector.episode.catalogue import read_rows
from collector.episode.catalogue_query import Query
from collector.episode.catalogue_row import Row

Reach = Literal["session", "folder", "discarded"]
Order = Literal["started", "score", "length", "task", "operator", "outcome"]
ORDERS: Final[tuple[Order, ...]] = get_args(Order)
REACHES: Final[tuple[Reach, ...]] = get_args(Reach)

EXPLAINED: Final = "words; task: operator: outcome: status: scene: tag: why: narrow it; score>=3; -word: without"


@dataclass(frozen=True, slots=True)
class Word:
    """Must occur in a field, or anywhere where `field` is empty; or must not."""

    text: str
    field: str = ""
    is_not: bool = False

    def fits(self, row: Row) -> bool:
        """Is the row like that?"""
        return (self.text in (_FIELDS[self.field](row) if self.field else text_of(row))) != self.is_not


@dataclass(frozen=True, slots=True)
class Filter:
    """Every word must fit."""

    words: tuple[Word, ...] = ()
    score_min: float | None = None

    def query(self, reach: Reach, session: str) -> Query:
        """What the catalogue itself tells apart."""
        only = session if reach == "session" else None
        return Query(score_min=self.score_min, trashed=reach == "discarded", session=only)

    def fits(self, row: Row) -> bool:
        """Does the row?"""
        return all(word.fits(row) for word in self.words)


class NoFilter(ValueError):
    """The line cannot be understood; the text says why."""


def parsed(line: str) -> Filter:
    """`outcome:failure score>=3 slipped -wrist`. Raises NoFilter."""
    found = Filter()
    for word in line.lower().split():
        if word.startswith("score>="):
            found = replace(found, score_min=_score(word.removeprefix("score>=")))
            continue
        is_not = word.startswith("-") and len(word) > 1
        word = word[is_not:]
        field, colon, text = word.partition(":")
        chosen = Word(text, field, is_not) if colon and field in _FIELDS else Word(word, "", is_not)
        found = replace(found, words=(*found.words, chosen))
    return found


def text_of(row: Row) -> str:
    """Everything said of an episode, for words to be found in."""
    said = (
        row.path, row.uuid, row.task, row.instruction, row.operator, row.outcome, row.status, row.started, row.scene,
        row.problem, row.discarded_why, row.discarded_by, *row.tags,
    )  # fmt: skip
    return " ".join(part for part in said if part).lower()


def ordered(rows: Iterable[Row], by: Order) -> list[Row]:
    """Newest first; or what is greatest first, what is not known last."""
    if by == "started":
        return list(rows)
    key = _KEYS[by]
    known = [row for row in rows if key(row) is not None]
    unknown = [row for row in rows if key(row) is None]
    return sorted(known, key=key, reverse=by in ("score", "length")) + unknown


@dataclass(frozen=True, slots=True)
class Shelf:
    """What was found. `problem`: why nothing could be."""

    rows: tuple[Row, ...] = ()
    problem: str = ""


def load(folder: Path, reach: Reach, session: str, chosen: Filter, by: Order) -> Shelf:
    """From the catalogue, which is not touched. In a thread: 10,000 episodes take a good part of a second."""
    try:
        rows = [row for row in read_rows(folder, chosen.query(reach, session)) if chosen.fits(row)]
    except sqlite3.Error as error:
        return Shelf(problem=f"the catalogue cannot be read now ({error}); clap catalogue refresh puts it right")
    return Shelf(tuple(ordered(rows, by)))


def known_tags(rows: Sequence[Row]) -> list[str]:
    """Those in use, the most used first."""
    tags = [tag for row in rows for tag in row.tags]
    return sorted(set(tags), key=lambda tag: (-tags.count(tag), tag))


def _score(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise NoFilter(f"score>={text}: give a number, as in score>=3") from error


_KEYS: dict[Order, Callable[[Row], Any]] = {
    "score": lambda row: row.score,
    "length": lambda row: row.duration_s,
    "task": lambda row: row.task,
    "operator": lambda row: row.operator,
    "outcome": lambda row: row.outcome,
}
_FIELDS: dict[str, Callable[[Row], str]] = {
    "task": lambda row: (row.task or "").lower(),
    "operator": lambda row: (row.operator or "").lower(),
    "outcome": lambda row: row.outcome or "",
    "status": lambda row: row.status or "",
    "scene": lambda row: (row.scene or "").lower(),
    "tag": lambda row: " ".join(row.tags).lower(),
    "why": lambda row: (row.discarded_why or "").lower(),
}
