"""One RobotState packet, kept in place and filled every millisecond."""

import numpy as np
from numpy.typing import NDArray

from hardware.arms.kinematics import Matrix
from hardware.arms.models import arm_model
from hardware.samples import Vector
from hardware.virtual.fci.model import EARTH, HAND_COM, HAND_INERTIA, HAND_MASS
from hardware.virtual.fci.structs import STATE, Controller, Error, Generator, RobotMode

ARM = arm_model("fr3")

Floats = NDArray[np.float32]


class State:
    """`packet` is what goes on the wire; setters write through views into it."""

    def __init__(self) -> None:
        self.packet = bytearray(STATE.itemsize)
        self._row: NDArray[np.void] = np.frombuffer(self.packet, STATE)
        hand = ARM.tool.T.ravel()
        eye = np.eye(4).ravel()
        for name, value in (("F_T_NE", hand), ("F_T_EE", hand), ("NE_T_EE", eye), ("EE_T_K", eye)):
            self._view(name)[:] = value
        self._view("m_ee")[:] = HAND_MASS
        self._view("F_x_Cee")[:] = HAND_COM
        self._view("I_ee")[:] = HAND_INERTIA
        self._view("O_ddP_O")[2] = -EARTH  # libfranka's Model takes gravity from here
        self._q, self._dq, self._tau = self._view("q"), self._view("dq"), self._view("tau_J")
        self._theta, self._dtheta = self._view("theta"), self._view("dtheta")
        self._q_d, self._dq_d, self._tau_d = self._view("q_d"), self._view("dq_d"), self._view("tau_J_d")
        self._tau_ext = self._view("tau_ext_hat_filtered")
        self._wrench_o, self._wrench_k = self._view("O_F_ext_hat_K"), self._view("K_F_ext_hat_K")
        self._pose = self._view("O_T_EE")
        self._ne_t_ee: Matrix = np.eye(4)
        self._modes: tuple[object, ...] = ()

    def set_time(self, time_ms: int) -> None:
        """The controller's time, which is also the packet's number."""
        self.packet[:8] = time_ms.to_bytes(8, "little")

    def set_joints(self, q: Vector, dq: Vector, tau: Vector) -> None:
        """Measured: rad, rad/s, Nm, (7,) each."""
        self.set_angles(q, dq)
        self._tau[:] = tau

    def set_angles(self, q: Vector, dq: Vector) -> None:
        """Measured: rad, rad/s, (7,) each. There is no elasticity: the motors' side is the same."""
        self._q[:] = self._theta[:] = q
        self._dq[:] = self._dtheta[:] = dq

    def set_desired(self, q: Vector, dq: Vector, tau: Vector) -> None:
        """Last commanded: rad, rad/s, Nm without gravity, (7,) each."""
        self._q_d[:] = q
        self._dq_d[:] = dq
        self._tau_d[:] = tau

    def set_external(self, tau: Vector, wrench: Vector, pose: Matrix) -> None:
        """External joint torques (7,) Nm, force and moment (6,) N, Nm in the base frame, pose (4, 4) of the hand."""
        self._tau_ext[:] = tau
        self._wrench_o[:] = wrench
        self._wrench_k[:3] = pose[:3, :3].T @ wrench[:3]
        self._wrench_k[3:] = pose[:3, :3].T @ wrench[3:]
        self.set_pose(pose)

    def set_pose(self, pose: Matrix) -> None:
        """Where the hand is, (4, 4) in the base frame."""
        self._pose[:] = (pose @ self._ne_t_ee).T.ravel()

    def set_modes(
        self,
        generator: Generator,
        controller: Controller,
        mode: RobotMode,
        error: Error | None,
        reflex_reason: Error | None,
        success_rate: float,
    ) -> None:
        """Who moves the robot, what went wrong, and the share of commands that came in time."""
        row = self._row[0]
        row["control_command_success_rate"] = success_rate
        modes = (generator, controller, mode, error, reflex_reason)
        if modes == self._modes:
            return
        self._modes = modes
        row["motion_generator_mode"], row["controller_mode"], row["robot_mode"] = modes[:3]
        for name, which in (("errors", error), ("reflex_reason", reflex_reason)):
            row[name] = 0
            if which is not None:
                row[name][which] = 1

    def set_load(self, mass: float, centre: Vector, inertia: Vector) -> None:
        """What the client says it carries: kg, (3,) m in the flange, (9,) kg m^2."""
        self._view("m_load")[:] = mass
        self._view("F_x_Cload")[:] = centre
        self._view("I_load")[:] = inertia

    def set_frames(self, NE_T_EE: Vector | None = None, EE_T_K: Vector | None = None) -> None:
        """Frames that the client chose, (16,) column-major."""
        if NE_T_EE is not None:
            self._view("NE_T_EE")[:] = NE_T_EE
            self._ne_t_ee = NE_T_EE.reshape(4, 4).T
            self._view("F_T_EE")[:] = (ARM.tool @ self._ne_t_ee).T.ravel()
        if EE_T_K is not None:
            self._view("EE_T_K")[:] = EE_T_K

    def _view(self, name: str) -> Floats:
        return self._row[name][0]
