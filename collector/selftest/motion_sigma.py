"""How well a lag is known when the residuals of one picture are like those of the last. Pure.

Two answers, and the worse one counts. One sums what neighbouring pictures did to the lag (the sandwich of Newey and
West, 1987): it sees errors of any kind, but rests on the few fast moves of a take. The other takes the correlation
over time from all residuals alike, and lets errors of that kind act on the lag.
"""

from collections.abc import Sequence

import numpy as np

from collector.selftest.motion_curve import Floats, Ints

_MEMORY_S = 0.5  # errors further apart are independent
_PROVEN = 2.5  # standard deviations by which a correlation must differ from none


def lag_sigma(t: Sequence[Floats], residual: Sequence[Floats], sensitivity: Sequence[Floats], variance: float) -> float:
    """Standard deviation of a lag, s.

    For each series of one rate: t: (n,) s, rising, some may miss; residual: (n, d); sensitivity: (n, d) s of lag a
    unit of the residual; variance: s^2 were all residuals independent.
    """
    period = float(np.quantile(np.concatenate([np.diff(one) for one in t]), 0.1))  # most gaps are of frames left out
    first = min(float(one[0]) for one in t)
    at = [np.round((one - first) / period).astype(np.int64) for one in t]
    length, reach = max(int(one[-1]) for one in at) + 1, max(1, round(_MEMORY_S / period))
    moved = np.zeros(length)
    for where, r, s in zip(at, residual, sensitivity, strict=True):
        np.add.at(moved, where, (r * s).sum(axis=1))
    sandwich = _summed(moved, reach)
    alike = sum(_alike(where, r, s, reach) for where, r, s in zip(at, residual, sensitivity, strict=True))
    return float(np.sqrt(max(sandwich, alike, variance)))


def _summed(moved: Floats, reach: int) -> float:
    """Products of neighbours, with Bartlett's weights."""
    total = float(moved @ moved)
    for k in range(1, min(reach, len(moved))):
        total += 2 * (1 - k / reach) * float(moved[k:] @ moved[:-k])
    return total


def _alike(at: Ints, residual: Floats, sensitivity: Floats, reach: int) -> float:
    """Variance, s^2, with one correlation over time for all columns, up to where none is proven any more."""
    error, effect = np.zeros((2, int(at[-1]) + 1, residual.shape[1]))
    there = np.zeros(len(error))
    error[at], effect[at], there[at] = residual, sensitivity, 1.0
    spread = float((residual**2).mean())
    total = spread * float((effect**2).sum())
    for k in range(1, min(reach, len(error))):
        pairs = float(there[k:] @ there[:-k]) * residual.shape[1]
        covariance = float((error[k:] * error[:-k]).sum()) / max(pairs, 1.0)
        if covariance < _PROVEN * spread / np.sqrt(max(pairs, 1.0)):
            break
        total += 2 * covariance * float((effect[k:] * effect[:-k]).sum())
    return total
