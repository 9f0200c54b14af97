"""The pre-flight for the terminal: one line a check, worst first, with what to do where something is."""

from rich.table import Table
from rich.text import Text

from collector.preflight.check import Mood
from collector.preflight.told import PreflightTold

_COLOUR: dict[Mood, str] = {"fail": "bold red", "wait": "cyan", "warn": "yellow", "ok": "green"}


def preflight_table(told: PreflightTold) -> Table:
    """As the daemon told it."""
    table = Table(title=f"Pre-flight: {told.verdict}", title_justify="left", box=None, padding=(0, 1, 0, 0))
    for heading in ("", "check", "how it is"):
        table.add_column(heading, overflow="fold")
    table.add_column("what to do", overflow="fold", style="bold")
    for check in told.checks:
        what = f"{check.name} {check.subject}".strip()
        table.add_row(Text(check.state, _COLOUR[check.state]), Text(what), Text(check.says), Text(check.remedy))
    return table
