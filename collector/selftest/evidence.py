"""What the self-test judges: the streams of a take, and what was measured in its pictures. Plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class LedTrace:
    """How bright the LED was in each frame of a camera. Frames without a usable picture are left out.

    frame: (n,) int64 row of the camera's stream; brightness: (n,) float64, mean of the LED's pixels (0..255,
    linear in the light collected as far as the picture is); exposure_us: (n,) what the camera told.
    """

    frame: NDArray[np.int64]
    brightness: NDArray[np.float64]
    exposure_us: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MarkerTrack:
    """One ArUco marker seen by one camera. frame: (n,) int64 row of its stream; corners: (n, 4, 2) px."""

    marker: int
    frame: NDArray[np.int64]
    corners: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was seen of one take; what is not there was not measured, and its gates say so.

    streams: rows (hardware.rows) by stream with refitted stamps; causal_t_ns, causal_u_ns: the drivers' own
    stamps of the same rows; pings, flashes: rows of the box; edge: (F,) by camera, row of the rising edges
    that each frame is tied to, -1 none; note: by stream, why not refitted or not tied; anchors: (K, 2) by
    camera, ticks us and arrival ns of prompt frames before the take; leds, markers: by camera, from its
    pictures; K: (3, 3) by camera, px; counters: by process, its counters at the end minus at the start; sweep: why
    the box did not flash, or not stop, as it was told.
    """

    streams: Mapping[str, Rows]
    pings: Rows
    flashes: Rows
    edge: Mapping[str, NDArray[np.int64]] = field(default_factory=dict[str, NDArray[np.int64]])
    note: Mapping[str, str] = field(default_factory=dict[str, str])
    anchors: Mapping[str, NDArray[np.int64]] = field(default_factory=dict[str, NDArray[np.int64]])
    causal_t_ns: Mapping[str, NDArray[np.int64]] = field(default_factory=dict[str, NDArray[np.int64]])
    causal_u_ns: Mapping[str, NDArray[np.int64]] = field(default_factory=dict[str, NDArray[np.int64]])
    leds: Mapping[str, LedTrace] = field(default_factory=dict[str, LedTrace])
    markers: Mapping[str, list[MarkerTrack]] = field(default_factory=dict[str, list[MarkerTrack]])
    K: Mapping[str, NDArray[np.float64]] = field(default_factory=dict[str, NDArray[np.float64]])
    counters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    sweep: str = ""
