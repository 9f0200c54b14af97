"""Two halves of the views, two lenses: do they differ by no more than they say they may?

The question that finds what no residual shows (mrcal, docs/how-to-calibrate.org, "cross-validation"): a model that
does not fit the lens, a board that is not flat, a rolling shutter, all give small residuals and lenses that disagree.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from calibration.holdout import solved_from
from calibration.lens import Lens
from calibration.poses import Matrix, Vector, from_twist
from calibration.robust_lens import Fit
from calibration.uncertainty import Known, grid, known, projected, rates

_LEAST = 4
"""Views that a half needs."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """`rms_px`, `max_px`: difference of projections in the middle 80 % of the picture; `ratio`: rms over predicted."""

    rms_px: float
    max_px: float
    ratio: float


def agreement(fit: Fit, range_m: float) -> Agreement | None:
    """Of the odd and the even views, at the range they were taken at; None where a half does not give a lens."""
    sights, at = fit.inliers
    odd = np.arange(sights.views) % 2 == 1
    if odd.sum() < _LEAST:
        return None
    halves: list[Known] = []
    for views in (odd, ~odd):
        part = solved_from(sights, at, views, fit.free)
        some = sights.only(views)
        found = known(Fit(some, part, fit.free, np.ones(len(some.corners), bool)))
        if found is None:
            return None
        halves.append(found)
    pixels = grid(sights.size, 11, 9, 0.8)
    covariance = projected(halves[0], pixels, range_m) + projected(halves[1], pixels, range_m)
    weights = np.linalg.inv(covariance).astype(np.float64)
    off = difference(halves[0].at.lens, halves[1].at.lens, pixels, range_m, weights)
    if off is None:
        return None
    far = np.linalg.norm(off, axis=1)
    found = float(np.sqrt((far**2).mean()))
    return Agreement(found, float(far.max()), found / predicted(halves, pixels, range_m, weights))


def predicted(halves: list[Known], pixels: Matrix, range_m: float, weights: Matrix) -> float:
    """Rms difference, px, that the two covariances let expect after the same alignment as in `difference`."""
    moving = [rates(half, pixels, range_m).reshape(2 * len(pixels), -1) for half in halves]
    covariance = sum(
        (rows @ half.covariance @ rows.T for rows, half in zip(moving, halves, strict=True)),
        np.zeros((2 * len(pixels), 2 * len(pixels))),
    )
    aligning = moving[0][:, -3 if np.isinf(range_m) else -6 :]
    weighed = (weights @ aligning.reshape(len(pixels), 2, -1)).reshape(aligning.shape).T
    aligned = np.linalg.solve(weighed @ aligning, weighed).astype(np.float64)
    left = np.eye(2 * len(pixels)) - aligning @ aligned
    return float(np.sqrt(np.trace(left @ covariance @ left.T) / len(pixels)))


def difference(one: Lens, other: Lens, pixels: Matrix, range_m: float, weights: Matrix | None = None) -> Matrix | None:
    """How far apart (n, 2) px two lenses see what `one` sees at pixels (n, 2) at `range_m` (np.inf: rotation only).

    The small motion of the camera that makes them agree best is no difference, and is taken out first (mrcal,
    docs/differencing.org); `weights`: (n, 2, 2) inverse covariances. None where a lens does not reach so far out.
    """
    rays = one.rays(pixels)
    points = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    near = 0.0 if np.isinf(range_m) else 1 / range_m
    roots = np.linalg.cholesky(weights) if weights is not None else np.broadcast_to(np.eye(2), (len(pixels), 2, 2))

    def off(motion: Vector) -> Matrix:
        moved = from_twist(np.concatenate([motion[:3] * near if near else np.zeros(3), motion[-3:]]))
        return other.project(points @ moved[:3, :3].T + moved[:3, 3]) - pixels

    def weighed(motion: Vector) -> Vector:
        return np.einsum("nij,ni->nj", roots, off(motion)).ravel()

    begun = np.zeros(6 if near else 3)
    if not np.isfinite(weighed(begun)).all():
        return None
    scale = [range_m] * 3 + [1.0] * 3 if near else [1.0] * 3
    return off(least_squares(weighed, begun, x_scale=scale, method="lm").x)
