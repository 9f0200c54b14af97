"""What a recorder's process says of itself: CPU, times, counts.

Standard library alone: it runs in the peers' venvs too. A run is one fresh process. It gets its `Job` as JSON in its
one argument, and prints JSON lines: `recording` with the instant of the first frame, and `done` with what it found.
"""

import json
import os
import resource
import sys
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Job:
    """What a process is to do. `how`: the variant; `doomed`: it will be killed in its second take; `recover`:
    nothing is recorded, what the killed one left is looked at."""

    pictures: str
    out: str
    seconds: float
    how: str
    doomed: bool = False
    recover: bool = False

    @staticmethod
    def from_argv() -> "Job":
        """The job of this process."""
        return Job(**json.loads(sys.argv[1]))

    def to_json(self) -> str:
        """For the command line."""
        return json.dumps(asdict(self))


@dataclass(slots=True)
class Found:
    """One run. CPU in s of all processes but the far ends; frames over all cameras; bytes of what is left on disk.

    `ready_s`: from the stop until the next take could begin; `sealed_s`: until the episode is whole, on disk, by its
    final name. `after_cpu_s`: from the stop until then.
    """

    offered: int
    stored: int
    record_cpu_s: float
    after_cpu_s: float
    ready_s: float
    sealed_s: float
    bytes: int
    note: str = ""


def say(at: str, **data: object) -> None:
    """One line to the parent."""
    sys.stdout.write(json.dumps({"at": at, **data}) + "\n")
    sys.stdout.flush()


def cpu_s(without: Collection[int] = ()) -> float:
    """User and system time of this process and all its descendants, ended ones too, but for the children named."""
    own = sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )
    return own + sum(_tree_s(child) for child in _children(os.getpid()) if child not in without)


def folder_bytes(folder: Path) -> int:
    """Size of all files below it."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _tree_s(pid: int) -> float:
    """A live process, its ended children, and its live ones (proc(5), /proc/pid/stat fields 14 to 17)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS + sum(map(_tree_s, _children(pid)))


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, listed.read_text().split())
        except OSError:
            continue
    return found
