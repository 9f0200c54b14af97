"""Finalises what a crash, a kill or a power cut left behind."""

from dataclasses import dataclass
from pathlib import Path

from collector.episode.finalise import FinaliseError, Judge, Measure, finalise
from collector.episode.journal_reader import JournalError
from collector.episode.segments import journals


@dataclass(frozen=True, slots=True)
class SalvageReport:
    """What became of one journal: an episode, or the reason why not (the journal is then kept)."""

    journal: Path
    episode: Path | None
    problem: str | None


def salvage(directory: Path, judge: Judge | None = None, measure: Measure | None = None) -> list[SalvageReport]:
    """Finalise every journal below `directory`; doing it again changes nothing.

    One that fails does not stop the others. A journal that is still being recorded is left alone, and so is what
    was discarded. `judge` gives each its verdict, `measure` its quality.
    """
    return [salvage_one(journal, judge, measure) for journal in journals(directory)]


def salvage_one(journal: Path, judge: Judge | None = None, measure: Measure | None = None) -> SalvageReport:
    """Finalise one journal; whatever goes wrong is in the report."""
    try:
        return SalvageReport(journal, finalise(journal, judge, measure), None)
    except (JournalError, FinaliseError, OSError) as error:
        return SalvageReport(journal, None, str(error))
    except Exception as error:
        told = f"{journal} cannot be sealed ({type(error).__name__}: {error}); it is kept, please report this"
        return SalvageReport(journal, None, told)
