"""Does a recorded stretch hold its promises? Pure: streams of an episode in, one verdict a gate out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hardware.config import RigConfig

Verdict = Literal["pass", "warn", "fail"]
Stream = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Gate:
    """One line of the check."""

    name: str
    value: float
    unit: str
    warn: float
    fail: float
    remedy: str

    @property
    def verdict(self) -> Verdict:
        """At or below warn passes; above fail, or not a number, fails."""
        if not self.value <= self.fail:
            return "fail"
        return "warn" if self.value > self.warn else "pass"


def check(rig: RigConfig, streams: Mapping[str, Stream]) -> list[Gate]:
    """All gates that the streams of an episode allow; a stream that is missing fails its gates."""
    edges = streams.get("trigger", {})
    gates = _trigger(rig, edges)
    for name in rig.cameras:
        gates += _camera(rig, name, streams.get(f"cameras/{name}", {}), edges)
    rates = {f"leaders/{n}": c.rate_hz for n, c in rig.leaders.items()}
    rates |= {f"arms/{n}": 1000.0 for n in rig.followers}
    for name, rate in rates.items():
        gates += _joints(rig, name, rate, streams.get(name, {}))
    return gates


def _trigger(rig: RigConfig, edges: Stream) -> list[Gate]:
    remedy = "check the box's USB cable and port"
    if not _enough(edges):
        return [
            Gate(
                "trigger: edges",
                np.nan,
                "",
                0,
                0,
                "no edges: check sync wiring (pins 5 and 9) and master",
            )
        ]
    period = 1e9 / rig.trigger.rate_hz
    intervals = np.diff(edges["t_ns"]) / period
    warn, fail = rig.gates.clock_bound_us
    bound = float(np.percentile(edges["u_ns"], 99)) * 1e-3
    return [
        Gate("trigger: messages lost", float(np.sum(np.diff(edges["seq"]) - 1)), "", 0, 0, remedy),
        Gate(
            "trigger: edges amiss", float(np.sum(np.abs(np.round(intervals) - 1))), "", 0, 0,
            "check the sync line's wiring and level",
        ),
        Gate("trigger: clock bound p99", bound, "us", warn, fail, "put the box on a USB port of its own"),
    ]  # fmt: skip


def _camera(rig: RigConfig, name: str, frames: Stream, edges: Stream) -> list[Gate]:
    label = name
    if not _enough(frames) or not _enough(edges):
        return [Gate(f"{label}: frames", np.nan, "", 0, 0, "no frames: check its cable and sync mode")]
    gates = rig.gates
    period = 1e9 / rig.trigger.rate_hz
    lost = float(np.sum(np.diff(frames["seq"]) - 1))
    nearest = _nearest(edges["t_ns"], frames["t_ns"])
    inside = (frames["t_ns"] > edges["t_ns"][0]) & (frames["t_ns"] < edges["t_ns"][-1])
    # Not the stored stamp, which may be the edge's own: the camera's clock says whether it follows the edges.
    device_s = (frames["ticks"] - frames["ticks"][0]) * 1e-6
    edge_s = (edges["t_ns"][nearest] - edges["t_ns"][0]) * 1e-9
    slope, residual = _line(device_s[inside], edge_s[inside])
    doubled = float(np.sum(np.diff(nearest[inside]) == 0))
    return [
        Gate(f"{label}: frames lost", lost, "", *gates.frames_lost, "use another USB controller"),
        Gate(f"{label}: unpaired frames", doubled, "", 0, 0, "check its sync mode and cable"),
        Gate(
            f"{label}: clock vs edges p99", float(np.percentile(np.abs(residual), 99)) * 1e6, "us",
            *gates.frame_residual_us, f"it is not slaved (period {period * 1e-6:.2f} ms): check sync mode and cable",
        ),
        Gate(f"{label}: clock rate", abs(slope - 1) * 1e6, "ppm", *gates.rate_ppm, "let the camera warm up"),
    ]  # fmt: skip


def _joints(rig: RigConfig, name: str, rate_hz: float, samples: Stream) -> list[Gate]:
    if not _enough(samples):
        return [Gate(f"{name}: samples", np.nan, "", 0, 0, "no samples: check power and cable")]
    gap = float(np.max(np.diff(samples["t_ns"]))) * 1e-9 * rate_hz
    bound = float(np.percentile(samples["u_ns"], 99)) * 1e-3
    return [
        Gate(
            f"{name}: longest gap", gap, "periods", rig.gates.joint_gap_periods[0],
            max(rig.gates.joint_gap_periods[1], 0.010 * rate_hz), "free the CPU; allow real-time priority",
        ),
        Gate(f"{name}: stamp bound p99", bound, "us", *rig.gates.joint_bound_us, "check the USB latency timer"),
    ]  # fmt: skip


def _line(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Slope of the least-squares line and what it leaves."""
    run, rise = x - x.mean(), y - y.mean()
    slope = float(np.sum(run * rise) / np.sum(run * run))
    return slope, rise - slope * run


def _enough(stream: Stream) -> bool:
    return "t_ns" in stream and len(stream["t_ns"]) > 10


def _nearest(sorted_ns: NDArray[Any], at_ns: NDArray[Any]) -> NDArray[np.int64]:
    right = np.clip(np.searchsorted(sorted_ns, at_ns), 1, len(sorted_ns) - 1)
    left_is_nearer = at_ns - sorted_ns[right - 1] < sorted_ns[right] - at_ns
    return np.where(left_is_nearer, right - 1, right)
