"""Pictures of a take: a contact sheet from its begin to its end, or every camera at the moment that is looked at."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap
from typing import ClassVar

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from collector.episode.isolated import Unreadable
from collector.tui.footage import Developed, Footage
from collector.tui.reel import Place, Reel, Still, Unseen
from collector.tui.widgets.preview_cells import Depth, faded, fit, paint, shrink, strips
from collector.tui.widgets.preview_look import STALE_S, age_text
from collector.tui.widgets.sheet_grid import Frame, contact_sheet, side_by_side

_WIDTHS = (40, 80, 160, 320, 640)  # px; few, so that pictures of another size need not be decoded again
_DEPTHS: Mapping[str | None, Depth] = {"256": "256", "standard": "16", "windows": "16"}
_NAME = Style(color="white", bgcolor="black", bold=True)
_OLD = Style(color="white", bgcolor="red", bold=True)


class Sheet(Widget):
    """`load` gives it an episode; `look` a moment of it: None shows the contact sheet."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"sheet--why"}
    DEFAULT_CSS = """
    Sheet { height: 1fr; background: $surface; }
    Sheet > .sheet--why { color: $text-muted; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._footage: Footage | None = None
        self._path: Path | None = None
        self._reel: Reel | None = None
        self._why = ""
        self._step: int | None = None
        self._frames: list[Frame] = []
        self._drawn: dict[Frame, tuple[Place, list[Strip]]] = {}

    def load(self, footage: Footage, path: Path, reel: Reel) -> None:
        """Another episode, its file there; the moment looked at stays none."""
        if reel is not self._reel or path != self._path:
            self._footage, self._path, self._reel, self._why, self._step = footage, path, reel, "", None
            self._arrange()

    def say(self, why: str) -> None:
        """Why there are no pictures."""
        if self._reel is not None or why != self._why:
            self._reel, self._why, self._path, self._step = None, why, None, None
            self._arrange()

    def look(self, step: int | None) -> None:
        """The moment of a step of the episode; None: all of it."""
        if step != self._step:
            arrange = (step is None) != (self._step is None)
            self._step = step
            if arrange:
                self._arrange()
            else:
                self._fetch()

    def on_resize(self) -> None:
        """As many as fit."""
        self._arrange()

    def on_developed(self, message: Developed) -> None:
        """Pictures came; those that are no longer wanted are kept for later."""
        message.stop()
        if isinstance(message.answer, Unreadable):
            if self._path == message.ask.path:
                self.say(f"no pictures: {message.answer.problem}")
        else:
            self._draw()

    def render_line(self, y: int) -> Strip:
        """One line of all pictures that cross it."""
        width = self.size.width
        if self._reel is None or not self._frames:
            lines = wrap(self._why, max(width - 2, 1))
            at = y - (self.size.height - len(lines)) // 2
            text = lines[at] if 0 <= at < len(lines) else ""
            return Strip([Segment(text.center(width), self.get_component_rich_style("sheet--why"))], width)
        line, at = list[Strip](), 0
        for frame in self._frames:
            if frame.top <= y < frame.top + frame.rows:
                line += [Strip.blank(frame.left - at, self.rich_style), self._row(frame, y - frame.top)]
                at = frame.left + frame.columns
        return Strip.join([*line, Strip.blank(max(width - at, 0), self.rich_style)]).crop(0, width)

    # -- what is shown -----------------------------------------------------------------------------

    def _arrange(self) -> None:
        self._drawn, self._frames = {}, []
        if self._reel is not None and self.size:
            arrange = contact_sheet if self._step is None else side_by_side
            self._frames = arrange(self._reel.cameras, *self.size)
            self._fetch()
        self.refresh()

    def _fetch(self) -> None:
        """Ask for what is not there, draw what is."""
        if self._footage is None or self._path is None or not self._frames:
            return
        self._footage.stills(self, self._path, [self._place(frame) for frame in self._frames], self._across)
        self._draw()

    def _draw(self) -> None:
        if self._footage is None or self._path is None:
            return
        wanted = {frame: self._place(frame) for frame in self._frames}
        known = self._footage.known(self._path, wanted.values(), self._across)
        for frame, place in wanted.items():
            was = self._drawn.get(frame)
            if place in known and (was is None or was[0] != place):
                self._drawn[frame] = place, self._strips(frame, known[place])
        self.refresh()

    def _strips(self, frame: Frame, seen: Still | Unseen) -> list[Strip]:
        """A frame's rows: the picture in the middle of it, grey where it is of long before; or why there is none."""
        if isinstance(seen, Unseen):
            return self._reason(frame, unseen_words(seen))
        columns, rows = fit(seen.rgb.shape[1], seen.rgb.shape[0], frame.columns, frame.rows)
        depth = _DEPTHS.get(self.app.console.color_system, "truecolor")  # pyright: ignore[reportUnknownMemberType]
        shrunk = shrink(np.ascontiguousarray(seen.rgb), columns, rows)
        found = strips(paint(faded(shrunk, depth) if seen.old_s > STALE_S else shrunk, depth))
        left, above = (frame.columns - columns) // 2, (frame.rows - rows) // 2
        blank, right = Strip.blank(frame.columns, self.rich_style), frame.columns - columns - left
        sides = Strip.blank(left, self.rich_style), Strip.blank(right, self.rich_style)
        middle = [Strip.join([sides[0], row, sides[1]]) for row in found]
        if seen.old_s:
            middle[-1] = _over(middle[-1], f" {old_words(seen.old_s)} ")
        return [*[blank] * above, *middle, *[blank] * (frame.rows - rows - above)]

    def _reason(self, frame: Frame, why: str) -> list[Strip]:
        lines, style = wrap(why, frame.columns), self.get_component_rich_style("sheet--why")
        first = max((frame.rows - len(lines)) // 2, 0)
        told = ["" for _ in range(first)] + lines[: frame.rows - first]
        told += ["" for _ in range(frame.rows - len(told))]
        return [Strip([Segment(line.center(frame.columns), style)], frame.columns) for line in told]

    def _row(self, frame: Frame, row: int) -> Strip:
        _, drawn = self._drawn.get(frame, (None, None))
        line = Strip.blank(frame.columns, self.rich_style) if drawn is None else drawn[row]
        if row:
            return line
        words = self._caption(frame)[: frame.columns]
        return Strip.join([Strip([Segment(words, _NAME)], len(words)), line.crop(len(words), frame.columns)])

    def _caption(self, frame: Frame) -> str:
        reel = self._reel
        if reel is None or not len(reel.t_ns):
            return f" {frame.camera} "
        at_s = int(reel.t_ns[self._place(frame)[1]] - reel.t_ns[0]) * 1e-9
        return f" {frame.camera} {at_s:.1f} s " if frame.share in (0.0, None) else f" {at_s:.1f} s "

    def _place(self, frame: Frame) -> Place:
        """The camera and the step that a frame shows."""
        last = max(len(self._reel.t_ns) - 1, 0) if self._reel else 0
        step = self._step or 0 if frame.share is None else round(frame.share * last)
        return frame.camera, min(step, last)

    @property
    def _across(self) -> int:
        columns = max(frame.columns for frame in self._frames)
        return next((width for width in _WIDTHS if width >= columns), _WIDTHS[-1])


def old_words(seconds: float) -> str:
    """Of a picture that stands for a moment which the camera missed."""
    return f"{seconds * 1e3:.0f} ms before" if seconds < 1 else f"{age_text(seconds)} before"


def unseen_words(unseen: Unseen) -> str:
    """Why there is no picture at all."""
    if unseen.first_s is None:
        return "no picture in all of the take"
    return f"no picture yet: the first one comes {old_words(unseen.first_s).removesuffix(' before')} later"


def _over(line: Strip, words: str) -> Strip:
    """A line with words over its begin."""
    said = words[: line.cell_length]
    return Strip.join([Strip([Segment(said, _OLD)], len(said)), line.crop(len(said), line.cell_length)])
