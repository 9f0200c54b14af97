"""From a take to evidence: an episode that is about to be sealed, or a sealed file with its pictures."""

from collections.abc import Iterator, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from collector.episode.content import Content
from collector.episode.reader import Episode
from collector.selftest.evidence import Evidence, Rows
from hardware.config import RigConfig

Columns = Mapping[str, NDArray[Any]]


def from_content(content: Content) -> Evidence:
    """Of an episode in memory; no pictures are looked at."""
    cameras = content.cameras
    return Evidence(
        streams={name: stream.rows for name, stream in content.streams.items()},
        pings=content.pings,
        flashes=content.flashes.rows,
        edge={name: camera.match.edge for name, camera in cameras.items() if camera.match is not None},
        note={name: stream.note for name, stream in content.streams.items()},
        anchors={name: content.meta.anchors(name) for name in cameras},
        causal_t_ns={name: stream.causal_t_ns for name, stream in content.streams.items()},
        causal_u_ns={name: stream.causal_u_ns for name, stream in content.streams.items()},
    )


def from_episode(episode: Episode) -> Evidence:
    """Of a sealed file; its pictures stay there."""
    rig = RigConfig.model_validate(episode.rig)
    clocks = {name: episode.clock(name) for name in episode.streams}
    trigger = episode.stream("trigger") if "trigger" in episode.streams else {}
    return Evidence(
        streams={name: as_rows(episode.stream(name)) for name in episode.streams},
        pings=as_rows(episode.pings),
        flashes=as_rows(episode.flashes),
        edge={
            name: _among_rising(clocks[f"cameras/{name}"]["edge"], trigger, rig.trigger.channel)
            for name in episode.cameras
            if "edge" in clocks[f"cameras/{name}"]
        },
        note={name: episode.refit_note(name) for name in episode.streams},
        anchors={name: clocks[f"cameras/{name}"]["anchors"] for name in episode.cameras},
        causal_t_ns={name: clock["causal_t_ns"] for name, clock in clocks.items()},
        causal_u_ns={name: clock["causal_u_ns"] for name, clock in clocks.items()},
        K={name: K for name in episode.cameras if (K := _intrinsics(episode, name)) is not None},
    )


def pictures(episode: Episode, camera: str, first: int, last: int, *, every: int = 1) -> Iterator[tuple[int, Any]]:
    """(row, (H, W) grayscale uint8) of the camera's rows first..last-1, each `every`-th."""
    for row in range(first, last, every):
        data = np.frombuffer(episode.frame_jpeg(camera, row), np.uint8)
        picture = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
        if picture is not None:
            yield row, picture


def as_rows(columns: Columns) -> Rows:
    """Columns of equal length as one array of rows, in the order of the columns."""
    fields = [(name, column.dtype, column.shape[1:]) for name, column in columns.items()]
    rows = np.zeros(len(next(iter(columns.values()), ())), np.dtype(fields))
    for name, column in columns.items():
        rows[name] = column
    return rows


def _among_rising(edge: NDArray[np.int64], trigger: Columns, channel: int) -> NDArray[np.int64]:
    """Rows of the trigger stream as rows of its rising edges alone, which is what frames are tied to."""
    rising = np.flatnonzero((trigger["rising"] == 1) & (trigger["channel"] == channel))
    place = np.full(len(trigger["rising"]) + 1, -1, np.int64)  # the last one serves for -1
    place[rising] = np.arange(len(rising))
    return place[edge]


def _intrinsics(episode: Episode, camera: str) -> NDArray[np.float64] | None:
    """K (3, 3) px: as calibrated, else as the factory told; None where nobody knows."""
    calibrated = episode.provenance.get("calibration", {}).get(camera, {}).get("K")
    if calibrated is not None:
        return np.asarray(calibrated, np.float64)
    devices = episode.provenance["provenance"].get("devices", {})
    told = devices.get("capture", {}).get(camera, {}).get("options", {}).get("K", "").split()
    if len(told) != 4:
        return None
    fx, fy, cx, cy = map(float, told)
    return np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])
