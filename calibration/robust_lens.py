"""The lens that most corners agree on: Huber first, then least squares without the corners and views that stand out."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calibration.bundle_lens import Estimate, Free, adjust, residuals
from calibration.poses import Matrix
from calibration.sights import MIN_CORNERS, Sights
from calibration.start_lens import placed

_SIGMAS = 3.5
"""Of a clean corner one in 450 is further off."""
_FLOOR_PX = 0.02
"""No detector is better than this; perfect corners, too, leave open what the views leave open."""
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Fit:
    """`kept`: (N,) corners of `sights` that count; a view without any has been left out."""

    sights: Sights
    at: Estimate
    free: Free
    kept: NDArray[np.bool_]

    @property
    def inliers(self) -> tuple[Sights, Estimate]:
        """The corners that count, and the estimate with the poses of the views that have some."""
        views = self.views_kept
        return self.sights.rows(self.kept | ~views[self.sights.view]).only(views), replace(
            self.at, poses=self.at.poses[views]
        )

    @property
    def views_kept(self) -> NDArray[np.bool_]:
        """(v,) of all views."""
        return np.bincount(self.sights.view, self.kept, self.sights.views) > 0

    @property
    def unknowns(self) -> int:
        """How many numbers the corners that count have determined."""
        shared = len(self.at.lens.parameters) * self.free.lens + len(self.free.shape)
        return shared + 6 * int(self.views_kept.sum())

    @property
    def rms_px(self) -> float:
        """Of the distances of the corners that count."""
        return rms(residuals(*self.inliers))

    @property
    def sigma_px(self) -> float:
        """1-sigma of one coordinate of a corner, as the residuals show it."""
        off = residuals(*self.inliers)
        return max(float(np.sqrt((off**2).sum() / max(off.size - self.unknowns, 1))), _FLOOR_PX)


def rms(off: Matrix) -> float:
    """Root mean square length of (n, 2)."""
    return float(np.sqrt((off**2).sum(axis=1).mean()))


def fit(sights: Sights, at: Estimate, free: Free) -> Fit:
    """The robust solution from a start: Huber's cost on what is not wild, then least squares on what agrees."""
    kept = np.ones(len(sights.corners), bool)
    for huber in (True, True, *[False] * _ROUNDS):
        one = Fit(sights, at, free, kept)
        some, part = one.inliers
        part = adjust(some, part, free, 2 * spread(residuals(some, part)) if huber else np.inf)
        at = replace(part, poses=_all_poses(one, part))
        again = agreeing(sights, residuals(sights, at))
        if not huber and (again == kept).all():
            break
        kept = again
    return Fit(sights, at, free, kept)


def _all_poses(of: Fit, part: Estimate) -> Matrix:
    """Of the views that count as `part` has them; the others' are found anew: they may fit a better lens."""
    sights, views = of.sights, of.views_kept
    poses = np.empty((sights.views, 4, 4))
    poses[views] = part.poses
    if not views.all():
        others = sights.only(~views)
        again = replace(part, poses=placed(others, part.lens))
        usual = spread(residuals(*of.inliers))
        poses[~views] = adjust(others, again, Free(lens=False), 2 * usual).poses
    return poses


def spread(off: Matrix) -> float:
    """1-sigma of a coordinate, px, by the median absolute deviation: half of the corners may be anywhere."""
    return max(1.4826 * float(np.median(np.abs(off))), _FLOOR_PX)


def agreeing(sights: Sights, off: Matrix) -> NDArray[np.bool_]:
    """(N,) corners within 3.5 sigma of their view, of views that are about as good as the others.

    A view is out if its rms is above 2.5 times the usual one and 1 px more than it (by medians: one wild corner does
    not cost a view), or if half of its corners are out.
    """
    far = np.linalg.norm(off, axis=1)
    usual = spread(off)
    of_views = np.array([spread(off[sights.view == view]) for view in range(sights.views)])
    alike = of_views * np.sqrt(2) <= max(2.5 * usual * np.sqrt(2), usual * np.sqrt(2) + 1.0)
    sound = far <= _SIGMAS * np.clip(of_views, usual, 2.5 * usual)[sights.view]
    enough = np.maximum(MIN_CORNERS, 0.5 * np.bincount(sights.view, minlength=sights.views))
    good = alike & (np.bincount(sights.view, sound, sights.views) >= enough)
    return sound & good[sights.view]
