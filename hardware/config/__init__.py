"""A rig as its YAML file describes it: frozen models, one union a device kind, units in the field docs."""

from hardware.config.bases import DynamixelBaseConfig, WheelConfig
from hardware.config.calibration import CalibrationConfig
from hardware.config.cameras import RealSenseConfig
from hardware.config.followers import (
    ArmName,
    DynamixelFollowerConfig,
    FrankaConfig,
    FrankaHandConfig,
    ServoGripperConfig,
)
from hardware.config.gates import GateConfig, Limits, SelfTestConfig
from hardware.config.leaders import DynamixelLeaderConfig, FeelConfig, GravityConfig, GripConfig, ThumbstickConfig
from hardware.config.microphone import MicrophoneConfig
from hardware.config.model import Model
from hardware.config.recording import RecordingConfig
from hardware.config.rig import RigConfig
from hardware.config.servos import DynamixelModel
from hardware.config.teleop import TeleopConfig, WorkspaceConfig
from hardware.config.trigger import SerialBoxConfig

__all__ = [
    "ArmName",
    "CalibrationConfig",
    "DynamixelBaseConfig",
    "DynamixelFollowerConfig",
    "DynamixelLeaderConfig",
    "DynamixelModel",
    "FeelConfig",
    "FrankaConfig",
    "FrankaHandConfig",
    "GateConfig",
    "GravityConfig",
    "GripConfig",
    "Limits",
    "MicrophoneConfig",
    "Model",
    "RealSenseConfig",
    "RecordingConfig",
    "RigConfig",
    "SelfTestConfig",
    "SerialBoxConfig",
    "ServoGripperConfig",
    "TeleopConfig",
    "ThumbstickConfig",
    "WheelConfig",
    "WorkspaceConfig",
]
