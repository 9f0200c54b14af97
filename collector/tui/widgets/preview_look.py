"""What is new of a camera, for whoever shows it."""

from typing import Final, NamedTuple

from collector.live import Live
from collector.tui.widgets.preview_cells import Pixels

STALE_S: Final = 1.0
"""A picture older than this is of the past, and says so."""


class Seen(NamedTuple):
    """`rgb`: the picture, None where it is the one that was seen before; `age_s`: since its exposure."""

    rgb: Pixels | None
    age_s: float


class Look:
    """One camera's newest picture, each only once."""

    def __init__(self, camera: str) -> None:
        self._camera, self._shown_ns = camera, 0

    def at(self, live: Live, now_ns: int, *, draw: bool = True) -> Seen | None:
        """What there is now; None: nothing, ever. Without `draw` a new picture is left for later."""
        picture = live.picture(self._camera)
        if picture is None:
            return None
        age_s = max(now_ns - picture.t_ns, 0) * 1e-9
        if picture.t_ns == self._shown_ns or not draw:
            return Seen(None, age_s)
        self._shown_ns = picture.t_ns
        return Seen(picture.rgb, age_s)


def age_text(seconds: float) -> str:
    """In one unit, and short."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.0f} h"
