"""Samples as rows of arrays: what rings carry, the journal frames, and /streams stores. Units in the comments.

Every row begins with the stamp (hardware.samples.Stamp): t_ns, u_ns, ticks, t_arrival_ns, seq, int64.
"""

from typing import Any

import numpy as np

from hardware.samples import (
    ArmSample,
    BaseSample,
    ClockPing,
    GripperSample,
    LeaderSample,
    LedFlash,
    Stamp,
    TimeSource,
    TriggerEdge,
)

STAMP = [
    ("t_ns", "<i8"),
    ("u_ns", "<i8"),
    ("ticks", "<i8"),
    ("t_arrival_ns", "<i8"),
    ("seq", "<i8"),
]
BRACKET = [("t_lo_ns", "<i8"), ("t_hi_ns", "<i8")]

PING = np.dtype(
    [
        ("seq", "<i8"),
        ("t_sent_ns", "<i8"),
        ("ticks_rx", "<i8"),
        ("ticks_tx", "<i8"),
        ("t_received_ns", "<i8"),
    ]
)
EDGE = np.dtype([*STAMP, ("channel", "u1"), ("rising", "u1")])
FLASH = np.dtype([*STAMP, ("width_ns", "<i8")])  # seq: the edge that set it off; t_ns, ticks: LED on
# exposure us; sensor_ticks: device us, -1 where the SDK gave none
FRAME = np.dtype([*STAMP, ("exposure_us", "<i4"), ("sensor_ticks", "<i8")])
GRIPPER = np.dtype([*STAMP, *BRACKET, ("width", "<f8"), ("is_grasped", "u1")])  # m
AXES = ("vx", "vy", "wz")  # of a twist: m/s, m/s, rad/s
# What a mobile base was asked and told; NaN: no such axis
DRIVE = np.dtype([*STAMP, ("requested", "<f8", 3), ("sent", "<f8", 3)])


def arm_row(joints: int, *, read: bool = False) -> np.dtype[np.void]:
    """rad, rad/s, Nm, Nm, N+Nm, N+Nm, column-major pose, 0..1; `read`: a bus of servos adds bracket and ticks (ms)."""
    return np.dtype(
        [
            *STAMP,
            ("q", "<f8", joints),
            ("dq", "<f8", joints),
            ("tau_J", "<f8", joints),
            ("tau_ext", "<f8", joints),
            ("O_F_ext_hat_K", "<f8", 6),
            ("K_F_ext_hat_K", "<f8", 6),
            ("O_T_EE", "<f8", 16),
            ("success_rate", "<f8"),
            *([*BRACKET, ("servo_ticks", "<i8", joints)] if read else []),
        ]
    )


def leader_row(joints: int) -> np.dtype[np.void]:
    """rad, rad/s, 0 open .. 1 closed, each servo's tick in ms (unwrapped), -1..1, Nm; NaN without grip or stick."""
    return np.dtype(
        [
            *STAMP,
            *BRACKET,
            ("q", "<f8", joints),
            ("dq", "<f8", joints),
            ("grip", "<f8"),
            ("servo_ticks", "<i8", joints),
            ("stick", "<f8", 2),
            ("tau", "<f8", joints),
        ]
    )


def base_row(wheels: int) -> np.dtype[np.void]:
    """m/s, m/s, rad/s (NaN: no such axis); rad, rad/s a wheel."""
    return np.dtype([*STAMP, *BRACKET, ("twist", "<f8", 3), ("wheels", "<f8", wheels), ("wheel_speeds", "<f8", wheels)])


def command_row(joints: int) -> np.dtype[np.void]:
    """What was asked and what was told, one row a control cycle: rad, rad, m, m; state: teleop.engage.State."""
    return np.dtype(
        [
            *STAMP,
            ("requested", "<f8", joints),
            ("sent", "<f8", joints),
            ("requested_width", "<f8"),
            ("sent_width", "<f8"),
            ("state", "u1"),
        ]
    )


_NO_STICK = np.full(2, np.nan)


def stamp_fields(stamp: Stamp) -> tuple[int, int, int, int, int]:
    """The stamp as the first five fields of a row."""
    return (stamp.t_ns, stamp.u_ns, stamp.ticks, stamp.t_arrival_ns, stamp.seq)


def as_row(
    sample: TriggerEdge | LedFlash | ClockPing | LeaderSample | ArmSample | GripperSample | BaseSample,
) -> tuple[Any, ...]:
    """A sample as the fields of its row type."""
    match sample:
        case TriggerEdge():
            return (*stamp_fields(sample.stamp), sample.channel, sample.rising)
        case LedFlash():
            return (*stamp_fields(sample.stamp), sample.width_ns)
        case ClockPing():
            return (
                sample.seq,
                sample.t_sent_ns,
                sample.ticks_rx,
                sample.ticks_tx,
                sample.t_received_ns,
            )
        case LeaderSample():
            grip = float("nan") if sample.grip is None else sample.grip
            bracket = (sample.t_lo_ns, sample.t_hi_ns)
            stick = _NO_STICK if sample.stick is None else sample.stick
            return (
                *stamp_fields(sample.stamp),
                *bracket,
                sample.q,
                sample.dq,
                grip,
                sample.servo_ticks,
                stick,
                0.0 if sample.tau is None else sample.tau,
            )
        case ArmSample():
            read = sample.read
            return (
                *stamp_fields(sample.stamp),
                sample.q,
                sample.dq,
                sample.tau_J,
                sample.tau_ext,
                sample.O_F_ext_hat_K,
                sample.K_F_ext_hat_K,
                sample.O_T_EE,
                sample.success_rate,
                *(() if read is None else (read.t_lo_ns, read.t_hi_ns, read.servo_ticks)),
            )
        case BaseSample():
            return (
                *stamp_fields(sample.stamp),
                sample.t_lo_ns,
                sample.t_hi_ns,
                sample.twist,
                sample.wheels,
                sample.wheel_speeds,
            )
        case GripperSample():
            return (
                *stamp_fields(sample.stamp),
                sample.t_lo_ns,
                sample.t_hi_ns,
                sample.width,
                sample.is_grasped,
            )


def leader_sample(leader: str, row: np.void) -> LeaderSample:
    """The sample that a leader's row came from."""
    t_ns, u_ns, ticks, t_arrival_ns, seq = (int(row[name]) for name, _ in STAMP)
    stamp = Stamp(t_ns, u_ns, ticks, t_arrival_ns, seq, TimeSource.BRACKETED)
    grip = float(row["grip"])
    return LeaderSample(
        leader,
        stamp,
        int(row["t_lo_ns"]),
        int(row["t_hi_ns"]),
        row["q"],
        row["dq"],
        None if grip != grip else grip,
        row["servo_ticks"],
        None if np.isnan(row["stick"][0]) else row["stick"],
        row["tau"],
    )
