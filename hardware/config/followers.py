"""Follower arms and their grippers."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hardware.config.model import Model
from hardware.config.servos import DynamixelModel

ArmName = Literal["fr3", "viperx300s"]
"""Arms whose kinematics and limits are known (hardware/arms/models.py)."""
ServoId = Annotated[int, Field(ge=0, le=252)]


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
    backend: Literal["pylibfranka", "aiofranka"] = "pylibfranka"
    """Who runs the 1 kHz loop of torque control: this process, or aiofranka's C++ thread (extra [rt])."""
    gains: Literal["firm", "medium", "soft"] = "firm"
    """Preset of the joint impedance (hardware/arms/franka_gains.py)."""
    stiffness: tuple[float, ...] | None = None
    """Joint stiffness in torque control instead of the preset's, Nm/rad."""
    damping: tuple[float, ...] | None = None
    """Joint damping in torque control instead of the preset's, Nm s/rad."""
    collision_torque: tuple[float, ...] = (40.0, 40.0, 40.0, 40.0, 30.0, 25.0, 20.0)
    """External joint torque at which the robot stops itself, Nm."""
    collision_force: tuple[float, ...] = (40.0, 40.0, 40.0, 30.0, 30.0, 30.0)
    """External force and moment at which the robot stops itself, N and Nm."""
    network_delay_us: tuple[float, float] = (50.0, 350.0)
    """Least and greatest believed minimum delay from state latch to read, us."""
    gripper: FrankaHandConfig | None = None
    """The hand, if any."""

    @property
    def joints(self) -> int:
        """How many joints it has."""
        return 7

    @property
    def arm(self) -> ArmName:
        """Its kinematics and limits."""
        return "fr3"

    @property
    def rate_hz(self) -> float:
        """States and commands a second (FCI documentation)."""
        return 1000.0

    @model_validator(mode="after")
    def _seven(self) -> "FrankaConfig":
        for name, values, size in (
            ("stiffness", self.stiffness, 7),
            ("damping", self.damping, 7),
            ("collision_torque", self.collision_torque, 7),
            ("collision_force", self.collision_force, 6),
        ):
            if values is not None and (len(values) != size or min(values) <= 0):
                raise ValueError(f"{name} needs {size} positive numbers; it has {list(values)}")
        return self


class ServoGripperConfig(Model):
    """A gripper that is one more servo on the follower's bus, as on the ALOHA arms."""

    driver: Literal["dynamixel"] = "dynamixel"
    id: ServoId
    """Dynamixel ID."""
    model: DynamixelModel = "xm430-w350"
    """Servo model; its number is checked at start."""
    open_rad: float
    """Raw angle of the open gripper, rad."""
    closed_rad: float
    """Raw angle of the closed gripper, rad."""
    max_width: float = Field(default=0.074, gt=0, le=0.2)
    """Opening between the fingers of the open gripper, m."""
    current_ma: int = Field(default=300, ge=10, le=2000)
    """Current limit while it grasps (current-based position mode), mA; interbotix uses 300."""


class DynamixelFollowerConfig(Model):
    """A follower arm of Dynamixel X servos in position mode, as on ALOHA."""

    driver: Literal["dynamixel"] = "dynamixel"
    port: str
    """Serial device, or `virtual`."""
    leader: str
    """The leader that drives it."""
    arm: ArmName = "viperx300s"
    """Its kinematics and limits."""
    baud: int = 4_000_000
    """Bus speed, bit/s; 1 Mbps allows 100 Hz."""
    ids: tuple[ServoId, ...]
    """Dynamixel IDs of the joints, base to tip."""
    models: tuple[DynamixelModel, ...]
    """Servo model of each joint; its number is checked at start."""
    signs: tuple[Literal[-1, 1], ...]
    """Direction of each servo against the joint."""
    offsets_rad: tuple[float, ...]
    """q = sign * (raw - offset), rad."""
    shadows: dict[ServoId, ServoId] = Field(default={})
    """Second servos of joints that have two: ID -> ID of the joint's servo, whose commands it obeys (Secondary ID)."""
    gripper: ServoGripperConfig | None = None
    """The gripper, if any."""
    rate_hz: float = Field(default=200.0, gt=0, le=500)
    """States and commands a second."""
    position_gains: tuple[int, int, int] = (800, 0, 0)
    """Position P, I and D gain of the joints' servos (addresses 84, 82, 80)."""
    usb_out_us: float = Field(default=100.0, ge=0)
    """Typical delay of the USB adapter on the way out, us; inside the bracket, never outside it."""
    retries: int = Field(default=2, ge=0, le=5)
    """Reads tried again before a state counts as missing."""

    @property
    def joints(self) -> int:
        """How many joints it has."""
        return len(self.ids)

    @model_validator(mode="after")
    def _same_length(self) -> "DynamixelFollowerConfig":
        lengths = [len(self.ids), len(self.models), len(self.signs), len(self.offsets_rad)]
        if len(set(lengths)) != 1:
            raise ValueError(
                f"ids, models, signs and offsets_rad need one entry a joint each; they have {lengths} entries"
            )
        for shadow, of in self.shadows.items():
            if of not in self.ids or shadow in self.ids:
                raise ValueError(f"shadows {shadow}: {of} must name a joint's servo, and {shadow} must not be one")
        return self
