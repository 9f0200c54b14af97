"""Least squares of markers' corners through the camera model, with the lag among the unknowns. Pure.

A corner is seen at pi(K, A . E(t + lag) . B . X): E is the hand's pose told by the robot (a camera fixed in the
cell; a marker on the hand) or its inverse (a camera on the hand; a marker fixed in the cell), A the unknown
pose that takes its result to the camera, B the unknown pose of each marker, X the marker's own corner.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from collector.selftest.motion_curve import Curve, Floats, Ints, split

_HUBER = 1.5  # robust standard deviations up to which a residual counts in full
LENS = 5  # focal lengths (logarithm), principal point (px), radial distortion: slack about what K says
_LENS_SIGMA = np.array([0.01, 0.01, 8.0, 8.0, 0.05])
_SHARED = 1 + LENS + 6  # lag, lens, A; then 6 for each marker
_STEPS = 40
_ENOUGH = 1e-7  # share by which the cost must still fall
_LEAST_PX = 0.02  # no picture is measured better


@dataclass(frozen=True, slots=True)
class Sighting:
    """A marker as a camera saw it. frame: (n,) row of the stream; t: (n,) s of the curve; corners: (n, 4, 2) px."""

    marker: int
    frame: Ints
    t: Floats
    corners: Floats

    def thinned(self, keep: int) -> "Sighting":
        """About `keep` of the frames, evenly."""
        every = slice(None, None, max(1, len(self.t) // keep))
        return Sighting(self.marker, self.frame[every], self.t[every], self.corners[every])


@dataclass(frozen=True, slots=True)
class Model:
    """What is unknown. lag: s; lens: (5,); A: (4, 4); B: (4, 4) of each sighting; m."""

    lag: float
    lens: Floats
    A: Floats
    B: tuple[Floats, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """A model at its optimum. residual: (n, 4, 2) px of each sighting; calm: the same, wild ones held back by their
    weight; sensitivity: (n, 4, 2) s of lag a px of these; variance: of the lag, s^2, were all of them independent;
    sigma_px: robust."""

    model: Model
    residual: tuple[Floats, ...]
    calm: tuple[Floats, ...]
    sensitivity: tuple[Floats, ...]
    variance: float
    sigma_px: float


def marker_corners(edge_m: float) -> Floats:
    """(4, 3) m in OpenCV's order of a marker's corners: from its top left, clockwise; x right, y up."""
    half = edge_m / 2
    return np.array([(-half, half, 0.0), (half, half, 0.0), (half, -half, 0.0), (-half, -half, 0.0)])


def predict(curve: Curve, K: Floats, sighting: Sighting, X: Floats, model: Model, B: Floats) -> Floats:
    """(n, 4, 2) px at which the model sees a marker's corners."""
    turn, place = split(curve.at(sighting.t + model.lag))
    there = turn @ (X @ B[:3, :3].T + B[:3, 3]).T + place[..., None]
    seen = (model.A[:3, :3] @ there).transpose(0, 2, 1) + model.A[:3, 3]
    return _project(K, model.lens, seen)[0]


def fit(curve: Curve, K: Floats, sightings: Sequence[Sighting], X: Floats, start: Model) -> Fit:
    """Levenberg and Marquardt on Huber's cost, from `start`; K: (3, 3) px, X: (4, 3) m."""
    model, damping = start, 1e-4
    residuals = _residuals(curve, K, sightings, X, model)
    for _ in range(_STEPS):
        scale = _scale(residuals)
        cost = _cost(residuals, model, scale)
        H, gradient = _normal(curve, K, sightings, X, model, scale)
        while damping < 1e8:
            step = -_solve(H + damping * np.diag(np.diag(H)), gradient)
            trial = _moved(model, step)
            found = _residuals(curve, K, sightings, X, trial)
            if _cost(found, trial, scale) < cost:
                break
            damping *= 10
        else:
            break
        model, residuals, damping = trial, found, damping / 10
        if cost - _cost(residuals, model, scale) < _ENOUGH * cost:
            break
    return _judged(curve, K, sightings, X, model)


def _judged(curve: Curve, K: Floats, sightings: Sequence[Sighting], X: Floats, model: Model) -> Fit:
    residuals = _residuals(curve, K, sightings, X, model)
    scale = _scale(residuals)
    H, _ = _normal(curve, K, sightings, X, model, scale)
    by_lag = _solve(H, np.eye(len(H))[0])
    calm: list[Floats] = []
    sensitivity: list[Floats] = []
    for i, sighting in enumerate(sightings):
        J, residual = _jacobian(curve, K, sighting, X, model, i)
        calm.append(_weights(residual, scale)[..., None] * residual)
        sensitivity.append(J @ by_lag[_columns(i)] / scale**2)
    return Fit(model, tuple(residuals), tuple(calm), tuple(sensitivity), float(by_lag[0]), scale)


def _normal(
    curve: Curve, K: Floats, sightings: Sequence[Sighting], X: Floats, model: Model, scale: float
) -> tuple[Floats, Floats]:
    """The normal equations' matrix and the gradient, residuals in units of `scale`."""
    size = _SHARED + 6 * len(sightings)
    H, gradient = np.zeros((size, size)), np.zeros(size)
    lens = slice(1, 1 + LENS)
    H[lens, lens] = np.diag(_LENS_SIGMA**-2.0)
    gradient[lens] = model.lens / _LENS_SIGMA**2
    for i, sighting in enumerate(sightings):
        J, residual = _jacobian(curve, K, sighting, X, model, i)
        weight = np.repeat((_weights(residual, scale) / scale**2).ravel(), 2)
        flat = J.reshape(-1, J.shape[-1])
        weighed = flat * weight[:, None]
        columns = _columns(i)
        H[np.ix_(columns, columns)] += flat.T @ weighed
        gradient[columns] += weighed.T @ residual.ravel()
    return H, gradient


def _columns(i: int) -> Ints:
    """Which unknowns the sighting `i` depends on."""
    return np.concatenate([np.arange(_SHARED), _SHARED + 6 * i + np.arange(6)])


def _jacobian(curve: Curve, K: Floats, sighting: Sighting, X: Floats, model: Model, i: int) -> tuple[Floats, Floats]:
    """d residual / d (lag, lens, A, B_i), (n, 4, 2, 18), and the residual, (n, 4, 2) px."""
    t, B, R = sighting.t + model.lag, model.B[i], model.A[:3, :3]
    turn, place = split(curve.at(t))
    turning, moving = split(curve.rate(t))
    corner = X @ B[:3, :3].T + B[:3, 3]
    turn = R @ turn
    turned = (turn @ corner.T).transpose(0, 2, 1) + (place @ R.T)[:, None]
    seen = turned + model.A[:3, 3]
    speed = ((R @ turning) @ corner.T).transpose(0, 2, 1) + (moving @ R.T)[:, None]
    pixel, by_point, by_lens = _project(K, model.lens, seen)
    by_corner = by_point @ turn[:, None]
    J = np.concatenate(
        [
            by_point @ speed[..., None],
            by_lens,
            by_point @ -_cross(seen),
            by_point,
            by_corner @ -_cross(corner),
            by_corner,
        ],
        axis=-1,
    )
    return J, pixel - sighting.corners


def _project(K: Floats, lens: Floats, seen: Floats) -> tuple[Floats, Floats, Floats]:
    """Pixels (..., 2) of points (..., 3) m; their derivatives by the point (..., 2, 3) and by the lens (..., 2, 5)."""
    focal = np.array([K[0, 0], K[1, 1]]) * np.exp(lens[:2])
    depth = np.maximum(seen[..., 2:], 1e-3)
    ray = seen[..., :2] / depth
    r2 = (ray**2).sum(axis=-1, keepdims=True)
    bulge = 1 + lens[4] * r2
    pixel = K[:2, 2] + lens[2:4] + focal * bulge * ray
    by_ray = (bulge[..., None] * np.eye(2) + 2 * lens[4] * ray[..., :, None] * ray[..., None, :]) * focal[:, None]
    of_point = np.zeros((*seen.shape[:-1], 2, 3))
    of_point[..., 0, 0] = of_point[..., 1, 1] = 1 / depth[..., 0]
    of_point[..., 2] = -ray / depth
    by_lens = np.zeros((*seen.shape[:-1], 2, LENS))
    by_lens[..., [0, 1], [0, 1]] = focal * bulge * ray
    by_lens[..., [0, 1], [2, 3]] = 1.0
    by_lens[..., 4] = focal * r2 * ray
    return pixel, by_ray @ of_point, by_lens


def _residuals(curve: Curve, K: Floats, sightings: Sequence[Sighting], X: Floats, model: Model) -> list[Floats]:
    return [predict(curve, K, s, X, model, B) - s.corners for s, B in zip(sightings, model.B, strict=True)]


def _scale(residuals: Sequence[Floats]) -> float:
    """Robust standard deviation of a coordinate, px."""
    flat = np.concatenate([r.ravel() for r in residuals])
    return max(1.4826 * float(np.median(np.abs(flat))), _LEAST_PX)


def _weights(residual: Floats, scale: float) -> Floats:
    """(n, 4): Huber's weight of each corner."""
    far = np.linalg.norm(residual, axis=-1) / (np.sqrt(2) * scale)
    return np.minimum(1.0, _HUBER / np.maximum(far, 1e-9))


def _cost(residuals: Sequence[Floats], model: Model, scale: float) -> float:
    cost = float(((model.lens / _LENS_SIGMA) ** 2).sum())
    bend = np.sqrt(2) * _HUBER
    for residual in residuals:
        far: Floats = np.linalg.norm(residual, axis=-1) / scale
        near = np.minimum(far, bend)
        cost += float((near * (2 * far - near)).sum())
    return cost


def _solve(H: Floats, right: Floats) -> Floats:
    """With unknowns of like size, and without those that nothing tells of."""
    size = np.sqrt(np.maximum(np.diag(H), 1e-12))
    return np.linalg.pinv(H / np.outer(size, size), rcond=1e-13, hermitian=True) @ (right / size) / size


def _moved(model: Model, step: Floats) -> Model:
    tail = step[_SHARED:].reshape(-1, 6)
    return replace(
        model,
        lag=model.lag + float(step[0]),
        lens=model.lens + step[1 : 1 + LENS],
        A=_shift(step[1 + LENS : _SHARED]) @ model.A,
        B=tuple(_shift(by) @ B for by, B in zip(tail, model.B, strict=True)),
    )


def _shift(step: Floats) -> Floats:
    """(4, 4) of a rotation vector and a translation."""
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_rotvec(step[:3]).as_matrix()
    pose[:3, 3] = step[3:]
    return pose


def _cross(points: Floats) -> Floats:
    """[p]x of points (..., 3): (..., 3, 3)."""
    out = np.zeros((*points.shape, 3))
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    out[..., 0, 1], out[..., 0, 2], out[..., 1, 2] = -z, y, -x
    out[..., 1, 0], out[..., 2, 0], out[..., 2, 1] = z, -y, x
    return out
