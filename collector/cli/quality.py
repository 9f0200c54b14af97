"""clap quality: which takes to look at, and why."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from collector.cli.catalogue import up_to_date
from collector.cli.options import CHECK_FAILED, Abort, JsonOption, err, existing, print_json, say
from collector.episode.catalogue_query import Query

app = typer.Typer()


@app.command()
def quality(
    folder: Annotated[Path, typer.Argument(help="Folder that clap record wrote to.")] = Path("data"),
    task: Annotated[str | None, typer.Option(help="Name of the task.")] = None,
    session: Annotated[str | None, typer.Option(help="UUID of the session, or how it begins.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="The takes too with which nothing is amiss.")] = False,
    as_json: JsonOption = False,
) -> None:
    """The takes with which something is amiss, against the others of their task; 1 if one is bad by itself."""
    from collector.quality.judged import judged
    from collector.report.judged_table import judged_table

    with up_to_date(existing(folder), err) as catalogue:
        asked = {row.uuid for row in catalogue.rows(Query(task=task, session=session))}
        takes = [take for take in judged(catalogue.rows(Query())) if take.row.uuid in asked]
    amiss = [take for take in takes if take.remarks or take.problem]
    if as_json:
        print_json([take.to_dict() for take in takes])
    elif shown := takes if everything else amiss:
        Console().print(judged_table(shown))
    bad = sum(take.is_bad for take in takes)
    if not as_json:
        say(f"{folder}: {len(takes)} takes, {len(amiss)} to look at, {bad} of them bad")
    if bad:
        raise Abort(CHECK_FAILED, f"{bad} of {len(takes)} takes are bad; look at them, then label or discard them")
