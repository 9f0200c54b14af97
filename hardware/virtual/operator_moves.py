"""How people move: minimum-jerk sub-movements (Flash and Hogan, 1985), and easing in and out of rest."""

import math
from collections.abc import Iterable

import numpy as np

from hardware.samples import Vector

_PEAK_RAD_S = 1.08  # of one move; two may blend
_PEAK_RAD_S2 = 2.2
_UNIT_SPEED, _UNIT_ACCELERATION = 1.875, 10 / math.sqrt(3)  # peaks of the unit minimum-jerk move
EASE_S = 0.3
"""In which hands that are in motion come to rest, and rest to motion."""


def duration(change: Vector) -> float:
    """Time of one move by (n,) rad that keeps its peak speed and acceleration, s."""
    far = float(np.abs(change).max())
    return max(_UNIT_SPEED * far / _PEAK_RAD_S, math.sqrt(_UNIT_ACCELERATION * far / _PEAK_RAD_S2))


def unit_moves(tau: Vector) -> tuple[Vector, Vector]:
    """Minimum jerk from 0 to 1 while tau goes from 0 to 1, and its rate; still outside."""
    x = np.minimum(np.maximum(tau, 0.0), 1.0)
    x2 = x * x
    return x * x2 * (10.0 - 15.0 * x + 6.0 * x2), 30.0 * x2 * (1.0 - 2.0 * x + x2)


def unit_move(tau: float) -> tuple[float, float]:
    """The same of a single number."""
    x = min(max(tau, 0.0), 1.0)
    return x**3 * (10.0 - 15.0 * x + 6.0 * x * x), 30.0 * x * x * (1.0 - x) ** 2


def eased(t: float) -> tuple[float, float]:
    """A switch that goes smoothly from 0 to 1 within EASE_S: its integral up to `t` (s after its begin), its value."""
    x = min(max(t / EASE_S, 0.0), 1.0)
    return EASE_S * x**3 * (1.0 - x / 2.0) + max(t - EASE_S, 0.0), x * x * (3.0 - 2.0 * x)


def united(spells: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same stretches of time without overlaps, in order."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(spells):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((begin, end))
    return found
