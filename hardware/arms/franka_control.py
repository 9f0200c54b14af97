"""Control of a Franka while it is held: what each way of it does, and the two that pylibfranka runs in this thread."""

from typing import Protocol

import numpy as np
import pylibfranka as franka

from hardware.arms.franka_errors import Stopped
from hardware.arms.franka_gains import Gains
from hardware.arms.franka_state import FrankaState, of_libfranka
from hardware.arms.limits import FR3
from hardware.samples import Vector, monotonic_ns

TORQUE_LIMIT: Vector = FR3.torque * 0.9
TORQUE_STEP = 0.95  # Nm from one command to the next; the robot stops itself at 1
ASYNC_PERIOD_MS = 10  # between targets in async_position
ASYNC_VELOCITY_SHARE = 0.5  # of the velocity limits, for the robot's own generator
ASYNC_TOLERANCE = 1e-3  # rad, the handler's idea of "reached"


class Control(Protocol):
    """From taking control to giving it back. Raises libfranka's exceptions and Stopped."""

    def read(self) -> FrankaState:
        """Block for the next state."""
        ...

    def command(self, q: Vector, dq: Vector, stiffness: float) -> None:
        """Reference for this cycle: (7,) rad and rad/s, and the share of the gains."""
        ...

    def finish(self) -> None:
        """End the motion; the robot brakes and holds by itself."""
        ...

    def release(self) -> None:
        """Let go of the connection, in whatever state; libfranka allows nothing else on it before."""
        ...


class TorqueControl:
    """Joint impedance at 1 kHz in this thread: each state that is read is answered by one command."""

    def __init__(self, robot: franka.Robot, model: franka.Model | None, gains: Gains) -> None:
        self._model = model
        self._gains = gains
        self._control: franka.ActiveControlBase | None = robot.start_torque_control()
        self._last: franka.RobotState | None = None
        self._state: FrankaState | None = None

    def read(self) -> FrankaState:
        """Block for the next state."""
        assert self._control is not None
        self._last, _ = self._control.readOnce()
        self._state = of_libfranka(self._last, monotonic_ns())
        return self._state

    def command(self, q: Vector, dq: Vector, stiffness: float) -> None:
        """Torques towards the reference, from the state that was read last."""
        assert self._control is not None and self._state is not None and self._last is not None
        gains = self._gains if stiffness == 1.0 else self._gains.share(stiffness)
        tau = gains.stiffness * (q - self._state.q) + gains.damping * (dq - self._state.dq)
        if self._model is not None:
            tau += self._model.coriolis(self._last)
        self._control.writeOnce(franka.Torques(within_limits(tau, self._state.tau_J_d).tolist()))

    def finish(self) -> None:
        """One last torque, marked as such."""
        assert self._control is not None and self._state is not None
        finish_motion(self._control, self._state.tau_J_d)

    def release(self) -> None:
        """Let go of the connection."""
        self._control = None


class AsyncControl:
    """Targets to the robot's own generator: needs no real-time host; its gains and limits are the robot's."""

    def __init__(self, robot: franka.Robot) -> None:
        self._robot: franka.Robot | None = robot
        self._next_ms = self._time_ms = 0
        velocity = (FR3.velocity * ASYNC_VELOCITY_SHARE).tolist()
        handler = franka.AsyncPositionControlHandler
        result = handler.configure(robot, handler.Configuration(velocity, ASYNC_TOLERANCE))
        if result.error_message is not None:
            raise _refused(robot, result.error_message)
        self._handler: franka.AsyncPositionControlHandler | None = result.handler

    def read(self) -> FrankaState:
        """The next state; raises Stopped if the robot moves no more."""
        assert self._robot is not None
        state = self._robot.read_once()
        arrival = monotonic_ns()
        if state.robot_mode != franka.RobotMode.Move:
            raise Stopped(str(state.last_motion_errors))
        self._time_ms = round(state.time.to_sec() * 1e3)
        return of_libfranka(state, arrival)

    def command(self, q: Vector, dq: Vector, stiffness: float) -> None:
        """A target each ASYNC_PERIOD_MS; the generator takes no velocity and no gains."""
        assert self._robot is not None and self._handler is not None
        if self._time_ms < self._next_ms:
            return
        self._next_ms = self._time_ms + ASYNC_PERIOD_MS
        result = self._handler.set_joint_position_target(self._handler.JointPositionTarget(q.tolist()))
        if not result.was_successful:
            raise _refused(self._robot, result.error_message or "target refused")

    def finish(self) -> None:
        """The generator brakes."""
        assert self._handler is not None
        self._handler.stop_control()

    def release(self) -> None:
        """Let go of the connection."""
        self._robot = self._handler = None


def _refused(robot: franka.Robot, text: str) -> Stopped:
    """The handler tells its exceptions as text: see whether the robot is still there, and what it says."""
    state = robot.read_once()
    reflex = state.robot_mode == franka.RobotMode.Reflex
    return Stopped(str(state.last_motion_errors) if reflex else text)


def within_limits(tau: Vector, before: Vector) -> Vector:
    """`tau` (7,) Nm within range, and within one step of `before`: what the robot last had, sent or not."""
    tau = np.minimum(np.maximum(tau, -TORQUE_LIMIT), TORQUE_LIMIT)
    return np.minimum(np.maximum(tau, before - TORQUE_STEP), before + TORQUE_STEP)


def finish_motion(control: franka.ActiveControlBase, tau: Vector) -> None:
    """Give control back with `tau` (7,) Nm as the last torque."""
    last = franka.Torques(tau.tolist())
    last.motion_finished = True
    control.writeOnce(last)
