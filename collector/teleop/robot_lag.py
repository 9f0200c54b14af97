"""How far the robot is behind what it is sent, as it goes along."""

from math import exp

from hardware.samples import Vector

_MEMORY_S = 2.0
_ENOUGH = 0.02  # rad^2/s: so much motion must have been seen, a joint at 0.15 rad/s for a second


class RobotLag:
    """Least squares of sent - measured = lag x velocity over the last seconds: droop and offsets cancel in motion."""

    def __init__(self) -> None:
        self._product = self._energy = 0.0

    def note(self, sent: Vector, q: Vector, dq: Vector, dt_s: float) -> None:
        """sent: (n,) rad, the reference when the robot was measured at q (n,) rad, dq (n,) rad/s."""
        kept = exp(-dt_s / _MEMORY_S)
        self._product = kept * self._product + dt_s * float((sent - q) @ dq)
        self._energy = kept * self._energy + dt_s * float(dq @ dq)

    @property
    def seconds(self) -> float | None:
        """None while the robot has not moved enough to tell."""
        return self._product / self._energy if self._energy > _ENOUGH else None
