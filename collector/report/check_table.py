"""The daily check for the terminal: one line a camera, and what to do where one is off."""

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from calibration.result import CheckResult, Line, Verdict

_COLOUR: dict[Verdict, str] = {"pass": "green", "warn": "yellow", "fail": "bold red"}
_WORST: tuple[Verdict, ...] = ("fail", "warn", "pass")


def check_table(results: Sequence[CheckResult]) -> Group:
    """Shift in px and mm, the lens alone, the age; then every line that is not met."""
    table = Table(box=None, title="Check of the calibration", title_justify="left")
    table.add_column("", no_wrap=True)
    table.add_column("camera", no_wrap=True)
    for head in ("shift px", "shift mm", "lens alone px", "age days"):
        table.add_column(head, justify="right", no_wrap=True)
    for one in results:
        worst = verdict_of(one)
        found = {line.name: line for line in one.lines}
        cells = (_cell(found[name]) for name in ("shift", "shift across the view", "the lens alone", "age"))
        table.add_row(Text(worst, style=_COLOUR[worst]), one.camera, *cells)
    return Group(table, *(_remedy(one.camera, line) for one in results for line in one.lines if line.remedy))


def verdict_of(result: CheckResult) -> Verdict:
    """The worst of its lines."""
    verdicts: set[Verdict] = {line.verdict for line in result.lines}
    return min(verdicts, key=_WORST.index) if verdicts else "pass"


def _cell(line: Line) -> Text:
    digits = 0 if line.unit == "days" else 2
    return Text(f"{line.value:.{digits}f}", style=_COLOUR[line.verdict])


def _remedy(camera: str, line: Line) -> Text:
    return Text(f"{camera}, {line.name}: {line.remedy}", style=_COLOUR[line.verdict])
