"""What a headless client knows of a take: while it runs, and when it is over."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Recorded:
    """One episode as the daemon reported it."""

    path: Path
    uuid: str
    status: str
    seconds: float
    stop_to_ready_s: float
    cores: dict[str, float]  # CPU of each process while it recorded, in cores
    rows: dict[str, int] = field(default_factory=dict[str, int])
    gaps: dict[str, int] = field(default_factory=dict[str, int])
    teleop: dict[str, Any] = field(default_factory=dict[str, Any])  # by arm, collector.teleop_desk.summary
    problem: str = ""  # why it is not complete, or no demonstration

    @property
    def ending(self) -> str:
        """How the recording ended; `failure`: it is whole, but a robot stopped following."""
        return "failure" if self.problem and self.status == "complete" else self.status

    def to_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "path": str(self.path), "uuid": self.uuid, "status": self.status, "seconds": self.seconds,
            "stop_to_ready_s": self.stop_to_ready_s, "cores": self.cores, "rows": self.rows, "gaps": self.gaps,
            "teleop": self.teleop, "problem": self.problem,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Take:
    """One that is running: since when (time.monotonic), and the daemon's status before it."""

    uuid: str
    started: float
    before: dict[str, Any]


def why_no_demonstration(teleop: dict[str, Any]) -> str:
    """Which arms stopped following within a take, and why; empty: none did."""
    reasons = {name: {**told.get("holds", {}), **told.get("faults", {})} for name, told in teleop.items()}
    return "; ".join(f"{name} stopped following ({', '.join(why)})" for name, why in reasons.items() if why)
