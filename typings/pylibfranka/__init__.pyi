"""What Clapboard uses of pylibfranka 0.21 (its own stub leaves the commands untyped)."""

from collections.abc import Sequence
from enum import Enum
from typing import overload

class ControlException(RuntimeError): ...
class NetworkException(RuntimeError): ...
class CommandException(RuntimeError): ...
class RealtimeException(RuntimeError): ...
class InvalidOperationException(RuntimeError): ...

class RealtimeConfig(Enum):
    kEnforce = 0
    kIgnore = 1

class RobotMode(Enum):
    Other = 0
    Idle = 1
    Move = 2
    Guiding = 3
    Reflex = 4
    UserStopped = 5
    AutomaticErrorRecovery = 6

class ControllerMode(Enum):
    JointImpedance = 0
    CartesianImpedance = 1

class Duration:
    def to_sec(self) -> float: ...

class Errors:
    def __bool__(self) -> bool: ...

class RobotState:
    q: list[float]
    dq: list[float]
    q_d: list[float]
    dq_d: list[float]
    tau_J: list[float]
    tau_J_d: list[float]
    tau_ext_hat_filtered: list[float]
    O_F_ext_hat_K: list[float]
    K_F_ext_hat_K: list[float]
    O_T_EE: list[float]
    F_T_EE: list[float]
    m_ee: float
    m_load: float
    control_command_success_rate: float
    robot_mode: RobotMode
    current_errors: Errors
    last_motion_errors: Errors
    time: Duration

class Torques:
    motion_finished: bool
    def __init__(self, tau_J: Sequence[float]) -> None: ...

class JointPositions:
    motion_finished: bool
    def __init__(self, q: Sequence[float]) -> None: ...

class JointVelocities:
    motion_finished: bool
    def __init__(self, dq: Sequence[float]) -> None: ...

class ActiveControlBase:
    def readOnce(self) -> tuple[RobotState, Duration]: ...
    @overload
    def writeOnce(self, command: Torques) -> None: ...
    @overload
    def writeOnce(self, command: JointPositions) -> None: ...
    @overload
    def writeOnce(self, command: JointVelocities) -> None: ...

class Model:
    def coriolis(self, state: RobotState) -> list[float]: ...
    def gravity(self, state: RobotState) -> list[float]: ...
    def mass(self, state: RobotState) -> list[float]: ...
    def zero_jacobian(self, state: RobotState) -> list[float]: ...

class Robot:
    def __init__(self, robot_ip_address: str, realtime_config: RealtimeConfig = ...) -> None: ...
    def read_once(self) -> RobotState: ...
    def start_torque_control(self) -> ActiveControlBase: ...
    def start_joint_position_control(self, mode: ControllerMode) -> ActiveControlBase: ...
    def start_joint_velocity_control(self, mode: ControllerMode) -> ActiveControlBase: ...
    def set_collision_behavior(
        self,
        lower_torque_thresholds: Sequence[float],
        upper_torque_thresholds: Sequence[float],
        lower_force_thresholds: Sequence[float],
        upper_force_thresholds: Sequence[float],
    ) -> None: ...
    def set_joint_impedance(self, K_theta: Sequence[float]) -> None: ...
    def set_cartesian_impedance(self, K_x: Sequence[float]) -> None: ...
    def set_EE(self, NE_T_EE: Sequence[float]) -> None: ...
    def set_K(self, EE_T_K: Sequence[float]) -> None: ...
    def set_load(self, mass: float, F_x_Cload: Sequence[float], inertia: Sequence[float]) -> None: ...
    def automatic_error_recovery(self) -> None: ...
    def load_model(self) -> Model: ...
    def stop(self) -> None: ...

class AsyncPositionControlHandler:
    class Configuration:
        def __init__(self, maximum_joint_velocities: Sequence[float], goal_tolerance: float) -> None: ...

    class ConfigurationResult:
        error_message: str | None
        handler: AsyncPositionControlHandler

    class JointPositionTarget:
        def __init__(self, joint_positions: Sequence[float]) -> None: ...

    class CommandResult:
        error_message: str | None
        was_successful: bool

    @staticmethod
    def configure(
        robot: Robot, configuration: AsyncPositionControlHandler.Configuration
    ) -> AsyncPositionControlHandler.ConfigurationResult: ...
    def set_joint_position_target(
        self, target: AsyncPositionControlHandler.JointPositionTarget
    ) -> AsyncPositionControlHandler.CommandResult: ...
    def stop_control(self) -> None: ...

class GripperState:
    width: float
    max_width: float
    is_grasped: bool
    temperature: int
    time: Duration

class Gripper:
    def __init__(self, franka_address: str) -> None: ...
    def homing(self) -> bool: ...
    def move(self, width: float, speed: float) -> bool: ...
    def grasp(
        self,
        width: float,
        speed: float,
        force: float,
        epsilon_inner: float = ...,
        epsilon_outer: float = ...,
    ) -> bool: ...
    def stop(self) -> bool: ...
    def read_once(self) -> GripperState: ...
    def server_version(self) -> int: ...

__version__: str
