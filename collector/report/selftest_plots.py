"""Plots of a self-test as inline SVG: residuals, jitter, delays, bounds, the LED's phase, the lag of motion."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.stats import theilslopes

from collector.report.drawing import label, legend, panels, svg
from collector.selftest.evidence import Evidence, Rows
from collector.selftest.lag_fit import LagFit
from collector.selftest.led import LedFit
from collector.selftest.result import SelfTest

Floats = NDArray[np.float64]

_BINS = 60
_SHOWN = 400  # points of a long curve
_SPARSE = 4


def residual_plot(evidence: Evidence) -> str | None:
    """Each camera's clock against the pulses' along the take, less one straight line."""
    found = {name: r for name in sorted(evidence.edge) if (r := _residuals(evidence, name)) is not None}
    if not found:
        return None
    figure, (axes,) = panels(1)
    for name, (t_s, residual_us) in found.items():
        axes.plot(t_s, residual_us, ".", markersize=2.5, label=name, rasterized=True)
    label(axes, "s", "frame - pulse, us")
    legend(axes)
    return svg(figure)


def jitter_plot(evidence: Evidence) -> str | None:
    """Intervals between samples less their median: by the device's clock where it has one, else by the stamps."""
    spread: dict[str, Floats] = {}
    for name, rows in _judged(evidence):
        times = {"trigger": rows["ticks"], "cameras": rows["ticks"] * 1000}.get(name.partition("/")[0], rows["t_ns"])
        steps = np.diff(times)
        spread[name] = (steps - np.median(steps)) * 1e-3
    return _histograms(spread, "interval - median, us")


def delay_plot(evidence: Evidence) -> str | None:
    """From the instant that a sample describes to the host's having it."""
    late = {name: (rows["t_arrival_ns"] - rows["t_ns"]) * 1e-6 for name, rows in _judged(evidence)}
    return _histograms(late, "arrival - t, ms")


def bound_plot(evidence: Evidence) -> str | None:
    """How far off each stored stamp may be, at most."""
    streams = list(_judged(evidence))
    if not streams:
        return None
    start_ns = _start_ns(evidence)
    figure, (axes,) = panels(1)
    for name, rows in streams:
        step = max(len(rows) // _SHOWN, 1)
        whole = len(rows) // step * step
        worst = rows["u_ns"][:whole].reshape(-1, step).max(axis=1) * 1e-3
        axes.plot((rows["t_ns"][:whole:step] - start_ns) * 1e-9, worst, linewidth=1, label=name)
    axes.set_yscale("log")
    label(axes, "s", "bound, us")
    legend(axes)
    return svg(figure)


def led_plot(leds: Mapping[str, LedFit]) -> str | None:
    """Brightness against the flash's phase, with the overlap of flash and exposure that was fitted."""
    if not leds:
        return None
    figure, grid = panels(len(leds))
    for axes, (name, fit) in zip(grid, leds.items(), strict=False):
        exposure, width = fit.exposure_ns * 1e-6, fit.width_ns * 1e-6
        phase = np.linspace(-1, 1, _SHOWN) * 0.6 * (exposure + width)
        overlap = np.clip((exposure + width) / 2 - np.abs(phase), 0, min(exposure, width)) / exposure
        axes.plot(fit.phase_ns * 1e-6, fit.brightness, ".", color="0.55", markersize=3, rasterized=True)
        axes.plot(phase, overlap, color="C3", linewidth=1.2)
        middle, sigma = fit.mid_error_ns * 1e-3, fit.mid_sigma_ns * 1e-3
        axes.set_title(f"{name}: {middle:+.0f} ± {sigma:.0f} us, slip {fit.slip_frames}", fontsize=9)
        axes.set_xlim(float(phase[0]), float(phase[-1]))
        label(axes, "middle of flash - of exposure, ms", "share of full light")
    return svg(figure)


def motion_plot(test: SelfTest, camera: str, lag: LagFit) -> str | None:
    """How the first marker used moved in the picture, and what the joints leave unexplained of it."""
    track = next((track for track in test.evidence.markers.get(camera, ()) if track.marker in lag.markers), None)
    if track is None:
        return None
    start_ns = _start_ns(test.evidence)
    figure, (above, below) = panels(2, rows=2)
    t_ns = test.evidence.streams[f"cameras/{camera}"]["t_ns"][track.frame]
    centre = track.corners.mean(axis=1)
    for axis, moved in zip("xy", (centre - centre.mean(axis=0)).T, strict=True):
        above.plot((t_ns - start_ns) * 1e-9, moved, ".", markersize=2, label=axis, rasterized=True)
    legend(above)
    label(above, "", f"marker {track.marker}, px")
    below.plot((lag.t_ns - start_ns) * 1e-9, lag.residual_px, ".", color="C3", markersize=2, rasterized=True)
    label(below, "s", "left by the joints, px")
    below.sharex(above)
    return svg(figure)


def _judged(evidence: Evidence) -> list[tuple[str, Rows]]:
    kinds = ("trigger", "cameras", "leaders", "arms")
    named = sorted(evidence.streams.items(), key=lambda item: kinds.index(k) if (k := _kind(item[0])) in kinds else 9)
    return [(name, rows) for name, rows in named if _kind(name) in kinds and len(rows) > 2]


def _kind(stream: str) -> str:
    return stream.partition("/")[0]


def _start_ns(evidence: Evidence) -> int:
    return min((int(rows["t_ns"][0]) for rows in evidence.streams.values() if len(rows)), default=0)


def _residuals(evidence: Evidence, camera: str) -> tuple[Floats, Floats] | None:
    """Seconds since the start and us of each frame that is tied to an edge."""
    edge, frames = evidence.edge[camera], evidence.streams[f"cameras/{camera}"]
    edges = evidence.streams["trigger"]
    edges = edges[edges["rising"] == 1]
    tied = edge >= 0
    if np.count_nonzero(tied) < 3:
        return None
    pulse_s = (edges["ticks"][edge[tied]] - edges["ticks"][0]) * 1e-9
    apart_us = (frames["ticks"][tied] - frames["ticks"][0]) - pulse_s * 1e6
    slope, offset, _, _ = theilslopes(apart_us[::_SPARSE], pulse_s[::_SPARSE])  # what slipped draws it not aside
    return (frames["t_ns"][tied] - _start_ns(evidence)) * 1e-9, apart_us - slope * pulse_s - offset


def _histograms(values: Mapping[str, Floats], x: str) -> str | None:
    if not values:
        return None
    figure, grid = panels(len(values))
    for axes, (name, of) in zip(grid, values.items(), strict=False):
        axes.hist(of, _BINS, color="C0", log=True)
        axes.set_title(name, fontsize=9)
        label(axes, x, "")
    return svg(figure)
