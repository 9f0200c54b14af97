"""The arms whose kinematics and limits are known."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from hardware.arms import limits
from hardware.arms.kinematics import Chain, Matrix, chain, pose
from hardware.arms.limits import JointLimits
from hardware.config.followers import ArmName
from hardware.samples import Vector


@dataclass(frozen=True, slots=True)
class ArmModel:
    """An arm of n joints. q is (n,) rad, poses are (4, 4) in metres in the arm's base frame.

    home: (n,) the pose at rest. velocity_bounds(q): least and greatest velocity of each joint at q, two (n,) rad/s;
    it treats the joints independently.
    """

    name: ArmName
    chain: Chain
    limits: JointLimits
    velocity_bounds: Callable[[Vector], tuple[Vector, Vector]]
    home: Vector

    @property
    def joints(self) -> int:
        """How many."""
        return self.chain.joints

    @property
    def tool(self) -> Matrix:
        """T_flange_EE (4, 4)."""
        return self.chain.tool

    def frames(self, q: Vector) -> Matrix:
        """Poses (n + 2, 4, 4) of the base, the joints and the flange."""
        return self.chain.frames(q)

    def flange(self, q: Vector) -> Matrix:
        """Pose of the flange."""
        return self.chain.frames(q)[-1]

    def end_effector(self, q: Vector) -> Matrix:
        """Pose of the grasp point, `O_T_EE`."""
        return self.chain.end_effector(q)

    def jacobian(self, q: Vector) -> Matrix:
        """Velocity of the grasp point a joint speed, (6, n): m and rad, in the base frame."""
        return self.chain.jacobian(q)

    def inverse(self, goal: Matrix, q0: Vector) -> Vector:
        """Joints within the limits whose grasp point is at `goal`, the nearest way from `q0`.

        Raises ValueError where the pose is out of reach.
        """
        return self.chain.inverse(goal, q0, self.limits.q_min, self.limits.q_max)


def arm_model(name: ArmName) -> ArmModel:
    """The model of an arm."""
    match name:
        case "fr3":
            return _FR3
        case "viperx300s":
            return _VIPERX300S
        case _:
            assert_never(name)


def _fixed(*values: float) -> Vector:
    array = np.array(values)
    array.setflags(write=False)
    return array


def _fr3() -> ArmModel:
    """The Franka Research 3 with the Franka Hand; EE: z out of the hand, y the way the fingers open.

    Modified Denavit-Hartenberg parameters (Craig's convention), the flange at 0.107 m and the hand's 0.1034 m,
    -45 deg: Franka Robotics, "FCI documentation: Robot and interface specifications", section
    "Denavit-Hartenberg parameters", and libfranka's default `F_T_EE` for the hand.
    """
    a = (0.0, 0.0, 0.0, 0.0825, -0.0825, 0.0, 0.088)  # m
    d = (0.333, 0.0, 0.316, 0.0, 0.384, 0.0, 0.0)  # m
    turn = math.pi / 2
    alpha = (0.0, -turn, turn, turn, -turn, turn, turn)
    return ArmModel(
        "fr3",
        chain(
            [
                (pose(ai, -di * math.sin(al), di * math.cos(al), roll=al), (0.0, 0.0, 1.0))
                for ai, di, al in zip(a, d, alpha, strict=True)
            ],
            flange=pose(z=0.107),
            tool=pose(z=0.1034, yaw=-math.pi / 4),
        ),
        limits.FR3,
        limits.velocity_bounds,
        _fixed(0.0, -math.pi / 4, 0.0, -3 * math.pi / 4, 0.0, math.pi / 2, math.pi / 4),
    )


def _viperx300s() -> ArmModel:
    """The ViperX-300 6DOF, ALOHA's follower; EE: x out of the gripper, y the way the fingers open, z up at zero.

    Places and axes: Interbotix' interbotix_xsarm_descriptions, urdf/vx300s.urdf.xacro, its ee_arm_link as
    flange and its ee_gripper_link as EE; the same as M and Slist of vx300s in interbotix_xs_modules,
    mr_descriptions.py. Home: START_ARM_POSE of the ALOHA code, constants.py.
    """
    x, y, z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
    return ArmModel(
        "viperx300s",
        chain(
            [
                (pose(z=0.079), z),  # waist
                (pose(z=0.04805), y),  # shoulder
                (pose(x=0.05955, z=0.3), y),  # elbow
                (pose(x=0.2), x),  # forearm_roll
                (pose(x=0.1), y),  # wrist_angle
                (pose(x=0.069744), x),  # wrist_rotate
            ],
            flange=pose(x=0.042825),
            tool=pose(x=0.064375),
        ),
        limits.VIPERX300S,
        limits.viperx300s_velocity_bounds,
        _fixed(0.0, -0.96, 1.16, 0.0, -0.3, 0.0),
    )


_FR3 = _fr3()
_VIPERX300S = _viperx300s()
