"""Walls where the follower's joint limits are near, felt at the leader. Pure."""

import numpy as np

from hardware.arms.limits import JointLimits
from hardware.samples import Vector

MARGIN_RAD = 0.15
"""How far inside a limit its wall begins: where the reference stops (TeleopConfig.margin_rad), it is firm already."""
# Stiffness and damping of the joint limit barrier in GELLO's gravity compensation, Nm/rad and Nm s/rad.
_NM_RAD, _NM_S_RAD = 1.04, 0.043


def walls(limits: JointLimits, q: Vector, dq: Vector) -> Vector:
    """Torque (n,) Nm, positive as q (n,) rad, back into the room; it never pulls and is 0 elsewhere. dq: rad/s.

    Damped on the way in only, so that nothing sticks to the wall.
    """
    above = np.maximum(q - (limits.q_max - MARGIN_RAD), 0.0)
    below = np.maximum(limits.q_min + MARGIN_RAD - q, 0.0)
    down = np.where(above > 0.0, _NM_RAD * above + _NM_S_RAD * np.maximum(dq, 0.0), 0.0)
    up = np.where(below > 0.0, _NM_RAD * below + _NM_S_RAD * np.maximum(-dq, 0.0), 0.0)
    return up - down
