"""What may lead instead of an operator: an old demonstration, or way-points to stop at; as a client asks for it."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from hardware.config import Model, RigConfig

Source = Literal["sent", "leader"]


class NotReplayable(Exception):
    """This episode cannot lead this rig; the text says why."""


class ReplayOrder(Model):
    """What leads instead of the operator."""

    episode: Path
    """The sealed episode."""
    source: Source = "sent"
    """sent: what the robot was told. leader: what the operator's hand did."""
    speed: float = Field(default=1.0, ge=0.1, le=1.0)
    """Of the recorded motion."""


class PosesOrder(Model):
    """Way-points lead instead of the operator, from where each robot stands, each robot at rest at every one."""

    poses: dict[str, tuple[tuple[float, ...], ...]]
    """By follower, (k, n) rad; a follower that is not named holds."""
    rest_s: float | None = Field(default=1.0, ge=0.1, le=30.0)
    """At each way-point, s; None: until it is told to go on (verb `play`)."""
    speed: float = Field(default=0.5, ge=0.05, le=1.0)
    """Of the pace that teleoperation's limits allow."""


Order = ReplayOrder | PosesOrder


def order_of(words: dict[str, Any]) -> Order | None:
    """The order as a client words it; None: without words. Raises ValidationError."""
    if not words:
        return None
    return PosesOrder.model_validate(words) if "poses" in words else ReplayOrder.model_validate(words)


def led_by(rig: RigConfig, leader: str) -> str:
    """The follower of a leader. Raises NotReplayable."""
    for name, follower in rig.followers.items():
        if follower.leader == leader:
            return name
    raise NotReplayable(f"no arm of the rig follows the leader {leader}")
