"""Mobile bases."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hardware.config.followers import ServoId
from hardware.config.model import Model
from hardware.config.servos import DynamixelModel

Axis = Literal["vx", "vy", "wz"]


class WheelConfig(Model):
    """One driven wheel: where it touches the ground and which way it rolls, in the base's frame."""

    id: ServoId
    """Dynamixel ID."""
    at_m: tuple[float, float]
    """Contact with the ground, x forward, y left, m."""
    heading_rad: float = 0.0
    """Direction of rolling against the base's x, rad; 0 on a differential drive."""
    radius_m: float = Field(gt=0, le=0.5)
    """Of the wheel, m."""
    sign: Literal[-1, 1] = 1
    """Direction of the servo against forward rolling."""


class DynamixelBaseConfig(Model):
    """A mobile base of Dynamixel wheels in velocity mode: differential with two, holonomic with three or more."""

    driver: Literal["dynamixel"] = "dynamixel"
    port: str
    """Serial device, or `virtual`."""
    leader: str | None = None
    """The leader whose thumbstick drives it; None: keys only."""
    baud: int = 1_000_000
    """Bus speed, bit/s."""
    model: DynamixelModel = "xm430-w350"
    """Servo model of the wheels; its number is checked at start."""
    wheels: Annotated[tuple[WheelConfig, ...], Field(min_length=2)]
    """The driven wheels."""
    axes: tuple[Axis, ...] = ("vx", "wz")
    """Velocities that it can have, and that are recorded: vx, vy in m/s, wz in rad/s."""
    rate_hz: float = Field(default=50.0, gt=0, le=200)
    """States and commands a second."""
    speed: float = Field(default=0.5, gt=0, le=2)
    """Greatest speed along x and y, m/s."""
    turn: float = Field(default=1.0, gt=0, le=3)
    """Greatest speed of turning, rad/s."""
    acceleration: float = Field(default=1.0, gt=0, le=5)
    """Greatest acceleration, m/s^2, and, as rad/s^2, of turning."""
    keys_ms: float = Field(default=400.0, gt=0, le=1000)
    """A key moves it for this long; held keys repeat (the terminal's repeat must be faster), ms."""
    watchdog_ms: int = Field(default=200, ge=20, le=2000)
    """The servos stop by themselves after this long without an instruction (Bus Watchdog, 20 ms steps), ms."""
    usb_out_us: float = Field(default=100.0, ge=0)
    """Typical delay of the USB adapter on the way out, us."""
    retries: int = Field(default=2, ge=0, le=5)
    """Reads tried again before a state counts as missing."""

    @model_validator(mode="after")
    def _distinct(self) -> "DynamixelBaseConfig":
        if len(set(self.axes)) != len(self.axes) or len({w.id for w in self.wheels}) != len(self.wheels):
            raise ValueError("axes and the wheels' ids must differ from each other")
        if len(self.axes) > len(self.wheels):
            raise ValueError(f"{len(self.wheels)} wheels cannot drive {len(self.axes)} axes; drop one of {self.axes}")
        return self
