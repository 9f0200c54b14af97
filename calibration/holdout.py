"""How well a lens explains views that it was not solved from: the figure that more parameters do not improve."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calibration.bundle_lens import Estimate, Free, adjust, residuals
from calibration.poses import Matrix, Vector
from calibration.robust_lens import Fit
from calibration.sights import Sights
from calibration.start_lens import placed

_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Holdout:
    """`of_views`: (v,) mean squared distance of a corner, px^2, of every view when it was held out; `corners`: (v,)."""

    of_views: Vector
    corners: NDArray[np.int64]

    @property
    def rms_px(self) -> float:
        """Over all corners."""
        return float(np.sqrt(np.average(self.of_views, weights=self.corners)))

    def worse_than(self, other: "Holdout") -> tuple[float, float]:
        """By how much, px^2, and 1-sigma of that: a paired difference, the views being what differs by chance."""
        weights = self.corners / self.corners.sum()
        by = self.of_views - other.of_views
        mean = float(by @ weights)
        return mean, float(np.sqrt(((by - mean) ** 2 * weights**2).sum() * len(by) / max(len(by) - 1, 1)))


def holdout(fit: Fit) -> Holdout:
    """Five-fold: each fifth of the views is explained, pose only, by the lens and shape that the others give.

    Of the corners that count in `fit`; what stands out of a set says nothing about the lens.
    """
    sights, at = fit.inliers
    squares = np.zeros(len(sights.corners))
    for out in folds(sights.views):
        part = solved_from(sights, at, ~out, fit.free)
        off = _explained(sights.only(out), part)
        squares[out[sights.view]] = (off**2).sum(axis=1)
    corners = np.bincount(sights.view, minlength=sights.views)
    return Holdout(np.bincount(sights.view, squares, sights.views) / corners, corners)


def folds(views: int) -> Iterator[NDArray[np.bool_]]:
    """Which views are held out together: every fifth, as views that follow each other are alike."""
    for fold in range(min(_FOLDS, views)):
        yield np.arange(views) % _FOLDS == fold


def solved_from(sights: Sights, at: Estimate, views: NDArray[np.bool_], free: Free) -> Estimate:
    """What some of the views alone give, from where the whole set settled."""
    return adjust(sights.only(views), replace(at, poses=at.poses[views]), free)


def _explained(sights: Sights, by: Estimate) -> Matrix:
    """Residuals (N, 2) px with poses found anew, and nothing else."""
    at = replace(by, poses=placed(sights, by.lens))
    return residuals(sights, adjust(sights, at, Free(lens=False)))
