"""What to collect: a task file."""

from pydantic import BaseModel, ConfigDict, Field


class TaskConfig(BaseModel):
    """A task as its YAML file describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    """Short name."""
    instruction: str = Field(min_length=3)
    """What the policy will be told, in plain words."""
    steps: tuple[str, ...] = ()
    """Names of the parts of the task, in order."""
    seconds: float = Field(default=20.0, gt=0, le=3600)
    """Usual length of one episode, s."""
