"""What devices say, each with a stamp. SI units, radians, metres; times are CLOCK_MONOTONIC int64 ns."""

from dataclasses import dataclass
from enum import StrEnum
from time import CLOCK_MONOTONIC, clock_gettime_ns

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def monotonic_ns() -> int:
    """The one host clock: CLOCK_MONOTONIC, ns."""
    return clock_gettime_ns(CLOCK_MONOTONIC)


class TimeSource(StrEnum):
    """Which instant a stamp marks, and how it was found."""

    MID_EXPOSURE = "mid_exposure"
    DEVICE = "device"
    BRACKETED = "bracketed"
    ARRIVAL = "arrival"


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a sample was taken. Drivers give their causal estimate; the episode's refit improves it.

    `t_ns`: host time of the instant described; `u_ns`: bound on |t_ns - truth|; `ticks`: raw device
    counter in the device's own unit, unwrapped; `t_arrival_ns`: host time at which the driver had it;
    `seq`: the device's own count where it has one, else the driver's.
    """

    t_ns: int
    u_ns: int
    ticks: int
    t_arrival_ns: int
    seq: int
    source: TimeSource


@dataclass(frozen=True, slots=True)
class TriggerEdge:
    """One edge on the sync line; `stamp.ticks` is the box's 64-bit clock in ns, `seq` the box's edge count."""

    stamp: Stamp
    channel: int
    rising: bool


@dataclass(frozen=True, slots=True)
class LedFlash:
    """A flash of the box's LED: `stamp` is when it went on (seq: the edge that set it off), `width_ns` for how long."""

    stamp: Stamp
    width_ns: int


@dataclass(frozen=True, slots=True)
class ClockPing:
    """A round trip to the box: host ns at write and at first byte read, box ns at receipt and reply."""

    seq: int
    t_sent_ns: int
    ticks_rx: int
    ticks_tx: int
    t_received_ns: int


@dataclass(frozen=True, slots=True)
class BoxStatus:
    """The box's own account of its losses since START."""

    edges: int
    dropped: int
    fifo_overflows: int
    crc_errors: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture. `stamp.ticks` is FRAME_TIMESTAMP (device us, unwrapped); `seq` the frame counter.

    `color`: (H, W, 3) uint8 RGB, owned by the frame (already copied out of the SDK's pool).
    `sensor_ticks`: SENSOR_TIMESTAMP (mid-exposure on D4xx over USB), device us unwrapped, or None.
    """

    camera: str
    stamp: Stamp
    color: NDArray[np.uint8]
    exposure_us: int
    sensor_ticks: int | None


@dataclass(frozen=True, slots=True)
class LeaderSample:
    """Leader joints after sign and offset. `t_lo_ns`..`t_hi_ns` brackets the latch instant.

    q: (n,) rad; dq: (n,) rad/s; grip: 0 open .. 1 closed, None without a trigger grip; servo_ticks: (n,)
    each joint's own coarse clock at its latch, unwrapped (`stamp.ticks` is the first of them). stick: (2,)
    thumbstick forward and turn, -1..1, None without one. tau: (n,) Nm given to the operator's hand at the
    read, None (no torque) from a leader that gives none.
    """

    leader: str
    stamp: Stamp
    t_lo_ns: int
    t_hi_ns: int
    q: Vector
    dq: Vector
    grip: float | None
    servo_ticks: NDArray[np.int64]
    stick: Vector | None = None
    tau: Vector | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """How a state was read from a bus of servos: the latch lies in `t_lo_ns`..`t_hi_ns`.

    servo_ticks: (n,) each joint's own coarse clock at its latch, ms, unwrapped.
    """

    t_lo_ns: int
    t_hi_ns: int
    servo_ticks: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ArmSample:
    """A follower's state. q, dq, tau_J, tau_ext: (n,) rad, rad/s, Nm, Nm; wrenches (6,) N and Nm.

    `tau_ext` is libfranka's tau_ext_hat_filtered; `O_T_EE` (16,) column-major, as libfranka has it.
    `success_rate`: control_command_success_rate, 0..1, over the last 100 packets. What an arm does not measure
    is NaN (tau_ext and wrenches of servos). `read`: None for an arm with a clock of its own.
    """

    arm: str
    stamp: Stamp
    q: Vector
    dq: Vector
    tau_J: Vector
    tau_ext: Vector
    O_F_ext_hat_K: Vector
    K_F_ext_hat_K: Vector
    O_T_EE: Vector
    success_rate: float
    read: Read | None = None


@dataclass(frozen=True, slots=True)
class GripperSample:
    """A gripper's measured opening in metres. `t_lo_ns`..`t_hi_ns` brackets the read."""

    gripper: str
    stamp: Stamp
    t_lo_ns: int
    t_hi_ns: int
    width: float
    is_grasped: bool


@dataclass(frozen=True, slots=True)
class BaseSample:
    """A mobile base. twist: (3,) measured vx, vy m/s and wz rad/s in its own frame, NaN for axes it has not.

    wheels, wheel_speeds: (w,) rad (unwrapped from the start) and rad/s, positive rolling forward.
    """

    base: str
    stamp: Stamp
    t_lo_ns: int
    t_hi_ns: int
    twist: Vector
    wheels: Vector
    wheel_speeds: Vector


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """What a device says of itself, for the provenance."""

    name: str
    driver: str
    model: str
    serial: str
    firmware: str
    options: dict[str, str]
