"""From what the operator's hands do to what the follower should do."""

from collections.abc import Sequence


def joints(leader: Sequence[float], offset: Sequence[float]) -> list[float]:
    """Follower joints (rad) for leader joints (rad): one to one, plus the clutch's offset.

    The driver did signs and the leader's own offsets.
    """
    return [q + zero for q, zero in zip(leader, offset, strict=True)]


def width(grip: float, max_width: float) -> float:
    """Opening in metres for a grip of 0 open .. 1 closed; 0 is closed."""
    return (1.0 - min(max(grip, 0.0), 1.0)) * max_width
