"""Mass properties of the FR3: the URDF that libfranka asks the robot for, and gravity.

Inertial parameters: franka_description (Apache-2.0), robots/fr3/inertials.yaml, as in libfranka's
test/fr3.urdf. The Franka Hand's mass, centre and inertia: libfranka's defaults for it.
"""

import math
from dataclasses import dataclass

import numpy as np

from hardware.arms.kinematics import Matrix
from hardware.arms.limits import BRAKE_LOWER, BRAKE_OFFSET, BRAKE_SLOPE, BRAKE_UPPER, FR3
from hardware.arms.models import arm_model
from hardware.samples import Vector

ARM = arm_model("fr3")

EARTH = 9.81  # m/s^2

HAND_MASS = 0.73  # kg
HAND_COM: Vector = np.array([-0.01, 0.0, 0.03])  # m, in the flange
HAND_INERTIA: Vector = np.diag([0.001, 0.0025, 0.0017]).ravel()  # kg m^2


@dataclass(frozen=True, slots=True)
class Link:
    """kg; m in the link's frame; kg m^2 about its centre: xx, xy, xz, yy, yz, zz."""

    mass: float
    com: tuple[float, float, float]
    inertia: tuple[float, float, float, float, float, float]


LINKS = (
    Link(
        2.9274653454,
        (4.128e-7, -0.0181251324, -0.0386035970),
        (0.0239273165, 1.33179e-5, -0.0001140477, 0.0224821613, -0.0019950321, 0.0063500983),
    ),
    Link(
        2.9355370338,
        (0.0031828864, -0.0743221644, 0.0088146084),
        (0.0419389463, 0.0002025733, 0.0040777842, 0.0251451489, -0.0042252158, 0.0617021447),
    ),
    Link(
        2.2449013699,
        (0.0407015686, -0.0048200565, -0.0289730823),
        (0.0241014255, 0.0024046946, -0.0028562693, 0.0197405327, -0.0021042127, 0.0190444945),
    ),
    Link(
        2.6155955791,
        (-0.0459100965, 0.0630492960, -0.0085187868),
        (0.0345299832, 0.0132255227, 0.0101514300, 0.0288816219, -0.0009762834, 0.0412547117),
    ),
    Link(
        2.3271207594,
        (-0.0016039605, 0.0292536262, -0.0972965990),
        (0.0516102785, -0.0057151734, -0.0035673168, 0.0478772971, 0.0106739851, 0.0164236256),
    ),
    Link(
        1.8170376524,
        (0.0597131221, -0.0410294666, -0.0101692726),
        (0.0054123336, 0.0061934564, 0.0014219289, 0.0140583295, -0.0013140754, 0.0160808179),
    ),
    Link(
        0.6271432862,
        (0.0045225817, 0.0086261921, -0.0161633251),
        (0.0002109239, -2.4333e-5, 4.56456e-5, 0.0001771857, 8.74407e-5, 5.99319e-5),
    ),
)

_MASSES: Vector = np.array([*(link.mass for link in LINKS), HAND_MASS])
_COMS: Matrix = np.array([*((*link.com, 1.0) for link in LINKS), (*HAND_COM, 1.0)])


def gravity(frames: Matrix) -> Vector:
    """Joint torques (7,) Nm that hold the arm and hand against gravity; `frames` (9, 4, 4) of kinematics."""
    moments = np.einsum("ijk,ik->ij", frames[1:9, :3], _COMS) * _MASSES[:, None]
    # What hangs beyond joint i: its mass, and its first moment about the base.
    mass = np.cumsum(_MASSES[::-1])[::-1].copy()
    moment = np.cumsum(moments[::-1], axis=0)[::-1].copy()
    arm = moment[:7] - mass[:7, None] * frames[1:8, :3, 3]
    axis = frames[1:8, :3, 2]
    return EARTH * (axis[:, 0] * arm[:, 1] - axis[:, 1] * arm[:, 0])


def urdf() -> str:
    """A URDF with what libfranka 0.21 reads: tree, inertials, limits and position-based velocity limits."""
    poses = ARM.frames(np.zeros(7))
    parts = ['<?xml version="1.0"?>', '<robot name="fr3">', '<link name="link0"/>']
    for i, link in enumerate(LINKS):
        xx, xy, xz, yy, yz, zz = link.inertia
        step = _between(poses[i], poses[i + 1])
        roll = math.atan2(step[2, 1], step[1, 1])
        parts.append(
            f'<link name="link{i + 1}"><inertial>'
            f'<origin rpy="0 0 0" xyz="{_text(*link.com)}"/><mass value="{link.mass}"/>'
            f'<inertia ixx="{xx}" ixy="{xy}" ixz="{xz}" iyy="{yy}" iyz="{yz}" izz="{zz}"/>'
            "</inertial></link>"
            f'<joint name="joint{i + 1}" type="revolute">'
            f'<origin rpy="{_text(roll, 0.0, 0.0)}" xyz="{_text(*step[:3, 3])}"/>'
            f'<parent link="link{i}"/><child link="link{i + 1}"/><axis xyz="0 0 1"/>'
            f'<limit effort="{FR3.torque[i]}" lower="{BRAKE_LOWER[i]}" upper="{BRAKE_UPPER[i]}"'
            f' velocity="{FR3.velocity[i]}"/>'
            f'<position_based_velocity_limits deceleration_limit="{BRAKE_SLOPE[i] / 2}"'
            f' velocity_offset="{BRAKE_OFFSET[i]}"/></joint>'
        )
    flange = _between(poses[7], poses[8])
    parts.append(
        '<link name="link8"/><joint name="joint8" type="fixed">'
        f'<origin rpy="0 0 0" xyz="{_text(*flange[:3, 3])}"/>'
        '<parent link="link7"/><child link="link8"/></joint></robot>'
    )
    return "\n".join(parts)


def _between(a: Matrix, b: Matrix) -> Matrix:
    """T_a_b of two poses (4, 4) in one frame."""
    pose = np.eye(4)
    pose[:3, :3] = a[:3, :3].T @ b[:3, :3]
    pose[:3, 3] = a[:3, :3].T @ (b[:3, 3] - a[:3, 3])
    return pose


def _text(*values: float) -> str:
    return " ".join(f"{value:.12g}" for value in values)
