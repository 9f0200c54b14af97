"""Where the pictures of a contact sheet go in a box of cells. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

_LEAST_ROWS = 6  # of a picture: below that nobody recognises a gripper
_WIDEST = 4 / 3  # of a camera whose shape is not known yet


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture's place in cells, and what it shows: a camera at a share of the take, None: at the moment looked at."""

    camera: str
    share: float | None
    left: int
    top: int
    columns: int
    rows: int


def contact_sheet(cameras: Sequence[str], columns: int, rows: int, aspect: float = _WIDEST) -> list[Frame]:
    """A row a camera, as many as fit, each from the take's begin to its end; `aspect`: width by height of a picture."""
    if not cameras or rows < 1:
        return []
    lines = max(min(len(cameras), rows // _LEAST_ROWS), 1)
    high = rows // lines
    wide = max(min(round(2 * high * aspect), columns), 1)
    count = max(columns // wide, 1)
    gap = (columns - count * wide) // max(count - 1, 1) if count > 1 else 0
    return [
        Frame(camera, share_of(at, count), at * (wide + gap), line * high, wide, high)
        for line, camera in enumerate(cameras[:lines])
        for at in range(count)
    ]


def side_by_side(cameras: Sequence[str], columns: int, rows: int, aspect: float = _WIDEST) -> list[Frame]:
    """All cameras at the moment looked at, as large as they fit in one line, or in two where that makes them larger."""
    if not cameras or rows < 1:
        return []
    lines = max((1, 2), key=lambda number: _size(len(cameras), number, columns, rows, aspect))
    across = -(-len(cameras) // lines)
    wide, high = columns // across, rows // lines
    if not wide or not high:
        return []
    return [
        Frame(camera, None, at % across * wide, at // across * high, max(wide - 1, 1), high)
        for at, camera in enumerate(cameras)
    ]


def share_of(at: int, count: int) -> float:
    """The share of the take of the picture `at` of `count`: the first moment, the last, and evenly between."""
    return at / (count - 1) if count > 1 else 1.0


def _size(cameras: int, lines: int, columns: int, rows: int, aspect: float) -> float:
    """How wide a picture comes out."""
    return min(columns // -(-cameras // lines), 2 * (rows // lines) * aspect)
