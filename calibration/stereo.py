"""Where one camera is in the frame of another, from what both see of one board at the same instants."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calibration.board import CharucoBoard, ChessBoard, require_one_way_round
from calibration.board_shape import FLAT
from calibration.bundle_lens import Estimate, Free, adjust
from calibration.descent import Normal, covariance_of, descend, normal_equations, weights
from calibration.errors import CalibrationError
from calibration.lens import Lens
from calibration.poses import Matrix, Vector, apart, from_twist, inverse
from calibration.projection import project, skewed
from calibration.robust_lens import agreeing, rms, spread
from calibration.sights import Sights, stack
from calibration.start_lens import placed
from calibration.view import View


@dataclass(frozen=True, slots=True)
class Stereo:
    """`T_left_right` (4, 4) m; `covariance` (6, 6) of the twist (m, rad) that corrects its inverse on the left.

    The lenses are taken as exact: their own errors come on top. `baseline_m`: distance of the two, `sigma_m` its
    1-sigma; `sigma_rad`: root of the sum of the three variances of the rotation; `outliers`: share of the corners
    left out.
    """

    T_left_right: Matrix
    covariance: Matrix
    baseline_m: float
    sigma_m: float
    sigma_rad: float
    rms_px: float
    outliers: float


@dataclass(frozen=True, slots=True)
class _Both:
    """The corners of both cameras in one table, pair by pair; `right`: (N,) which are the right one's."""

    sights: Sights
    right: NDArray[np.bool_]
    lenses: tuple[Lens, Lens]


@dataclass(frozen=True, slots=True)
class _Places:
    """`across`: T_right_left (4, 4); `poses`: (v, 4, 4) T_left_board."""

    across: Matrix
    poses: Matrix


def solve_stereo(
    left_views: Sequence[View],
    right_views: Sequence[View],
    left_lens: Lens,
    right_lens: Lens,
    board: CharucoBoard | ChessBoard,
) -> Stereo:
    """Of views in pairs: the n-th of one and of the other are of one instant.

    Raises CalibrationError: not in pairs, too few, showing too little of the board, or a board that may as well be
    upside down.
    """
    require_one_way_round(board)
    if len(left_views) != len(right_views):
        raise CalibrationError(
            f"{len(left_views)} views of the left camera and {len(right_views)} of the right: give them in pairs, one"
            " of each at every instant"
        )
    left, right = _stacked(left_views, board, left_lens), _stacked(right_views, board, right_lens)
    both, at = _merged(left, right, (left_lens, right_lens)), _start(left, right, left_lens, right_lens)
    kept = np.ones(len(both.right), bool)
    for huber in (True, True, False, False):
        off = _off(both, at)
        at = _adjusted(_rows(both, kept), at, 2 * spread(off) if huber else np.inf)
        kept = agreeing(both.sights, _off(both, at))
        kept |= ~_seen(both.sights, kept)[both.sights.view]  # a pair that fits nowhere shows in the rms
    return _told(_rows(both, kept), at, 1 - float(kept.mean()))


def _told(both: _Both, at: _Places, outliers: float) -> Stereo:
    off = _off(both, at)
    found = covariance_of(_equations(both, at, np.inf))
    if found is None:
        raise CalibrationError(
            "these pairs leave the second camera's place open: show the board to both, near, tilted each way"
        )
    covariance = found[0] * (off**2).sum() / max(off.size - 6 - 6 * len(at.poses), 1)
    baseline = float(np.linalg.norm(at.across[:3, 3]))
    along = at.across[:3, 3] / baseline  # a turn on the left of T_right_left does not change its length
    return Stereo(
        inverse(at.across),
        covariance,
        baseline,
        float(np.sqrt(along @ covariance[:3, :3] @ along)),
        float(np.sqrt(np.trace(covariance[3:, 3:]))),
        rms(off),
        outliers,
    )


def _stacked(views: Sequence[View], board: CharucoBoard | ChessBoard, lens: Lens) -> Sights:
    sights, used, notes = stack(views, board, lens.size)
    if len(used) != len(views):
        raise CalibrationError(f"{notes[0]}: give pairs in which both cameras see the board")
    return sights


def _merged(left: Sights, right: Sights, lenses: tuple[Lens, Lens]) -> _Both:
    of_right = np.repeat([False, True], [len(left.view), len(right.view)])
    order = np.argsort(np.concatenate([left.view, right.view]), kind="stable")
    sights = Sights(
        left.size,
        np.concatenate([left.view, right.view])[order],
        np.concatenate([left.points, right.points])[order],
        np.concatenate([left.reach, right.reach])[order],
        np.concatenate([left.corners, right.corners])[order],
    )
    return _Both(sights, of_right[order], lenses)


def _rows(both: _Both, kept: NDArray[np.bool_]) -> _Both:
    return replace(both, sights=both.sights.rows(kept), right=both.right[kept])


def _seen(sights: Sights, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.bincount(sights.view, kept, sights.views) > 0


def _start(left: Sights, right: Sights, left_lens: Lens, right_lens: Lens) -> _Places:
    """By every pair alone, the place that the others are nearest to."""
    poses, of_right = (
        adjust(side, Estimate(lens, placed(side, lens), FLAT), Free(lens=False), huber=2.0).poses
        for side, lens in ((left, left_lens), (right, right_lens))
    )
    each = of_right @ inverse(poses)
    distances = [float(np.median([apart(one, other)[0] for other in each])) for one in each]
    return _Places(each[int(np.argmin(distances))], poses)


def _adjusted(both: _Both, at: _Places, huber: float) -> _Places:
    def moved(state: _Places, shared: Vector, own: Matrix) -> _Places:
        return _Places(from_twist(shared) @ state.across, from_twist(own) @ state.poses)

    return descend(at, lambda state: _off(both, state), lambda state: _equations(both, state, huber), moved, huber)


def _points(both: _Both, at: _Places) -> tuple[Matrix, Matrix]:
    """The corners (N, 3) m in the left camera's frame, and in that of the camera that sees them."""
    poses = at.poses[both.sights.view]
    in_left: Matrix = np.einsum("nij,nj->ni", poses[:, :3, :3], both.sights.points) + poses[:, :3, 3]
    in_right: Matrix = in_left @ at.across[:3, :3].T + at.across[:3, 3]
    return in_left, np.where(both.right[:, None], in_right, in_left)


def _off(both: _Both, at: _Places) -> Matrix:
    _, points = _points(both, at)
    seen = np.where(both.right[:, None], both.lenses[1].project(points), both.lenses[0].project(points))
    return both.sights.corners - seen


def _equations(both: _Both, at: _Places, huber: float) -> Normal:
    in_left, points = _points(both, at)
    right = both.right[:, None, None]
    by_point = np.where(right, project(both.lenses[1], points)[2], project(both.lenses[0], points)[2])
    across = np.where(right, np.concatenate([by_point, -by_point @ skewed(points)], axis=-1), 0.0)
    of_left = np.where(right, by_point @ at.across[:3, :3], by_point)
    own = np.concatenate([of_left, -of_left @ skewed(in_left)], axis=-1)
    off = _off(both, at)
    weight = np.sqrt(weights(off, huber))[:, None]
    return normal_equations(across * weight[..., None], own * weight[..., None], off * weight, both.sights.starts)
