"""Teleoperation: when the robot may follow, how fast, and what stops it."""

from typing import Literal

from pydantic import Field

from hardware.config.model import Model, Ratio

Range = tuple[float, float]


class WorkspaceConfig(Model):
    """A box that the follower's end effector must not leave, in its own base frame, m."""

    x: Range = (-2.0, 2.0)
    y: Range = (-2.0, 2.0)
    z: Range = (-2.0, 2.0)


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
    deadman: Literal["off", "key", "grip"] = "off"
    """What must be held while following. key: a key or pedal, told by the client. grip: the leader's trigger."""
    deadman_ms: float = Field(default=700.0, gt=0)
    """A held key repeats; without a repeat for this long it counts as let go, ms."""
    deadman_grip: Ratio = 0.05
    """Grip above which the trigger counts as held."""
    clutch: bool = False
    """Allow the clutch: let go, move the leader elsewhere, go on from there with a new zero."""
    approach_rad_s: float = Field(default=0.5, gt=0, le=1)
    """Greatest joint speed while the robot goes to the leader, rad/s."""
    workspace: WorkspaceConfig | None = None
    """Box for the end effector; None: no box."""
    start_stiffness: Ratio = 0.2
    """Share of the stiffness at the begin of the ramp."""
    heartbeat_ms: float = Field(default=1000.0, gt=0)
    """Without word from the daemon for this long the robot is held, ms."""
