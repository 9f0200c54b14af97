"""What one camera's pictures tell: the LED's brightness, the markers' motion, and the fits of both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from collector.episode.reader import Episode
from collector.selftest.evidence import Evidence, LedTrace, MarkerTrack
from collector.selftest.gather import from_episode, pictures
from collector.selftest.lag import chosen
from collector.selftest.lag_fit import LagFit, NotEnough
from collector.selftest.led import LedFit, NotSeen, fit_led
from collector.selftest.led_trace import trace_led
from collector.selftest.markers import track_markers
from collector.selftest.motion import View, camera_lag
from hardware.config import RigConfig

_MARGIN_NS = 200_000_000


@dataclass(frozen=True, slots=True)
class Look:
    """Of one camera. `led` is None where no flash was told of: a take without a sweep."""

    camera: str
    trace: LedTrace | None
    led: LedFit | NotSeen | None
    markers: list[MarkerTrack]
    lags: dict[tuple[str, str], LagFit | NotEnough]


def look(path: Path, camera: str) -> Look:
    """Look through a sealed take's pictures of one camera: the LED's during the sweep, markers after it."""
    with Episode(path) as episode:
        rig = RigConfig.model_validate(episode.rig)
        evidence = from_episode(episode)
        frames, flashes = evidence.streams[f"cameras/{camera}"], evidence.flashes
        sweep_end = int(flashes["t_ns"][-1]) + _MARGIN_NS if len(flashes) else 0
        first = int(np.searchsorted(frames["t_ns"], sweep_end))
        trace = led = None
        if len(flashes) and camera not in rig.selftest.without_led:
            trace = trace_led(_jpegs(episode, camera, first), flashes, frames["t_ns"], frames["exposure_us"])
            led = trace if isinstance(trace, NotSeen) else fit_led(trace, flashes, frames["t_ns"])
        markers: list[MarkerTrack] = []
        if camera not in rig.selftest.without_motion:
            moving = pictures(episode, camera, first, len(frames))
            markers = track_markers(moving, rig.selftest.marker_dictionary)
        seen = None if isinstance(trace, NotSeen) else trace
        return Look(camera, seen, led, markers, _lags(rig, evidence, camera, markers))


def with_looks(evidence: Evidence, looks: Mapping[str, Look], counters: Mapping[str, Any]) -> Evidence:
    """The evidence of a file completed by what was seen in its pictures and counted by the processes."""
    return replace(
        evidence,
        leds={name: found.trace for name, found in looks.items() if found.trace is not None},
        markers={name: found.markers for name, found in looks.items()},
        counters=counters,
    )


def _jpegs(episode: Episode, camera: str, end: int) -> Iterator[tuple[int, bytes]]:
    for row in range(end):
        yield row, episode.frame_jpeg(camera, row)


def _lags(
    rig: RigConfig, evidence: Evidence, camera: str, markers: list[MarkerTrack]
) -> dict[tuple[str, str], LagFit | NotEnough]:
    """Against the arms whose motion explains the pictures."""
    if camera in rig.selftest.without_motion:
        return {}
    K = evidence.K.get(camera)
    found: dict[str, LagFit | NotEnough] = {}
    for arm in rig.followers:
        if K is None:
            found[arm] = NotEnough(f"nobody knows the lens of {camera}: calibrate it, or update its firmware")
            continue
        view = View(camera, K, rig.cameras[camera].view == "wrist", rig.selftest.marker_mm * 1e-3)
        t_ns = evidence.streams[f"cameras/{camera}"]["t_ns"]
        found[arm] = camera_lag(view, arm, markers, t_ns, evidence.streams[f"arms/{arm}"])
    return chosen(rig, camera, found)
