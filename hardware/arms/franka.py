"""A Franka FR3 through pylibfranka 0.21 (robot server 10).

Give this driver a process of its own: pylibfranka holds the GIL in every call, and even kIgnore puts the
calling thread at SCHED_FIFO 99 where that is permitted (children inherit it, so start them first).
"""

import re
from collections.abc import Generator
from contextlib import contextmanager

import numpy as np
import pylibfranka as franka

from hardware.arms.limits import FR3
from hardware.clock.one_way import OneWayHull
from hardware.config import FrankaConfig
from hardware.interfaces import DeviceError, DeviceLost, DeviceRefused, ReflexError
from hardware.samples import ArmSample, DeviceInfo, Stamp, TimeSource, Vector, monotonic_ns

# Contact and collision at the same level: below it nothing happens, above it the robot stops. Nm and N, Nm.
COLLISION_TORQUE = (40.0, 40.0, 40.0, 40.0, 30.0, 25.0, 20.0)
COLLISION_FORCE = (40.0, 40.0, 40.0, 30.0, 30.0, 30.0)
TORQUE_SHARE = 0.9  # of the torque limits in use
TORQUE_STEP = 0.95  # Nm from one command to the next; the robot stops itself at 1
ASYNC_PERIOD_MS = 10  # between targets in async_position
ASYNC_VELOCITY_SHARE = 0.5  # of the velocity limits, for the robot's own generator
ASYNC_TOLERANCE = 1e-3  # rad, the handler's idea of "reached"

_MS = 1_000_000


class FrankaArm:
    """Satisfies `FollowerArm`. `t_ns` comes from a one-way hull over the robot's `time`."""

    def __init__(self, name: str, config: FrankaConfig) -> None:
        self.name = name
        self._config = config
        self._limit: Vector = FR3.torque * TORQUE_SHARE
        self._k: Vector = np.array(config.stiffness)
        self._d: Vector = np.array(config.damping)
        self._robot: franka.Robot | None = None
        self._control: franka.ActiveControlBase | None = None
        self._handler: franka.AsyncPositionControlHandler | None = None
        self._model: franka.Model | None = None
        self._state: franka.RobotState | None = None
        self._q: Vector = np.zeros(7)
        self._dq: Vector = np.zeros(7)
        self._tau_d: Vector = np.zeros(7)
        self._time_ms = self._next_target_ms = 0
        self._connect()

    def info(self) -> DeviceInfo:
        """What the interface tells: no serial number and no firmware version pass over it."""
        options = {
            "control": self._config.control,
            "pylibfranka": franka.__version__,
            "coriolis": "model" if self._model is not None else "none",
        }
        return DeviceInfo(self.name, "franka", "FR3", "", "robot server 10", options)

    def observe(self) -> ArmSample:
        """The next state, without control."""
        with self._errors():
            robot = self._connected()
            # After a pause the socket holds the oldest packets: the first read is stale.
            robot.read_once()
            state = robot.read_once()
            return self._sample(state, monotonic_ns())

    def start(self) -> ArmSample:
        """Take control at the present pose. Command within 20 ms, and every millisecond in torque control."""
        with self._errors():
            robot = self._connected()
            match self._config.control:
                case "torque":
                    self._control = robot.start_torque_control()
                case "async_position":
                    self._handler = self._start_async(robot)
                    self._next_target_ms = 0
        return self.read()

    def read(self) -> ArmSample:
        """Block for the next state. Raises ReflexError, DeviceLost (nothing for 1 s)."""
        with self._errors():
            if self._control is not None:
                state, _ = self._control.readOnce()
                return self._sample(state, monotonic_ns())
            state = self._connected().read_once()
            arrival = monotonic_ns()
            if self._handler is not None and state.robot_mode != franka.RobotMode.Move:
                raise self._stopped(str(state.last_motion_errors))
            return self._sample(state, arrival)

    def command(self, q: Vector, dq: Vector) -> None:
        """Reference for this cycle: (7,) rad and rad/s."""
        with self._errors():
            if self._control is not None:
                self._control.writeOnce(franka.Torques(self._impedance(q, dq)))
            elif self._handler is not None:
                self._send_target(self._handler, q)
            else:
                raise DeviceRefused(self.name, "command before start; call start() first")

    def stop(self) -> None:
        """Finish the motion; the robot brakes and holds by itself."""
        control, handler = self._control, self._handler
        self._control = self._handler = None
        with self._errors():
            if control is not None:
                last = franka.Torques(self._tau_d.tolist())
                last.motion_finished = True
                control.writeOnce(last)
            elif handler is not None:
                handler.stop_control()

    def recover(self) -> None:
        """Clear a reflex; reconnect if the connection was lost."""
        self._control = self._handler = None
        with self._errors():
            if self._robot is None:
                self._connect()
            self._connected().automatic_error_recovery()

    def close(self) -> None:
        """Give control back if it is held, and disconnect."""
        if self._control is not None or self._handler is not None:
            try:
                self.stop()
            except DeviceError:
                self._control = self._handler = None
        self._robot = self._model = self._state = None

    def _connect(self) -> None:
        with self._errors():
            robot = franka.Robot(self._config.address, franka.RealtimeConfig.kIgnore)
            robot.set_collision_behavior(COLLISION_TORQUE, COLLISION_TORQUE, COLLISION_FORCE, COLLISION_FORCE)
            self._robot = robot
        try:
            self._model = robot.load_model()
        except RuntimeError:
            self._model = None  # a peer without a model: control goes without Coriolis torques
        least, most = self._config.network_delay_us
        self._hull = OneWayHull((round(least * 1e3), round(most * 1e3)))

    def _connected(self) -> franka.Robot:
        if self._robot is None:
            raise DeviceLost(self.name, "the connection to the robot was lost; call recover() to reconnect")
        return self._robot

    def _start_async(self, robot: franka.Robot) -> franka.AsyncPositionControlHandler:
        velocity = (FR3.velocity * ASYNC_VELOCITY_SHARE).tolist()
        handler = franka.AsyncPositionControlHandler
        result = handler.configure(robot, handler.Configuration(velocity, ASYNC_TOLERANCE))
        if result.error_message is not None:
            raise self._refused(robot, result.error_message)
        return result.handler

    def _impedance(self, q: Vector, dq: Vector) -> list[float]:
        """K (q_ref - q) + D (dq_ref - dq) + Coriolis, within range and rate; the robot adds gravity."""
        tau = self._k * (q - self._q) + self._d * (dq - self._dq)
        if self._model is not None and self._state is not None:
            tau += self._model.coriolis(self._state)
        np.minimum(np.maximum(tau, -self._limit, out=tau), self._limit, out=tau)
        # From what the robot last had, which is not the last command sent if one came too late.
        least, most = self._tau_d - TORQUE_STEP, self._tau_d + TORQUE_STEP
        return np.minimum(np.maximum(tau, least, out=tau), most, out=tau).tolist()

    def _send_target(self, handler: franka.AsyncPositionControlHandler, q: Vector) -> None:
        if self._time_ms < self._next_target_ms:
            return
        self._next_target_ms = self._time_ms + ASYNC_PERIOD_MS
        result = handler.set_joint_position_target(handler.JointPositionTarget(q.tolist()))
        if not result.was_successful:
            raise self._refused(self._connected(), result.error_message or "target refused")

    def _sample(self, state: franka.RobotState, arrival_ns: int) -> ArmSample:
        self._state = state
        self._q, self._dq, self._tau_d = np.array(state.q), np.array(state.dq), np.array(state.tau_J_d)
        self._time_ms = time_ms = round(state.time.to_sec() * 1e3)
        ticks = time_ms * _MS
        self._hull.update(ticks, arrival_ns)
        t_ns, u_ns = self._hull.stamp(ticks)
        return ArmSample(
            arm=self.name,
            stamp=Stamp(t_ns, u_ns, ticks, arrival_ns, time_ms, TimeSource.DEVICE),
            q=self._q,
            dq=self._dq,
            tau_J=np.array(state.tau_J),
            tau_ext=np.array(state.tau_ext_hat_filtered),
            O_F_ext_hat_K=np.array(state.O_F_ext_hat_K),
            K_F_ext_hat_K=np.array(state.K_F_ext_hat_K),
            O_T_EE=np.array(state.O_T_EE),
            success_rate=state.control_command_success_rate,
        )

    def _refused(self, robot: franka.Robot, text: str) -> DeviceError:
        """The asynchronous handler tells its exceptions as text: see whether the robot is still there."""
        state = robot.read_once()
        reflex = state.robot_mode == franka.RobotMode.Reflex
        return self._stopped(str(state.last_motion_errors) if reflex else text)

    def _stopped(self, text: str) -> DeviceError:
        """The robot ended or refused a motion; `text` is libfranka's message or list of errors."""
        self._control = self._handler = None
        found = re.search(r'\["(\w+)"', text)
        if found is None and "rejected" in text:
            return DeviceRefused(self.name, f"{text}; recover, or unlock the joints and activate FCI in Desk")
        reflex = found.group(1) if found else "user_stopped" if "User Stop" in text else "motion_aborted"
        return ReflexError(self.name, reflex, f"the robot stopped itself ({reflex}); clear the cause, then recover")

    @contextmanager
    def _errors(self) -> Generator[None]:
        """libfranka's exceptions as the rig's."""
        try:
            yield
        except franka.ControlException as error:
            raise self._stopped(str(error)) from error
        except franka.NetworkException as error:
            self._control = self._handler = self._robot = self._model = None
            remedy = f"check power, cable and FCI of {self._config.address}, then recover"
            raise DeviceLost(self.name, f"{error}; {remedy}") from error
        except (franka.CommandException, franka.InvalidOperationException) as error:
            raise DeviceRefused(
                self.name, f"{error}; unlock the joints and activate FCI in Desk, then try again"
            ) from error
