"""How fast a joint may move at each position so that it can always stop in time.

The braking envelope V(q) is the greatest speed towards an end from which the joint, braking at its
acceleration in use, keeps below the position-dependent velocity limit everywhere ahead and stands
still at the soft limit. V^2 falls by at most twice that acceleration per radian: one backward pass
over a grid builds it, and between points it is linear in V^2, where braking is a straight line.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hardware.arms.limits import JointLimits
from hardware.samples import Vector

VelocityBounds = Callable[[Vector], tuple[Vector, Vector]]
POINTS = 1024  # about 5 mrad apart on an FR3


@dataclass(frozen=True, slots=True)
class Envelope:
    """V^2 towards one end of one joint, (rad/s)^2 on an even grid that ends at the soft limit."""

    first: float
    per_rad: float
    energy: list[float]

    def at(self, position: float) -> float:
        """V^2 there; 0 beyond the soft limit, the other end's value before the grid."""
        place = (position - self.first) * self.per_rad
        if place >= POINTS - 1:
            return 0.0
        if place <= 0.0:
            return self.energy[0]
        index = int(place)
        low = self.energy[index]
        return low + (self.energy[index + 1] - low) * (place - index)


def envelopes(
    limits: JointLimits,
    bounds: VelocityBounds,
    margin: float,
    cap: Vector,
    braking: Vector,
    share: float,
) -> list[tuple[Envelope, Envelope]]:
    """(upper, lower) envelope of each joint; the lower one is in mirrored coordinates (-q).

    margin: rad inside q_min and q_max. cap: (n,) rad/s never exceeded. braking: (n,) rad/s^2.
    share: of the velocity limits in use. `bounds` must treat the joints independently.
    """
    low, high = limits.q_min + margin, limits.q_max - margin
    if np.any(high <= low):
        raise ValueError(f"teleop.margin_rad {margin} leaves a joint no room; use a smaller margin")
    grid = np.linspace(low, high, POINTS)
    speeds = np.array([bounds(q) for q in grid])  # (POINTS, 2, n)
    upper = np.minimum(share * speeds[:, 1], cap)
    lower = np.minimum(share * -speeds[:, 0], cap)
    return [
        (
            _envelope(grid[:, joint], upper[:, joint], float(braking[joint])),
            _envelope(-grid[::-1, joint], lower[::-1, joint], float(braking[joint])),
        )
        for joint in range(len(low))
    ]


def _envelope(position: Vector, speed: Vector, braking: float) -> Envelope:
    # A grid cell keeps to the least of its neighbourhood; a limit that would grow towards the end
    # is cut flat, which the limiter's look-ahead relies on.
    least = np.minimum(speed, np.minimum(np.append(speed[1:], speed[-1]), np.insert(speed[:-1], 0, speed[0])))
    energy = np.minimum.accumulate(least) ** 2
    energy[-1] = 0.0
    slope = 2.0 * braking * position
    energy = np.minimum.accumulate((energy + slope)[::-1])[::-1] - slope
    step = float(position[1] - position[0])
    return Envelope(float(position[0]), 1.0 / step, np.maximum(energy, 0.0).tolist())
