"""How uncertain a lens is: of its numbers, and of the pixel that a thing at some distance is seen at.

The numbers of a lens trade with each other and with where the camera is taken to be, so their own sigmas say little.
What counts is a projection: a change of lens that a small motion of the camera makes good is no error. So the motion
that the poses of the boards imply is applied first: the mean of their corrections. Method: mrcal, docs/uncertainty.org
("the mean-pcam method"); here the poses' corrections are twists in the camera's frame, and their mean is linear.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.bundle_lens import Estimate, equations
from calibration.descent import covariance_of
from calibration.lens import Lens
from calibration.poses import Matrix, Vector
from calibration.projection import project, skewed
from calibration.robust_lens import Fit

INFINITY_M = np.inf


@dataclass(frozen=True, slots=True)
class Known:
    """Covariance of a lens, its board's shape (c numbers together) and the implied motion of the camera (6).

    `covariance`: (c + 6, c + 6); `free_lens`: how many of c are the lens's.
    """

    at: Estimate
    covariance: Matrix

    @property
    def lens(self) -> Matrix:
        """Covariance of `Lens.parameters`."""
        count = len(self.at.lens.parameters)
        return self.covariance[:count, :count]

    @property
    def sigmas(self) -> dict[str, float]:
        """1-sigma of each number of the lens."""
        roots = np.sqrt(np.maximum(np.diag(self.lens), 0))
        return dict(zip(self.at.lens.names, (float(root) for root in roots), strict=True))


def known(fit: Fit) -> Known | None:
    """Of a fit whose lens is free; None where the views leave some of it open.

    The residuals' own variance scales it: the corners are as good as they show themselves.
    """
    sights, at = fit.inliers
    normal = equations(sights, at, fit.free)
    found = covariance_of(normal)
    if found is None:
        return None
    shared, cross, motion = found
    return Known(at, np.block([[shared, cross], [cross.T, motion]]) * fit.sigma_px**2)


def rates(of: Known, pixels: Matrix, range_m: float) -> Matrix:
    """How pixels (n, 2) that see things at `range_m` (or INFINITY_M) move, (n, 2, c + 6), with all that is `known`.

    The last six are the camera's motion: a shift by its share of the range, and a turn.
    """
    seen_along = of.at.lens.rays(pixels)
    points = seen_along / np.linalg.norm(seen_along, axis=1, keepdims=True)
    near = 0.0 if np.isinf(range_m) else 1 / range_m
    _, by_lens, by_point = project(of.at.lens, points)
    shape = np.zeros((len(pixels), 2, len(of.covariance) - by_lens.shape[2] - 6))
    return np.concatenate([by_lens, shape, by_point * near, -by_point @ skewed(points)], axis=2)


def projected(of: Known, pixels: Matrix, range_m: float) -> Matrix:
    """Covariance (n, 2, 2) px^2 of where things at `range_m` (or INFINITY_M) that are seen at pixels (n, 2) are seen.

    NaN where the lens looks nowhere.
    """
    moving = rates(of, pixels, range_m)
    return np.einsum("nia,ab,njb->nij", moving, of.covariance, moving)


def worst(covariance: Matrix) -> Vector:
    """1-sigma (n,) px in the direction in which it is largest."""
    x, y, cross = covariance[:, 0, 0], covariance[:, 1, 1], covariance[:, 0, 1]
    return np.sqrt(np.maximum((x + y) / 2 + np.hypot((x - y) / 2, cross), 0))


def grid(size: tuple[int, int], columns: int, rows: int, share: float = 1.0) -> Matrix:
    """Pixels (rows * columns, 2) from edge to edge of the middle `share` of a picture, row by row."""
    width, height = size
    x = (width - 1) / 2 * (1 + share * np.linspace(-1, 1, columns))
    y = (height - 1) / 2 * (1 + share * np.linspace(-1, 1, rows))
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def sigma_map(of: Known, range_m: float, columns: int = 21, rows: int = 15) -> NDArray[np.float64]:
    """1-sigma (rows, columns) px over the whole picture."""
    return worst(projected(of, grid(of.at.lens.size, columns, rows), range_m)).reshape(rows, columns)


def sigma_at(of: Known, range_m: float, share: float) -> float:
    """Largest 1-sigma, px, at `share` of the way from the middle to the corners: 0 middle, 1 corner."""
    return float(worst(projected(of, grid(of.at.lens.size, 2, 2, share), range_m)).max())


def sigma_within(of: Known, range_m: float, share: float) -> float:
    """Largest 1-sigma, px, in the middle `share` of the picture's width and height."""
    return float(worst(projected(of, grid(of.at.lens.size, 13, 11, share), range_m)).max())


def lens_known(lens: Lens, covariance: Matrix) -> Known:
    """Of a stored lens, without the implied motion: enough where that is aligned away, as `predicted` does."""
    whole = np.zeros((len(covariance) + 6, len(covariance) + 6))
    whole[: len(covariance), : len(covariance)] = covariance
    return Known(Estimate(lens, np.zeros((0, 4, 4)), np.zeros(3)), whole)
