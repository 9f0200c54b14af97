"""How a hand moved between the states that its robot told. Pure."""

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_RATE_OVER_S = 0.004  # a rate is a difference over twice this, which averages the encoders' noise away
_LONGEST_GAP_S = 0.03  # tremor of 10 Hz is still followed to a few per cent
_FEWEST = 8


class TooFewStates(Exception):
    """The states do not make a curve."""


class Curve:
    """A smooth curve through samples of a vector: a pose's entries, or joints. Time is seconds since `origin_ns`."""

    def __init__(self, t_ns: Ints, values: Floats) -> None:
        """t_ns: (n,) host ns; values: (n, d). Raises TooFewStates."""
        usable: NDArray[np.bool_] = np.asarray(np.isfinite(values).all(axis=1))
        usable[1:] &= np.diff(np.maximum.accumulate(t_ns)) > 0
        if np.count_nonzero(usable) < _FEWEST:
            raise TooFewStates(f"{np.count_nonzero(usable)} usable states")
        self.origin_ns = int(t_ns[0])
        self._t = self.seconds(t_ns[usable])
        self._curve = CubicSpline(self._t, values[usable])

    def seconds(self, t_ns: Ints) -> Floats:
        """Host ns as seconds of this curve."""
        return np.asarray(t_ns - self.origin_ns, np.float64) * 1e-9

    def covers(self, t: Floats, margin_s: float) -> NDArray[np.bool_]:
        """Which of `t` (n,) s lie between two near states, and `margin_s` inside the curve."""
        right = np.clip(np.searchsorted(self._t, t), 1, len(self._t) - 1)
        near = self._t[right] - self._t[right - 1] < _LONGEST_GAP_S
        return near & (t > self._t[0] + margin_s) & (t < self._t[-1] - margin_s)

    def at(self, t: Floats) -> Floats:
        """(n, d) at `t` (n,) s."""
        return np.asarray(self._curve(t))

    def rate(self, t: Floats) -> Floats:
        """(n, d) a second at `t` (n,) s."""
        return (self.at(t + _RATE_OVER_S) - self.at(t - _RATE_OVER_S)) / (2 * _RATE_OVER_S)


def hand_curve(t_ns: Ints, O_T_EE: Floats, *, inverted: bool) -> Curve:
    """Curve of `T_base_ee`, or `T_ee_base` where `inverted`, as (n, 12): rotation by rows, then position.

    O_T_EE: (n, 16) column-major, as libfranka has it. Raises TooFewStates, also where no pose was told.
    A pose's entries are interpolated each on its own: at 50 Hz or more what that costs in orthogonality,
    (angular speed x period)^4 / 384, is far below any encoder.
    """
    poses = np.asarray(O_T_EE).reshape(-1, 4, 4).transpose(0, 2, 1)
    turn, place = poses[:, :3, :3], poses[:, :3, 3]
    told = np.abs(np.linalg.norm(turn, axis=2) - 1).max(axis=1, initial=0.0) < 1e-3
    if inverted:
        turn = turn.transpose(0, 2, 1)
        place = -(turn @ place[..., None])[..., 0]
    flat = np.concatenate([turn.reshape(-1, 9), place], axis=1)
    return Curve(np.asarray(t_ns)[told], flat[told])


def split(flat: Floats) -> tuple[Floats, Floats]:
    """Rotations (n, 3, 3) and positions (n, 3) of poses as (n, 12); their rates likewise."""
    return flat[:, :9].reshape(-1, 3, 3), flat[:, 9:]
