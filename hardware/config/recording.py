"""What a take may lose before it is no good, and how long it waits for room on the disk."""

from pydantic import Field

from hardware.config.model import Model


class RecordingConfig(Model):
    """Limits of a take while it is recorded. A take that breaks one ends there; what it has is kept."""

    drop_budget: float = Field(default=0.01, ge=0, le=1)
    """Share of a camera's frames that may be missing, over 10 s at least; beyond it the take ends as failed."""
    drops_in_a_row: int = Field(default=30, ge=1)
    """Frames of a camera that may be missing in a row; beyond it the take ends as failed."""
    disk_wait_s: float = Field(default=10.0, ge=0)
    """How long a take waits, paused, for room on a full disk before it ends, truncated, s."""
