"""No damaged file comes into a training set: each is read whole before, in a child process that it cannot harm."""

from collections.abc import Sequence
from pathlib import Path

from collector.episode.verify_folder import examine_all
from collector.export.plan import ExportError, Progress
from collector.labels.sidecar import sidecar_of

_MOST_NAMED = 5


class DamagedError(ExportError):
    """Some of the files are damaged, or no episodes."""


def sound_episodes(paths: Sequence[Path], skip_damaged: bool, progress: Progress) -> tuple[list[Path], dict[str, str]]:
    """Those that are sound, and what is wrong with each of the others. Raises DamagedError unless these are skipped.

    One whose labels are damaged is none of them: what was lost may be that it failed.
    """
    beside = [path for path in map(sidecar_of, paths) if path.exists()]
    reports = examine_all([*paths, *beside], lambda done, total: progress("verifying", done, total))
    damaged = {str(report.path): _summary(report.problems) for report in reports if report.problems}
    if damaged and not skip_damaged:
        named = [what if path in what else f"{path}: {what}" for path, what in damaged.items()]
        more = f"; and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
        raise DamagedError(
            f"{len(named)} of {len(reports)} files are damaged, so nothing was exported: "
            f"{'; '.join(named[:_MOST_NAMED])}{more}; clap verify says what of them is sound,"
            " --skip-damaged goes on without them"
        )
    return [path for path in paths if not {str(path), str(sidecar_of(path))} & damaged.keys()], damaged


def _summary(problems: Sequence[str]) -> str:
    return problems[0] + (f" (and {len(problems) - 1} more problems)" if len(problems) > 1 else "")
