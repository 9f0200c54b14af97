"""Joint limits of the arms, as their makers publish them. rad, rad/s, rad/s^2, rad/s^3, Nm, Nm/s."""

from dataclasses import dataclass

import numpy as np

from hardware.samples import Vector


def _constant(*values: float) -> Vector:
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array


@dataclass(frozen=True, slots=True)
class JointLimits:
    """Limits of one arm; every field is an (n,) read-only array, base to tip."""

    q_min: Vector
    q_max: Vector
    velocity: Vector
    acceleration: Vector
    jerk: Vector
    torque: Vector
    torque_rate: Vector


# Franka control parameters, "Limits for Franka Research 3"; libfranka include/franka/rate_limiting.h
# (kMaxJointAcceleration, kMaxJointJerk, kMaxTorqueRate, without their 1e-3 tolerance).
FR3 = JointLimits(
    q_min=_constant(-2.7437, -1.7837, -2.9007, -3.0421, -2.8065, 0.5445, -3.0159),
    q_max=_constant(2.7437, 1.7837, 2.9007, -0.1518, 2.8065, 4.5169, 3.0159),
    velocity=_constant(2.62, 2.62, 2.62, 2.62, 5.26, 4.18, 5.26),
    acceleration=_constant(*[10.0] * 7),
    jerk=_constant(*[5000.0] * 7),
    torque=_constant(87.0, 87.0, 87.0, 87.0, 12.0, 12.0, 12.0),
    torque_rate=_constant(*[1000.0] * 7),
)

# libfranka rate_limiting.h, computeUpperLimitsJointVelocity and computeLowerLimitsJointVelocity:
# each limit is a brake parabola sqrt(SLOPE * (end - q)) - OFFSET, cut at the nominal velocity.
_TOLERANCE = 1e-3
BRAKE_OFFSET = _constant(0.30, 0.20, 0.20, 0.30, 0.35, 0.35, 0.35)
BRAKE_SLOPE = _constant(12.0, 5.17, 7.00, 8.00, 34.0, 11.0, 34.0)
BRAKE_UPPER = _constant(2.75010, 1.79180, 2.90650, -0.1458, 2.81010, 4.52050, 3.01960)
BRAKE_LOWER = _constant(-2.75010, -1.79180, -2.90650, -3.04810, -2.81010, 0.54092, -3.01960)


def velocity_bounds(q: Vector) -> tuple[Vector, Vector]:
    """Least and greatest joint velocity that an FR3 allows at q: (7,) rad -> two (7,) rad/s.

    They shrink to (nearly) nothing at the joint ends; beyond an end the way back stays open.
    """
    upper = np.sqrt(np.maximum(BRAKE_SLOPE * (BRAKE_UPPER - q), 0.0)) - BRAKE_OFFSET
    lower = BRAKE_OFFSET - np.sqrt(np.maximum(BRAKE_SLOPE * (q - BRAKE_LOWER), 0.0))
    return (
        np.minimum(np.maximum(-FR3.velocity, np.minimum(lower, 0.0)) + _TOLERANCE, 0.0),
        np.maximum(np.minimum(FR3.velocity, np.maximum(upper, 0.0)) - _TOLERANCE, 0.0),
    )
