"""Views for a lens, picked from looks while somebody moves the board: sharp, still, each unlike the others."""

import math
import time
from collections.abc import Sequence

import numpy as np

from calibration.board import Board
from calibration.coverage import Coverage, coverage, still
from calibration.detect import Unseen, detect
from calibration.view import View
from collector.calibrate.guide import Enough, Guide, Show
from collector.calibrate.looks import Looks
from collector.calibrate.taken import Taken, taken
from collector.live import Picture

_NEW = 0.02  # of the picture's width: corners of a view that is worth keeping are so far from every other's
_SHARED = 4  # corners
_MOST = 200
ENOUGH = 30
"""Views of which a lens is solved: fewer leave its distortion loose (caliscope, mrcal's how-to)."""


class LensCapture:
    """What was taken so far of a camera that is shown a board. No I/O and no clock of its own."""

    def __init__(self, camera: str, board: Board) -> None:
        self.camera, self.board = camera, board
        self._before: View | None = None
        self._t_ns = 0
        self.taken: list[Taken] = []
        self.coverage: Coverage | None = None
        self.rejected = ""

    @property
    def views(self) -> list[View]:
        """Without their pictures."""
        return [one.view for one in self.taken]

    def feed(self, picture: Picture) -> bool:
        """A look; True where it was taken. One that was seen already changes nothing."""
        if picture.t_ns == self._t_ns:
            return False
        self._t_ns = picture.t_ns
        before, self._before = self._before, None
        seen = detect(picture.rgb, self.board, f"{self.camera}@{picture.t_ns}", picture.t_ns)
        if isinstance(seen, Unseen):
            self.rejected = seen.reason
            return False
        self._before = seen
        if before is None or not still(before, seen):
            self.rejected = "The board moves: hold it still for half a second."
            return False
        if not is_new(seen, self.views):
            self.rejected = "This view was taken: move the board on."
            return False
        if len(self.taken) >= _MOST:
            self.rejected = f"{_MOST} views are enough."
            return False
        self.rejected = ""
        self.taken.append(taken(seen, picture))
        self.coverage = coverage(self.views, self.board, seen.size)
        return True

    @property
    def done(self) -> bool:
        """Do the views cover all that a lens needs, and are there enough?"""
        return self.coverage is not None and self.coverage.done and len(self.taken) >= ENOUGH

    def guide(self, title: str, seconds: float) -> Guide:
        """For the operator."""
        advice = self.coverage.advice if self.coverage else f"Hold the board before {self.camera}, filling a third."
        advice = advice or f"Take {ENOUGH - len(self.taken)} more views, every one from elsewhere."
        return Guide(title, advice, seconds, {self.camera: len(self.taken)}, self.rejected, self.coverage)


def is_new(view: View, others: Sequence[View]) -> bool:
    """Is it unlike each of the others? Where two share too few corners they are."""
    least = _NEW * view.size[0]
    return all((far := apart_px(view, other)) is None or far >= least for other in others)


def apart_px(one: View, other: View) -> float | None:
    """Root mean square distance of the corners that both show; None where these are too few."""
    there = {number: place for place, number in enumerate(other.ids.tolist())}
    ours = [place for place, number in enumerate(one.ids.tolist()) if number in there]
    if len(ours) < _SHARED:
        return None
    theirs = [there[number] for number in one.ids.tolist() if number in there]
    return float(np.linalg.norm(one.corners[ours] - other.corners[theirs])) / math.sqrt(len(ours))


def capture_lens(
    looks: Looks, capture: LensCapture, show: Show, enough: Enough, patience_s: float = float("inf")
) -> None:
    """Look until the views cover the lens, or the operator (Ctrl-C too) or the patience says enough."""
    began, title = time.monotonic(), f"Intrinsics of {capture.camera}"
    try:
        while not capture.done and not enough() and time.monotonic() - began < patience_s:
            picture = looks.look(capture.camera)
            if picture is not None:
                capture.feed(picture)
            show(capture.guide(title, time.monotonic() - began))
            looks.wait()
    except KeyboardInterrupt:
        pass
