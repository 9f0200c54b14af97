"""The control loop in aiofranka's C++ thread (extra [rt]): every state is answered there, whatever Python does.

aiofranka 0.9 reads, computes torques and writes on a thread that never waits for the interpreter (its
src/native/module.cpp, class Loop). Our control law below runs in it, compiled by Numba; Python gives it references
and takes every state from its recorder. When Python falls silent, the law brakes to rest and holds.
"""
# pyright: reportMissingModuleSource=false
# The extra is not installed everywhere; typings/aiofranka says what we use of it.

import os
import time
from collections import deque
from typing import Any

import numpy as np
import pylibfranka as franka
from aiofranka import NativeFrankaController, RobotInterface, control_law
from numpy.typing import NDArray

from hardware.arms.franka_control import TORQUE_LIMIT, TORQUE_STEP, finish_motion
from hardware.arms.franka_errors import Stopped
from hardware.arms.franka_gains import Gains
from hardware.arms.franka_state import FrankaState
from hardware.arms.limits import FR3
from hardware.samples import Vector, monotonic_ns

_FIELDS = (
    *("time", "wall_time", "q", "dq", "tau_J", "tau_J_d", "tau_ext_hat_filtered"),
    *("O_F_ext_hat_K", "K_F_ext_hat_K", "O_T_EE", "control_command_success_rate"),
)
_BUFFER = 2000  # states, should Python ever be that late
_POLL_S = 1e-4
_ABOVE = 5  # the loop's priority above ours, so that it is never behind us on one core
_BRAKE = float(FR3.acceleration.min())  # rad/s^2
_Q, _DQ, _STIFFNESS, _DAMPING, _CORIOLIS, _COUNT = range(6)  # rows of `told`


@control_law(params={"told": (6, 7)}, memory={"count": 1, "age": 1})
def _impedance(s: Any, p: Any, m: Any, tau: Any) -> None:
    """K (q_ref - q) + D (dq_ref - dq) + Coriolis; a reference that is not followed by a newer one brakes to rest."""
    if p.told[_COUNT, 0] != m.count[0]:
        m.count[0] = p.told[_COUNT, 0]
        m.age[0] = 0.0
    else:
        m.age[0] += s.dt
    for i in range(7):
        speed = p.told[_DQ, i]
        brake = np.copysign(_BRAKE, speed)
        age = min(m.age[0], abs(speed) / _BRAKE)
        ahead = p.told[_Q, i] + speed * age - 0.5 * brake * age * age - s.qpos[i]
        faster = speed - brake * age - s.qvel[i]
        tau[i] = p.told[_STIFFNESS, i] * ahead + p.told[_DAMPING, i] * faster + p.told[_CORIOLIS, i]


class Engine(NativeFrankaController):
    """aiofranka's controller without its event loop: connected once, ready to take control again and again."""

    def __init__(self, address: str) -> None:
        """Connect. Raises libfranka's exceptions; ImportError for a libfranka that it was not built for."""
        policy, parameter = os.sched_getscheduler(0), os.sched_getparam(0)
        robot = RobotInterface(address, read_tool=False)
        os.sched_setscheduler(0, policy, parameter)  # libfranka raised it; compiling the law takes seconds
        super().__init__(robot)
        self.torque_limit = TORQUE_LIMIT
        self.torque_diff_limit = TORQUE_STEP * 1e3
        self.switch(_impedance)

    @property
    def arm(self) -> franka.Robot:
        """The connection, for all that is not control."""
        return self.robot.robot

    def control(self, model: franka.Model | None, gains: Gains) -> "RtControl":
        """Take control, holding the present pose."""
        return RtControl(self, model, gains)

    def tell(self, told: Vector) -> None:
        """The law's next reference, (6, 7), whole."""
        self._assign("told", told)

    def take(self) -> franka.ActiveControlBase:
        """Take torque control and start the loop."""
        fields = self._record_fields()
        layout = [(name, fields[name][3], fields[name][2]) for name in _FIELDS]
        self._rows = np.dtype(layout)
        slices = [(*fields[name][:2], self._rows[name].itemsize) for name in _FIELDS]
        self._recorder = self._native.Recorder(slices, _BUFFER)
        self._loop.set_recorder(self._recorder)
        self._configure()  # takes its time: the robot must not wait for it
        priority = 0
        if os.sched_getscheduler(0) == os.SCHED_FIFO:
            priority = min(os.sched_getparam(0).sched_priority + _ABOVE, 99)
        control = self.arm.start_torque_control()
        self._loop.start(control, fifo_priority=priority)
        return control

    def states(self) -> NDArray[np.void]:
        """What the loop read since the last call. Raises Stopped, NetworkException when it has ended."""
        running = self._loop.running()
        rows = self._recorder.drain().view(self._rows)
        if not rows.size and not running:
            raise _ended(self._loop.error())
        return rows

    def latest(self) -> franka.RobotState | None:
        """The state that the loop read last."""
        return self._loop.robot_state()

    def halt(self) -> None:
        """End the loop, not the motion."""
        self._loop.request_stop()
        self._loop.join()
        self._loop.set_recorder(None)


class RtControl:
    """Satisfies `Control`."""

    def __init__(self, engine: Engine, model: franka.Model | None, gains: Gains) -> None:
        self._engine: Engine | None = engine
        self._model = model
        self._gains = gains
        self._states: deque[FrankaState] = deque()
        self._count = 0
        engine.arm.read_once()  # after a pause the socket holds the oldest packets
        self._tell(engine, np.array(engine.arm.read_once().q), np.zeros(7), gains)
        self._control: franka.ActiveControlBase | None = engine.take()

    def read(self) -> FrankaState:
        """The oldest state not given yet: none is left out, however late we are."""
        assert self._engine is not None
        while not self._states:
            rows = self._engine.states()
            self._states.extend(_arrived(rows))
            if not self._states:
                time.sleep(_POLL_S)
        return self._states.popleft()

    def command(self, q: Vector, dq: Vector, stiffness: float) -> None:
        """For the loop's next cycle."""
        assert self._engine is not None
        self._tell(self._engine, q, dq, self._gains if stiffness == 1.0 else self._gains.share(stiffness))

    def finish(self) -> None:
        """End the loop, then the motion, with the torque that the robot has."""
        engine, control = self._engine, self._control
        assert engine is not None and control is not None
        engine.halt()
        state, _ = control.readOnce()
        finish_motion(control, np.array(state.tau_J_d))

    def release(self) -> None:
        """Let go of the connection."""
        if self._engine is not None:
            self._engine.halt()
        self._engine = self._control = None

    def _tell(self, engine: Engine, q: Vector, dq: Vector, gains: Gains) -> None:
        latest = engine.latest() if self._model is not None and self._count else None
        coriolis = np.zeros(7) if latest is None or self._model is None else self._model.coriolis(latest)
        self._count += 1
        engine.tell(np.array([q, dq, gains.stiffness, gains.damping, coriolis, np.full(7, self._count)]))


def _arrived(rows: NDArray[np.void]) -> list[FrankaState]:
    """Rows of the recorder; its arrival is in wall time only (aiofranka 0.9), tied to the one clock here and now."""
    now, wall = monotonic_ns(), time.time()
    return [
        FrankaState(
            time_ms=round(float(row["time"]) * 1e3),
            arrival_ns=min(now, now - round((wall - float(row["wall_time"])) * 1e9)),
            q=row["q"],
            dq=row["dq"],
            tau_J=row["tau_J"],
            tau_J_d=row["tau_J_d"],
            tau_ext=row["tau_ext_hat_filtered"],
            O_F_ext_hat_K=row["O_F_ext_hat_K"],
            K_F_ext_hat_K=row["K_F_ext_hat_K"],
            O_T_EE=row["O_T_EE"],
            success_rate=float(row["control_command_success_rate"]),
        )
        for row in rows
    ]


def _ended(text: str) -> Exception:
    """The loop keeps libfranka's exception as text only."""
    lost = "UDP" in text or "TCP" in text or "connection" in text.lower()
    return franka.NetworkException(text) if lost else Stopped(text)
