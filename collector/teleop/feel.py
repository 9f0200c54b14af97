"""What the operator's hand feels at the leader: weight taken off or a spring, damping, walls, force feedback. Pure.

Signs: every torque is positive as the follower's q, and acts on the leader; what it gives off is tau dot dq.
"""

import numpy as np

from collector.teleop.feel_force import ForceFeedback
from collector.teleop.feel_gravity import Gravity
from collector.teleop.feel_walls import walls
from hardware.arms.limits import JointLimits
from hardware.config import FeelConfig
from hardware.samples import Vector

_GAP_S = 0.1  # longer without an update is a new start
_MOST = 1000.0  # rad, rad/s: no leader is there, nor as fast


class Feel:
    """Torque for a leader of `joints` joints from its own motion and its follower's load, once a read.

    limits: the follower's joint limits, None for no walls. Nothing that comes in makes a torque that is not finite or
    above `config.torque_nm` in any joint.
    """

    def __init__(self, config: FeelConfig, limits: JointLimits | None, joints: int) -> None:
        self._config, self._joints = config, joints
        self._limits = limits if config.walls else None
        self._gravity = Gravity(config.gravity) if config.mode == "gravity" and config.gravity else None
        self._rest: Vector | None = np.array(config.rest_rad) if config.rest_rad else None
        self._before: tuple[int, Vector] | None = None
        self._force = self._new_force()

    @property
    def scale(self) -> float:
        """Of the force feedback: below 1 while its power into the hand was too great for long."""
        return self._force.scale

    @property
    def stored_j(self) -> float:
        """Energy that the force feedback may still give to the hand, J; at 0 it only brakes."""
        return self._force.stored_j

    def update(self, now_ns: int, q: Vector, dq: Vector, tau_ext: Vector | None, following: bool) -> Vector:
        """Torque (n,) Nm to give from `now_ns` on.

        q, dq: (n,) rad, rad/s of the leader. tau_ext: (n,) Nm, libfranka's tau_ext_hat_filtered of the follower, None
        or NaN where it is not known; it is felt only while `following`. All 0 where q or dq cannot be.
        """
        if not _plausible(q) or not _plausible(dq):
            self._before = None
            return np.zeros(self._joints)
        dt_s, moved = self._since(now_ns, q)
        most = self._config.torque_nm
        own = np.minimum(np.maximum(self._own(q, dq), -most), most)
        load = tau_ext if following else None
        return own + self._force.torque(dt_s, moved, dq, load, (-most - own, most - own))

    def _own(self, q: Vector, dq: Vector) -> Vector:
        """Weight or spring, damping, walls."""
        against = -self._config.damping_nm_s_rad * dq
        if self._limits is not None:
            against = against + walls(self._limits, q, dq)
        if self._gravity is not None:
            return self._gravity.torque(q) + against
        if self._rest is None:
            self._rest = q.copy()
        return self._config.spring_nm_rad * (self._rest - q) + against

    def _since(self, now_ns: int, q: Vector) -> tuple[float, Vector]:
        """Time (s) and way (n,) rad since the last update; both 0 at a new start, which the force feedback forgets."""
        before, self._before = self._before, (now_ns, q.copy())
        dt_s = 0.0 if before is None else (now_ns - before[0]) * 1e-9
        if before is None or not 0.0 < dt_s < _GAP_S:
            self._force = self._new_force()
            return 0.0, np.zeros(self._joints)
        return dt_s, q - before[1]

    def _new_force(self) -> ForceFeedback:
        config = self._config
        return ForceFeedback(self._joints, config.force, config.force_hz)


def _plausible(values: Vector) -> bool:
    """Finite, and within what a leader can be."""
    return bool((np.abs(values) < _MOST).all())
