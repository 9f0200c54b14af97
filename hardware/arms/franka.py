"""A Franka FR3 through pylibfranka 0.21 (robot server 10).

Give this driver a process of its own: pylibfranka holds the GIL in every call, and even kIgnore puts the
calling thread at SCHED_FIFO 99 where that is permitted (children inherit it, so start them first).
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pylibfranka as franka

from hardware.arms.franka_control import AsyncControl, Control, TorqueControl
from hardware.arms.franka_errors import franka_errors
from hardware.arms.franka_gains import gains
from hardware.arms.franka_state import FrankaState, of_libfranka
from hardware.clock.one_way import OneWayHull
from hardware.config import FrankaConfig
from hardware.interfaces import DeviceError, DeviceLost, DeviceRefused
from hardware.samples import ArmSample, DeviceInfo, Stamp, TimeSource, Vector, monotonic_ns

if TYPE_CHECKING:
    from hardware.arms.franka_rt import Engine

_MS = 1_000_000


class FrankaArm:
    """Satisfies `FollowerArm`. `t_ns` comes from a one-way hull over the robot's `time`."""

    def __init__(self, name: str, config: FrankaConfig) -> None:
        self.name = name
        self._config = config
        self._gains = gains(config)
        self._robot: franka.Robot | None = None
        self._engine: Engine | None = None  # of the backend aiofranka; its robot is ours
        self._control: Control | None = None
        self._model: franka.Model | None = None
        self._connect()

    def info(self) -> DeviceInfo:
        """What the interface tells: no serial number and no firmware version pass over it."""
        config = self._config
        options = {
            "control": config.control,
            "pylibfranka": franka.__version__,
            "coriolis": "model" if self._model is not None else "none",
        }
        if config.control == "torque":
            options |= {
                "backend": config.backend,
                "stiffness": " ".join(f"{k:g}" for k in self._gains.stiffness),
                "damping": " ".join(f"{d:g}" for d in self._gains.damping),
            }
        return DeviceInfo(self.name, "franka", "FR3", "", "robot server 10", options)

    def observe(self) -> ArmSample:
        """The next state, without control."""
        with self._errors():
            robot = self._connected()
            # After a pause the socket holds the oldest packets: the first read is stale.
            robot.read_once()
            return self._sample(of_libfranka(robot.read_once(), monotonic_ns()))

    def start(self) -> ArmSample:
        """Take control at the present pose. Command within 20 ms, and every millisecond in torque control."""
        with self._errors():
            robot = self._connected()
            if self._config.control == "async_position":
                self._control = AsyncControl(robot)
            elif self._engine is not None:
                self._control = self._engine.control(self._model, self._gains)
            else:
                self._control = TorqueControl(robot, self._model, self._gains)
        return self.read()

    def read(self) -> ArmSample:
        """Block for the next state. Raises ReflexError, DeviceLost (nothing for 1 s)."""
        with self._errors():
            if self._control is not None:
                return self._sample(self._control.read())
            return self._sample(of_libfranka(self._connected().read_once(), monotonic_ns()))

    def command(self, q: Vector, dq: Vector, width: float | None = None, stiffness: float = 1.0) -> None:
        """Reference for this cycle: (7,) rad and rad/s; `width` is the hand's own connection's, not ours.

        stiffness: share of the gains, 0..1; async_position, whose gains are the robot's own, leaves it.
        """
        if self._control is None:
            raise DeviceRefused(self.name, "command before start; call start() first")
        with self._errors():
            self._control.command(q, dq, stiffness)

    def gripper(self) -> None:
        """The hand has a connection and a process of its own."""
        return None

    def stop(self) -> None:
        """Finish the motion; the robot brakes and holds by itself."""
        if self._control is not None:
            with self._errors():
                self._control.finish()
            self._release()

    def recover(self) -> None:
        """Clear a reflex; reconnect if the connection was lost."""
        self._release()
        with self._errors():
            if self._robot is None:
                self._connect()
            self._connected().automatic_error_recovery()

    def close(self) -> None:
        """Give control back if it is held, and disconnect."""
        try:
            self.stop()
        except DeviceError:
            pass  # gone, or in reflex: nothing is held any more
        self._robot = self._engine = self._model = None

    def _connect(self) -> None:
        config = self._config
        with self._errors():
            if config.control == "torque" and config.backend == "aiofranka":
                self._engine = self._start_engine()
                robot = self._engine.arm
            else:
                robot = franka.Robot(config.address, franka.RealtimeConfig.kIgnore)
            # Contact and collision at one level: below it nothing happens, above it the robot stops.
            torque, force = config.collision_torque, config.collision_force
            robot.set_collision_behavior(torque, torque, force, force)
            self._robot = robot
        try:
            self._model = robot.load_model()
        except RuntimeError:
            self._model = None  # a peer without a model: control goes without Coriolis torques
        least, most = config.network_delay_us
        self._hull = OneWayHull((round(least * 1e3), round(most * 1e3)))

    def _start_engine(self) -> Engine:
        try:
            from hardware.arms.franka_rt import Engine

            return Engine(self._config.address)
        except ImportError as error:
            remedy = "pip install 'clapboard[rt]', or set backend: pylibfranka"
            raise DeviceRefused(self.name, f"backend aiofranka cannot be loaded ({error}); {remedy}") from error

    def _connected(self) -> franka.Robot:
        if self._robot is None:
            raise DeviceLost(self.name, "the connection to the robot was lost; call recover() to reconnect")
        return self._robot

    def _sample(self, state: FrankaState) -> ArmSample:
        ticks = state.time_ms * _MS
        self._hull.update(ticks, state.arrival_ns)
        t_ns, u_ns = self._hull.stamp(ticks)
        return ArmSample(
            arm=self.name,
            stamp=Stamp(t_ns, u_ns, ticks, state.arrival_ns, state.time_ms, TimeSource.DEVICE),
            q=state.q,
            dq=state.dq,
            tau_J=state.tau_J,
            tau_ext=state.tau_ext,
            O_F_ext_hat_K=state.O_F_ext_hat_K,
            K_F_ext_hat_K=state.K_F_ext_hat_K,
            O_T_EE=state.O_T_EE,
            success_rate=state.success_rate,
        )

    @contextmanager
    def _errors(self) -> Generator[None]:
        """Whatever fails ends control; a lost connection has to be made anew."""
        try:
            with franka_errors(self.name, self._config.address):
                yield
        except DeviceLost:
            self._release()
            self._robot = self._engine = self._model = None
            raise
        except DeviceError:
            self._release()
            raise

    def _release(self) -> None:
        if self._control is not None:
            self._control.release()
        self._control = None
