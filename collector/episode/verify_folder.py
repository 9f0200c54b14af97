"""Verifies many files beside each other, each in a child process, so that none can hang or crash this one."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from collector.episode.findings import Report
from collector.episode.foreign import NotAnEpisode
from collector.episode.isolated import Unreadable, each
from collector.episode.segments import TRASH, journals, number_of
from collector.episode.verify import examine
from collector.labels import sidecar

_LEAST_S = 60.0
_SLOWEST = 5e6  # bytes a second: a tenth of a bad disk

Progress = Callable[[int, int], None]
"""(files done, files in all)."""


def files_below(folder: Path) -> list[Path]:
    """Episodes, journals that are not sealed yet, the labels beside them; not what was discarded.

    A path that is no folder is itself, with its labels.
    """
    if not folder.is_dir():
        return sorted({folder, *filter(Path.exists, [sidecar.sidecar_of(folder)])})
    found = [path for end in (".hdf5", sidecar.SUFFIX) for path in folder.rglob(f"episode_*{end}")]
    kept = [path for path in found if TRASH not in path.relative_to(folder).parts]
    return sorted([*kept, *journals(folder)])


def known_sha256(folder: Path) -> dict[Path, str]:
    """SHA-256 of the files that the catalogue of a folder remembers; empty without one."""
    from collector.episode.catalogue import NAME, Catalogue  # each child imports this module, and needs none

    if not (folder / NAME).is_file():
        return {}
    try:
        with Catalogue(folder) as catalogue:
            return {folder / row.path: row.sha256 for row in catalogue.rows() if row.path and row.sha256}
    except sqlite3.Error:
        return {}  # it can always be built again, and is no evidence then


def examine_all(paths: Sequence[Path], progress: Progress, sha256: Mapping[Path, str] = {}) -> list[Report]:
    """A report for each path, in their order. `sha256`: of those that are known. Ctrl-C ends it."""
    reports: dict[Path, Report] = {}
    progress(0, len(paths))
    for path, answer in each(partial(_examine, sha256=sha256), paths, patience_s(paths, _LEAST_S, _SLOWEST)):
        reports[path] = Report(path, (answer.problem,)) if isinstance(answer, Unreadable) else answer
        progress(len(reports), len(paths))
    return [reports[path] for path in paths]


def require_sound(path: Path) -> Path:
    """The path of an episode that may be opened in this process. Raises NotAnEpisode."""
    (report,) = examine_all([path], lambda done, total: None)
    if not report.problems:
        return path
    told = report.problems[0]
    raise NotAnEpisode(told if str(path) in told else f"{path}: {told}; clap verify says what of it is sound")


def patience_s(paths: Sequence[Path], least_s: float, slowest: float) -> float:
    """How long the largest of these files may take, at so many bytes a second."""
    return least_s + max(_sizes(paths), default=0) / slowest


def _sizes(paths: Sequence[Path]) -> Iterator[int]:
    for path in paths:
        if path.is_file():
            yield path.stat().st_size


def _examine(path: Path, sha256: Mapping[Path, str]) -> Report:
    # The rig's configuration takes long to import, so those who need it are imported here.
    if path.name.endswith(sidecar.SUFFIX):
        from collector.episode.verify_labels import examine_labels

        return examine_labels(path)
    if number_of(path) != 0:
        return examine(path, sha256.get(path))
    from collector.episode.verify_journal import examine_journal

    return examine_journal(path)
