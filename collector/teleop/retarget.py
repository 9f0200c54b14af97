"""From what the operator's hands do to what the follower should do."""

from collections.abc import Sequence


def joints(leader: Sequence[float]) -> list[float]:
    """Follower joints (rad) for leader joints (rad): one to one; the driver did signs and offsets."""
    return list(leader)


def width(grip: float, max_width: float) -> float:
    """Opening in metres for a grip of 0 open .. 1 closed; 0 is closed."""
    return (1.0 - min(max(grip, 0.0), 1.0)) * max_width
