"""The bytes of the Franka control interface: packed, little-endian.

Source: libfranka-common, research_interface/robot/{service_types,rbk_types,error}.h (server version 10)
and research_interface/gripper/types.h (server version 3).
"""

import struct
from enum import IntEnum

import numpy as np

ROBOT_PORT, ROBOT_VERSION = 1337, 10
HAND_PORT, HAND_VERSION = 1338, 3


class Command(IntEnum):
    """Robot commands over TCP."""

    CONNECT = 0
    MOVE = 1
    STOP_MOVE = 2
    SET_COLLISION_BEHAVIOR = 3
    SET_JOINT_IMPEDANCE = 4
    SET_CARTESIAN_IMPEDANCE = 5
    SET_GUIDING_MODE = 6
    SET_EE_TO_K = 7
    SET_NE_TO_EE = 8
    SET_LOAD = 9
    AUTOMATIC_ERROR_RECOVERY = 10
    GET_ROBOT_MODEL = 11


class HandCommand(IntEnum):
    """Gripper commands over TCP."""

    CONNECT = 0
    HOMING = 1
    GRASP = 2
    MOVE = 3
    STOP = 4


class HandStatus(IntEnum):
    """Answers of the gripper."""

    SUCCESS = 0
    FAIL = 1
    UNSUCCESSFUL = 2
    ABORTED = 3


class MoveStatus(IntEnum):
    """Answers to a Move; one comes at its start and one at its end."""

    SUCCESS = 0
    MOTION_STARTED = 1
    PREEMPTED = 2
    COMMAND_NOT_POSSIBLE_REJECTED = 5
    INVALID_ARGUMENT_REJECTED = 7
    REFLEX_ABORTED = 8


class Generator(IntEnum):
    """RobotState.motion_generator_mode (a Move request counts from JOINT_POSITION = 0)."""

    IDLE = 0
    JOINT_POSITION = 1
    JOINT_VELOCITY = 2
    CARTESIAN_POSITION = 3
    CARTESIAN_VELOCITY = 4
    NONE = 5


class Controller(IntEnum):
    """RobotState.controller_mode, and a Move request's."""

    JOINT_IMPEDANCE = 0
    CARTESIAN_IMPEDANCE = 1
    EXTERNAL = 2
    OTHER = 3


class RobotMode(IntEnum):
    """RobotState.robot_mode."""

    OTHER = 0
    IDLE = 1
    MOVE = 2
    GUIDING = 3
    REFLEX = 4


class Error(IntEnum):
    """Those of the 41 errors that this endpoint raises, by their place in the state's arrays."""

    joint_position_limits_violation = 0
    joint_velocity_violation = 3
    joint_reflex = 6
    cartesian_reflex = 7
    joint_position_motion_generator_start_pose_invalid = 11
    joint_motion_generator_position_limits_violation = 12
    joint_motion_generator_velocity_limits_violation = 13
    joint_motion_generator_velocity_discontinuity = 14
    joint_motion_generator_acceleration_discontinuity = 15
    communication_constraints_violation = 25
    controller_torque_discontinuity = 32
    tau_J_range_violation = 34


HEADER = struct.Struct("<III")  # command, id, size of the whole message
HAND_HEADER = struct.Struct("<HII")
CONNECT = struct.Struct("<HH")  # version, the client's UDP port
MOVE = struct.Struct("<II3d3d?7d")  # controller, generator, two deviations, async, maximum velocities
STATUS = struct.Struct("<B")
CONNECTED = struct.Struct("<BH")
HAND_STATUS = struct.Struct("<H")
HAND_CONNECTED = struct.Struct("<HH")
HAND_GRASP = struct.Struct("<5d")  # width, epsilon inner and outer, speed, force
HAND_MOVE = struct.Struct("<2d")  # width, speed
HAND_STATE = struct.Struct("<Idd?H")  # time ms, width, max_width, is_grasped, temperature

_FLOATS = {
    "O_T_EE": 16, "O_T_EE_d": 16, "F_T_EE": 16, "EE_T_K": 16, "F_T_NE": 16, "NE_T_EE": 16,
    "m_ee": 1, "I_ee": 9, "F_x_Cee": 3, "m_load": 1, "I_load": 9, "F_x_Cload": 3,
    "elbow": 2, "elbow_d": 2, "tau_J": 7, "tau_J_d": 7, "dtau_J": 7, "q": 7, "q_d": 7, "dq": 7,
    "dq_d": 7, "ddq_d": 7, "joint_contact": 7, "cartesian_contact": 6, "joint_collision": 7,
    "cartesian_collision": 6, "tau_ext_hat_filtered": 7, "O_F_ext_hat_K": 6, "K_F_ext_hat_K": 6,
    "O_dP_EE_d": 6, "O_ddP_O": 3, "elbow_c": 2, "delbow_c": 2, "ddelbow_c": 2, "O_T_EE_c": 16,
    "O_dP_EE_c": 6, "O_ddP_EE_c": 6, "theta": 7, "dtheta": 7,
    "accelerometer_top": 18, "accelerometer_bottom": 18,
}  # fmt: skip

STATE = np.dtype(
    [("message_id", "<u8")]
    + [(name, "<f4", (size,)) for name, size in _FLOATS.items()]
    + [
        ("motion_generator_mode", "u1"),
        ("controller_mode", "u1"),
        ("errors", "u1", 41),
        ("reflex_reason", "u1", 41),
        ("robot_mode", "u1"),
        ("control_command_success_rate", "<f4"),
    ]
)

COMMAND = np.dtype(
    [
        ("message_id", "<u8"),
        ("q_c", "<f8", 7),
        ("dq_c", "<f8", 7),
        ("O_T_EE_c", "<f8", 16),
        ("O_dP_EE_c", "<f8", 6),
        ("elbow_c", "<f8", 2),
        ("valid_elbow", "u1"),
        ("motion_generation_finished", "u1"),
        ("tau_J_d", "<f8", 7),
        ("torque_command_finished", "u1"),
    ]
)
