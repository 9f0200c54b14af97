"""One journal into one file, judged and measured, and its row for the catalogue: the finalise process's work."""

import time
from pathlib import Path
from typing import Any

from collector.episode.catalogue_sealed import indexed, sealed_row
from collector.episode.finalise import finalise
from collector.episode.foreign import NotAnEpisode
from collector.quality.measure import measure_content
from collector.selftest.verdict import judge_content


def seal(journal: Path) -> dict[str, Any]:
    """What the daemon is told of it: journal, path, row, wall_s, cpu_s. Raises as finalise does."""
    started, used = time.monotonic(), time.process_time()
    path = finalise(journal, judge_content, measure_content)
    return {
        "journal": str(journal),
        "path": str(path),
        "row": row_of(path),
        "wall_s": time.monotonic() - started,
        "cpu_s": time.process_time() - used,
    }


def row_of(path: Path, *, hashed: bool = True) -> dict[str, Any] | None:
    """Of the catalogue; None where it cannot be read at once: the catalogue is put right later."""
    try:
        return (indexed(path) if hashed else sealed_row(path)).to_dict()
    except (NotAnEpisode, OSError):
        return None
