"""A box that the end effector does not leave: how much of the commanded motion it allows.

Looked ahead to is the point where the arm would come to rest if it began to brake now. As that point comes
within BAND_M of a wall, motion that goes on outwards is scaled down with the room that is left, to nothing at
the wall; motion inwards is never scaled, so that the way back is open, also for an arm that starts outside.
"""

from collections.abc import Sequence

import numpy as np

from hardware.arms.models import ArmModel
from hardware.config import TeleopConfig, WorkspaceConfig
from hardware.samples import Vector

BAND_M = 0.03
SKIN_M = 0.015  # kept off the walls: the way to the stopping point is an arc, which bulges
GIVE_M = 0.005  # of it that motion may use which goes out against the leader's wish, and is braked
PERIOD_S = 0.004  # forward kinematics is the dearest thing in a cycle: no more often than this
_INTENT_S = 0.1  # how far ahead the leader's velocity tells where it wants to go
_STILL_M = 1e-4


def room(box: WorkspaceConfig, off_m: float = SKIN_M) -> tuple[Vector, Vector]:
    """Least and greatest x, y, z of the end effector, (3,) m each in the arm's base frame, `off_m` off all walls.

    With SKIN_M all that is ever reached, with SKIN_M + BAND_M all that is reached without being slowed down.
    """
    walls = np.array([box.x, box.y, box.z])
    return walls[:, 0] + off_m, walls[:, 1] - off_m


class Workspace:
    """Share of the commanded motion that the box allows; `hits` counts cycles in which it was not all."""

    def __init__(self, box: WorkspaceConfig, config: TeleopConfig, model: ArmModel, gain: float) -> None:
        """gain: of the limiter, 1/s."""
        self._low, self._high = room(box)
        if np.any(self._high <= self._low):
            raise ValueError("teleop.workspace leaves no room between two walls; move them apart")
        self._model = model
        self._acceleration = config.acceleration * model.limits.acceleration
        # Until braking takes hold: the ramp of acceleration both ways, the limiter's tail, our own period.
        self._delay = 2.0 / model.limits.jerk * model.limits.acceleration + 1.0 / gain + PERIOD_S
        self._next_ns = 0
        self._share = 1.0
        self.hits = 0

    def share(
        self, now_ns: int, q: Sequence[float], dq: Sequence[float], target: Sequence[float], velocity: Sequence[float]
    ) -> float:
        """Share 0..1 for a reference at q (rad), dq (rad/s) that is to go to target at velocity; (n,) each."""
        if now_ns >= self._next_ns:
            self._next_ns = now_ns + round(PERIOD_S * 1e9)
            at, speed = np.array(q), np.array(dq)
            self._share = self._look(at, speed, np.array(target) + _INTENT_S * np.array(velocity))
        self.hits += self._share < 1.0
        return self._share

    def _look(self, q: Vector, dq: Vector, goal: Vector) -> float:
        now = self._place(q)
        rest = self._place(q + dq * (np.abs(dq) / (2.0 * self._acceleration) + self._delay))
        wish = self._place(goal)
        # Both ends of each axis as "up is outwards".
        room = np.concatenate([self._high - rest, rest - self._low])
        drift = np.concatenate([rest - now, now - rest])
        intent = np.concatenate([wish - now, now - wish])
        wanted = np.where(intent > _STILL_M, room / BAND_M, 1.0)
        drifting = np.where(drift > _STILL_M, 1.0 + room / GIVE_M, 1.0)
        return float(np.clip(np.min(np.minimum(wanted, drifting)), 0.0, 1.0))

    def _place(self, q: Vector) -> Vector:
        return self._model.end_effector(q)[:3, 3]
