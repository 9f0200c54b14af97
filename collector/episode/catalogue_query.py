"""What of the catalogue to list, as SQL."""

from collections.abc import Sequence
from dataclasses import dataclass

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Query:
    """What a row must be; None: anything. Newest first, at most `limit` of them.

    `trashed`: what was discarded or purged instead of what is there. Times: UTC, ns; `until` is not included.
    `session`: its UUID, or how it begins.
    """

    task: str | None = None
    operator: str | None = None
    outcome: str | None = None
    status: str | None = None
    score_min: float | None = None
    since_utc_ns: int | None = None
    until_utc_ns: int | None = None
    tag: str | None = None
    session: str | None = None
    trashed: bool = False
    limit: int | None = None

    def sql(self) -> tuple[str, Sequence[Value]]:
        """A SELECT on the view `episode_list`, and its parameters."""
        tests: list[tuple[str, Value | None]] = [
            ("task = ?", self.task),
            ("operator = ?", self.operator),
            ("outcome = ?", self.outcome),
            ("status = ?", self.status),
            ("score >= ?", self.score_min),
            ("started_utc_ns >= ?", self.since_utc_ns),
            ("started_utc_ns < ?", self.until_utc_ns),
            ("id IN (SELECT episode_id FROM tags WHERE tag = ?)", self.tag),
            ("substr(session, 1, length(?)) = ?", self.session),
        ]
        asked = [(test, value) for test, value in tests if value is not None]
        states = "('trashed', 'purged')" if self.trashed else "('recorded', 'sealed')"
        where = " AND ".join([f"state IN {states}", *(test for test, _ in asked)])
        values = [value for test, value in asked for _ in range(test.count("?"))]
        limit = "" if self.limit is None else f" LIMIT {int(self.limit)}"
        return f"SELECT * FROM episode_list WHERE {where} ORDER BY started_utc_ns DESC, id DESC{limit}", values
