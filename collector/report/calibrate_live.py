"""A calibration in the terminal: what is covered, what to do next, what was wrong with the last look."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from calibration.coverage import GRID, SPREAD, TILTS, Coverage
from calibration.diversity import SPREAD_DEG, Diversity
from collector.calibrate.guide import Guide
from collector.report.keys import Keys

_REFRESH_S = 0.1
_WELL = 12  # corners in a part of the picture that make it full
_BAR = 24
_ARROWS = ((5, 6, 7), (4, None, 0), (3, 2, 1))  # sides on the screen: 0 right, 2 lower
_SIGNS = "→↘↓↙←↖↑↗"
_SHADES = ("on grey23", "on dark_red", "on orange4", "on dark_green")


class Screen:
    """Where a procedure is shown, and how the operator says that it is enough. Without a terminal: nothing, never."""

    def __init__(self, live: Live | None, keys: Keys | None) -> None:
        self._live, self._keys = live, keys
        self._shown = 0.0

    def show(self, guide: Guide) -> None:
        """The newest; not more often than an eye sees."""
        if self._live is not None and (now := time.monotonic()) - self._shown >= _REFRESH_S:
            self._shown = now
            self._live.update(guide_view(guide, by_hand=self._keys is not None), refresh=True)

    def enough(self) -> bool:
        """Was Enter pressed since the last call?"""
        return self._keys is not None and any(key in "\r\n" for key in self._keys.read(0.0))

    def ask(self, text: str) -> None:
        """Say what is to be done by hand, and wait for Enter."""
        if self._live is None or self._keys is None:
            return
        waiting = Group(Text(f"  {text}", style="bold cyan"), Text(), Text("  Enter: done, go on", style="dim"))
        self._live.update(waiting, refresh=True)
        while not any(key in "\r\n" for key in self._keys.read(0.2)):
            pass


@contextmanager
def screen(console: Console) -> Generator[Screen]:
    """On a terminal; what is printed meanwhile goes above it."""
    if not console.is_terminal:
        yield Screen(None, None)
        return
    keyboard = Keys() if sys.stdin.isatty() else nullcontext(None)
    with keyboard as keys, Live(console=console, auto_refresh=False, transient=True) as live:
        yield Screen(live, keys)


def guide_view(guide: Guide, *, by_hand: bool = True) -> RenderableType:
    """All of it, within 80 columns and 24 lines."""
    parts: list[RenderableType] = [_head(guide), Text()]
    if guide.share is not None:
        parts += [Text.assemble("  motion    ", _bar(guide.share), f" {guide.share:4.0%}"), Text()]
    if guide.coverage is not None:
        parts += [_coverage(guide.coverage), Text()]
    elif guide.diversity is not None:
        parts += [_diversity(guide.diversity), Text()]
    parts += [
        _line("next", guide.advice or "All is covered.", "bold cyan"),
        _line("last look", guide.rejected, "yellow"),
    ]
    if by_hand and guide.share is None:
        parts += [Text(), Text("  Enter: enough, solve with what there is", style="dim")]
    return Group(*parts)


def _head(guide: Guide) -> Table:
    minutes, seconds = divmod(int(guide.seconds), 60)
    views = "  ".join(f"{camera} {count}" for camera, count in guide.views.items())
    head = Table.grid(expand=True)
    head.add_column()
    head.add_column(justify="right", no_wrap=True)
    head.add_row(Text(guide.title, style="bold"), Text(f"views: {views or 'none'}   {minutes}:{seconds:02d}"))
    return head


def _line(name: str, text: str, style: str) -> Table:
    line = Table.grid(padding=(0, 1))
    line.add_column(width=11, justify="left")
    line.add_column(overflow="fold", min_width=20)
    line.add_row(Text(f"  {name}", style="dim"), Text(text or "taken", style=style if text else "green"))
    return line


def _coverage(told: Coverage) -> Table:
    across = Table.grid(padding=(0, 3))
    across.add_row(Text("  picture"), Text("nearest side"), Text("distance"))
    across.add_row(_cells(told.cells), _rose(told.tilts), _distances(told))
    return across


def _cells(cells: NDArray[np.int64]) -> Text:
    """Two lines a row: a picture is wider than high."""
    text = Text()
    for row in range(GRID):
        for line in range(2):
            text.append("  ")
            for column in range(GRID):
                count = int(cells[row, column])
                shade = _SHADES[0 if not count else 1 + min(2, 2 * count // _WELL)]
                text.append(f"{count:^5d}" if line == 0 and count else "     ", style=shade)
                text.append(" ")
            text.append("\n")
    return text


def _rose(tilts: NDArray[np.int64]) -> Text:
    text = Text("\n")
    for row in _ARROWS:
        for one in row:
            if one is None:
                text.append("  ·  ", style="dim")
                continue
            count = int(tilts[one])
            style = "bold green" if count else "grey50"
            text.append(f" {_SIGNS[one]}{count:<3d}" if count else f" {_SIGNS[one]}   ", style=style)
        text.append("\n\n")
    have = int((tilts > 0).sum())
    text.append(f" {have} of 8, {TILTS} at least", style="green" if have >= TILTS else "yellow")
    return text


def _distances(told: Coverage) -> Text:
    if not told.near_m:
        return Text("\n not seen yet", style="dim")
    ratio = told.far_m / told.near_m
    text = Text(f"\n nearest  {told.near_m:5.2f} m\n farthest {told.far_m:5.2f} m\n\n ")
    text.append(f"{ratio:.1f} times, {SPREAD:g} at least", style="green" if ratio >= SPREAD else "yellow")
    steep = float(np.degrees(told.steep_rad))
    text.append(f"\n\n steepest tilt {steep:.0f} deg", style="green" if steep >= 30 else "yellow")
    return text


def _diversity(told: Diversity) -> Group:
    lines: list[RenderableType] = []
    for axis, degrees in zip("xyz", told.range_deg, strict=True):
        share, style = min(1.0, degrees / SPREAD_DEG), "green" if degrees >= SPREAD_DEG else "yellow"
        lines.append(Text.assemble(f"  turned about {axis}  ", _bar(share, style), f" {degrees:4.0f} deg"))
    if np.isfinite(told.expected_mm):
        lines.append(Text(f"  to expect: {told.expected_mm:.1f} mm (1 sigma), {told.poses} poses"))
    return Group(*lines)


def _bar(share: float, style: str = "cyan") -> Text:
    full = round(max(0.0, min(1.0, share)) * _BAR)
    return Text.assemble(("━" * full, style), ("━" * (_BAR - full), "grey35"))
