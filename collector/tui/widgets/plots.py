"""Curves of a take over its time, with the steps' borders and the moment that is looked at."""

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from collector.tui.reel import Panel, Reel
from collector.tui.widgets.braille import Cells, curves, span

_COLOURS = 8
_LEAST_ROWS = 4  # of a panel with its title, where several are shown
_SHOWN = {"m": ("mm", 1e3)}  # a gripper's opening


class Plots(Widget):
    """As many panels as there is room for; `turn` begins with the next one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"plots--curve-{number}" for number in range(_COLOURS)),
        "plots--title", "plots--border", "plots--cursor",
    }  # fmt: skip
    DEFAULT_CSS = """
    Plots { height: 1fr; }
    Plots > .plots--curve-0 { color: ansi_cyan; }
    Plots > .plots--curve-1 { color: ansi_green; }
    Plots > .plots--curve-2 { color: ansi_yellow; }
    Plots > .plots--curve-3 { color: ansi_magenta; }
    Plots > .plots--curve-4 { color: ansi_bright_blue; }
    Plots > .plots--curve-5 { color: ansi_bright_red; }
    Plots > .plots--curve-6 { color: $foreground; }
    Plots > .plots--curve-7 { color: ansi_bright_green; }
    Plots > .plots--title { text-style: bold; }
    Plots > .plots--border { color: $text-muted; }
    Plots > .plots--cursor { color: $text; text-style: bold reverse; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._reel: Reel | None = None
        self._first = 0
        self._borders: tuple[float, ...] = ()
        self._cursor_s: float | None = None
        self._rows: list[tuple[Panel, Cells]] = []

    def show(self, reel: Reel | None) -> None:
        """An episode's curves; or none."""
        self._reel = reel
        self._plot()

    def mark(self, borders_s: Sequence[float], cursor_s: float | None) -> None:
        """Where steps begin and what moment is looked at, s from the first step."""
        if (tuple(borders_s), cursor_s) != (self._borders, self._cursor_s):
            self._borders, self._cursor_s = tuple(borders_s), cursor_s
            self.refresh()

    def turn(self) -> None:
        """Begin with the next panel."""
        self._first += 1
        self._plot()

    def on_resize(self) -> None:
        """As many as fit."""
        self._plot()

    def render_line(self, y: int) -> Strip:
        """A panel's title, or a row of its curves."""
        width = self.size.width
        if not self._rows:
            return Strip.blank(width, self.rich_style)
        for panel, cells in self._rows:
            if y == 0:
                return self._title(panel, width)
            if y <= len(cells):
                return self._line(cells[y - 1])
            y -= len(cells) + 1
        return Strip.blank(width, self.rich_style)

    def _plot(self) -> None:
        width, height = self.size
        self._rows = []
        if self._reel is not None and self._reel.panels and width and height > 1:
            panels = self._reel.panels
            count = max(min(len(panels), height // _LEAST_ROWS), 1)
            shown = [panels[(self._first + at) % len(panels)] for at in range(count)]
            rows = [height // count + (at < height % count) - 1 for at in range(count)]
            self._rows = [
                (panel, curves(self._reel.at_s, panel.values, 0.0, self._reel.seconds, width, high))
                for panel, high in zip(shown, rows, strict=True)
            ]
        self.refresh()

    def _title(self, panel: Panel, width: int) -> Strip:
        unit, factor = _SHOWN.get(panel.unit, (panel.unit, 1.0))
        low, high = span(panel.values)
        words = f"{panel.title} {low * factor:.3g} .. {high * factor:.3g} {unit} "
        title = [Segment(words, self.get_component_rich_style("plots--title"))]
        for number, name in enumerate(panel.names if len(panel.names) > 1 else ()):
            title.append(Segment(f" {name.rpartition('_')[2]}", self._curve(number)))
        return Strip(title).adjust_cell_length(width, self.rich_style)

    def _line(self, cells: list[tuple[str, int]]) -> Strip:
        borders = {self._column(at_s) for at_s in self._borders}
        cursor = None if self._cursor_s is None else self._column(self._cursor_s)
        border, at = self.get_component_rich_style("plots--border"), self.get_component_rich_style("plots--cursor")
        styled: list[tuple[str, Style]] = []
        for column, (text, curve) in enumerate(cells):
            if column == cursor:
                styled.append((text, at))
            elif column in borders and text == " ":
                styled.append(("│", border))
            else:
                styled.append((text, self._curve(curve) if curve >= 0 else self.rich_style))
        runs = groupby(styled, key=lambda one: one[1])
        return Strip([Segment("".join(text for text, _ in run), style) for style, run in runs], len(cells))

    def _column(self, at_s: float) -> int:
        seconds = self._reel.seconds if self._reel else 0.0
        return column_of(at_s, seconds, self.size.width)

    def _curve(self, number: int) -> Style:
        return self.get_component_rich_style(f"plots--curve-{number % _COLOURS}")


def column_of(at_s: float, seconds: float, columns: int) -> int:
    """The column of a moment, in a box that is the take from its begin to its end."""
    share = min(max(at_s / seconds, 0.0), 1.0) if seconds > 0 else 0.0
    return min(int(share * columns), columns - 1)
