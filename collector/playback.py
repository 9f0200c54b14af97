"""An old demonstration as a leader's motion: read from its episode, checked against the rig, played at some speed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from collector.episode.reader import Array, Episode
from hardware.config import Model, RigConfig
from hardware.samples import Vector

Source = Literal["sent", "leader"]
Floats = NDArray[np.float64]

_GRID_S = 0.005
_WINDOW = 9  # grid points of the smoothing cubic, 45 ms: a hand's motion passes, jitter and encoder steps do not
_GAP_S = 0.5
_EASE_S = 1.0


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


@dataclass(frozen=True, slots=True)
class Track:
    """One arm's part of a demonstration, on an even grid of 5 ms from 0.

    q, dq: (N, n) rad, rad/s; grip: (N,) 0 open .. 1 closed; measured: (N, n) rad, where the robot was then.
    """

    arm: str
    q: Floats
    dq: Floats
    grip: Floats
    measured: Floats

    @property
    def seconds(self) -> float:
        """Its length."""
        return (len(self.q) - 1) * _GRID_S

    def at(self, t_s: float) -> tuple[Vector, Vector, float]:
        """q, dq (n,) and grip at an instant of the demonstration; before and after it its ends."""
        place = min(max(t_s / _GRID_S, 0.0), len(self.q) - 1.0)
        index = min(int(place), len(self.q) - 2)
        part = place - index
        q, dq = (column[index] + part * (column[index + 1] - column[index]) for column in (self.q, self.dq))
        return q, dq, float(self.grip[index])

    def was(self, t_s: Floats) -> Floats:
        """Where the robot was, (M, n) rad, at instants (M,) s of the demonstration."""
        grid = np.arange(len(self.measured)) * _GRID_S
        return np.column_stack([np.interp(t_s, grid, self.measured[:, joint]) for joint in range(self.q.shape[1])])


@dataclass(frozen=True, slots=True)
class Pace:
    """How an instant of the demonstration follows from time: eased in and out, so that both ends are at rest."""

    begin_s: float
    end_s: float
    speed: float

    @property
    def _ease_s(self) -> float:
        return min(_EASE_S, max((self.end_s - self.begin_s) / self.speed, 1e-9))

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return (self.end_s - self.begin_s) / self.speed + self._ease_s

    def at(self, elapsed_s: float) -> tuple[float, float]:
        """The instant of the demonstration, s, and how fast it passes, 0..speed."""
        ease, left = self._ease_s, self.seconds - elapsed_s
        if elapsed_s <= 0.0:
            return self.begin_s, 0.0
        if left <= 0.0:
            return self.end_s, 0.0
        if elapsed_s < ease:
            return self.begin_s + 0.5 * self.speed * elapsed_s**2 / ease, self.speed * elapsed_s / ease
        if left < ease:
            return self.end_s - 0.5 * self.speed * left**2 / ease, self.speed * left / ease
        return self.begin_s + self.speed * (elapsed_s - 0.5 * ease), self.speed


def why_not(episode: Episode, rig: RigConfig) -> str:
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
    order = ReplayOrder(episode=path.resolve(), source=source, speed=speed)
    with Episode(path) as episode:
        if reason := why_not(episode, rig):
            raise NotReplayable(reason)
    return order


def load_track(order: ReplayOrder, rig: RigConfig, leader: str) -> Track:
    """What a leader of the rig has to do. Raises NotReplayable, NotAnEpisode."""
    from scipy.signal import savgol_filter  # a second to import, and every command of clap imports this module

    arms = [name for name, follower in rig.followers.items() if follower.leader == leader]
    if not arms:
        raise NotReplayable(f"no arm of the rig follows the leader {leader}")
    arm = arms[0]
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
        savgol_filter(smooth, _WINDOW, 3, deriv=1, delta=_GRID_S, axis=0),
        np.clip(_on(grid, moved["t_ns"], _carried(grip)[:, None])[:, 0], 0.0, 1.0),
        _on(grid, states["t_ns"], states["q"]),
    )


def _grid(path: Path, t_ns: Array) -> NDArray[np.int64]:
    if len(t_ns) < 2 or (t_ns[-1] - t_ns[0]) * 1e-9 < 1.0:
        raise NotReplayable(f"{path}: under a second of motion; choose a longer episode")
    gap_s = float(np.diff(t_ns).max()) * 1e-9
    if gap_s > _GAP_S:
        raise NotReplayable(f"{path}: {gap_s:.1f} s of its motion are missing; choose a whole episode")
    return np.arange(int(t_ns[0]), int(t_ns[-1]), round(_GRID_S * 1e9))


def _on(grid: NDArray[np.int64], t_ns: Array, columns: Array) -> Floats:
    """Columns (N, n) on the grid."""
    place: Floats = (grid - grid[0]).astype(np.float64)
    times: Floats = (t_ns - grid[0]).astype(np.float64)
    joints: Floats = columns.astype(np.float64)
    return np.column_stack([np.interp(place, times, joints[:, at]) for at in range(joints.shape[1])])


def _carried(values: Array) -> Floats:
    """Each NaN as the value before it (a gripper keeps what it was told), open before the first."""
    told = np.isfinite(values)
    last = np.maximum.accumulate(np.where(told, np.arange(len(values)), -1))
    return np.where(last < 0, 0.0, values[np.maximum(last, 0)])


def compare(track: Track, played_s: Floats, t_s: Floats, measured: Floats) -> dict[str, Any]:
    """How near the replayed robot came to the recorded one, once its constant lag is taken out.

    At times t_s (M,) s, even enough to interpolate, the demonstration stood at played_s (M,) s and the robot at
    measured (M, n) rad.
    """
    best: dict[str, Any] = {}
    for lag_ms in range(0, 151, 2):
        error = measured - track.was(np.interp(t_s - lag_ms * 1e-3, t_s, played_s))
        rms = float(np.sqrt(np.mean(error**2)))
        if not best or rms < best["rms_rad"]:
            best = {"rms_rad": rms, "worst_rad": float(np.abs(error).max()), "lag_ms": lag_ms}
    return best
