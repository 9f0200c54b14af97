"""What Clapboard uses of aiofranka 0.9."""

from aiofranka.native import NativeFrankaController as NativeFrankaController
from aiofranka.native import control_law as control_law
from aiofranka.robot import RobotInterface as RobotInterface
