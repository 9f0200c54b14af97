"""Least squares over a few shared unknowns and one pose a view.

Levenberg-Marquardt on the normal equations, from which the poses are eliminated first: each touches its own view only
(Schur complement; Triggs et al., Bundle Adjustment - A Modern Synthesis, 1999, section 6.1). What is left is as small
as what is shared, so forty views of fifty corners take milliseconds a step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from calibration.poses import Matrix, Vector

_ROUNDS = 40
_SETTLED = 1e-8
"""Share of the cost that a step must still gain."""
_OPEN = 1e-14
"""Ratio of the smallest to the largest information, each by its own size, at which nothing is known."""
_STUCK = 1e12
"""Damping at which no step helps any more."""
State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Normal:
    """Normal equations about a state. c: the shared unknowns; v: views; 6: the twist of a pose.

    `common` (c, c), `cross` (v, c, 6), `own` (v, 6, 6): blocks of J^T J; `common_side` (c,), `own_side` (v, 6): of
    J^T r.
    """

    common: Matrix
    cross: Matrix
    own: Matrix
    common_side: Vector
    own_side: Matrix


def normal_equations(shared: Matrix, own: Matrix, off: Matrix, starts: NDArray[np.intp]) -> Normal:
    """Of residuals `off` (n, 2) and their derivatives (n, 2, c) and (n, 2, 6); `starts`: first row of every view."""
    stacked = np.concatenate([shared, own, off[..., None]], axis=-1)
    squares: Matrix = np.stack([_squares(rows) for rows in np.split(stacked, starts[1:])])
    c = shared.shape[-1]
    return Normal(
        squares[:, :c, :c].sum(axis=0),
        squares[:, :c, c:-1],
        squares[:, c:-1, c:-1],
        squares[:, :c, -1].sum(axis=0),
        squares[:, c:-1, -1],
    )


def descend(
    at: State,
    off: Callable[[State], Matrix],
    equations: Callable[[State], Normal],
    moved: Callable[[State, Vector, Matrix], State],
    huber: float = np.inf,
) -> State:
    """The state of least Huber cost near `at`.

    `off`: residuals (n, 2) px; `equations`: with each corner by its Huber weight; `moved`: by corrections (c,), (v, 6).
    """
    cost, damping = _cost(off(at), huber), 1e-5
    for _ in range(_ROUNDS):
        normal = equations(at)
        while damping < _STUCK:
            tried = moved(at, *_step(normal, damping))
            now = _cost(off(tried), huber)
            if now <= cost:
                break
            damping *= 8
        else:
            return at
        gained, at, cost, damping = cost - now, tried, now, max(damping / 8, 1e-12)
        if gained <= _SETTLED * cost + 1e-16 * normal.own.size:
            return at
    return at


def weights(off: Matrix, huber: float) -> NDArray[np.float64]:
    """Huber's (n,) of residuals (n, 2): 1 up to `huber` px, then falling with the distance."""
    if not np.isfinite(huber):
        return np.ones(len(off))
    return huber / np.maximum(np.linalg.norm(off, axis=1), huber)


def covariance_of(normal: Normal) -> tuple[Matrix, Matrix, Matrix] | None:
    """For residuals of unit variance: of the shared unknowns (c, c), their cross (c, 6) with the mean of the poses'
    twists, and of that mean (6, 6); None where something is left open.
    """
    alone = np.linalg.pinv(normal.own, hermitian=True).astype(np.float64)
    spread = alone @ np.swapaxes(normal.cross, 1, 2)
    reduced: Matrix = normal.common - (normal.cross @ spread).sum(axis=0)
    scale = 1 / np.sqrt(np.maximum(np.diag(normal.common), 1e-300))
    reduced = reduced * scale[:, None] * scale
    information = np.linalg.eigvalsh(reduced)
    if not np.isfinite(information).all() or information[0] <= _OPEN * information[-1]:
        return None
    inverted = np.asarray(np.linalg.inv(reduced), np.float64)
    shared = (inverted + inverted.T) / 2 * scale[:, None] * scale
    mean: Matrix = spread.mean(axis=0)
    motion: Matrix = alone.sum(axis=0) / len(alone) ** 2 + mean @ shared @ mean.T
    return shared, -shared @ mean.T, motion


def _squares(rows: Matrix) -> Matrix:
    """J^T J of (n, 2, m)."""
    flat = rows.reshape(-1, rows.shape[-1])
    return flat.T @ flat


def _cost(off: Matrix, huber: float) -> float:
    """Huber, Robust Estimation of a Location Parameter, 1964: r^2 inside, 2 h r - h^2 outside. Infinite for NaN."""
    far: Vector = np.linalg.norm(off, axis=1)
    if np.isfinite(huber):
        inside = np.minimum(far, huber)
        cost = float((inside * (2 * far - inside)).sum())
    else:
        cost = float((far**2).sum())
    return cost if np.isfinite(cost) else np.inf


def _step(normal: Normal, damping: float) -> tuple[Vector, Matrix]:
    """Corrections of the shared unknowns (c,) and of the poses (v, 6)."""
    own = normal.own + damping * _diagonal(normal.own)
    spread, alone = _eliminated(own, normal)
    common = normal.common + damping * _diagonal(normal.common[None])[0]
    reduced: Matrix = common - (normal.cross @ spread).sum(axis=0)
    side: Vector = normal.common_side - (normal.cross @ alone[..., None]).sum(axis=0)[:, 0]
    shared: Vector = np.zeros(0)
    if len(side):
        shared = np.asarray(np.linalg.solve(reduced, side), np.float64)
    return shared, alone - spread @ shared


def _eliminated(own: Matrix, normal: Normal) -> tuple[Matrix, Matrix]:
    """The poses' corrections (v, 6, c) for a unit of each shared unknown, negated, and (v, 6) for none."""
    sides = np.concatenate([np.swapaxes(normal.cross, 1, 2), normal.own_side[..., None]], axis=2)
    solved = np.linalg.solve(own, sides).astype(np.float64)
    return solved[..., :-1], solved[..., -1]


def _diagonal(blocks: Matrix) -> Matrix:
    """The diagonals alone (Marquardt's scaling), with a floor that keeps a block without any information soluble."""
    size = blocks.shape[-1]
    scale = np.diagonal(blocks, axis1=1, axis2=2)
    return np.maximum(scale, 1e-9)[..., None] * np.eye(size)
