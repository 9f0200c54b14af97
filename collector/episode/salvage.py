"""Finalises what a crash, a kill or a power cut left behind."""

from dataclasses import dataclass
from pathlib import Path

from collector.episode.finalise import FinaliseError, Judge, finalise
from collector.episode.journal_reader import JournalError


@dataclass(frozen=True, slots=True)
class SalvageReport:
    """What became of one journal: an episode, or the reason why not (the journal is then kept)."""

    journal: Path
    episode: Path | None
    problem: str | None


def salvage(directory: Path, judge: Judge | None = None) -> list[SalvageReport]:
    """Finalise every journal below `directory`; doing it again changes nothing.

    One that fails does not stop the others. A journal that is still being recorded is left alone.
    `judge` gives each its verdict.
    """
    return [_salvage(journal, judge) for journal in sorted(directory.rglob("*.journal"))]


def _salvage(journal: Path, judge: Judge | None) -> SalvageReport:
    try:
        return SalvageReport(journal, finalise(journal, judge), None)
    except (JournalError, FinaliseError, OSError, ValueError) as error:
        return SalvageReport(journal, None, str(error))
