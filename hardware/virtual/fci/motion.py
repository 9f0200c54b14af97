"""The motions that the control interface runs, each with the checks the real one makes of its commands.

Names of the errors and which check raises them: Franka Robotics, FCI documentation, "Robot limits" and
"Errors"; a lost motion packet is extrapolated at constant acceleration and a lost torque is held
(libfranka docs/system_requirements.rst, "Packet Handling").
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hardware.arms.limits import BRAKE_LOWER, BRAKE_UPPER, FR3, velocity_bounds
from hardware.samples import Vector
from hardware.virtual.fci.dynamics import DT, Joints
from hardware.virtual.fci.structs import Controller, Error, Generator

Command = NDArray[np.void]

_EPS = 1e-6  # relative; commands are doubles, their third difference is good to 1e-6
_START_POSE = 0.1  # rad


class Motion(Protocol):
    """One Move. `every_cycle`: must each state be answered?"""

    generator: Generator
    controller: Controller
    every_cycle: bool

    def accept(self, command: Command) -> Error | None:
        """Take a command; the error it breaks, if any."""
        ...

    def miss(self) -> None:
        """A cycle without a command."""
        ...

    def step(self, joints: Joints, tau_env: Vector) -> None:
        """Move the joints by one cycle."""
        ...

    def finished(self, command: Command) -> bool:
        """Does this command end the motion?"""
        ...


class TorqueMotion:
    """Torques from outside: range, and at most 1 Nm from one command to the next."""

    generator = Generator.NONE
    controller = Controller.EXTERNAL
    every_cycle = True

    def __init__(self) -> None:
        self.tau: Vector = np.zeros(7)
        self._step = FR3.torque_rate * DT * (1 + _EPS)

    def accept(self, command: Command) -> Error | None:
        """Range and rate of `tau_J_d`."""
        tau = command["tau_J_d"].copy()
        change, self.tau = np.abs(tau - self.tau), tau
        if (np.abs(tau) > FR3.torque).any():
            return Error.tau_J_range_violation
        if (change > self._step).any():
            return Error.controller_torque_discontinuity
        return None

    def miss(self) -> None:
        """The last torque is held."""

    def step(self, joints: Joints, tau_env: Vector) -> None:
        """The torque moves the joints."""
        joints.apply(self.tau, tau_env)

    def finished(self, command: Command) -> bool:
        """The client says so with its last torque."""
        return bool(command["torque_command_finished"])


class JointMotion:
    """Joint positions or velocities every cycle, tracked by the robot's own position loop."""

    controller = Controller.JOINT_IMPEDANCE
    every_cycle = True

    def __init__(self, generator: Generator, q: Vector) -> None:
        self.generator = generator
        self.q: Vector = q.copy()
        self.dq: Vector = np.zeros(7)
        self.ddq: Vector = np.zeros(7)
        self._started = False

    def accept(self, command: Command) -> Error | None:
        """The derivatives of what is commanded, against the limits."""
        positions = self.generator is Generator.JOINT_POSITION
        if positions and not self._started and np.any(np.abs(command["q_c"] - self.q) > _START_POSE):
            return Error.joint_position_motion_generator_start_pose_invalid
        self._started = True
        dq = (command["q_c"] - self.q) / DT if positions else command["dq_c"].copy()
        ddq = (dq - self.dq) / DT
        jerk = (ddq - self.ddq) / DT
        self.q, self.dq, self.ddq = self.q + dq * DT, dq, ddq
        lower, upper = velocity_bounds(self.q)
        if np.any(np.abs(ddq) > FR3.acceleration * (1 + _EPS)):
            return Error.joint_motion_generator_velocity_discontinuity
        if np.any(dq < lower - _EPS) or np.any(dq > upper + _EPS):
            return Error.joint_motion_generator_velocity_limits_violation
        if np.any(self.q < BRAKE_LOWER) or np.any(self.q > BRAKE_UPPER):
            return Error.joint_motion_generator_position_limits_violation
        if np.any(np.abs(jerk) > FR3.jerk * (1 + _EPS)):
            return Error.joint_motion_generator_acceleration_discontinuity
        return None

    def miss(self) -> None:
        """Constant acceleration over the gap."""
        self.dq = self.dq + self.ddq * DT
        self.q = self.q + self.dq * DT

    def step(self, joints: Joints, tau_env: Vector) -> None:
        """The position loop follows the command."""
        joints.track(self.q, self.dq, tau_env)

    def finished(self, command: Command) -> bool:
        """The client says so with its last set-point."""
        return bool(command["motion_generation_finished"])


class AsyncJointMotion:
    """Joint targets at any rate; the robot's own generator goes there within limits and stops."""

    generator = Generator.JOINT_POSITION
    controller = Controller.JOINT_IMPEDANCE
    every_cycle = False

    def __init__(self, q: Vector, velocity: Vector) -> None:
        self.q: Vector = q.copy()
        self.dq: Vector = np.zeros(7)
        self._target: Vector = q.copy()
        self._velocity = velocity

    def accept(self, command: Command) -> Error | None:
        """A target within the joint limits."""
        target = command["q_c"].copy()
        if np.any(target < FR3.q_min) or np.any(target > FR3.q_max):
            return Error.joint_motion_generator_position_limits_violation
        self._target = target
        return None

    def miss(self) -> None:
        """Nothing is owed."""

    def step(self, joints: Joints, tau_env: Vector) -> None:
        """The generator goes on, and the position loop follows it."""
        way = self._target - self.q
        # The speed from which it can still stop at the target, and close by a linear approach.
        stop = np.minimum(np.sqrt(1.6 * FR3.acceleration * np.abs(way)), np.abs(way) / (20 * DT))
        wanted = np.sign(way) * np.minimum(stop, self._velocity)
        most = FR3.acceleration * DT
        self.dq = self.dq + np.clip(wanted - self.dq, -most, most)
        self.q = self.q + self.dq * DT
        joints.track(self.q, self.dq, tau_env)

    def finished(self, command: Command) -> bool:
        """The client says so; the target sent with it means nothing."""
        return bool(command["motion_generation_finished"])
