"""What the console wants to see of a sealed episode. Runs in a child process: a damaged file costs a picture only."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from collector.episode.foreign import damage_named, require_file
from collector.episode.images import require_jpeg
from collector.episode.reader import Array, Episode
from collector.labels.proposals import propose
from collector.labels.sidecar import sidecar_of
from collector.quality.motion import motion_in
from collector.tui.reel import (
    Answer,
    Ask,
    LookAt,
    Panel,
    Picture,
    Pictures,
    Place,
    Propose,
    Proposed,
    Reel,
    Still,
    Stills,
    Unseen,
)

_MOST_POINTS = 6000  # of a curve: 100 s at 60 Hz; a terminal is at most 1000 dots wide
_AXES = 6  # of a wrench, the forces first

Floats = NDArray[np.float64]


def answer(ask: Ask) -> Answer:
    """What is asked for. Raises NotAnEpisode."""
    require_file(ask.path)
    with damage_named(ask.path):
        episode = _episode(ask.path, *_version(ask.path))
        match ask:
            case LookAt():
                return _reel(episode)
            case Stills():
                return Pictures({place: _seen(episode, place, ask.across) for place in ask.places})
            case Propose():
                return _proposed(episode, ask.names)


def _version(path: Path) -> tuple[int, int, int]:
    """Another file of that name is another episode; labels beside it are read with it."""
    stat, labels = path.stat(), sidecar_of(path)
    return stat.st_ino, stat.st_mtime_ns, labels.stat().st_mtime_ns if labels.exists() else 0


@lru_cache(maxsize=1)
def _episode(path: Path, *version: int) -> Episode:
    """The one that was opened last stays open: who scrubs asks for one picture after the other."""
    return Episode(path)


def _reel(episode: Episode) -> Reel:
    t_ns = episode.t_ns
    stride = -(-len(t_ns) // _MOST_POINTS) or 1
    first_ns = int(t_ns[0]) if len(t_ns) else 0
    return Reel(
        uuid=episode.uuid,
        status=episode.status,
        cameras=episode.cameras,
        missing={name: int(np.count_nonzero(episode.frame_index(name) < 0)) for name in episode.cameras},
        t_ns=t_ns,
        at_s=(t_ns[::stride] - first_ns).astype(np.float64) * 1e-9,
        panels=_panels(episode, stride),
        labels=episode.labels,
        quality=episode.quality,
    )


def _panels(episode: Episode, stride: int) -> tuple[Panel, ...]:
    """Joints, gripper, bases and force, as far as the rig has them."""
    names, measured = episode.names, episode.qpos
    joints = [at for at, name in enumerate(names) if "_joint_" in name]
    grips = [at for at, name in enumerate(names) if name.endswith("_gripper")]
    driven = [at for at in range(len(names)) if at not in joints and at not in grips]
    wrench = episode.wrench
    arms = wrench.shape[1] // _AXES
    force = np.column_stack([np.linalg.norm(wrench[:, _AXES * arm : _AXES * arm + 3], axis=1) for arm in range(arms)])
    told = (
        _panel("joints", "rad", names, joints, measured, _first, stride),
        _panel("gripper", "m", names, grips, measured, _first, stride),
        _panel("base", "m/s", names, driven, measured, _first, stride),
        _panel("force", "N", tuple(f"arm {arm + 1}" for arm in range(arms)), list(range(arms)), force, _most, stride),
    )
    return tuple(panel for panel in told if panel.names)


def _panel(
    title: str, unit: str, names: tuple[str, ...], columns: list[int], values: Array,
    thin: Callable[[Floats, int], Floats], stride: int,
) -> Panel:  # fmt: skip
    chosen = values[:, columns].astype(np.float64)
    return Panel(title, unit, tuple(names[at] for at in columns), thin(chosen, stride))


def _first(values: Floats, stride: int) -> Floats:
    return values[::stride]


def _most(values: Floats, stride: int) -> Floats:
    """The greatest of each stretch: a knock is short."""
    if not len(values):
        return values
    return np.fmax.reduceat(values, np.arange(0, len(values), stride), axis=0)


def _seen(episode: Episode, place: Place, across: int) -> Still | Unseen:
    """The step's own picture; where the camera missed it the newest before it."""
    (camera, step), t_ns = place, episode.t_ns
    there = np.flatnonzero(episode.frame_index(camera) >= 0)
    at = int(np.searchsorted(there, step, side="right")) - 1
    if at < 0:
        return Unseen(float(t_ns[there[0]] - t_ns[step]) * 1e-9 if len(there) else None)
    found = int(there[at])
    return Still(_picture(episode, camera, found, across), float(t_ns[step] - t_ns[found]) * 1e-9)


def _picture(episode: Episode, camera: str, step: int, across: int) -> Picture:
    """Decoded at the smallest scale (libjpeg: n/8) that is wide enough: a quarter of the time of a whole one."""
    jpeg = episode.jpeg(camera, step)
    assert jpeg is not None  # its index says that it is there
    height, width = episode.shape(camera)
    require_jpeg(jpeg, (height, width))
    across = min(across, width)
    return simplejpeg.decode_jpeg(
        jpeg, colorspace="RGB", fastdct=True, fastupsample=True,
        min_width=across, min_height=across * height // width, min_factor=1,
    )  # fmt: skip


def _proposed(episode: Episode, names: tuple[str, ...]) -> Proposed:
    return Proposed(tuple(propose(motion_in(episode), names)))
