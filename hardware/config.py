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
    also: tuple[Annotated[int, Field(ge=0, le=3)], ...] = ()
    """Further channels to capture, such as an industrial camera's exposure output."""
    falling: bool = False
    """Tell falling edges too, for the widths of pulses."""
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
    sync: Literal["off", "master", "slave", "genlock"] = "slave"
    """inter_cam_sync_mode: 0 off, 1 master, 2 slave, 4 genlock (one frame a trigger, at half of fps at most).
    off = timestamped only."""
    view: Literal["scene", "wrist"] = "scene"
    """Where it is mounted: fixed in the cell, or on the follower's wrist."""
    edge_to_exposure_end_us: float = 0.0
    """Calibrated: end of exposure minus sync edge, us (modes 1 and 2; LED sweep)."""
    edge_to_exposure_end_u_us: float = Field(default=50.0, ge=0)
    """Bound on the error of that constant, us."""
    edge_to_exposure_start_us: float = 790.0
    """Start of exposure minus trigger edge in genlock, us: 790 up to 848x480, 880 at 1280x720 (librealsense #9220)."""
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


Limits = tuple[float, float]


class GateConfig(Model):
    """Limits of the sync check, each (warn, fail): above the first warns, above the second fails.

    Defaults are the strict-lab values of the sync reference, which are an error budget for 1 ms.
    """

    pulses_amiss: Limits = (0, 0)
    """Pulses missing or extra on the sync line."""
    pulse_jitter_listen_us: Limits = (20.0, 100.0)
    """Peak to peak of the pulse period when a camera paces the line, us."""
    pulse_jitter_drive_us: Limits = (1.0, 5.0)
    """The same when the box paces it, us."""
    clock_bound_us: Limits = (150.0, 500.0)
    """p99 of the box clock's bound, us."""
    frame_residual_us: Limits = (100.0, 500.0)
    """p99 residual of the camera clock against the edges, us."""
    slaved_ppm: Limits = (1.0, 5.0)
    """Drift of a camera's frames against the pulses that is proven beyond its uncertainty, ppm."""
    frames_lost: Limits = (1, 2)
    """Frames lost by one camera over the check."""
    frames_lost_in_a_row: Limits = (1, 1)
    """Consecutive frames lost."""
    frames_amiss: Limits = (0, 0)
    """Frames that are doubled, share a stamp, or have no edge although there was one."""
    rate_ppm: Limits = (100.0, 200.0)
    """Rate error of any device clock against the host, ppm."""
    rate_change_ppm: Limits = (5.0, 10.0)
    """Change of a clock's rate within the check, proven beyond its uncertainty, ppm."""
    clock_step_ms: Limits = (0.5, 1.0)
    """Largest discontinuity of a device clock, wraps included, ms."""
    exposure_share: Limits = (0.0, 0.0)
    """Share of frames exposed otherwise than configured."""
    mid_exposure_us: Limits = (100.0, 500.0)
    """Mid-exposure by the LED sweep against the stored stamps; and between any two cameras, us."""
    exposure_length_share: Limits = (0.05, 0.10)
    """Exposure by the LED sweep against what the camera tells, relative error."""
    led_unexplained: Limits = (0.02, 0.10)
    """Share of the LED's brightness variance that the fitted exposure leaves unexplained."""
    joint_gap_periods: Limits = (3.0, 5.0)
    """Longest gap between joint samples, in periods."""
    joint_gap_p99_periods: Limits = (1.5, 2.0)
    """99 in 100 gaps are below this, in periods."""
    joint_bound_us: Limits = (800.0, 1000.0)
    """p99 bound of a joint stamp, us; half a slow round trip on the bus, its error is far smaller."""
    joint_skew_us: Limits = (500.0, 1000.0)
    """First to last servo of one read by the wire's timing, us."""
    round_trip_ms: Limits = (4.0, 8.0)
    """Median round trip of a read on the leader's bus, ms; 16 is an FTDI latency timer left at its default."""
    stale_share: Limits = (0.0, 0.01)
    """Share of leader reads whose servos' clocks stood still."""
    retries_share: Limits = (0.01, 0.05)
    """Share of leader reads that had to be tried again."""
    commands_lost_share: Limits = (0.001, 0.01)
    """1 - control_command_success_rate of the follower."""
    states_lost_share: Limits = (0.001, 0.01)
    """Share of the follower's states that never came."""
    states_lost_in_a_row: Limits = (2, 5)
    """Consecutive states lost."""
    motion_lag_ms: Limits = (0.5, 1.0)
    """Camera against joints by motion, ms."""
    motion_sigma_ms: float = 0.3
    """A lag known worse than this proves nothing: not enough motion."""
    disk_mb_s: Limits = (100.0, 40.0)
    """Speed of the disk that episodes go to, MB/s; below warns and fails."""
    disk_minutes: Limits = (60.0, 10.0)
    """Recording time left on it, min; below warns and fails."""


class SelfTestConfig(Model):
    """How the self-test proves the rig."""

    certificate_hours: float = Field(default=12.0, gt=0)
    """How long a certificate holds."""
    led_s: float = Field(default=8.0, ge=2)
    """Time of the LED sweep, robots at rest, s; the rest of the test is for motion."""
    led_width_us: int = Field(default=3000, ge=100, le=10_000)
    """Length of a flash, us."""
    marker_mm: float = Field(default=42.0, gt=0)
    """Edge of the ArUco markers that the cameras see, mm: of a board in the cell, or a tag on the hand."""
    marker_dictionary: Literal["4X4_50", "5X5_100", "6X6_250"] = "4X4_50"
    """OpenCV's name of their dictionary."""
    without_led: tuple[str, ...] = ()
    """Cameras that cannot see the box's LED; their exposure is not proven, and the certificate says so."""
    without_motion: tuple[str, ...] = ()
    """Cameras that see no marker move; their lag to the joints is not proven, and the certificate says so."""


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
    selftest: SelfTestConfig = SelfTestConfig()
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
        if self.trigger.mode == "drive" and masters:
            raise ValueError(f"trigger.mode drive: the box makes the pulses, so {masters} cannot be sync master too")
        for name, camera in self.cameras.items():
            self._check_genlock(name, camera)
        return self

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
