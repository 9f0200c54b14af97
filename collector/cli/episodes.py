"""clap inspect, verify, salvage, audit: what is in sealed episodes, and is it sound."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from collector.cli.options import CHECK_FAILED, Abort, JsonOption, episodes_in, existing, print_json, say

app = typer.Typer()


@app.command()
def inspect(episode: Path, as_json: JsonOption = False) -> None:
    """What an episode holds, and how well it is aligned."""
    from collector.episode.summary import summarise
    from collector.report.episode_table import episode_table

    summary = summarise(existing(episode))
    if as_json:
        print_json(summary)
    else:
        Console().print(episode_table(summary))


@app.command()
def verify(folder: Path, as_json: JsonOption = False) -> None:
    """Check every checksum, count, index and stamp; exit 1 names each damaged file."""
    from collector.episode.verify import verify as verify_file

    problems = {str(path): verify_file(path) for path in episodes_in(existing(folder))}
    if as_json:
        print_json(problems)
    else:
        for path, found in problems.items():
            say(f"{path}: {'sound' if not found else '; '.join(found)}")
    if any(problems.values()):
        raise Abort(
            CHECK_FAILED,
            f"{sum(map(bool, problems.values()))} of {len(problems)} files are damaged",
        )


@app.command()
def salvage(folder: Path, as_json: JsonOption = False) -> None:
    """Turn every journal that a crash left into an episode; doing it twice changes nothing."""
    from dataclasses import asdict

    from collector.episode.salvage import salvage as salvage_folder
    from collector.selftest.verdict import judge_content

    reports = salvage_folder(existing(folder), judge_content)
    if as_json:
        print_json([asdict(report) for report in reports])
    elif not reports:
        say(f"{folder}: no journal is left; nothing to do")
    else:
        for report in reports:
            became = report.episode or f"kept as it is: {report.problem}"
            say(f"{report.journal} -> {became}")


@app.command()
def audit(
    episode: Path,
    truth: Annotated[Path, typer.Option(help="Truth file that the virtual rig wrote.")],
    as_json: JsonOption = False,
) -> None:
    """Compare an episode's stamps with the virtual rig's truth."""
    from collector.audit import audit as audit_episode
    from collector.report.audit_table import audit_table

    report = audit_episode(existing(episode), existing(truth))
    if as_json:
        print_json(report.to_dict())
    else:
        Console().print(audit_table(report))
