"""The corners of all views in one table, checked: what the bundle adjustment of a lens works on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calibration.board import CharucoBoard, ChessBoard
from calibration.errors import CalibrationError
from calibration.poses import Matrix
from calibration.view import View

MIN_VIEWS = 6
"""With fewer there is nothing left to hold out."""
MIN_CORNERS = 6
"""A view with fewer says nothing about the lens: its pose takes three of them."""


@dataclass(frozen=True, slots=True)
class Sights:
    """Corners of several views of one board, a row each, view by view.

    `view`: (N,) number of the view, rising, none missing; `points`: (N, 3) m in the board's frame; `reach`: (N, 2)
    the same along x and y, from -1 to 1 over the whole board; `corners`: (N, 2) px; `size`: (width, height) px.
    """

    size: tuple[int, int]
    view: NDArray[np.intp]
    points: Matrix
    reach: Matrix
    corners: Matrix

    @property
    def views(self) -> int:
        """How many."""
        return int(self.view[-1]) + 1

    @property
    def starts(self) -> NDArray[np.intp]:
        """Row that each view begins at."""
        return np.searchsorted(self.view, np.arange(self.views))

    def rows(self, kept: NDArray[np.bool_]) -> "Sights":
        """Only some corners: at least one of every view."""
        return replace(
            self,
            view=self.view[kept],
            points=self.points[kept],
            reach=self.reach[kept],
            corners=self.corners[kept],
        )

    def only(self, views: NDArray[np.bool_]) -> "Sights":
        """Only some views, numbered anew."""
        some = self.rows(views[self.view])
        return replace(some, view=(np.cumsum(views) - 1)[some.view])


def stack(
    views: Sequence[View], board: CharucoBoard | ChessBoard, size: tuple[int, int] | None = None
) -> tuple[Sights, list[View], list[str]]:
    """The table, the views in it, and notes on those that were left out because they show too little.

    Raises CalibrationError: pictures of several sizes, corners that are no numbers or not of this board, few views.
    """
    points = board.points()
    size = _one_size(views, size)
    for view in views:
        _check(view, len(points), board)
    used = [view for view in views if len(view.ids) >= MIN_CORNERS and _wide(points[view.ids])]
    notes = [
        f"{view.name}: left out, its {len(view.ids)} corners lie on a line or are fewer than {MIN_CORNERS}"
        for view in views
        if not any(view is one for one in used)
    ]
    if len(used) < MIN_VIEWS:
        raise CalibrationError(
            f"{len(used)} views with enough corners, and a lens needs at least {MIN_VIEWS}: take 30 to 50, tilted"
            " each way, near and far, all over the picture"
        )
    ids = np.concatenate([view.ids for view in used])
    middle = (points.max(axis=0) + points.min(axis=0)) / 2
    half = (points.max(axis=0) - points.min(axis=0)) / 2
    table = Sights(
        size,
        np.repeat(np.arange(len(used)), [len(view.ids) for view in used]),
        points[ids],
        ((points - middle)[ids, :2] / half[:2]),
        np.concatenate([np.asarray(view.corners, np.float64) for view in used]),
    )
    return table, used, notes


def _one_size(views: Sequence[View], size: tuple[int, int] | None) -> tuple[int, int]:
    if not views:
        raise CalibrationError("no picture shows the board: hold it before the camera, all of it in the light")
    sizes: dict[tuple[int, int], list[str]] = {} if size is None else {size: []}
    for view in views:
        sizes.setdefault((int(view.size[0]), int(view.size[1])), []).append(view.name)
    if len(sizes) > 1:
        told = ", ".join(f"{w}x{h} ({len(names)}: {names[0]})" for (w, h), names in sizes.items() if names)
        wanted = "" if size is None else f" and {size[0]}x{size[1]} is asked for"
        raise CalibrationError(
            f"pictures of several sizes: {told}{wanted}; a lens is calibrated in one mode of its camera: give pictures"
            " of one size"
        )
    return next(iter(sizes))


def _check(view: View, count: int, board: CharucoBoard | ChessBoard) -> None:
    if np.shape(view.corners) != (len(view.ids), 2):
        raise CalibrationError(
            f"{view.name}: {len(view.ids)} ids and corners of shape {np.shape(view.corners)}: each corner needs its id"
        )
    if not np.isfinite(view.corners).all():
        raise CalibrationError(f"{view.name}: a corner is no number (NaN or infinite); detect this picture again")
    if len(view.ids) and (view.ids.min() < 0 or view.ids.max() >= count):
        raise CalibrationError(
            f"{view.name}: corner {int(view.ids.max())} is not on this {board.columns}x{board.rows} board, which has"
            f" {count}: give the board that the pictures show"
        )
    if len(np.unique(view.ids)) != len(view.ids):
        raise CalibrationError(f"{view.name}: a corner appears twice; detect this picture again")


def _wide(points: Matrix) -> bool:
    """Whether points (n, 3) on a board spread in both directions."""
    spread = np.linalg.svd(points[:, :2] - points[:, :2].mean(axis=0), compute_uv=False)
    return bool(spread[1] > 0.05 * spread[0])
