"""Leader arms."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hardware.config.model import Model, Ratio
from hardware.config.servos import DynamixelModel


class GripConfig(Model):
    """The leader's trigger: one more Dynamixel, read as 0 open .. 1 closed."""

    id: int = Field(ge=0, le=252)
    """Dynamixel ID."""
    open_rad: float
    """Angle of the released trigger, rad."""
    closed_rad: float
    """Angle of the squeezed trigger, rad."""
    model: DynamixelModel | None = None
    """Its servo, where it differs from the joints'."""


class ThumbstickConfig(Model):
    """Two more servos on the leader's bus that a spring centres: the operator's stick for a mobile base."""

    ids: tuple[int, int]
    """Dynamixel IDs: forward, turn."""
    center_rad: tuple[float, float]
    """Angles at rest, rad."""
    range_rad: tuple[float, float] = (0.6, 0.6)
    """Angle from rest to full deflection, rad; negative turns the direction round."""
    deadband: Ratio = 0.1
    """Share of the deflection that counts as rest."""
    model: DynamixelModel | None = None
    """Their servo, where it differs from the joints'."""


class GravityConfig(Model):
    """The leader's own weight, from a model: its links as point masses on a chain of frames."""

    links: tuple[tuple[float, float, float, float], ...]
    """One a joint: modified Denavit-Hartenberg a (m), d (m), alpha (rad), and offset of the angle (rad)."""
    masses_kg: tuple[float, ...]
    """Of each link with the servo that it carries, kg."""
    centers_m: tuple[tuple[float, float, float], ...]
    """Centre of mass of each link in its own frame, m."""
    up: tuple[float, float, float] = (0.0, 0.0, 1.0)
    """Which way is up in the leader's base frame."""
    share: Ratio = 0.85
    """Of the modelled torque that is applied (GELLO's figure; below 1, so that an error never lifts the arm)."""


class FeelConfig(Model):
    """What the operator's hand feels. Current mode; the bus watchdog drops the current if the host dies."""

    mode: Literal["free", "spring", "gravity"] = "free"
    """free: no torque. spring: a soft pull to `rest_rad`, no model needed. gravity: the leader floats."""
    gravity: GravityConfig | None = None
    """Needed for mode gravity."""
    rest_rad: tuple[float, ...] = ()
    """Pose of the spring's rest, follower's joints, rad; empty: where the leader stands at start."""
    spring_nm_rad: float = Field(default=0.15, ge=0, le=2)
    """Its stiffness, Nm/rad."""
    damping_nm_s_rad: float = Field(default=0.01, ge=0, le=0.5)
    """Damping of every joint, Nm s/rad."""
    force: Ratio = 0.0
    """Share of the follower's external torque that is fed back; begin with 0.1 (0: off)."""
    force_hz: float = Field(default=15.0, ge=1, le=50)
    """Corner of its low-pass, Hz."""
    walls: bool = True
    """Push back where the follower's joint limits are near."""
    torque_nm: float = Field(default=0.3, gt=0, le=2)
    """No joint is ever given more, Nm; at most half of what the servo can."""
    warn_c: float = 65.0
    """Servo temperature that warns, deg C."""
    off_c: float = 70.0
    """Servo temperature that ends all torque, deg C."""


class DynamixelLeaderConfig(Model):
    """A GELLO-style leader: Dynamixel X series on Protocol 2.0."""

    driver: Literal["dynamixel"] = "dynamixel"
    port: str
    """Serial device, or `virtual`."""
    baud: int = 4_000_000
    """Bus speed, bit/s; at least 1 Mbps for 200 Hz."""
    model: DynamixelModel = "xl330-m288"
    """Servo model of the joints; its number is checked at start."""
    shadows: dict[Annotated[int, Field(ge=0, le=252)], int] = Field(default={})
    """Second servos of joints that have two: ID -> ID of the joint's servo. They are checked and never read."""
    ids: tuple[int, ...]
    """Dynamixel IDs, base to tip."""
    signs: tuple[Literal[-1, 1], ...]
    """Direction of each joint against the follower's."""
    offsets_rad: tuple[float, ...]
    """q = sign * (raw - offset), rad."""
    grip: GripConfig | None = None
    """Trigger grip, if any."""
    thumbstick: ThumbstickConfig | None = None
    """Stick for a mobile base, if any."""
    feel: FeelConfig = FeelConfig()
    """Torque to the operator's hand."""
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
        feel, joints = self.feel, len(self.ids)
        if feel.mode == "gravity" and feel.gravity is None:
            raise ValueError("feel.mode gravity needs feel.gravity, the leader's masses; spring needs none")
        if feel.rest_rad and len(feel.rest_rad) != joints:
            raise ValueError(f"feel.rest_rad has {len(feel.rest_rad)} angles for {joints} joints")
        if feel.gravity is not None:
            told = {len(feel.gravity.links), len(feel.gravity.masses_kg), len(feel.gravity.centers_m)}
            if told != {joints}:
                raise ValueError(f"feel.gravity needs links, masses_kg and centers_m for each of {joints} joints")
        return self
