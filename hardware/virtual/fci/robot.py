"""The arm behind the control interface: modes, motions, reflexes; one call of `step` a millisecond."""

from collections import deque

import numpy as np

from hardware.arms.kinematics import Matrix
from hardware.arms.limits import BRAKE_LOWER, BRAKE_UPPER, velocity_bounds
from hardware.arms.models import arm_model
from hardware.samples import Vector
from hardware.virtual.fci.contact import Cell
from hardware.virtual.fci.dynamics import DT, Joints
from hardware.virtual.fci.model import gravity
from hardware.virtual.fci.motion import AsyncJointMotion, Command, JointMotion, Motion, TorqueMotion
from hardware.virtual.fci.obstacle import Obstacle, wrench
from hardware.virtual.fci.state import State
from hardware.virtual.fci.structs import Controller, Error, Generator, MoveStatus, RobotMode
from hardware.virtual.truth import Told

ARM = arm_model("fr3")

_WINDOW = 100  # cycles of control_command_success_rate: libfranka robot_state.h
_SILENT = 20  # lost in a row: a real robot has stopped itself; one told to be patient does not drift on meanwhile
_SLOW_EVERY = 16  # ms between updates of what changes slowly: gravity, the arm's Jacobian
_FILTER = DT / (DT + 1 / (2 * np.pi * 30.0))  # 30 Hz, first order, on the external torques
_OVERSPEED = 0.1  # rad/s of measured velocity above the limit
_NOTHING: tuple[Vector, Vector] = (np.zeros(7), np.zeros(6))


class Robot:
    """State machine and physics; `enforce` switches the checks of the client's commands."""

    def __init__(self, q: Vector, cell: Cell, bandwidth_hz: float, *, enforce: bool, lost_in_a_row: int = 20) -> None:
        self.joints = Joints(q, bandwidth_hz)
        self.cell = cell
        self.mode = RobotMode.IDLE
        self.motion: Motion | None = None
        self.ended: MoveStatus | None = None
        self.error: Error | None = None
        self.reflex_reason: Error | None = None
        self.force_limits: Vector = np.array([20.0, 20.0, 20.0, 25.0, 25.0, 25.0])
        self.torque_limits: Vector = np.array([20.0, 20.0, 18.0, 18.0, 16.0, 14.0, 12.0])
        self._enforce, self._lost_in_a_row = enforce, lost_in_a_row
        self._hold: Vector = self.joints.q
        self._lost = 0
        self._answered: deque[bool] = deque(maxlen=_WINDOW)
        self._good = 0
        self._tau_ext: Vector = np.zeros(7)
        self._wrench: Vector = np.zeros(6)
        self._obstacle: Obstacle | None = None
        self._steps = 0
        self._frames = ARM.frames(self.joints.q)
        self.pose: Matrix = self._frames[8] @ ARM.tool
        self._gravity = gravity(self._frames)
        self._jacobian = ARM.jacobian(self.joints.q)

    # -- commands over TCP -------------------------------------------------------------------------

    def move(self, controller: int, generator: int, velocity: Vector | None) -> MoveStatus:
        """Begin a motion; `generator` as a Move request counts it, `velocity` (7,) rad/s for an async one."""
        if self.mode is not RobotMode.IDLE:
            return MoveStatus.COMMAND_NOT_POSSIBLE_REJECTED
        match (controller, generator + 1):
            case (Controller.EXTERNAL, Generator.NONE):
                self.motion = TorqueMotion()
            case (Controller.JOINT_IMPEDANCE, Generator.JOINT_POSITION) if velocity is not None:
                self.motion = AsyncJointMotion(self._hold, velocity)
            case (Controller.JOINT_IMPEDANCE, Generator.JOINT_POSITION | Generator.JOINT_VELOCITY):
                self.motion = JointMotion(Generator(generator + 1), self._hold)
            case _:
                return MoveStatus.INVALID_ARGUMENT_REJECTED
        self.mode = RobotMode.MOVE
        self._lost = self._good = 0
        return MoveStatus.MOTION_STARTED

    def stop(self) -> None:
        """Brake and hold; a running Move ends as preempted."""
        if self.motion is not None:
            self._end(MoveStatus.PREEMPTED)
            self.mode = RobotMode.IDLE

    def recover(self) -> None:
        """Clear a reflex."""
        if self.mode is RobotMode.REFLEX:
            self.mode, self.error = RobotMode.IDLE, None

    def reflex(self, error: Error) -> None:
        """Stop by itself."""
        self.error = error
        if self.motion is not None:
            self.reflex_reason = error
            self._end(MoveStatus.REFLEX_ABORTED)
        self.mode = RobotMode.REFLEX

    def block(self, *, blocked: bool) -> None:
        """Put something in the arm's way at its present pose, or take it away."""
        if blocked != (self._obstacle is not None):
            self._obstacle = Obstacle(self.joints.q) if blocked else None

    @property
    def told(self) -> tuple[Told, Vector]:
        """Whom the joints obey, and what it says: (7,) rad or Nm; their own place without a command."""
        match self.motion:
            case TorqueMotion(tau=tau):
                return Told.TORQUE, tau
            case JointMotion(q=q) | AsyncJointMotion(q=q):
                return Told.POSITION, q
            case _:
                return Told.REFLEX if self.mode is RobotMode.REFLEX else Told.NOTHING, self.joints.q

    def _end(self, status: MoveStatus) -> None:
        self.motion, self.ended, self._hold = None, status, self.joints.q
        self._answered.clear()

    # -- the 1 kHz cycle ---------------------------------------------------------------------------

    def command(self, command: Command) -> None:
        """The answer to the last state came in time."""
        if self.motion is None:
            return
        self._count(True)
        if self.motion.finished(command):
            self._end(MoveStatus.SUCCESS)
            self.mode = RobotMode.IDLE
            return
        error = self.motion.accept(command)
        if error is not None and self._enforce:
            self.reflex(error)

    def miss(self, *, blame: bool) -> None:
        """No answer; `blame` where a state had been sent in time for one."""
        if self.motion is None:
            return
        self.motion.miss()
        if not blame or not self.motion.every_cycle:
            return
        self._count(False)
        if self._lost >= self._lost_in_a_row and self._enforce:
            self.reflex(Error.communication_constraints_violation)

    def step(self, t_ns: int, width: float) -> None:
        """One millisecond of physics that ends at `t_ns`; the hand is open by `width` m."""
        joints = self.joints
        self._steps += 1
        if self._steps % _SLOW_EVERY == 0:
            self._gravity = gravity(self._frames)
            self._jacobian = ARM.jacobian(joints.q)
        self.cell.step(self.pose, width, t_ns, DT)
        tau_env, felt = self._environment()
        if self.motion is None:
            joints.track(self._hold, np.zeros(7), tau_env)
        elif self._lost > _SILENT:
            joints.brake(tau_env)
        else:
            self.motion.step(joints, tau_env)
        self._frames = ARM.frames(joints.q)
        self.pose = self._frames[8] @ ARM.tool
        # libfranka robot_state.h: what the robot exerts on its environment is positive.
        self._tau_ext = self._tau_ext - _FILTER * (self._tau_ext + tau_env)
        self._wrench = self._wrench - _FILTER * (self._wrench + felt)
        if self.motion is not None:
            self._watch()

    def write(self, state: State) -> None:
        """Put what a client may know into the state's fields."""
        joints, motion = self.joints, self.motion
        state.set_joints(joints.q, joints.dq, joints.tau + self._gravity)
        if isinstance(motion, TorqueMotion):
            state.set_desired(joints.q, joints.dq, motion.tau)
        elif isinstance(motion, JointMotion | AsyncJointMotion):
            state.set_desired(motion.q, motion.dq, joints.tau)
        else:
            state.set_desired(self._hold, np.zeros(7), np.zeros(7))
        state.set_external(self._tau_ext, self._wrench, self.pose)
        state.set_modes(
            Generator.IDLE if motion is None else motion.generator,
            Controller.OTHER if motion is None else motion.controller,
            self.mode,
            self.error,
            self.reflex_reason,
            0.0 if motion is None else self._good / len(self._answered) if self._answered else 1.0,
        )

    def _environment(self) -> tuple[Vector, Vector]:
        """What acts on the joints from outside, (7,) Nm, and how it feels at the hand, (6,) N and Nm."""
        joints = self.joints
        force = self.cell.force(self.pose, self._jacobian[:3] @ joints.dq)
        if force is None and self._obstacle is None:
            return _NOTHING
        tau, felt = np.zeros(7), np.zeros(6)
        if force is not None:
            tau += self._jacobian[:3].T @ force
            felt[:3] += force
        if self._obstacle is not None:
            held = self._obstacle.torque(joints.q, joints.dq)
            tau += held
            felt += wrench(self._jacobian, held)
        return tau, felt

    def _count(self, good: bool) -> None:
        if len(self._answered) == _WINDOW:
            self._good -= self._answered[0]
        self._answered.append(good)
        self._good += good
        self._lost = 0 if good else self._lost + 1

    def _watch(self) -> None:
        """Reflexes of the robot itself while it moves."""
        q, dq = self.joints.q, self.joints.dq
        if (np.abs(self._wrench) > self.force_limits).any():
            self.reflex(Error.cartesian_reflex)
        elif (np.abs(self._tau_ext) > self.torque_limits).any():
            self.reflex(Error.joint_reflex)
        elif self._steps % 4 == 0:
            if np.any(q < BRAKE_LOWER) or np.any(q > BRAKE_UPPER):
                self.reflex(Error.joint_position_limits_violation)
                return
            lower, upper = velocity_bounds(q)
            if np.any(dq < lower - _OVERSPEED) or np.any(dq > upper + _OVERSPEED):
                self.reflex(Error.joint_velocity_violation)
