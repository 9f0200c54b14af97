"""Bundle adjustment of one lens, the board's shape and the board's pose in every view."""

from dataclasses import dataclass

import numpy as np

from calibration.board_shape import shape_jacobian, shaped
from calibration.descent import Normal, descend, normal_equations, weights
from calibration.lens import Lens
from calibration.poses import Matrix, Vector, from_twist
from calibration.projection import project, skewed
from calibration.sights import Sights


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is known at a moment: `poses` (v, 4, 4) T_camera_board of the views, `shape` (3,) of the board."""

    lens: Lens
    poses: Matrix
    shape: Vector


@dataclass(frozen=True, slots=True)
class Free:
    """What may change besides the poses: the lens, and these of the shape's numbers."""

    lens: bool = True
    shape: tuple[int, ...] = ()


def residuals(sights: Sights, at: Estimate) -> Matrix:
    """Where corners are minus where they should be, (N, 2) px."""
    return sights.corners - at.lens.project(seen_at(sights, at))


def seen_at(sights: Sights, at: Estimate) -> Matrix:
    """The corners (N, 3) m in the camera's frame."""
    poses = at.poses[sights.view]
    return np.einsum("nij,nj->ni", poses[:, :3, :3], shaped(sights, at.shape)) + poses[:, :3, 3]


def adjust(sights: Sights, at: Estimate, free: Free | None = None, huber: float = np.inf) -> Estimate:
    """The estimate of least cost near this one; beyond `huber` px a corner's cost grows with its distance only."""
    free = free or Free()
    return descend(
        at,
        lambda state: residuals(sights, state),
        lambda state: equations(sights, state, free, huber),
        lambda state, shared, own: _moved(state, free, shared, own),
        huber,
    )


def equations(sights: Sights, at: Estimate, free: Free, huber: float = np.inf) -> Normal:
    """The normal equations at an estimate: shared are the lens, then the shape.

    A pose's unknowns are the twist that corrects it on its left, in the camera's frame.
    """
    points = seen_at(sights, at)
    seen, by_lens, by_point = project(at.lens, points)
    off = sights.corners - seen
    weight = np.sqrt(weights(off, huber))[:, None]
    turned = at.poses[sights.view][:, :3, :3]
    by_shape = by_point @ turned @ shape_jacobian(sights)[..., list(free.shape)]
    shared = np.concatenate([by_lens if free.lens else by_lens[..., :0], by_shape], axis=-1)
    own = np.concatenate([by_point, -by_point @ skewed(points)], axis=-1)
    return normal_equations(shared * weight[..., None], own * weight[..., None], off * weight, sights.starts)


def _moved(at: Estimate, free: Free, shared: Vector, own: Matrix) -> Estimate:
    count = len(at.lens.parameters) if free.lens else 0
    lens = at.lens.with_parameters(at.lens.parameters + shared[:count]) if free.lens else at.lens
    shape = at.shape.copy() if free.shape else at.shape
    shape[list(free.shape)] += shared[count:]
    return Estimate(lens, from_twist(own) @ at.poses, shape)
