"""Every take of a catalogue against the others of its task and rig: which ones to look at. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from collector.episode.catalogue_row import Row
from collector.quality.figure import Values
from collector.quality.history import (
    NEWEST,
    Remark,
    Standing,
    against,
    figures_in,
    instants_in,
    is_example,
    object_in,
    remarks,
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A take: its figures, where they stand, what is amiss. `problem`: why it could not be measured."""

    row: Row
    figures: Values
    standings: dict[str, Standing]
    remarks: list[Remark]
    problem: str = ""

    @property
    def is_bad(self) -> bool:
        """Is anything beyond a limit?"""
        return any(remark.kind == "bad" for remark in self.remarks)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "uuid": self.row.uuid,
            "path": self.row.path,
            "task": self.row.task,
            "started": self.row.started,
            "problem": self.problem,
            "quality": self.figures,
            "standings": dict(self.standings),
            "remarks": [
                {"name": one.name, "kind": one.kind, "text": one.text, "remedy": one.remedy, "at_s": one.at_s}
                for one in self.remarks
            ],
        }


def judged(rows: Iterable[Row]) -> list[Judged]:
    """The sealed takes in the order of the rows; each is compared with the newest of its task and rig but itself."""
    sealed = [row for row in rows if row.state == "sealed" and row.purpose in (None, "record")]
    examples: dict[tuple[str | None, str | None], list[tuple[Row, Values]]] = defaultdict(list)
    for row in sorted(sealed, key=lambda row: -(row.started_utc_ns or 0)):
        if is_example(row):
            examples[row.task, row.rig].append((row, figures_in(row.quality)))
    return [_judged(row, examples[row.task, row.rig]) for row in sealed]


def _judged(row: Row, examples: list[tuple[Row, Values]]) -> Judged:
    told = object_in(row.quality)
    figures = figures_in(row.quality)
    standings = against([other for of, other in examples if of is not row][:NEWEST], figures)
    found = remarks(figures, standings, instants_in(told))
    return Judged(row, figures, standings, found, str(told.get("problem", "")))
