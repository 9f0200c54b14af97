"""Finalises what a crash left behind, two journals beside each other, each in a child process."""

from functools import partial
from pathlib import Path

from collector.episode.finalise import Judge, Measure
from collector.episode.isolated import Unreadable, each
from collector.episode.salvage import SalvageReport, salvage_one
from collector.episode.segments import journals
from collector.episode.verify_folder import Progress, patience_s

_LEAST_S = 300.0
_SLOWEST = 1e6  # bytes a second
_MEMORY_BYTES = 32 << 30  # sealing holds all rows several times; only nonsense shall fail for it


def salvage_all(
    directory: Path, judge: Judge | None, measure: Measure | None, progress: Progress
) -> list[SalvageReport]:
    """As `salvage`; a journal that hangs or crashes its child is kept too. `judge`, `measure`: functions of modules."""
    paths = journals(directory)
    reports: dict[Path, SalvageReport] = {}
    progress(0, len(paths))
    patience = patience_s(paths, _LEAST_S, _SLOWEST)
    work = partial(salvage_one, judge=judge, measure=measure)
    for path, answer in each(work, paths, patience, memory_bytes=_MEMORY_BYTES):
        reports[path] = SalvageReport(path, None, answer.problem) if isinstance(answer, Unreadable) else answer
        progress(len(reports), len(paths))
    return [reports[path] for path in paths]
