"""A rig as its YAML file describes it: frozen models, one union a device kind, units in the field docs."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hardware.virtual_config import VirtualConfig

Ratio = Annotated[float, Field(ge=0, le=1)]


class Model(BaseModel):
    """Frozen, and no key that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class SerialBoxConfig(Model):
    """The trigger box (RP2040/RP2350) on a USB serial port, speaking hardware/trigger/PROTOCOL.md."""

    driver: Literal["serial_box"] = "serial_box"
    port: str
    """Serial device (/dev/serial/by-id/...), or `virtual`."""
    mode: Literal["listen", "drive"] = "listen"
    """listen: the box stamps a master camera's sync line. drive: the box makes the trigger."""
    rate_hz: float = Field(default=60.0, gt=0, le=240)
    """Nominal trigger rate, Hz."""
    pulse_us: int = Field(default=100, ge=1, le=5000)
    """Trigger pulse width in drive mode, us."""
    channel: int = Field(default=0, ge=0, le=3)
    """Input (listen) or output (drive) channel of the sync line."""
    ping_hz: float = Field(default=10.0, gt=0, le=100)
    """Clock pings a second."""


class RealSenseConfig(Model):
    """A RealSense colour stream. `sync` is what the camera is asked to be on the sync line."""

    driver: Literal["realsense"] = "realsense"
    serial: str
    """Serial number; cameras are bound by it, never by order."""
    width: int = Field(default=640, ge=64)
    """Pixels."""
    height: int = Field(default=480, ge=64)
    """Pixels."""
    fps: int = Field(default=60, ge=1, le=240)
    """Frames a second."""
    exposure_us: int = Field(default=4000, ge=20, le=100_000)
    """Fixed exposure, us; below half a period."""
    sync: Literal["off", "master", "slave"] = "slave"
    """inter_cam_sync_mode: 0 off, 1 master, 2 slave. off = timestamped only."""
    view: Literal["scene", "wrist"] = "scene"
    """Where it is mounted: fixed in the cell, or on the follower's wrist."""
    edge_to_exposure_end_us: float = 0.0
    """Calibrated: end of exposure minus sync edge, us (modes 1 and 2; LED sweep)."""
    edge_to_exposure_end_u_us: float = Field(default=50.0, ge=0)
    """Bound on the error of that constant, us."""
    delivery_ms: float = Field(default=8.0, ge=0, le=100)
    """Typical least delay from end of exposure to host, ms; only picks the right edge, never the stamp."""
    jpeg_quality: int = Field(default=90, ge=50, le=100)
    """Quality of the stored JPEG."""

    @model_validator(mode="after")
    def _exposure_fits(self) -> "RealSenseConfig":
        if self.exposure_us > 500_000 / self.fps:
            raise ValueError(
                f"exposure_us {self.exposure_us} is over half a period at {self.fps} fps;"
                f" at most {int(500_000 / self.fps)}"
            )
        return self


class GripConfig(Model):
    """The leader's trigger: one more Dynamixel, read as 0 open .. 1 closed."""

    id: int = Field(ge=0, le=252)
    """Dynamixel ID."""
    open_rad: float
    """Angle of the released trigger, rad."""
    closed_rad: float
    """Angle of the squeezed trigger, rad."""


class DynamixelLeaderConfig(Model):
    """A GELLO-style leader: Dynamixel X series on Protocol 2.0."""

    driver: Literal["dynamixel"] = "dynamixel"
    port: str
    """Serial device, or `virtual`."""
    baud: int = 4_000_000
    """Bus speed, bit/s; at least 1 Mbps for 200 Hz."""
    model: Literal["xl330-m288", "xl330-m077", "xc330-t288", "xm430-w210"] = "xl330-m288"
    """Servo model; its number is checked at start."""
    ids: tuple[int, ...]
    """Dynamixel IDs, base to tip."""
    signs: tuple[Literal[-1, 1], ...]
    """Direction of each joint against the follower's."""
    offsets_rad: tuple[float, ...]
    """q = sign * (raw - offset), rad."""
    grip: GripConfig | None = None
    """Trigger grip, if any."""
    rate_hz: float = Field(default=200.0, gt=0, le=1000)
    """Reads a second."""
    usb_out_us: float = Field(default=100.0, ge=0)
    """Typical delay of the USB adapter on the way out, us; inside the bracket, never outside it."""
    retries: int = Field(default=2, ge=0, le=5)
    """Reads tried again before a sample counts as missing."""

    @model_validator(mode="after")
    def _same_length(self) -> "DynamixelLeaderConfig":
        if not len(self.ids) == len(self.signs) == len(self.offsets_rad):
            raise ValueError(
                f"ids, signs and offsets_rad need one entry a joint each;"
                f" they have {len(self.ids)}, {len(self.signs)} and {len(self.offsets_rad)}"
            )
        return self


class FrankaHandConfig(Model):
    """The Franka Hand on its own connection (port 1338 of the robot's address)."""

    driver: Literal["franka_hand"] = "franka_hand"
    max_width: float = Field(default=0.08, gt=0, le=0.08)
    """Opening between the fingers of the open hand, m; 80 mm by the Franka Hand product manual."""
    speed: float = Field(default=0.1, gt=0, le=0.1)
    """Opening speed, m/s."""
    force: float = Field(default=30.0, gt=0, le=70)
    """Grasping force, N."""
    rate_hz: float = Field(default=10.0, gt=0, le=10)
    """Commands a second at most."""


class FrankaConfig(Model):
    """A Franka FR3 follower through pylibfranka."""

    driver: Literal["franka"] = "franka"
    address: str
    """IP address of the controller, or `virtual`."""
    leader: str
    """The leader that drives it."""
    control: Literal["torque", "async_position"] = "torque"
    """torque: 1 kHz joint impedance here. async_position: targets to the robot's own generator, no RT kernel needed."""
    stiffness: tuple[float, ...] = (240.0, 240.0, 240.0, 240.0, 100.0, 60.0, 20.0)
    """Joint stiffness in torque control, Nm/rad."""
    damping: tuple[float, ...] = (20.0, 20.0, 20.0, 10.0, 10.0, 10.0, 5.0)
    """Joint damping in torque control, Nm s/rad."""
    network_delay_us: tuple[float, float] = (50.0, 350.0)
    """Least and greatest believed minimum delay from state latch to read, us."""
    gripper: FrankaHandConfig | None = None
    """The hand, if any."""


class TeleopConfig(Model):
    """Engagement, limits and watchdogs; defaults from the teleoperation reference."""

    align_rad: float = Field(default=0.3, gt=0)
    """Greatest error of a joint at which following may start, rad."""
    refuse_rad: float = Field(default=0.8, gt=0)
    """Error above which alignment is refused, rad."""
    still_rad_s: float = Field(default=0.05, gt=0)
    """Leader speed below which it counts as still, rad/s."""
    ramp_s: float = Field(default=1.5, gt=0)
    """Time of the cosine blend from robot to leader, s."""
    velocity: Ratio = 0.5
    """Share of the robot's velocity limits in use."""
    acceleration: Ratio = 0.8
    """Share of the robot's acceleration limits in use."""
    margin_rad: float = Field(default=0.1, ge=0)
    """Soft margin inside the joint limits, rad."""
    interpolation_periods: float = Field(default=2.0, ge=1, le=10)
    """Fixed delay of the reference, in leader periods."""
    coast_ms: float = Field(default=20.0, gt=0)
    """Leader age at which the reference coasts to a stop, ms."""
    hold_ms: float = Field(default=50.0, gt=0)
    """Leader age that ends in HOLD, ms."""
    fault_ms: float = Field(default=200.0, gt=0)
    """Leader age that ends in FAULT, ms."""
    tracking_rad: float = Field(default=0.15, gt=0)
    """Tracking error that ends in HOLD after 100 ms, rad."""
    success_rate: Ratio = 0.9
    """Command success rate below which the robot is held."""


class GateConfig(Model):
    """Limits of the live sync check: warn below fail."""

    clock_bound_us: tuple[float, float] = (150.0, 500.0)
    """Half-width of the box clock's hull, us."""
    frame_residual_us: tuple[float, float] = (100.0, 500.0)
    """p99 residual of the camera clock against the edges, us."""
    rate_ppm: tuple[float, float] = (100.0, 200.0)
    """Rate error of any device clock, ppm."""
    joint_gap_periods: tuple[float, float] = (3.0, 5.0)
    """Longest gap between joint samples, in periods."""
    joint_bound_us: tuple[float, float] = (500.0, 1000.0)
    """p99 bound of a joint stamp, us; half a slow round trip on the bus, its error is far smaller."""
    frames_lost: tuple[int, int] = (1, 2)
    """Frames lost by one camera over the check."""


CameraConfig = Annotated[RealSenseConfig, Field(discriminator="driver")]
LeaderConfig = Annotated[DynamixelLeaderConfig, Field(discriminator="driver")]
FollowerConfig = Annotated[FrankaConfig, Field(discriminator="driver")]


class RigConfig(Model):
    """Everything that is plugged in."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    """Short name of the rig."""
    trigger: Annotated[SerialBoxConfig, Field(discriminator="driver")]
    cameras: dict[str, CameraConfig]
    leaders: dict[str, LeaderConfig]
    followers: dict[str, FollowerConfig]
    realtime: bool = True
    """Run arm and leader processes under SCHED_FIFO where permitted."""
    teleop: TeleopConfig = TeleopConfig()
    gates: GateConfig = GateConfig()
    operator: str = "operator-1"
    """Pseudonym stored with each episode."""
    environment: str = ""
    """Where: cell, lab, lighting."""
    licence: str = ""
    """Licence and consent under which the data is recorded."""
    virtual: VirtualConfig | None = None
    """Present: every device above is the virtual rig's. Absent: real devices only, no fall-back."""

    @model_validator(mode="after")
    def _consistent(self) -> "RigConfig":
        for name, follower in self.followers.items():
            if follower.leader not in self.leaders:
                raise ValueError(f"followers.{name}.leader is {follower.leader!r}; leaders are {sorted(self.leaders)}")
        masters = [name for name, camera in self.cameras.items() if camera.sync == "master"]
        if self.trigger.mode == "listen" and len(masters) != 1:
            raise ValueError(f"trigger.mode listen needs exactly one camera with sync master; there are {masters}")
        return self
