"""A picture drawn as sixels: encoded once, put on the screen where and when the widget is drawn."""

from typing import ClassVar, Final

import numpy as np
from PIL import Image
from rich.control import Control
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from collector.tui.widgets.preview_cells import Pixels
from collector.tui.widgets.preview_terminal import cell_pixels
from collector.tui.widgets.sixels import BAND, sixels

_COLOURS: Final = 64  # half the output of 256; the eye sees a preview, not a photograph
_FINEST: Final = 1.5  # times as wide as the picture: what a finer terminal would show is not in it


class SixelPicture(Widget):
    """`show` gives it pictures; without one it is empty. Its place is laid out once, whatever comes."""

    DEFAULT_CSS: ClassVar[str] = """
    SixelPicture { width: 1fr; height: 1fr; }
    """

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._rgb: Pixels | None = None
        self._drawn: tuple[tuple[int, int], str] | None = None

    def show(self, rgb: Pixels | None) -> None:
        """A picture, (h, w, 3) RGB; or none."""
        self._rgb, self._drawn = rgb, None
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The last line carries all of it; lines of no length leave the cells under it to what lies behind.

        A picture would cover a dialog: under one there is none.
        """
        if self._rgb is None or not self.is_attached or not self.screen.is_active:
            return []
        text, area = self._text(self._rgb), self.screen.find_widget(self).visible_region
        moved, back = Control.move_to(area.x, area.y).segment, Control.move_to(area.right, area.bottom - 1).segment
        blank = Segment(" " * crop.width, self.rich_style)
        picture = Segment(text, None, moved.control)  # no cells of a line, which a control's text is not counted as
        return [*[Strip([])] * (crop.height - 1), Strip([blank, moved, picture, back], crop.width)]

    def _text(self, rgb: Pixels) -> str:
        """Encoded anew for another picture, or another size of it."""
        size = fitted(rgb.shape[1], rgb.shape[0], self.size.width, self.size.height, cell_pixels())
        if self._drawn is None or self._drawn[0] != size:
            resized = Image.fromarray(rgb).resize(size, Image.Resampling.BILINEAR, reducing_gap=1.0)
            self._drawn = size, sixels(np.asarray(resized), _COLOURS)
        return self._drawn[1]


def fitted(width: int, height: int, columns: int, rows: int, cell: tuple[int, int]) -> tuple[int, int]:
    """Width and height in px of a picture in a box of cells, its aspect kept; whole bands high. Pure."""
    scale = min(columns * cell[0] / width, rows * cell[1] / height, _FINEST)
    return max(int(width * scale), 1), max(int(height * scale) // BAND, 1) * BAND
