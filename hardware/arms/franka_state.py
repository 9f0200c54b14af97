"""One state of a Franka, whoever read it."""

from dataclasses import dataclass

import numpy as np
import pylibfranka as franka

from hardware.samples import Vector


@dataclass(frozen=True, slots=True)
class FrankaState:
    """`time_ms`: the controller's own; `arrival_ns`: host time at which we had it; arrays as in ArmSample.

    tau_J_d: (7,) Nm, the torque that the robot was last commanded.
    """

    time_ms: int
    arrival_ns: int
    q: Vector
    dq: Vector
    tau_J: Vector
    tau_J_d: Vector
    tau_ext: Vector
    O_F_ext_hat_K: Vector
    K_F_ext_hat_K: Vector
    O_T_EE: Vector
    success_rate: float


def of_libfranka(state: franka.RobotState, arrival_ns: int) -> FrankaState:
    """A pylibfranka state as arrays of its own."""
    return FrankaState(
        time_ms=round(state.time.to_sec() * 1e3),
        arrival_ns=arrival_ns,
        q=np.array(state.q),
        dq=np.array(state.dq),
        tau_J=np.array(state.tau_J),
        tau_J_d=np.array(state.tau_J_d),
        tau_ext=np.array(state.tau_ext_hat_filtered),
        O_F_ext_hat_K=np.array(state.O_F_ext_hat_K),
        K_F_ext_hat_K=np.array(state.K_F_ext_hat_K),
        O_T_EE=np.array(state.O_T_EE),
        success_rate=state.control_command_success_rate,
    )
