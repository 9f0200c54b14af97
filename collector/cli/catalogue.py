"""clap list, restore, purge, catalogue: what a folder holds, what was discarded of it."""

import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from collector.cli.options import USAGE, Abort, JsonOption, err, existing, print_json, say
from collector.episode.catalogue_query import Query

if TYPE_CHECKING:
    from collector.episode.catalogue import Catalogue

app = typer.Typer()
catalogue_app = typer.Typer(no_args_is_help=True, help="The index of a folder of episodes.")

FolderArgument = Annotated[Path, typer.Argument(help="Folder that clap record wrote to.")]
_DAY_NS = 86_400_000_000_000


@app.command("list")
def list_episodes(
    folder: FolderArgument = Path("data"),
    task: Annotated[str | None, typer.Option(help="Name of the task.")] = None,
    operator: Annotated[str | None, typer.Option(help="Pseudonym of the operator.")] = None,
    outcome: Annotated[str | None, typer.Option(help="success, failure, ...")] = None,
    status: Annotated[str | None, typer.Option(help="complete, interrupted, fault or truncated.")] = None,
    score_min: Annotated[float | None, typer.Option(help="Least score.")] = None,
    since: Annotated[str | None, typer.Option(help="From this day or time on: 2026-11-22 or 2026-11-22T14:30.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this day, included, or time.")] = None,
    tag: Annotated[str | None, typer.Option(help="One of its tags.")] = None,
    session: Annotated[str | None, typer.Option(help="UUID of the session, or how it begins.")] = None,
    trashed: Annotated[bool, typer.Option("--trashed", help="What was discarded instead.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many, the newest.")] = None,
    as_json: JsonOption = False,
) -> None:
    """The episodes of a folder, newest first."""
    from collector.report.catalogue_table import catalogue_table

    begin, end = _instant(since, "--since", whole_day=False), _instant(until, "--until", whole_day=True)
    query = Query(task, operator, outcome, status, score_min, begin, end, tag, session, trashed, limit)
    with up_to_date(existing(folder), err) as catalogue:
        rows = catalogue.rows(query)
        asked = {"task": task, "operator": operator, "outcome": outcome, "status": status}
        known = {name: catalogue.names(name) for name, value in asked.items() if value is not None and not rows}
    if as_json:
        print_json([row.to_dict() for row in rows])
    elif rows:
        Console().print(catalogue_table(rows, trashed=trashed))
    else:
        there = "".join(f"; {name} is one of: {', '.join(values) or 'none'}" for name, values in known.items())
        say(f"{folder}: no episode is like that{there}")


@app.command()
def restore(
    episode: Annotated[str, typer.Argument(help="UUID (4 characters of it do), or file, of what was discarded.")],
    folder: FolderArgument = Path("data"),
) -> None:
    """Bring a discarded episode back."""
    from collector.episode.trash import NotInTrash
    from collector.episode.trash import restore as restore_episode

    if Path(episode).parent.name == ".trash":
        folder = Path(episode).parent.parent
    try:
        path = restore_episode(existing(folder), episode)
    except (NotInTrash, OSError) as error:
        raise Abort(USAGE, str(error)) from error
    with up_to_date(folder, err):
        say(str(path))
    if path.suffix == ".journal":
        say("it is still a journal: the next start of the daemon, or clap salvage, makes a file of it")


@app.command()
def purge(
    folder: FolderArgument = Path("data"),
    older_than: Annotated[float, typer.Option(min=0, help="Only what was discarded so many days ago.")] = 0.0,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete discarded episodes for good; that they were there is kept for ever."""
    from collector.episode.trash import purge as purge_rows
    from collector.episode.trash import purgeable
    from collector.report.catalogue_table import size

    before = time.time_ns() - round(older_than * _DAY_NS)
    with up_to_date(existing(folder), err) as catalogue:
        found = purgeable(folder, catalogue.rows(Query(trashed=True)), before)
        if not found:
            say(f"{folder}: nothing to purge")
            return
        tasks = Counter(row.task or "unknown task" for row in found)
        told = ", ".join(f"{count} {task}" for task, count in sorted(tasks.items()))
        say(f"{folder}: {len(found)} discarded episodes ({told}), {size(sum(found.values()))}")
        if not yes and not sys.stdin.isatty():
            raise Abort(USAGE, "purge deletes for good; without a terminal to ask on, give --yes")
        if not yes and not typer.confirm("Delete them for good?", err=True):
            say("nothing was purged")
            return
        purge_rows(folder, found, time.time_ns())
    with up_to_date(folder, err):
        say(f"purged {len(found)} episodes")


@catalogue_app.command()
def rebuild(folder: FolderArgument = Path("data"), as_json: JsonOption = False) -> None:
    """Build the index anew from the files alone; the old one is believed in nothing."""
    _refreshed(existing(folder), as_json, afresh=True)


@catalogue_app.command()
def refresh(folder: FolderArgument = Path("data"), as_json: JsonOption = False) -> None:
    """Bring the index to what the files say now; what did not change is not opened."""
    _refreshed(existing(folder), as_json, afresh=False)


def _refreshed(folder: Path, as_json: bool, *, afresh: bool) -> None:
    from collector.episode.catalogue import Catalogue
    from collector.episode.catalogue_hashes import fill_hashes
    from collector.episode.catalogue_refresh import reader
    from collector.episode.catalogue_refresh import refresh as refresh_catalogue
    from collector.headless import progress_line

    try:
        with Catalogue(folder) as catalogue, progress_line(err) as report:
            before = set(catalogue.rows())
            report("waiting for another process that reads this folder", None)
            with reader(folder, waits=True):
                done = refresh_catalogue(folder, catalogue, afresh=afresh, progress=report)
            fill_hashes(folder, catalogue, report)
            changed = len(before ^ set(catalogue.rows()))
    except (sqlite3.Error, OSError) as error:
        raise Abort(USAGE, f"{folder}: the catalogue cannot be written ({error}); see who else uses it") from error
    problems = {str(row.path): row.problem for row in done.rows if row.problem}
    if as_json:
        print_json({"episodes": len(done.rows), "opened": done.indexed, "changed": changed, "problems": problems})
        return
    say(f"{folder}: {len(done.rows)} episodes, {done.indexed} files opened, {changed} entries changed")
    for path, problem in problems.items():
        say(f"{path}: {problem}")


@contextmanager
def up_to_date(folder: Path, console: Console) -> "Generator[Catalogue]":
    """The folder's catalogue as the files are now; in memory where the folder cannot be written to, or is no such.

    New files are read, not hashed. While another process reads them (the daemon's, of a folder that is new to it) it is
    what is known by now, and that is said.
    """
    from collector.episode.catalogue import NAME, Catalogue
    from collector.episode.catalogue_refresh import in_children, reader
    from collector.episode.catalogue_refresh import refresh as refresh_catalogue
    from collector.episode.catalogue_survey import is_empty
    from collector.headless import progress_line

    try:
        catalogue = Catalogue(None if is_empty(folder) and not (folder / NAME).exists() else folder)
    except sqlite3.Error:
        catalogue = Catalogue(None)
    with catalogue:
        with progress_line(console) as report, reader(folder) as is_ours:
            index = in_children if is_ours else None
            waiting = refresh_catalogue(folder, catalogue, index=index, progress=report).waiting
        if waiting:
            say(f"{folder}: {waiting} files are still being read by another process; told is what is known by now")
        yield catalogue


def _instant(text: str | None, option: str, *, whole_day: bool) -> int | None:
    """UTC ns of a local day or time; `whole_day`: a day means its end."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Abort(USAGE, f"{option} {text}: give a day or a time, as 2026-11-22 or 2026-11-22T14:30") from error
    if whole_day and len(text) == len("2026-11-22"):
        at += timedelta(days=1)
    return int(at.timestamp()) * 10**9
