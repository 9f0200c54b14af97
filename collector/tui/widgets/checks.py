"""Lines of a check, worst first: what is amiss with what to do under it, what is well in one line each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from collector.preflight.check import Check, Mood
from collector.selftest.gate import Gate, Verdict

_WORDS: dict[Mood, str] = {"fail": "FAIL", "wait": "WAIT", "warn": "warn", "ok": "ok"}
_MOODS: dict[Verdict, Mood] = {"fail": "fail", "warn": "warn", "pass": "ok"}
_WIDEST = 40


@dataclass(frozen=True, slots=True)
class Line:
    """`what` is looked at; `remedy`: what to do, empty where nothing is."""

    state: Mood
    what: str
    says: str
    remedy: str


def check_lines(checks: Sequence[Check]) -> list[Line]:
    """Of the pre-flight; the worst is on top already."""
    return [Line(check.state, f"{check.name} {check.subject}".strip(), check.says, check.remedy) for check in checks]


def gate_lines(gates: Sequence[Gate]) -> list[Line]:
    """Of a self-test; the worst goes to the top."""
    lines = [
        Line(
            _MOODS[gate.verdict],
            f"{gate.subject}: {gate.name}",
            f"{_value(gate)}, limit {gate.fail:.3g}",
            "" if gate.verdict == "pass" else gate.remedy,
        )
        for gate in gates
    ]
    return sorted(lines, key=lambda line: list(_WORDS).index(line.state))


def _value(gate: Gate) -> str:
    return "not known" if gate.value != gate.value else f"{gate.value:.3g} {gate.unit}".strip()


class Checks(VerticalScroll):
    """Scrolls where it does not fit. The keys are the screen's: it takes no focus.

    `share`: of the width, for what is looked at.
    """

    can_focus = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "checks--fail", "checks--wait", "checks--warn", "checks--ok", "checks--do", "checks--quiet",
    }  # fmt: skip
    DEFAULT_CSS = """
    Checks { height: 1fr; scrollbar-size-vertical: 1; }
    Checks > .checks--fail { color: $text-error; text-style: bold reverse; }
    Checks > .checks--wait { color: $text-accent; text-style: bold; }
    Checks > .checks--warn { color: $text-warning; text-style: bold; }
    Checks > .checks--ok { color: $text-success; }
    Checks > .checks--do { text-style: bold; }
    Checks > .checks--quiet { text-style: dim; }
    """

    def __init__(self, share: float = 0.25) -> None:
        super().__init__()
        self._share = share
        self._shown: tuple[Line, ...] = ()
        self._lines = Static()

    def compose(self) -> ComposeResult:
        """One text."""
        yield self._lines

    def show(self, lines: Sequence[Line]) -> None:
        """Drawn only where something has changed."""
        if tuple(lines) != self._shown:
            self._shown = tuple(lines)
            self._lines.update(self._table())

    def on_resize(self) -> None:
        """The columns share the width anew."""
        self._lines.update(self._table())

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 1, 0, 0), expand=True)
        table.add_column(no_wrap=True, width=4)
        table.add_column(width=min(max(int(self.size.width * self._share), 12), _WIDEST), overflow="fold")
        table.add_column(ratio=1)
        for line in self._shown:
            fine = line.state == "ok"
            what = Text(line.what, self._style("quiet"), no_wrap=True, overflow="ellipsis") if fine else Text(line.what)
            table.add_row(Text(_WORDS[line.state], self._style(line.state)), what, self._says(line))
        return table

    def _says(self, line: Line) -> Text:
        if line.state == "ok":
            return Text(line.says, self._style("quiet"), no_wrap=True, overflow="ellipsis")
        says = Text(line.says)
        return says.append(f"\n-> {line.remedy}", self._style("do")) if line.remedy else says

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"checks--{name}", partial=True)
