"""How much later a follower does what its leader did: the latency of teleoperation, from both ends' joints. Pure."""

from dataclasses import dataclass

import numpy as np

from collector.selftest.evidence import Rows
from collector.selftest.lag_fit import NotEnough
from collector.selftest.motion_curve import Curve, Floats, TooFewStates
from collector.selftest.motion_sigma import lag_sigma

_LAGS_S = np.arange(-0.1, 0.6, 0.01)
_MARGIN_S = 0.7
_FEWEST = 200
_STROKE_RAD = 0.01  # rms about the mean of all joints; below this nobody moves
_EXPLAINED = 0.9
_HUBER = 1.5
_STEPS = 15


@dataclass(frozen=True, slots=True)
class JointLag:
    """A follower against its leader. lag_ns > 0: the follower is later; sigma_ns: standard deviation.

    rms_rad: of what is left; stroke_rad: rms of the follower's motion; explained: share of it (R^2).
    """

    leader: str
    arm: str
    lag_ns: int
    sigma_ns: int
    rms_rad: float
    stroke_rad: float
    explained: float
    samples: int


def joint_lag(leader: str, arm: str, reads: Rows, states: Rows) -> JointLag | NotEnough:
    """Lag of the joints of `arm` behind those of `leader`: rows of both with t_ns and q of like joints.

    Each joint may have an offset and a gain of its own; stretches in which the arm did not follow count little.
    """
    still = f"move {leader} while {arm} follows it"
    try:
        curve = Curve(states["t_ns"], states["q"])
    except TooFewStates as error:
        return NotEnough(f"{arm} told too little ({error}): check its connection")
    t = curve.seconds(reads["t_ns"])
    kept = curve.covers(t, _MARGIN_S) & np.isfinite(reads["q"]).all(axis=1)
    kept[1:] &= np.diff(t) > 0
    t, q = t[kept], np.asarray(reads["q"][kept], np.float64)
    if len(t) < _FEWEST:
        return NotEnough(f"{len(t)} reads of {leader} while {arm} was there, {_FEWEST} needed: {still} for longer")
    motion = curve.at(t) - curve.at(t).mean(axis=0)
    stroke = float(np.sqrt((motion**2).mean()))
    if stroke < _STROKE_RAD:
        return NotEnough(f"{arm} hardly moved: {still}")
    lag = min(_LAGS_S.tolist(), key=lambda lag: _missed(curve.at(t + lag), q))
    for _ in range(_STEPS):
        lag -= _about(curve, t, q, lag).step
    about = _about(curve, t, q, lag)
    rms = float(np.sqrt((about.calm**2).mean()))
    explained = 1 - (rms / stroke) ** 2
    if explained < _EXPLAINED:
        return NotEnough(f"{arm} did not do what {leader} did: {still}")
    sigma = lag_sigma([t], [about.calm], [about.sensitivity], about.variance)
    return JointLag(leader, arm, round(lag * 1e9), round(sigma * 1e9), rms, stroke, explained, len(t))


def _missed(followed: Floats, q: Floats) -> float:
    """Sum over the joints of what a line leaves, in absolute values."""
    even = np.ones_like(q)
    return float(np.abs(_left(followed, q, even)).sum())


def _left(values: Floats, q: Floats, weight: Floats) -> Floats:
    """What the line through each joint's (q, value) leaves of the values, (n, d) all."""
    total = weight.sum(axis=0)
    x = q - (weight * q).sum(axis=0) / total
    y = values - (weight * values).sum(axis=0) / total
    gain = (weight * x * y).sum(axis=0) / np.maximum((weight * x * x).sum(axis=0), 1e-12)
    return y - gain * x


@dataclass(frozen=True, slots=True)
class _About:
    """A lag's surroundings. step: s too late; calm: (n, d) weighed residuals; sensitivity: (n, d) s of lag a rad."""

    step: float
    calm: Floats
    sensitivity: Floats
    variance: float


def _about(curve: Curve, t: Floats, q: Floats, lag: float) -> _About:
    """One step of Gauss and Newton with Huber's weights.

    Offsets and gains are linear: they are taken out of residual and rate alike (Frisch, Waugh and Lovell).
    """
    followed, rate = curve.at(t + lag), curve.rate(t + lag)
    residual = _left(followed, q, np.ones_like(q))
    scale = max(1.4826 * float(np.median(np.abs(residual))), 1e-6)
    weight = np.minimum(1.0, _HUBER * scale / np.maximum(np.abs(residual), 1e-12))
    residual, rate = _left(followed, q, weight), _left(rate, q, weight)
    calm = weight * residual
    curvature = max(float((weight * rate * rate).sum()), 1e-12)
    return _About(float((calm * rate).sum()) / curvature, calm, rate / curvature, scale**2 / curvature)
