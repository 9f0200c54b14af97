"""Bars and lines of text, as all gauges are made of. Pure.

A level is never told by colour alone: what is amiss carries a mark too, for a terminal or an eye without the colour.
"""

import math
from collections.abc import Sequence
from typing import Final, Literal

from textual.content import Content

from hardware.config import Limits

Level = Literal["none", "ok", "warn", "fail"]

STYLES: Final[dict[Level, str]] = {
    "none": "$text-muted", "ok": "$text-success", "warn": "$text-warning", "fail": "$text-error bold",
}  # fmt: skip
MARKS: Final[dict[Level, str]] = {"none": " ", "ok": " ", "warn": "!", "fail": "X"}
_ORDER: Final[dict[Level, int]] = {"none": 0, "ok": 1, "warn": 2, "fail": 3}
_LEFT: Final = " ▏▎▍▌▋▊▉█"  # eighths of a cell, filled from the left
_BELOW: Final = " ▁▂▃▄▅▆▇█"  # from below
_TROUGH: Final = "·"


def level(value: float | None, limits: Limits) -> Level:
    """By the size of a figure: above the first limit warns, above the second fails; unknown: none."""
    if value is None or not math.isfinite(value):
        return "none"
    warn, fail = limits
    return "fail" if abs(value) > fail else "warn" if abs(value) > warn else "ok"


def worst(levels: Sequence[Level]) -> Level:
    """The one that the operator must know of."""
    found: Level = "none"
    for one in levels:
        found = one if _ORDER[one] > _ORDER[found] else found
    return found


def bar(share: float, cells: int, mark: float | None = None) -> str:
    """0..1 of so many cells, to an eighth of one; `mark`: a limit to be seen on it, as a share."""
    eighths = round(min(max(share, 0.0), 1.0) * cells * 8) if math.isfinite(share) else 0
    full, part = divmod(eighths, 8)
    text = _LEFT[8] * full + (_LEFT[part] if part else "")
    text += _TROUGH * (cells - len(text))
    if mark is None:
        return text
    at = min(max(round(mark * cells), 0), cells - 1)
    return f"{text[:at]}{'┃' if at < full else '│'}{text[at + 1 :]}"


def sided_bar(share: float, cells: int) -> str:
    """-1..1 from the middle; `cells` to each side of it."""
    long = round(min(abs(share), 1.0) * cells) if math.isfinite(share) else 0
    filled = "█" * long
    left = f"{filled:{_TROUGH}>{cells}}" if share < 0 else _TROUGH * cells
    right = f"{filled:{_TROUGH}<{cells}}" if share > 0 else _TROUGH * cells
    return f"{left}│{right}"


def sparkline(values: Sequence[float | None], cells: int, top: float) -> str:
    """The last so many values, 0..top, newest on the right; one that is missing is a gap."""
    shown = list(values)[-cells:]
    return "".join(_spark(value, top) for value in shown).rjust(cells)


def lines(of: Sequence[Content]) -> Content:
    """One below the other."""
    return Content("\n").join(of)


def _spark(value: float | None, top: float) -> str:
    if value is None or not math.isfinite(value):
        return " "
    return _BELOW[min(max(math.ceil(8 * value / top), 1), 8)]
