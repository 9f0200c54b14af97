"""A camera's picture in half blocks, live: only cells that changed are drawn again."""

from typing import ClassVar, Final

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual.filter import ANSIToTruecolor
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from collector.live import Live
from collector.tui.widgets.preview_cells import Depth, Pixels, faded, fit, paint, shrink, strips
from collector.tui.widgets.preview_look import STALE_S, Look, age_text

_NOISE: Final = 6  # a channel that moved by less is a sensor's noise, and is not drawn again
_NAME: Final = Style(color="#ffffff", bgcolor="#000000", bold=True)
_OLD: Final = Style(color="#ffffff", bgcolor="#aa0000", bold=True)
_DEPTHS: Final[dict[str | None, Depth]] = {"256": "256", "standard": "16", "windows": "16"}


class Preview(Widget):
    """`show` gives it pictures; until the first it says `why` there is none. `height: auto` keeps the aspect."""

    DEFAULT_CSS: ClassVar[str] = """
    Preview { width: 1fr; height: 1fr; background: $surface; color: $text-muted; }
    """

    def __init__(self, camera: str, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.camera = camera
        self._newest = Look(camera)
        self._why = "no picture yet"
        self._rgb: Pixels | None = None
        self._age_s = 0.0
        self._held = np.zeros((0, 0, 3), np.uint8)  # at the widget's resolution, without the noise
        self._painted = np.zeros((0, 0, 3), np.uint8)
        self._strips: list[Strip] = []
        self._at = (0, 0)  # column and row of its upper left cell

    def look(self, live: Live, now_ns: int, *, draw: bool = True) -> None:
        """Show the newest there is; cheap where nothing new came. Without `draw` only how old it is by now."""
        seen = self._newest.at(live, now_ns, draw=draw)
        if seen is None:
            return self._forget()
        if seen.rgb is None:
            self.grow_old(seen.age_s)
        else:
            self.show(seen.rgb, seen.age_s)

    def show(self, rgb: Pixels, age_s: float = 0.0) -> None:
        """A picture, (h, w, 3) RGB, of so long ago."""
        if self._rgb is None or rgb.shape != self._rgb.shape:
            self._rgb, self._age_s = rgb, age_s
            self.refresh(layout=True)
            self._draw_all()
            return
        was, self._rgb, self._age_s = self._words, rgb, age_s
        self._draw()
        self._say(was)

    def grow_old(self, age_s: float) -> None:
        """Nothing new came."""
        was, stale, self._age_s = self._words, self._stale, age_s
        if stale != self._stale:
            self._draw()
        self._say(was)

    def say(self, why: str) -> None:
        """Why there is no picture; shown until there is one."""
        if why != self._why:
            self._why = why
            if self._rgb is None:
                self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Rows that keep the aspect (4:3 before the first picture)."""
        height, wide = (3, 4) if self._rgb is None else self._rgb.shape[:2]
        return max(round(width * height / wide / 2), 1)

    def on_resize(self) -> None:
        """All of it anew."""
        self._draw_all()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Past the styles cache, which takes as long as all the rest: a picture has no border and true colours only."""
        filters = [each for each in self.get_line_filters() if not isinstance(each, ANSIToTruecolor)]
        ground, across = self.background_colors[1], crop.column_span
        lines = [self.render_line(y) for y in crop.line_range]
        for each in filters:
            lines = [line.apply_filter(each, ground) for line in lines]
        return lines if across == (0, self.size.width) else [line.crop(*across) for line in lines]

    def render_line(self, y: int) -> Strip:
        """One line, as it is to be seen."""
        width = self.size.width
        if self._rgb is None or not self._strips:
            return self._missing(y, width)
        left, top = self._at
        if not 0 <= y - top < len(self._strips):
            return Strip.blank(width, self.rich_style)
        line = self._strips[y - top]
        if line.cell_length < width:
            blank = self.rich_style
            line = Strip.join([Strip.blank(left, blank), line, Strip.blank(width - left - line.cell_length, blank)])
        return self._captioned(line, width) if y == top else line

    @property
    def _stale(self) -> bool:
        return self._age_s > STALE_S

    @property
    def _words(self) -> str:
        return f" {self.camera} {age_text(self._age_s)} old " if self._stale else f" {self.camera} "

    def _captioned(self, line: Strip, width: int) -> Strip:
        left, words = self._at[0], self._words[: width - self._at[0]]
        caption = Strip([Segment(words, _OLD if self._stale else _NAME)], len(words))
        return Strip.join([line.crop(0, left), caption, line.crop(left + len(words), width)])

    def _missing(self, y: int, width: int) -> Strip:
        lines = [self.camera, *_wrapped(self._why, width)]
        first = (self.size.height - len(lines)) // 2
        text = lines[y - first] if 0 <= y - first < len(lines) else ""
        return Strip([Segment(text[:width].center(width), self.rich_style)], width)

    def _forget(self) -> None:
        """Another daemon runs the rig, and has no picture yet."""
        if self._rgb is not None:
            self._rgb = None
            self.refresh()

    def _say(self, was: str) -> None:
        if was != self._words:
            self.refresh(Region(0, self._at[1], self.size.width, 1))

    def _draw_all(self) -> None:
        self._held = np.zeros((0, 0, 3), np.uint8)
        self._draw()
        self.refresh()

    def _draw(self) -> None:
        """Bring the strips up to date, and ask for a refresh of the cells that changed."""
        if self._rgb is None or not self.size:
            return
        height, width, _ = self._rgb.shape
        columns, rows = fit(width, height, *self.size)
        fresh = shrink(self._rgb, columns, rows)
        if fresh.shape == self._held.shape:
            moved = (np.abs(fresh.astype(np.int16) - self._held) > _NOISE).any(axis=2, keepdims=True)
            self._held = np.where(moved, fresh, self._held)
            self._paint_some()
        else:
            self._at = (self.size.width - columns) // 2, 0  # names side by side stand in one line
            self._held = fresh
            self._painted = self._painting()
            self._strips = strips(self._painted)

    def _paint_some(self) -> None:
        painted = self._painting()
        changed = (painted != self._painted).any(axis=2).reshape(len(self._strips), 2, -1).any(axis=1)
        self._painted = painted
        lines = np.flatnonzero(changed.any(axis=1)).tolist()
        left, top = self._at
        regions: list[Region] = []
        for line in lines:
            self._strips[line] = strips(painted[2 * line : 2 * line + 2])[0]
            cells = np.flatnonzero(changed[line])
            first, last = int(cells[0]), int(cells[-1])
            regions.append(Region(left + first, top + line, last - first + 1, 1))
        if regions:
            self.refresh(*regions)

    def _painting(self) -> Pixels:
        depth = _DEPTHS.get(self.app.console.color_system, "truecolor")  # pyright: ignore[reportUnknownMemberType]
        return paint(faded(self._held, depth) if self._stale else self._held, depth)


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        fits = len(lines[-1]) + 1 + len(word) <= width
        lines[-1:] = [f"{lines[-1]} {word}".strip()] if fits or not lines[-1] else [lines[-1], word]
    return lines
