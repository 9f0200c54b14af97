"""What moved in a take, on one grid of instants: joints, grippers, bases. Pure.

Between samples it is interpolated and averaged over each cell of the grid; what was not measured is NaN.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.align import MAX_STROKE_NS
from collector.episode.reader import Episode
from collector.episode.resample import between

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Columns = Mapping[str, NDArray[Any]] | NDArray[np.void]

RATE_HZ = 200
CELL_NS = 10**9 // RATE_HZ
_FINE = 5  # instants averaged in a cell: 1 kHz, the rate of the fastest robot


@dataclass(frozen=True, slots=True)
class ArmMotion:
    """One arm on the grid: q (K, n) rad; width (K,) m of its gripper, None without one. NaN: not measured there."""

    q: Floats
    width: Floats | None


@dataclass(frozen=True, slots=True)
class Motion:
    """Everything that can move, from the first to the last step. t_ns: (K,) middles of the cells.

    bases: (K, 3) m/s, m/s, rad/s, NaN: no such axis. `span_ns`: the take; both the same without steps.
    """

    span_ns: tuple[int, int]
    t_ns: Ints
    arms: dict[str, ArmMotion]
    bases: dict[str, Floats]


def motion_in(episode: Episode) -> Motion:
    """Of a sealed file."""
    moving = [name for name in episode.streams if name.startswith(("arms/", "grippers/", "bases/"))]
    return build_motion(episode.t_ns, {name: episode.stream(name) for name in moving})


def build_motion(steps_ns: Ints, streams: Mapping[str, Columns]) -> Motion:
    """From the first to the last of the steps; `streams` by their names in the file, refitted."""
    t_ns = grid(steps_ns)
    arms: dict[str, ArmMotion] = {}
    bases: dict[str, Floats] = {}
    for name, rows in streams.items():
        kind, _, device = name.partition("/")
        if kind == "arms":
            gripper = streams.get(f"grippers/{device}")
            width = None if gripper is None else on_grid(gripper, "width", t_ns, MAX_STROKE_NS)[:, 0]
            arms[device] = ArmMotion(on_grid(rows, "q", t_ns), width)
        elif kind == "bases":
            bases[device] = on_grid(rows, "twist", t_ns)
    span_ns = (int(steps_ns[0]), int(steps_ns[-1])) if len(steps_ns) else (0, 0)
    return Motion(span_ns, t_ns, arms, bases)


def grid(steps_ns: Ints) -> Ints:
    """(K,) middles of the whole cells between the first and the last of the steps."""
    if len(steps_ns) < 2:
        return np.zeros(0, np.int64)
    cells = int(steps_ns[-1] - steps_ns[0]) // CELL_NS
    return steps_ns[0] + CELL_NS // 2 + CELL_NS * np.arange(cells, dtype=np.int64)


def on_grid(rows: Columns, field: str, t_ns: Ints, bridged_ns: int | None = None) -> Floats:
    """(K, n) means of a field over the cells; NaN where samples are too far apart (collector.episode.resample)."""
    stamps, values = np.maximum.accumulate(rows["t_ns"]), rows[field]
    if values.ndim == 1:
        values = values[:, np.newaxis]
    out = np.full((len(t_ns), values.shape[1]), np.nan)
    if not len(t_ns) or len(stamps) < 2:
        return out
    _, there = between(stamps, t_ns) if bridged_ns is None else between(stamps, t_ns, bridged_ns)
    origin = int(t_ns[0])
    inside = (np.arange(_FINE) - (_FINE - 1) / 2) * (CELL_NS / _FINE)
    fine = ((t_ns - origin)[:, np.newaxis] + inside).ravel()
    since = (stamps - origin).astype(np.float64)
    for column in range(values.shape[1]):
        out[:, column] = np.interp(fine, since, values[:, column]).reshape(-1, _FINE).mean(axis=1)
    out[~there] = np.nan
    return out


def measured(values: Floats) -> Mask:
    """(K,) all of (K, n) was."""
    return np.all(np.isfinite(values), axis=1)
