"""Which views to solve with: few, and each telling what the others do not."""

from collections.abc import Sequence

import cv2
import numpy as np

from calibration.board import CharucoBoard, ChessBoard
from calibration.coverage_pose import guessed_lens, place
from calibration.lens import Lens
from calibration.poses import Matrix
from calibration.view import View

_CORNER_PX = 0.2
"""1-sigma of a sharp corner."""
_SHARP_PX = 2.0
"""Edges of this width are sharp; a corner's noise grows with them."""
_BEFORE = (0.3, 0.3, 0.1, 0.1, 0.5, 0.5, 0.02, 0.02, 0.5)
"""What is known of a lens beforehand, 1-sigma: fx, fy, cx, cy as shares of the width; k1 k2 p1 p2 k3."""


def choose(
    views: Sequence[View], board: CharucoBoard | ChessBoard, size: tuple[int, int], count: int = 40
) -> list[View]:
    """At most `count` of `views`, in their order.

    Greedy D-optimal design (Fedorov 1972): each time the view that shrinks the volume of a lens's uncertainty the most,
    given those before; its own pose is unknown and takes its share. So tilted close-ups out to the picture's corners
    come first, near copies and blurred views last. A lens of five coefficients about a usual one is supposed.
    """
    if len(views) <= count:
        return list(views)
    lens = guessed_lens(size)
    told = np.array([_information(view, board, lens) for view in views])
    known = np.diag(1.0 / np.square(_BEFORE))
    left = list(range(len(views)))
    for _ in range(count):
        best = left[int(np.argmax(np.linalg.slogdet(known + told[left])[1]))]
        known = known + told[best]
        left.remove(best)
    return [view for index, view in enumerate(views) if index not in set(left)]


def _information(view: View, board: CharucoBoard | ChessBoard, lens: Lens) -> Matrix:
    """Fisher information (9, 9) of one view about the lens, in the units of `_BEFORE`, its pose being free."""
    pose = place(view, board, lens)
    if pose is None:
        return np.zeros((9, 9))
    points = board.points()[view.ids]
    turned = np.asarray(cv2.Rodrigues(pose[:3, :3])[0], np.float64)
    _, slopes = cv2.projectPoints(points, turned, pose[:3, 3], lens.K, np.zeros(5))
    units = np.array([lens.size[0]] * 4 + [1.0] * 5)
    by_pose, by_lens = np.asarray(slopes[:, :6], np.float64), np.asarray(slopes[:, 6:15], np.float64) * units
    free = by_lens - by_pose @ np.linalg.lstsq(by_pose, by_lens, rcond=None)[0]
    sigma = _CORNER_PX * max(1.0, view.blur / _SHARP_PX)
    return free.T @ free / sigma**2
