"""The steps of a take as a bar over its time: their names, the border that keys would move, the moment looked at."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from collector.labels.adjust import nearest_border, step_at
from collector.labels.event import Step
from collector.tui.widgets.plots import column_of


class StepBar(Widget):
    """A line of steps and a line about the moment; proposed steps, while they are only shown, instead of the steps."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "steps--even", "steps--odd", "steps--chosen", "steps--cursor", "steps--proposed", "steps--says",
    }  # fmt: skip
    DEFAULT_CSS = """
    StepBar { height: 2; }
    StepBar > .steps--even { background: $primary; color: $text; }
    StepBar > .steps--odd { background: $secondary; color: $text; }
    StepBar > .steps--chosen { background: $warning; color: $text; text-style: bold; }
    StepBar > .steps--proposed { text-style: italic reverse; }
    StepBar > .steps--cursor { text-style: bold reverse; }
    StepBar > .steps--says { color: $text-muted; }
    StepBar:ansi > .steps--even { background: ansi_blue; color: ansi_bright_white; }
    StepBar:ansi > .steps--odd { background: ansi_cyan; color: ansi_black; }
    StepBar:ansi > .steps--chosen { background: ansi_yellow; color: ansi_black; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._steps: tuple[Step, ...] = ()
        self._proposed = False
        self._span: tuple[int, int] = (0, 0)
        self._cursor_ns: int | None = None

    def show(self, steps: Sequence[Step], span: tuple[int, int], cursor_ns: int | None, *, proposed: bool) -> None:
        """Steps of a take that lasts from `span[0]` to `span[1]`, ns."""
        told = tuple(steps), proposed, span, cursor_ns
        if told != (self._steps, self._proposed, self._span, self._cursor_ns):
            self._steps, self._proposed, self._span, self._cursor_ns = tuple(steps), proposed, span, cursor_ns
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The bar, then the words."""
        width = self.size.width
        if y == 0:
            return self._bar(width)
        return Strip([Segment(self._words(), self._style("says"))]).adjust_cell_length(width, self.rich_style)

    def _bar(self, width: int) -> Strip:
        cells = [(" ", self.rich_style)] * width
        chosen = None if self._cursor_ns is None or self._proposed else nearest_border(self._steps, self._cursor_ns)
        for number, step in enumerate(self._steps):
            first, last = self._column(step.begin_ns, width), self._column(step.end_ns, width)
            style = self._style("proposed" if self._proposed else ("odd" if number % 2 else "even"))
            room = max(last - first, 1)
            text = f"▏{step.name}"[:room].ljust(room)
            cells[first : first + room] = [(character, style) for character in text]
            if number == chosen:
                cells[first] = ("▏", self._style("chosen"))
        if self._cursor_ns is not None and width:
            column = self._column(self._cursor_ns, width)
            cells[column] = (cells[column][0], self._style("cursor"))
        return Strip([Segment(text, style) for text, style in cells[:width]], width)

    def _words(self) -> str:
        begin, _ = self._span
        if self._proposed:
            told = "  ".join(f"{step.name} {(step.begin_ns - begin) * 1e-9:.2f}" for step in self._steps)
            return f"proposed: {told}   the same key accepts, any border key drops them"
        at = [] if self._cursor_ns is None else [f"{(self._cursor_ns - begin) * 1e-9:.2f} s"]
        if not self._steps:
            return "  ".join([*at, "no steps are marked"])
        if self._cursor_ns is None:
            return f"{len(self._steps)} steps"
        if (here := step_at(self._steps, self._cursor_ns)) is not None:
            step = self._steps[here]
            lasts = (step.end_ns - step.begin_ns) * 1e-9
            at.append(f"in {step.name} ({here + 1} of {len(self._steps)}, {lasts:.2f} s, {step.source})")
        if (near := nearest_border(self._steps, self._cursor_ns)) is not None:
            at.append(f"border {self._steps[near].name} at {(self._steps[near].begin_ns - begin) * 1e-9:.2f} s")
        return "  ".join(at)

    def _column(self, t_ns: int, width: int) -> int:
        begin, end = self._span
        return column_of((t_ns - begin) * 1e-9, (end - begin) * 1e-9, width)

    def _style(self, part: str) -> Style:
        return self.get_component_rich_style(f"steps--{part}")
