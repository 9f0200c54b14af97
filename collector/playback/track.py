"""A motion that leads an arm, how its time passes, and how near the arm came to it. Pure."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardware.samples import Vector

Floats = NDArray[np.float64]

GRID_S = 0.005
_EASE_S = 1.0


@dataclass(frozen=True, slots=True)
class Track:
    """One arm's part of a demonstration, on an even grid of 5 ms from 0.

    q, dq: (N, n) rad, rad/s; grip: (N,) 0 open .. 1 closed, NaN: as it is; measured: (N, n) rad, where the robot was
    then; stops: instants, s, at which it waits to be told to go on.
    """

    arm: str
    q: Floats
    dq: Floats
    grip: Floats
    measured: Floats
    stops: tuple[float, ...] = ()

    @property
    def seconds(self) -> float:
        """Its length."""
        return (len(self.q) - 1) * GRID_S

    def at(self, t_s: float) -> tuple[Vector, Vector, float]:
        """q, dq (n,) and grip at an instant of the demonstration; before and after it its ends."""
        place = min(max(t_s / GRID_S, 0.0), len(self.q) - 1.0)
        index = min(int(place), len(self.q) - 2)
        part = place - index
        q, dq = (column[index] + part * (column[index + 1] - column[index]) for column in (self.q, self.dq))
        return q, dq, float(self.grip[index])

    def was(self, t_s: Floats) -> Floats:
        """Where the robot was, (M, n) rad, at instants (M,) s of the demonstration."""
        grid = np.arange(len(self.measured)) * GRID_S
        return np.column_stack([np.interp(t_s, grid, self.measured[:, joint]) for joint in range(self.q.shape[1])])


@dataclass(frozen=True, slots=True)
class Pace:
    """How an instant of the demonstration follows from time: eased in and out, so that both ends are at rest."""

    begin_s: float
    end_s: float
    speed: float
    longest_ease_s: float = _EASE_S

    @property
    def _ease_s(self) -> float:
        return min(self.longest_ease_s, max((self.end_s - self.begin_s) / self.speed, 1e-9))

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return (self.end_s - self.begin_s) / self.speed + self._ease_s

    def at(self, elapsed_s: float) -> tuple[float, float]:
        """The instant of the demonstration, s, and how fast it passes, 0..speed."""
        ease, left = self._ease_s, self.seconds - elapsed_s
        if elapsed_s <= 0.0:
            return self.begin_s, 0.0
        if left <= 0.0:
            return self.end_s, 0.0
        if elapsed_s < ease:
            return self.begin_s + 0.5 * self.speed * elapsed_s**2 / ease, self.speed * elapsed_s / ease
        if left < ease:
            return self.end_s - 0.5 * self.speed * left**2 / ease, self.speed * left / ease
        return self.begin_s + self.speed * (elapsed_s - 0.5 * ease), self.speed


def compare(track: Track, played_s: Floats, t_s: Floats, measured: Floats) -> dict[str, Any]:
    """How near the replayed robot came to the recorded one, once its constant lag is taken out.

    At times t_s (M,) s, even enough to interpolate, the demonstration stood at played_s (M,) s and the robot at
    measured (M, n) rad.
    """
    best: dict[str, Any] = {}
    for lag_ms in range(0, 151, 2):
        error = measured - track.was(np.interp(t_s - lag_ms * 1e-3, t_s, played_s))
        rms = float(np.sqrt(np.mean(error**2)))
        if not best or rms < best["rms_rad"]:
            best = {"rms_rad": rms, "worst_rad": float(np.abs(error).max()), "lag_ms": lag_ms}
    return best
