"""The camera's pose and a coarse lag from where one marker was seen, whatever the marker's attitude. Pure."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from collector.selftest.motion_curve import Curve, Floats, split

_ATTITUDES = Rotation.create_group("O").as_matrix()  # 24: none is further than 63 deg from one of them
_LAGS_S = np.linspace(-0.4, 0.4, 9)
_LONGEST_STEP_S = 0.1
_STEPS = 12
_RIDGE_PX_M = 1.0  # holds places that the motion tells nothing of
_WILD_PX = 10.0


@dataclass(frozen=True, slots=True)
class _Seen:
    """t: (n,) s; place: (n, 3) m in the camera; weight: (n, 3, 3) px/m."""

    t: Floats
    place: Floats
    weight: Floats


@dataclass(frozen=True, slots=True)
class _Guess:
    """lag: s; turn: (3, 3) of A; shift: (3,) m of A; trust: (n, 1) of each place; cost: px, once it was tried."""

    lag: float
    turn: Floats
    shift: Floats
    trust: Floats
    cost: float = np.inf


def camera_pose(curve: Curve, K: Floats, t: Floats, place: Floats, edge_m: float) -> tuple[float, Floats]:
    """Lag (s) and A (4, 4) under which a marker, fixed somewhere on the far side of the hand, is at `place`.

    t: (n,) s; place: (n, 3) m in the camera; edge_m: the marker's, which tells how well it is placed. Every
    attitude of the camera is tried without a lag; from the best one on, the lag is free.
    """
    seen = _Seen(t, place, _weights(K, place, edge_m))
    trust = np.ones((len(t), 1))
    turned = [_Guess(0.0, turn, np.zeros(3), trust) for turn in _ATTITUDES]
    best = min((_refined(curve, seen, guess, lag_free=False) for guess in turned), key=_cost)
    later = [replace(best, lag=lag) for lag in _LAGS_S.tolist()]
    best = min((_refined(curve, seen, guess, lag_free=True) for guess in later), key=_cost)
    A = np.eye(4)
    A[:3, :3], A[:3, 3] = best.turn, best.shift
    return best.lag, A


def _cost(guess: _Guess) -> float:
    return guess.cost


def _weights(K: Floats, place: Floats, edge_m: float) -> Floats:
    """A place in the camera is seen far better across the ray than along it."""
    depth = np.linalg.norm(place, axis=1)
    ray = place / depth[:, None]
    along = ray[:, :, None] * ray[:, None, :]
    across = (K[0, 0] / depth)[:, None, None] * (np.eye(3) - along)
    return across + (K[0, 0] * edge_m / depth**2)[:, None, None] * along


def _refined(curve: Curve, seen: _Seen, guess: _Guess, *, lag_free: bool) -> _Guess:
    for _ in range(_STEPS):
        guess = _step(curve, seen, guess, lag_free=lag_free)
    return guess


def _step(curve: Curve, seen: _Seen, guess: _Guess, *, lag_free: bool) -> _Guess:
    """Gauss and Newton. place = turn (E b + e) + shift: b, the marker's own place, and shift are found anew.

    The cost is that of the guess as it came, with the best b and shift for it.
    """
    E, e = split(curve.at(seen.t + guess.lag))
    E_rate, e_rate = split(curve.rate(seen.t + guess.lag))
    trusted = guess.trust[..., None] * seen.weight
    by_shift, by_b = seen.weight, seen.weight @ (guess.turn @ E)
    linear = np.concatenate([by_shift, by_b], axis=2)
    rest = _applied(seen.weight, seen.place - e @ guess.turn.T)
    held = np.concatenate([_flat(guess.trust[..., None] * linear), _RIDGE_PX_M * np.eye(6)])
    found = _least_squares(held, np.concatenate([(guess.trust * rest).ravel(), np.zeros(6)]))
    shift, b = found[:3], found[3:]
    residual = rest - linear @ found
    sizes: Floats = np.sqrt((residual**2).sum(axis=1))
    columns = [trusted @ -_crosses((E @ b + e) @ guess.turn.T), guess.trust[..., None] * linear]
    if lag_free:
        columns.append(_applied(trusted, (E_rate @ b + e_rate) @ guess.turn.T)[..., None])
    step = _least_squares(_flat(np.concatenate(columns, axis=2)), (guess.trust * residual).ravel())
    later = float(np.clip(step[9], -_LONGEST_STEP_S, _LONGEST_STEP_S)) if lag_free else 0.0
    turn = np.asarray(Rotation.from_rotvec(step[:3]).as_matrix() @ guess.turn)
    trust: Floats = np.minimum(1.0, 2 * np.median(sizes) / np.maximum(sizes, 1e-9))[:, None]
    cost = float(np.median(sizes) + np.mean(np.minimum(sizes, _WILD_PX)))
    return _Guess(guess.lag + later, turn, shift, trust, cost)


def _applied(matrices: Floats, vectors: Floats) -> Floats:
    """(n, 3, 3) on (n, 3)."""
    return (matrices @ vectors[..., None])[..., 0]


def _flat(blocks: Floats) -> Floats:
    """(n, 3, k) as (3 n, k)."""
    return blocks.reshape(-1, blocks.shape[-1])


def _least_squares(matrix: Floats, right: Floats) -> Floats:
    return np.asarray(np.linalg.lstsq(matrix, right, rcond=1e-6)[0], np.float64)


def _crosses(points: Floats) -> Floats:
    """[p]x of points (n, 3): (n, 3, 3)."""
    x, y, z = points.T
    zero = np.zeros_like(x)
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(-1, 3, 3)
