"""What Clapboard uses of ruckig 0.19 (the extension module brings no stub)."""

from collections.abc import Sequence
from enum import Enum

class Result(Enum):
    Working = 0
    Finished = 1
    Error = -1
    ErrorInvalidInput = -100
    ErrorPositionalLimits = -102
    ErrorExecutionTimeCalculation = -110
    ErrorSynchronizationCalculation = -111

class ControlInterface(Enum):
    Position = 0
    Velocity = 1

class Synchronization(Enum):
    Phase = 0
    Time = 1
    TimeIfNecessary = 2
    No = 3

class InputParameter:
    control_interface: ControlInterface
    synchronization: Synchronization
    current_position: Sequence[float]
    current_velocity: Sequence[float]
    current_acceleration: Sequence[float]
    target_position: Sequence[float]
    target_velocity: Sequence[float]
    target_acceleration: Sequence[float]
    max_velocity: Sequence[float]
    max_acceleration: Sequence[float]
    max_jerk: Sequence[float]
    def __init__(self, dofs: int) -> None: ...

class Trajectory:
    duration: float
    def __init__(self, dofs: int) -> None: ...
    def at_time(self, time: float) -> tuple[list[float], list[float], list[float]]: ...

class OutputParameter:
    new_position: list[float]
    new_velocity: list[float]
    new_acceleration: list[float]
    def __init__(self, dofs: int) -> None: ...
    def pass_to_input(self, input: InputParameter) -> None: ...

class Ruckig:
    def __init__(self, dofs: int, delta_time: float = ...) -> None: ...
    def calculate(self, input: InputParameter, trajectory: Trajectory) -> Result: ...
    def update(self, input: InputParameter, output: OutputParameter) -> Result: ...
