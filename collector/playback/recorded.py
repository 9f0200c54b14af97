"""An old demonstration as what leads, read from its episode."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from collector.playback.orders import NotReplayable, ReplayOrder, Source, led_by
from collector.playback.track import GRID_S, Floats, Track
from hardware.config import RigConfig

if TYPE_CHECKING:  # HDF5 is loaded when an episode is opened: every command imports this module
    from collector.episode.reader import Array, Episode

_WINDOW = 9  # grid points of the smoothing cubic, 45 ms: a hand's motion passes, jitter and encoder steps do not
_GAP_S = 0.5


def why_not(episode: "Episode", rig: RigConfig) -> str:
    """Why this episode cannot lead this rig's arms, or ''."""
    for name, follower in rig.followers.items():
        recorded = episode.rig["followers"].get(name)
        if recorded is None:
            have = ", ".join(episode.rig["followers"])
            return f"{episode.path}: it has no arm {name!r}, only {have}; choose an episode of this rig"
        if f"commands/{name}" not in episode.streams or f"arms/{name}" not in episode.streams:
            return f"{episode.path}: it holds no commands of arm {name}; choose another episode"
        joints = episode.stream(f"commands/{name}")["sent"].shape[1]
        if joints != follower.joints:
            return f"{episode.path}: arm {name} had {joints} joints, this rig's has {follower.joints}"
        kind = "fr3" if recorded["driver"] == "franka" else recorded.get("arm")
        if kind != follower.arm:
            return f"{episode.path}: arm {name} was a {kind}, this rig's is a {follower.arm}"
    return ""


def order_for(rig: RigConfig, path: Path, source: Source = "sent", speed: float = 1.0) -> ReplayOrder:
    """The order to replay an episode on a rig. Raises NotReplayable, NotAnEpisode."""
    from collector.episode.reader import Episode

    order = ReplayOrder(episode=path.resolve(), source=source, speed=speed)
    with Episode(path) as episode:
        if reason := why_not(episode, rig):
            raise NotReplayable(reason)
    return order


def load_track(order: ReplayOrder, rig: RigConfig, leader: str) -> Track:
    """What a leader of the rig has to do. Raises NotReplayable, NotAnEpisode."""
    from scipy.signal import savgol_filter  # a second to import, and every command of clap imports this module

    from collector.episode.reader import Episode

    arm = led_by(rig, leader)
    with Episode(order.episode) as episode:
        if reason := why_not(episode, rig):
            raise NotReplayable(reason)
        states = episode.stream(f"arms/{arm}")
        if order.source == "sent":
            moved = episode.stream(f"commands/{arm}")
            gripper = rig.followers[arm].gripper
            q, grip = moved["sent"], 1.0 - moved["sent_width"] / (gripper.max_width if gripper else 1.0)
        else:
            moved = episode.stream(f"leaders/{episode.rig['followers'][arm]['leader']}")
            q, grip = moved["q"], moved["grip"]
    grid = _grid(order.episode, moved["t_ns"])
    smooth = _on(grid, moved["t_ns"], q)
    return Track(
        arm,
        savgol_filter(smooth, _WINDOW, 3, axis=0),
        savgol_filter(smooth, _WINDOW, 3, deriv=1, delta=GRID_S, axis=0),
        np.clip(_on(grid, moved["t_ns"], _carried(grip)[:, None])[:, 0], 0.0, 1.0),
        _on(grid, states["t_ns"], states["q"]),
    )


def _grid(path: Path, t_ns: "Array") -> NDArray[np.int64]:
    if len(t_ns) < 2 or (t_ns[-1] - t_ns[0]) * 1e-9 < 1.0:
        raise NotReplayable(f"{path}: under a second of motion; choose a longer episode")
    gap_s = float(np.diff(t_ns).max()) * 1e-9
    if gap_s > _GAP_S:
        raise NotReplayable(f"{path}: {gap_s:.1f} s of its motion are missing; choose a whole episode")
    return np.arange(int(t_ns[0]), int(t_ns[-1]), round(GRID_S * 1e9))


def _on(grid: NDArray[np.int64], t_ns: "Array", columns: "Array") -> Floats:
    """Columns (N, n) on the grid."""
    place: Floats = (grid - grid[0]).astype(np.float64)
    times: Floats = (t_ns - grid[0]).astype(np.float64)
    joints: Floats = columns.astype(np.float64)
    return np.column_stack([np.interp(place, times, joints[:, at]) for at in range(joints.shape[1])])


def _carried(values: "Array") -> Floats:
    """Each NaN as the value before it (a gripper keeps what it was told), open before the first."""
    told = np.isfinite(values)
    last = np.maximum.accumulate(np.where(told, np.arange(len(values)), -1))
    return np.where(last < 0, 0.0, values[np.maximum(last, 0)])
