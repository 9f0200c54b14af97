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


# ViperX-300 6DOF. Ends: Interbotix' interbotix_xsarm_descriptions, urdf/vx300s.urdf.xacro (its full turns less
# 1e-5 rad). Velocity and torque: no-load speed and stall torque at 12 V by the ROBOTIS e-Manual, 30 rev/min and
# 10.6 Nm of the XM540-W270 (joints 1 to 5; two of them at joints 2 and 3), 46 rev/min and 4.1 Nm of the
# XM430-W350 (joint 6). Nobody publishes accelerations and jerks, so these are chosen: 10 rad/s^2 is about half of
# what the shoulder can do beside the weight of the arm held out, and 4000 rad/s^3 reaches it within one 5 ms
# cycle. The rate of torque has no limit.
VIPERX300S = JointLimits(
    q_min=_constant(-3.14158, -1.85005, -1.76278, -3.14158, -1.86750, -3.14158),
    q_max=_constant(3.14158, 1.25664, 1.60570, 3.14158, 2.23402, 3.14158),
    velocity=_constant(3.14, 3.14, 3.14, 3.14, 3.14, 4.82),
    acceleration=_constant(*[10.0] * 6),
    jerk=_constant(*[4000.0] * 6),
    torque=_constant(10.6, 21.2, 21.2, 10.6, 10.6, 4.1),
    torque_rate=_constant(*[np.inf] * 6),
)


def viperx300s_velocity_bounds(q: Vector) -> tuple[Vector, Vector]:
    """Least and greatest joint velocity from which a ViperX-300 still stops at its ends: (6,) rad -> two (6,) rad/s.

    The motor's speed, cut by brake parabolas at the limit of the acceleration; beyond an end the way back stays open.
    """
    arm = VIPERX300S
    upper = np.sqrt(2.0 * arm.acceleration * np.maximum(arm.q_max - q, 0.0))
    lower = np.sqrt(2.0 * arm.acceleration * np.maximum(q - arm.q_min, 0.0))
    return -np.minimum(arm.velocity, lower), np.minimum(arm.velocity, upper)
