"""How smooth a motion is. Pure.

SPARC and LDLJ-V: S. Balasubramanian, A. Melendez-Calderon, A. Roby-Brami, E. Burdet, On the analysis of movement
smoothness, J. NeuroEngineering Rehabil. 12:112, 2015; the parameters of SPARC are those of the paper's own code.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_CUTOFF_HZ = 10.0
_THRESHOLD = 0.05
_PADDING = 4


def smoothed(values: Floats, sigma: float) -> Floats:
    """(K, n) through a Gaussian of `sigma` samples; beyond the ends the values go on as they did before them."""
    reach = min(int(np.ceil(4 * sigma)), len(values) - 1)
    if reach < 1:
        return values
    at = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (at / sigma) ** 2)
    weights /= weights.sum()
    before = 2 * values[0] - values[reach:0:-1]
    after = 2 * values[-1] - values[-2 : -reach - 2 : -1]
    padded = np.concatenate([before, values, after])
    out = np.empty_like(values)
    for column in range(values.shape[1]):
        out[:, column] = np.convolve(padded[:, column], weights, "valid")
    return out


def sparc(speed: Floats, rate_hz: float) -> float | None:
    """Spectral arc length of a speed (K,) sampled at `rate_hz`; None of what does not move.

    The length of the curve that the speed's spectrum draws up to where it falls below the threshold, negative.
    """
    if len(speed) < 2 or not speed.any():
        return None
    size = 1 << (int(np.ceil(np.log2(len(speed)))) + _PADDING)
    spectrum = np.abs(np.fft.rfft(speed, size))
    spectrum = spectrum[: int(_CUTOFF_HZ / rate_hz * size) + 1] / spectrum.max()
    last = int(np.flatnonzero(spectrum >= _THRESHOLD)[-1])
    if last < 1:
        return None
    return -float(np.hypot(1 / last, np.diff(spectrum[: last + 1])).sum())


def ldlj(velocity: Floats, rate_hz: float) -> float | None:
    """Log dimensionless jerk of velocities (K, n) sampled at `rate_hz`; None of what does not move."""
    if len(velocity) < 3:
        return None
    peak = float(np.linalg.norm(velocity, axis=1).max())
    jerk = np.diff(velocity, n=2, axis=0) * rate_hz**2
    lasted = (len(velocity) - 1) / rate_hz
    dimensionless = lasted**3 / peak**2 * float((jerk**2).sum()) / rate_hz if peak else 0.0
    return -float(np.log(dimensionless)) if dimensionless > 0 else None
