"""Gates of one camera's frames against the pulses of the sync line. Pure."""

import numpy as np

from collector.selftest.evidence import Evidence, Rows
from collector.selftest.film import Film, Mask, Stretch, read_film, stretches
from collector.selftest.gate import Gate
from collector.selftest.pulses import Pulses
from collector.selftest.rates import Floats, Ints, Rate, arrival_rate, greatest_change, robust_slope
from collector.selftest.span import Span, coverage_gate
from hardware.config import RealSenseConfig, RigConfig

_EXPOSURE_US = 100  # the step in which colour sensors count (librealsense #8243)
_BESIDE_NS = 2_000_000_000  # what a fault of its clock leaves untied on each side
_RESIDUAL_NS = 2_000_000_000
_FEWEST = 10


def camera_gates(rig: RigConfig, name: str, evidence: Evidence, pulses: Pulses, span: Span) -> list[Gate]:
    """All gates of one camera but those of the LED; without frames only that they are missing."""
    subject, config = f"cameras/{name}", rig.cameras[name]
    frames = evidence.streams.get(subject)
    nothing = frames is None or len(frames) < _FEWEST
    arrival = np.zeros(0, np.int64) if frames is None else frames["t_arrival_ns"]
    seen = coverage_gate(subject, "frames", arrival, span, "check its cable, its power and its sync mode")
    if frames is None or nothing:
        return [seen]
    period_ns = 1e9 / rig.trigger.rate_hz if config.sync != "off" else 1e9 / config.fps
    film = read_film(frames, period_ns)
    gates = [seen, *_counted(rig, subject, film), *_exposed(rig, subject, config, frames)]
    if config.sync == "off":
        rates = [arrival_rate(film.ticks_ns - np.cumsum(film.step_ns), film.arrival_ns)]
        return [*gates, *_clock(rig, subject, film, rates)]
    edge = evidence.edge.get(name, np.full(len(frames), -1, np.int64))
    parts = stretches(film, pulses, evidence.pings, period_ns)
    slip = max((part.slip_ppm for part in parts), default=np.nan if len(pulses) >= _FEWEST and _long(film) else 0.0)
    slides = not slip <= rig.gates.slaved_ppm[1]
    named = _named(film, parts, rig.gates.slaved_ppm[1])
    if not (edge >= 0).any() and (slides or film.step_ns.any() or pulses.amiss.any() or pulses.resets):
        named[:] = True  # that is why none is tied
    rates = [part.heard if slides else part.along for part in parts]
    return [
        *gates,
        Gate(
            subject, "unmatched", _unmatched(config, frames, film, edge, pulses, period_ns, named), "",
            *rig.gates.frames_amiss, "its frames and the pulses do not go together: check its sync mode and cable",
        ),
        Gate(
            subject, "edge residual", _residual_us(film, edge, pulses, named), "us", *rig.gates.frame_residual_us,
            "its exposures wander about the pulses: check its sync mode, use a fixed exposure",
        ),
        Gate(
            subject, "slaved", slip, "ppm", *rig.gates.slaved_ppm,
            "it runs free: check its sync cable and sync mode, then start it again",
        ),
        *_clock(rig, subject, film, rates),
    ]  # fmt: skip


def _long(film: Film) -> bool:
    return int(film.arrival_ns[-1] - film.arrival_ns[0]) > 2 * _BESIDE_NS


def _counted(rig: RigConfig, subject: str, film: Film) -> list[Gate]:
    gates = rig.gates
    usb = "use another USB controller for it, or free the CPU"
    return [
        Gate(subject, "frames lost", float(film.lost.sum()), "", *gates.frames_lost, usb),
        Gate(subject, "lost in a row", float(film.lost.max()), "", *gates.frames_lost_in_a_row, usb),
        Gate(subject, "frames doubled", film.doubled, "", *gates.frames_amiss, "update its firmware and the SDK"),
        Gate(subject, "identical stamps", film.same_stamp, "", *gates.frames_amiss, "update its firmware and the SDK"),
    ]


def _exposed(rig: RigConfig, subject: str, config: RealSenseConfig, frames: Rows) -> list[Gate]:
    other = np.abs(frames["exposure_us"] - config.exposure_us) > _EXPOSURE_US
    remedy = (
        f"switch its auto exposure off; it was {int(np.median(frames['exposure_us'][other]))} us" if other.any() else ""
    )
    return [Gate(subject, "exposure", float(other.mean()), "of frames", *rig.gates.exposure_share, remedy)]


def _clock(rig: RigConfig, subject: str, film: Film, rates: list[Rate]) -> list[Gate]:
    gates = rig.gates
    known = [abs(rate.ppm) for rate in rates if np.isfinite(rate.u)]
    step_ms = float(np.abs(film.step_ns).max()) * 1e-6
    return [
        Gate(subject, "clock rate", max(known, default=0.0), "ppm", *gates.rate_ppm, "its crystal is bad: exchange it"),
        Gate(
            subject, "clock rate change", greatest_change(rates), "ppm", *gates.rate_change_ppm,
            "let it warm up for ten minutes; if it stays, exchange it",
        ),
        Gate(
            subject, "clock steps", step_ms, "ms", *gates.clock_step_ms,
            "its clock was set while it ran: switch global time off, do not reset it during a take",
        ),
    ]  # fmt: skip


def _named(film: Film, parts: list[Stretch], slip_ppm: float) -> Mask:
    """Frames in stretches that another gate of this camera names already: sliding, or about a jump of its clock."""
    named = np.zeros(len(film), np.bool_)
    arrival = film.arrival_ns
    for at in arrival[film.step_ns != 0].tolist():
        named |= np.abs(arrival - at) < _BESIDE_NS
    for part in parts:
        if part.slip_ppm > slip_ppm:
            named |= (arrival > part.first_ns - _BESIDE_NS) & (arrival < part.last_ns + _BESIDE_NS)
    return named


def _unmatched(
    config: RealSenseConfig, frames: Rows, film: Film, edge: Ints, pulses: Pulses, period_ns: float, named: Mask
) -> float:
    """Frames without an edge although there was one, and pulses without a frame that the counter tells nothing of."""
    skipped = int(film.skipped[~named].sum())
    edge_ns = np.sort(pulses.rows["t_ns"])
    kept = film.index[~named & (edge[film.index] < 0)]
    if len(edge_ns) < _FEWEST or len(kept) == 0:
        return float(skipped)
    t_ns = frames["t_ns"][kept] + _middle_to_edge_ns(config, frames["exposure_us"][kept])
    after = np.clip(np.searchsorted(edge_ns, t_ns), 1, len(edge_ns) - 1)
    off = np.minimum(np.abs(t_ns - edge_ns[after - 1]), np.abs(edge_ns[after] - t_ns))
    untied = not (edge >= 0).any()
    there = off < (np.inf if untied else period_ns / 4)
    inside = (t_ns > edge_ns[0] - period_ns / 4) & (t_ns < edge_ns[-1] + period_ns / 4)
    return float(skipped + np.count_nonzero(there & inside))


def _middle_to_edge_ns(config: RealSenseConfig, exposure_us: Ints) -> Ints:
    """From mid-exposure back to the edge, ns."""
    half = exposure_us.astype(np.int64) * 500
    if config.sync == "genlock":
        return -half - round(config.edge_to_exposure_start_us * 1000)
    return half - round(config.edge_to_exposure_end_us * 1000)


def _residual_us(film: Film, edge: Ints, pulses: Pulses, named: Mask) -> float:
    """p99 of the camera's clock against its edges, about a line every two seconds."""
    tied = edge[film.index]
    used = (tied >= 0) & ~named
    used[used] = ~pulses.amiss[tied[used]]
    found: list[Floats] = []
    window = (film.arrival_ns - film.arrival_ns[0]) // _RESIDUAL_NS
    for number in np.unique(window[used]).tolist():
        at = np.flatnonzero(used & (window == number))
        if len(at) < _FEWEST or len(np.unique(pulses.piece[tied[at]])) > 1:
            continue
        box = pulses.rows["ticks"][tied[at]]
        x, y = (box - box[0]).astype(np.float64), (film.ticks_ns[at] - film.ticks_ns[at[0]]).astype(np.float64)
        rest = y - robust_slope(x, y) * x
        found.append(np.abs(rest - np.median(rest)))
    return float(np.percentile(np.concatenate(found), 99)) * 1e-3 if found else 0.0
