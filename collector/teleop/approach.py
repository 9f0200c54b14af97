"""The robot goes to a leader that waits: a smooth way from rest to rest, all joints at once.

Planned once by ruckig (time-optimal under a velocity, an acceleration and a jerk limit), and walked through
the same limiter as everything else: a plan can be wrong, what is sent cannot.
"""

from collections.abc import Sequence

import ruckig

from hardware.arms.limits import JointLimits
from hardware.config import TeleopConfig

SPEED_SHARE = 0.2  # of the velocity limits (reference); teleop.approach_rad_s may be less
EFFORT_SHARE = 0.25  # of the acceleration and jerk in use


class Approach:
    """The way from `start` to `goal`, (n,) rad."""

    def __init__(
        self, config: TeleopConfig, limits: JointLimits, start: Sequence[float], goal: Sequence[float]
    ) -> None:
        joints = len(start)
        effort = EFFORT_SHARE * config.acceleration
        asked = ruckig.InputParameter(joints)
        asked.synchronization = ruckig.Synchronization.Phase
        asked.current_position, asked.target_position = start, goal
        asked.max_velocity = [min(config.approach_rad_s, SPEED_SHARE * v) for v in limits.velocity.tolist()]
        asked.max_acceleration = (effort * limits.acceleration).tolist()
        asked.max_jerk = (effort * limits.jerk).tolist()
        self._way = ruckig.Trajectory(joints)
        answer = ruckig.Ruckig(joints).calculate(asked, self._way)
        if answer not in (ruckig.Result.Working, ruckig.Result.Finished):
            raise ValueError(f"no way to the leader's pose: {answer.name}; align the leader by hand")

    @property
    def duration(self) -> float:
        """How long it takes, s."""
        return self._way.duration

    def at(self, seconds: float, lead_s: float) -> tuple[list[float], list[float]]:
        """Joints after `seconds`, (n,) rad, and their velocity `lead_s` later, rad/s."""
        return self._way.at_time(seconds)[0], self._way.at_time(seconds + lead_s)[1]
