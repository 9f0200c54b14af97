"""An episode as the console shows it, and what may be asked of one. Plain data: it passes between processes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.labels.event import Step

Picture = NDArray[np.uint8]
Place = tuple[str, int]
"""A camera, and a step of the episode."""


@dataclass(frozen=True, slots=True)
class LookAt:
    """All of an episode but its pictures; the answer is a Reel."""

    path: Path


@dataclass(frozen=True, slots=True)
class Stills:
    """Pictures of an episode, at least `across` pixels wide where the camera's are; the answer is Pictures."""

    path: Path
    places: tuple[Place, ...]
    across: int


@dataclass(frozen=True, slots=True)
class Propose:
    """Where the task's steps may begin; the answer is Proposed."""

    path: Path
    names: tuple[str, ...]


Ask = LookAt | Stills | Propose


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Curves of one unit. values: (M, k), NaN where nothing was measured; names: k."""

    title: str
    unit: str
    names: tuple[str, ...]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Reel:
    """An episode for showing. t_ns: (T,) of its steps; at_s: (M,) of the panels' points, s from the first step."""

    uuid: str
    status: str
    cameras: tuple[str, ...]
    missing: dict[str, int]
    t_ns: NDArray[np.int64]
    at_s: NDArray[np.float64]
    panels: tuple[Panel, ...]
    labels: dict[str, Any]
    quality: dict[str, Any] | None

    @property
    def seconds(self) -> float:
        """From the first step to the last."""
        return int(self.t_ns[-1] - self.t_ns[0]) * 1e-9 if len(self.t_ns) else 0.0

    def step_at(self, t_ns: int) -> int:
        """The step nearest to an instant; 0 of an episode without any."""
        if not len(self.t_ns):
            return 0
        after = min(int(np.searchsorted(self.t_ns, t_ns)), len(self.t_ns) - 1)
        before = max(after - 1, 0)
        return before if t_ns - self.t_ns[before] <= self.t_ns[after] - t_ns else after


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """What a camera had seen by a step. rgb: (h, w, 3); old_s: how long before it, where it missed that."""

    rgb: Picture
    old_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Unseen:
    """A camera had seen nothing yet by a step. first_s: how long after it its first picture comes; None: never."""

    first_s: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """By camera and step."""

    of: Mapping[Place, Still | Unseen]


@dataclass(frozen=True, slots=True)
class Proposed:
    """Steps that grip and motion suggest; none where there is nothing to go by."""

    steps: tuple[Step, ...]


Answer = Reel | Pictures | Proposed


def read(ask: Ask) -> Answer:
    """In a child process, where HDF5 is loaded and the console is not. Raises NotAnEpisode."""
    from collector.tui.footage_read import answer

    return answer(ask)
