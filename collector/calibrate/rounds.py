"""What one arm did before one board."""

from dataclasses import dataclass

from calibration.board import Board
from collector.calibrate.mount_capture import MountCapture


@dataclass(frozen=True, slots=True)
class Round:
    """Robot poses of one arm before one board. `on`: where that is, as RigBoard has it."""

    arm: str
    name: str
    on: str
    board: Board
    capture: MountCapture
