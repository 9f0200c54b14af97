"""Gains of the FR3's joint impedance: three presets, overrides, and a share of them while the arm approaches."""

from dataclasses import dataclass

import numpy as np

from hardware.config import FrankaConfig
from hardware.samples import Vector


@dataclass(frozen=True, slots=True)
class Gains:
    """Joint impedance: stiffness (7,) Nm/rad, damping (7,) Nm s/rad."""

    stiffness: Vector
    damping: Vector

    def share(self, stiffness: float) -> "Gains":
        """`stiffness` (0..1) of the stiffness; of the damping its root, so that the damping ratio stays."""
        return Gains(self.stiffness * stiffness, self.damping * np.sqrt(stiffness))


def _preset(stiffness: list[float], damping: list[float]) -> Gains:
    return Gains(np.array(stiffness), np.array(damping))


# firm: franka_fr3_arm_controllers (Franka's own GELLO controller), config/controllers.yaml.
FIRM = _preset([240, 240, 240, 240, 100, 60, 20], [20, 20, 20, 10, 10, 10, 5])
# soft: polymetis, conf/robot_client/franka_hardware.yaml, default_Kq and default_Kqd; DROID and gello use them too.
SOFT = _preset([40, 30, 50, 25, 35, 25, 10], [4, 6, 5, 5, 3, 2, 1])
# medium: the geometric mean of the two, rounded.
MEDIUM = _preset([98, 85, 110, 77, 59, 39, 14], [8.9, 11, 10, 7.1, 5.5, 4.5, 2.2])


def gains(config: FrankaConfig) -> Gains:
    """What the rig file asks for: its preset, with its own stiffness or damping in place of the preset's."""
    match config.gains:
        case "firm":
            preset = FIRM
        case "medium":
            preset = MEDIUM
        case "soft":
            preset = SOFT
    stiffness = preset.stiffness if config.stiffness is None else np.array(config.stiffness)
    damping = preset.damping if config.damping is None else np.array(config.damping)
    return Gains(stiffness, damping)
