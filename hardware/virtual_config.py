"""How wrong the virtual rig is: every imperfection of every far end, with a seed. Data only."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

CameraModel = Literal["D455", "D405", "D435", "D435I"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VirtualBoxConfig(_Model):
    """Crystal and USB of the virtual trigger box."""

    ppm: float = 25.0
    """Crystal rate error, ppm (its sign is drawn from the seed)."""
    wander_ppm: float = 1.0
    """Peak of its slow swing, ppm."""
    usb_out_us: tuple[float, float] = (60.0, 120.0)
    """Least delay host to box and mean of the exponential part above it, us."""
    usb_in_us: tuple[float, float] = (90.0, 200.0)
    """The same, box to host, us."""
    outlier_rate: float = Field(default=0.02, ge=0, le=1)
    """Share of messages held up."""
    outlier_ms: float = Field(default=6.0, ge=0)
    """Mean of that hold-up, ms."""


class VirtualCameraConfig(_Model):
    """Clock, exposure and delivery of one virtual camera."""

    model: CameraModel = "D455"
    """Which RealSense it is; a D405 has no sync pins, and a D435's colour does not follow them."""
    firmware: str = Field(default="5.17.0.10", pattern=r"^\d+(\.\d+){3}$")
    """Its firmware; genlock came with 5.12.4.0."""
    ppm: float = 40.0
    """Clock rate error, ppm; each camera draws its own within +- this."""
    wander_ppm: float = 0.5
    """Peak of its slow swing, ppm."""
    start_us: int | None = None
    """Clock reading at power-up, us; None draws one. 4294000000 wraps (2^32 us) within seconds."""
    edge_error_us: float = Field(default=15.0, ge=0)
    """True end of exposure differs from the configured constant by up to this, us."""
    edge_jitter_us: float = Field(default=2.0, ge=0)
    """Standard deviation of exposure end about its edge, us."""
    delivery_ms: tuple[float, float] = (7.0, 1.0)
    """Least delay end of exposure to host, and mean of the exponential part above it, ms."""
    pool: int = Field(default=16, ge=1)
    """Frames the SDK holds before it drops."""


class VirtualDynamixelConfig(_Model):
    """Servos and USB adapter of a virtual Dynamixel bus."""

    ppm: float = 100.0
    """Rate error of the servos' realtime tick, ppm; each servo draws its own."""
    usb_out_us: tuple[float, float] = (60.0, 40.0)
    """Least delay host to bus and mean of the exponential part above it, us."""
    usb_in_us: tuple[float, float] = (80.0, 120.0)
    """The same, bus to host, us (latency timer 1 ms, flushed early)."""
    error_rate: float = Field(default=0.0, ge=0, le=1)
    """Share of answers with a flipped bit."""


class VirtualFrankaConfig(_Model):
    """Clock, network and dynamics of the virtual Franka."""

    ppm: float = 20.0
    """Controller clock rate error, ppm."""
    network_us: tuple[float, float] = (30.0, 20.0)
    """Least delay from latch to the wire and mean of the exponential part above it, us."""
    bandwidth_hz: float = Field(default=15.0, gt=0)
    """Bandwidth of the internal position loop, Hz."""
    enforce: bool = True
    """Enforce lost packets, discontinuities, torque range and rate."""
    lost_in_a_row: int = Field(default=20, ge=1)
    """Lost packets in a row that stop a motion; libfranka docs/network_requirements.rst has 20. More forgives a host
    that other work keeps from its milliseconds: from the 21st on the arm brakes, and goes on when it is answered."""


class VirtualOperatorConfig(_Model):
    """Who moves the leader."""

    lead_in_s: float = Field(default=1.0, ge=0)
    """Rest at home after the robots have come to the leaders' pose, s."""
    cycle_s: float = Field(default=8.0, ge=8)
    """One pick and place, s; faster hands would break the limits of speed and acceleration."""
    tremor_rad: float = Field(default=0.002, ge=0)
    """Amplitude of physiological tremor (8-12 Hz), rad."""
    failure_rate: float = Field(default=0.15, ge=0, le=1)
    """Share of cycles in which the grasp misses."""
    match_rad: float = Field(default=0.012, ge=0)
    """How far off the hands hold each joint of a leader that they are told to hold so, rad, standard deviation."""


class VirtualLeaderConfig(_Model):
    """How a virtual leader is really put together, where the rig's file may be wrong about it."""

    signs: tuple[Literal[-1, 1], ...]
    offsets_rad: tuple[float, ...]
    grip_rad: tuple[float, float] | None = None
    """The trigger's angles, released and squeezed; none: as the rig's file has them."""


FaultKind = Literal[
    # the sync line and the box
    "box_silent",  # says nothing more
    "edge_drop",  # captured, but its message is lost: a gap in seq
    "edge_miss",  # a pulse that the box does not see: no gap in seq
    "edge_double",  # a second edge, `size` us after each
    "edge_late",  # stamped `size` us late
    "box_reset",  # at the begin of the fault: clock, seq and configuration start anew
    "box_drift",  # its crystal runs `size` ppm faster
    "usb_asymmetry",  # `size` us more on every message from host to box
    "line_noise",  # share `size` of the lines to the host damaged
    # cameras
    "camera_unplug",
    "frame_drop",  # exposed, never delivered: a gap in the frame counter
    "frame_double",  # each frame comes twice
    "stamp_frozen",  # new frames with the FRAME_TIMESTAMP of the last one before
    "index_slip",  # pictures come one frame late against their metadata
    "camera_lag",  # exposed `size` us later than its metadata and its edge say
    "camera_drift",  # its crystal runs `size` ppm faster
    "clock_jump",  # at the begin of the fault: its clock is set ahead by `size` us
    "free_run",  # ignores the line and runs at `size` Hz
    "pulses_lost",  # ignores the pulses of the line and gives no frames for them
    "exposure_change",  # exposes `size` us
    "led_dark",  # the LED cannot be seen
    # leaders
    "bus_dead",
    "leader_stale",  # servos answer with their last values, ticks included
    "latency_timer",  # answers wait in the USB adapter for its timer of `size` ms
    "servo_reboot",  # at the begin of the fault: the first servo's tick starts at 0
    "bus_noise",  # share `size` of the answers damaged
    "leader_still",  # the operator's hands rest
    "hands_astray",  # they push the first joint `size` rad towards its end, beyond any script
    "hands_low",  # they press the hand down by `size` m
    # followers
    "robot_reflex",
    "robot_silent",
    "states_lost",  # share `size` of the states never reaches the host
    "joint_lag",  # states tell the joints of `size` us before
    "arm_blocked",  # something holds the follower's joints where they are
    # mobile bases
    "base_dead",  # its bus answers no more
]


class FaultConfig(_Model):
    """Something that goes wrong at a given time."""

    kind: FaultKind
    target: str = ""
    """Device name as in the rig file; empty: all of that kind."""
    at_s: float = Field(default=0.0, ge=0)
    """Seconds after the virtual rig's start; in a fault file: after the start of the take."""
    for_s: float = Field(default=1e6, gt=0)
    """How long it lasts, s."""
    size: float = 0.0
    """How bad it is, in the unit of its kind."""


class VirtualConfig(_Model):
    """The far end of every wire."""

    seed: int = 0
    """Seeds every draw."""
    box: VirtualBoxConfig = VirtualBoxConfig()
    camera: VirtualCameraConfig = VirtualCameraConfig()
    cameras: dict[str, VirtualCameraConfig] = {}
    """Overrides for single cameras."""
    dynamixel: VirtualDynamixelConfig = VirtualDynamixelConfig()
    franka: VirtualFrankaConfig = VirtualFrankaConfig()
    operator: VirtualOperatorConfig = VirtualOperatorConfig()
    leaders: dict[str, VirtualLeaderConfig] = {}
    """Leaders that are not put together as the rig's file says."""
    faults: tuple[FaultConfig, ...] = ()
    world: str = ""
    """Name of the shared world; filled in when the virtual rig starts."""
    truth_dir: str = ""
    """Folder of the truth logs; filled in when the virtual rig starts, empty without --truth."""


GateLine = tuple[str, str]
"""Subject and name of a gate."""


class FaultFile(_Model):
    """What goes wrong in a self-test, and the gates that must say so: one file of configs/faults."""

    faults: tuple[FaultConfig, ...] = Field(min_length=1)
    """Times count from the start of the take: LED sweep first, motion from 8 s on. 0: on already when it starts."""
    expect: tuple[GateLine, ...] = Field(min_length=1)
    """Gates that must fail."""
    related: tuple[GateLine, ...] = ()
    """Gates that may fail besides, since the fault truly concerns them too."""
