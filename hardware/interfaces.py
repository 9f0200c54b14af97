"""What each kind of device must do. Drivers satisfy these by shape; nothing is inherited."""

from typing import Protocol

from hardware.clock.fit import ClockFit
from hardware.samples import (
    ArmSample,
    BaseSample,
    BoxStatus,
    ClockPing,
    DeviceInfo,
    Frame,
    GripperSample,
    LeaderSample,
    LedFlash,
    TriggerEdge,
    Vector,
)


class DeviceError(Exception):
    """A device failed. `device` names it as the rig file does; the text says what to do."""

    def __init__(self, device: str, message: str) -> None:
        super().__init__(f"{device}: {message}")
        self.device = device


class DeviceTimeout(DeviceError):
    """Nothing came within the time allowed; the device may still recover."""


class DeviceLost(DeviceError):
    """The device is gone (unplugged, powered off, port closed); reopen it."""


class DeviceRefused(DeviceError):
    """The device cannot do, or did not accept, what the configuration asks."""


class ReflexError(DeviceError):
    """The robot stopped itself. `reflex` is the vendor's error name; needs `recover()`."""

    def __init__(self, device: str, reflex: str, message: str) -> None:
        super().__init__(device, message)
        self.reflex = reflex


class TriggerBox(Protocol):
    """The box that drives or listens to the cameras' sync line, and whose clock is the rig's ruler."""

    def info(self) -> DeviceInfo: ...
    def start(self) -> None: ...
    def ping(self) -> None:
        """Send one clock ping; its answer comes through `read`."""
        ...

    def sweep(self, width_us: int, span_us: int) -> None:
        """Flash the LED for `width_us` at a random phase 0..span_us after each edge; each comes back as LedFlash.

        Width 0 puts it out. Raises DeviceRefused, DeviceTimeout.
        """
        ...

    def read(self, timeout_s: float) -> TriggerEdge | LedFlash | ClockPing | BoxStatus | None:
        """The next message; None when nothing came in time.

        Raises DeviceLost; DeviceTimeout (pings unanswered); a plain DeviceError once for each fault that the
        box survives (lost edges, a damaged line, a clock step): count it and read on.
        """
        ...

    @property
    def clock(self) -> ClockFit | None:
        """The box clock as host time, up to now."""
        ...

    damaged: int
    """Lines that came in damaged, since opening."""

    def close(self) -> None: ...


class Camera(Protocol):
    """A colour camera at a fixed rate and a fixed exposure."""

    def info(self) -> DeviceInfo: ...
    def start(self) -> None: ...
    def read(self, timeout_s: float) -> Frame:
        """The next frame. Raises DeviceTimeout, DeviceLost; DeviceRefused on a wrong clock domain."""
        ...

    @property
    def lost(self) -> int:
        """Frames that the device counted and we never got, since start."""
        ...

    def close(self) -> None: ...


class LeaderArm(Protocol):
    """The arm that the operator moves."""

    def info(self) -> DeviceInfo: ...
    def read(self) -> LeaderSample:
        """Read all joints now (one bus round trip). Raises DeviceTimeout after bounded retries, DeviceLost."""
        ...

    @property
    def retries(self) -> int: ...

    @property
    def temperature(self) -> float:
        """Of the hottest servo, deg C, no older than a second or two; NaN before the first look."""
        ...

    @property
    def feel_off(self) -> str:
        """Why all torque was ended for good (heat, a servo that lost its torque), or ''; reopening is the remedy."""
        ...

    def feel(self, tau: Vector) -> None:
        """Torque (n,) Nm to the operator's hand, positive as the follower's q, until the next one or the watchdog.

        Only a leader whose `feel.mode` is not free takes it. Raises DeviceLost, DeviceRefused.
        """
        ...

    def close(self) -> None: ...


class FollowerArm(Protocol):
    """The robot. `start` ... (`read`, `command`)* ... `stop`; the robot holds its pose while started."""

    def info(self) -> DeviceInfo: ...
    def observe(self) -> ArmSample:
        """One state without control."""
        ...

    def start(self) -> ArmSample:
        """Take control, holding the present pose. Raises ReflexError, DeviceLost."""
        ...

    def read(self) -> ArmSample:
        """Block for the next state (1 ms). Raises ReflexError, DeviceLost."""
        ...

    def command(self, q: Vector, dq: Vector, width: float | None = None, stiffness: float = 1.0) -> None:
        """Joint reference for this cycle: (n,) rad and rad/s. Raises ReflexError, DeviceLost.

        width: of a gripper on the arm's own bus, m; None leaves it. stiffness: share of the gains, 0..1, where the
        arm has gains.
        """
        ...

    def gripper(self) -> GripperSample | None:
        """The gripper as it was read with the last state; None if it is no part of this connection."""
        ...

    def stop(self) -> None:
        """Give control back; the robot brakes and holds."""
        ...

    def recover(self) -> None:
        """Clear a reflex, on the operator's request only."""
        ...

    def close(self) -> None: ...


class Gripper(Protocol):
    """A gripper whose calls block; it lives in a process of its own."""

    def info(self) -> DeviceInfo: ...
    @property
    def max_width(self) -> float: ...
    def read(self) -> GripperSample: ...
    def move(self, width: float, speed: float) -> None: ...
    def grasp(self, width: float, speed: float, force: float) -> bool: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...


class MobileBase(Protocol):
    """Wheels under the robot, driven by velocity."""

    def info(self) -> DeviceInfo: ...
    def read(self) -> BaseSample:
        """The wheels now (one bus round trip). Raises DeviceTimeout after bounded retries, DeviceLost."""
        ...

    def command(self, twist: Vector) -> None:
        """Velocity (3,) vx, vy m/s, wz rad/s until the next one or the watchdog. Raises DeviceLost, DeviceRefused."""
        ...

    @property
    def retries(self) -> int: ...

    def stop(self) -> None:
        """Wheels at rest, torque off."""
        ...

    def close(self) -> None: ...
