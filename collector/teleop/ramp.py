"""From the pose held to the leader, and from a soft robot to a stiff one."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin


@dataclass(frozen=True, slots=True)
class Ramp:
    """A cosine blend that begins at `since_ns` in the pose `held`, (n,) rad, and lasts `seconds`."""

    since_ns: int
    seconds: float
    held: Sequence[float]

    def share(self, now_ns: int) -> float:
        """How far it is, 0..1."""
        return 0.5 - 0.5 * cos(self._phase(now_ns))

    def blend(self, now_ns: int, q: Sequence[float], dq: Sequence[float]) -> tuple[list[float], list[float]]:
        """Position and velocity between the pose held and a target at q (rad), dq (rad/s)."""
        alpha = self.share(now_ns)
        phase = self._phase(now_ns)
        rate = 0.5 * pi / self.seconds * sin(phase)
        return (
            [h + alpha * (t - h) for h, t in zip(self.held, q, strict=True)],
            [alpha * v + rate * (t - h) for h, t, v in zip(self.held, q, dq, strict=True)],
        )

    def _phase(self, now_ns: int) -> float:
        return pi * min((now_ns - self.since_ns) * 1e-9 / self.seconds, 1.0)


def glide(value: float, goal: float, step: float) -> float:
    """`value` moved towards `goal` by at most `step`."""
    return min(goal, value + step) if value < goal else max(goal, value - step)
