"""clap inspect, verify, salvage, audit: what is in sealed episodes, and is it sound.

A file may be damaged or anybody's, so each is opened in a child process with a time limit.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from collector.cli.options import CHECK_FAILED, USAGE, Abort, JsonOption, err, existing, print_json, say

app = typer.Typer()

T = TypeVar("T")

_OPEN_S = 120.0  # to read one episode's numbers, but not its pictures


@app.command()
def inspect(episode: Path, as_json: JsonOption = False) -> None:
    """What an episode holds, and how well it is aligned."""
    from collector.episode.summary import summarise
    from collector.report.episode_table import episode_table

    summary = _isolated(summarise, existing(episode))
    if as_json:
        print_json(summary)
    else:
        Console().print(episode_table(summary))


@app.command()
def verify(folder: Path, as_json: JsonOption = False) -> None:
    """Check every checksum, count, index and stamp of episodes and journals; exit 1 names each damaged file."""
    from collector.episode.verify_folder import examine_all, files_below, known_sha256
    from collector.headless import progress_line
    from collector.report.verify_text import verify_lines

    paths = files_below(existing(folder))
    if not paths:
        raise Abort(
            USAGE, f"{folder}: holds no episode_*.hdf5 and no journal; give the folder that clap record wrote to"
        )
    with progress_line(err) as report:
        share = partial(_share, report, "verifying")
        reports = examine_all(paths, share, known_sha256(folder if folder.is_dir() else folder.parent))
    if as_json:
        print_json({str(found.path): found.to_dict() for found in reports})
    else:
        for found in reports:
            for line in verify_lines(found):
                say(line)
    damaged = [found for found in reports if not found.is_sound]
    if damaged:
        raise Abort(CHECK_FAILED, f"{len(damaged)} of {len(reports)} files are damaged")


@app.command()
def salvage(folder: Path, as_json: JsonOption = False) -> None:
    """Turn every journal that a crash left into an episode; doing it twice changes nothing."""
    from dataclasses import asdict

    from collector.episode.salvage_folder import salvage_all
    from collector.episode.verify_journal import in_use
    from collector.headless import progress_line
    from collector.quality.measure import measure_content
    from collector.selftest.verdict import judge_content

    with progress_line(err) as report:
        reports = salvage_all(existing(folder), judge_content, measure_content, partial(_share, report, "sealing"))
    kept = [report for report in reports if report.episode is None]
    if as_json:
        print_json([asdict(report) for report in reports])
    elif not reports:
        say(f"{folder}: no journal is left; nothing to do")
    else:
        for done in reports:
            say(f"{done.journal} -> {done.episode or f'kept as it is: {done.problem}'}")
        recovered = len(reports) - len(kept)
        left = f"; {len(kept)} kept as {'it is' if len(kept) == 1 else 'they are'}" if kept else ""
        say(f"recovered {recovered} episode{'' if recovered == 1 else 's'}{left}")
    failed = [done for done in kept if not (done.journal.exists() and in_use(done.journal))]
    if failed:
        raise Abort(CHECK_FAILED, f"{len(failed)} of {len(reports)} journals could not be sealed; they are kept")


@app.command()
def audit(
    episode: Path,
    truth: Annotated[Path, typer.Option(help="Truth file that the virtual rig wrote.")],
    as_json: JsonOption = False,
) -> None:
    """Compare an episode's stamps with the virtual rig's truth."""
    from collector.audit import audit as audit_episode
    from collector.report.audit_table import audit_table

    report = _isolated(partial(audit_episode, truth=existing(truth)), existing(episode))
    if as_json:
        print_json(report.to_dict())
    else:
        Console().print(audit_table(report))


def _isolated(function: Callable[[Path], T], path: Path) -> T:
    """function(path) in a child process; Abort with what happened there."""
    from collector.episode.isolated import Unreadable, alone

    answer = alone(function, path, _OPEN_S)
    if isinstance(answer, Unreadable):
        told = answer.problem
        raise Abort(USAGE, told if str(path) in told else f"{path}: {told}")
    return answer


def _share(report: Callable[[str, float | None], None], what: str, done: int, total: int) -> None:
    report(f"{what} {done} of {total}", done / max(total, 1))
