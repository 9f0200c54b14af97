"""Limits of the sync check, and how it is made."""

from typing import Literal

from pydantic import Field

from hardware.config.model import Model

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
    without_camera: tuple[str, ...] = ()
    """Followers that no camera sees move; that their joints are in time is not proven, and the certificate says so."""
