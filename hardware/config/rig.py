"""Everything that is plugged in."""

from typing import Annotated

from pydantic import Field, model_validator

from hardware.config.bases import DynamixelBaseConfig
from hardware.config.calibration import CalibrationConfig
from hardware.config.cameras import RealSenseConfig
from hardware.config.followers import DynamixelFollowerConfig, FrankaConfig
from hardware.config.gates import GateConfig, SelfTestConfig
from hardware.config.leaders import DynamixelLeaderConfig
from hardware.config.microphone import MicrophoneConfig
from hardware.config.model import Model
from hardware.config.recording import RecordingConfig
from hardware.config.teleop import TeleopConfig
from hardware.config.trigger import SerialBoxConfig
from hardware.virtual_config import VirtualConfig

CameraConfig = Annotated[RealSenseConfig, Field(discriminator="driver")]
BaseConfig = Annotated[DynamixelBaseConfig, Field(discriminator="driver")]
LeaderConfig = Annotated[DynamixelLeaderConfig, Field(discriminator="driver")]
FollowerConfig = Annotated[FrankaConfig | DynamixelFollowerConfig, Field(discriminator="driver")]


class RigConfig(Model):
    """Everything that is plugged in."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    """Short name of the rig."""
    trigger: Annotated[SerialBoxConfig, Field(discriminator="driver")]
    cameras: dict[str, CameraConfig]
    leaders: dict[str, LeaderConfig]
    followers: dict[str, FollowerConfig]
    bases: dict[str, BaseConfig] = Field(default={})
    microphone: MicrophoneConfig | None = None
    """For spoken notes."""
    realtime: bool = True
    """Run arm and leader processes under SCHED_FIFO where permitted."""
    control_cpu: int | None = Field(default=None, ge=0)
    """The CPU on which the arms' processes stay when `realtime` is granted; keep others off it (isolcpus)."""
    teleop: TeleopConfig = TeleopConfig()
    recording: RecordingConfig = RecordingConfig()
    gates: GateConfig = GateConfig()
    selftest: SelfTestConfig = SelfTestConfig()
    calibration: CalibrationConfig = CalibrationConfig()
    operator: str = "operator-1"
    """Pseudonym stored with each episode."""
    environment: str = ""
    """Where: cell, lab, lighting."""
    licence: str = ""
    """Licence and consent under which the data is recorded."""
    virtual: VirtualConfig | None = None
    """Present: every device above is the virtual rig's. Absent: real devices only, no fall-back."""

    def carrier(self, camera: str) -> str | None:
        """The follower on whose wrist a camera rides; None: it is fixed in the cell."""
        config = self.cameras[camera]
        return (config.follower or next(iter(self.followers), None)) if config.view == "wrist" else None

    @model_validator(mode="after")
    def _consistent(self) -> "RigConfig":
        for name, follower in self.followers.items():
            if follower.leader not in self.leaders:
                raise ValueError(f"followers.{name}.leader is {follower.leader!r}; leaders are {sorted(self.leaders)}")
            led_by = len(self.leaders[follower.leader].ids)
            if led_by != follower.joints:
                raise ValueError(
                    f"followers.{name} has {follower.joints} joints and its leader {follower.leader} has {led_by};"
                    " they must be alike"
                )
        for name, base in self.bases.items():
            if base.leader is not None and base.leader not in self.leaders:
                raise ValueError(f"bases.{name}.leader is {base.leader!r}; leaders are {sorted(self.leaders)}")
            if base.leader is not None and self.leaders[base.leader].thumbstick is None:
                raise ValueError(f"bases.{name}.leader {base.leader} has no thumbstick; configure one")
        for name, camera in self.cameras.items():
            if camera.follower and camera.follower not in self.followers:
                raise ValueError(
                    f"cameras.{name}.follower is {camera.follower!r}; followers are {sorted(self.followers)}"
                )
        masters = [name for name, camera in self.cameras.items() if camera.sync == "master"]
        if self.trigger.mode == "listen" and len(masters) != 1:
            raise ValueError(f"trigger.mode listen needs exactly one camera with sync master; there are {masters}")
        if self.trigger.mode == "drive" and masters:
            raise ValueError(f"trigger.mode drive: the box makes the pulses, so {masters} cannot be sync master too")
        for name, camera in self.cameras.items():
            self._check_genlock(name, camera)
        self._check_excuses()
        return self

    def _check_excuses(self) -> None:
        excused = self.selftest
        for key, named, there in (
            ("without_led", excused.without_led, self.cameras),
            ("without_motion", excused.without_motion, self.cameras),
            ("without_camera", excused.without_camera, self.followers),
        ):
            if unknown := set(named) - set(there):
                raise ValueError(f"selftest.{key} names {sorted(unknown)}; there are {sorted(there)}")

    def _check_genlock(self, name: str, camera: RealSenseConfig) -> None:
        if camera.sync != "genlock":
            return
        if self.trigger.mode != "drive":
            raise ValueError(f"cameras.{name}.sync genlock needs trigger.mode drive; to listen: master or slave")
        if self.trigger.rate_hz > camera.fps / 2:
            raise ValueError(
                f"cameras.{name}: genlock takes triggers up to half of fps {camera.fps} (librealsense #13946);"
                f" trigger.rate_hz {self.trigger.rate_hz:g} is over {camera.fps / 2:g}."
                " For 60 Hz let one camera be master and listen"
            )
