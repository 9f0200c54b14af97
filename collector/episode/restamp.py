"""The refit at the end of an episode: every raw stamp again, with the whole episode to look at. Pure.

A stream whose clock cannot be refitted (no pings, too few samples, a clock that stepped) keeps the
causal stamps of its driver, and says so in `note`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hardware.clock.bracket import stamp_bracketed
from hardware.clock.edges import FrameMatch, match_frames
from hardware.clock.hull import ClockStepError, stamp_two_sided
from hardware.clock.one_way import stamp_one_way
from hardware.config import DynamixelLeaderConfig, RealSenseConfig
from hardware.samples import TimeSource

Ints = NDArray[np.int64]
Fit = Callable[[], tuple[Ints, Ints]]

MIN_SAMPLES = 10
_ANSWER_BITS = 200  # a servo's part of a fast sync read: 16 bytes of data, error, ID and CRC, 10 bits a byte
_PARSE_NS = 50_000
_PROMPT_AMONG = 2000  # states of an arm, 2 s: on a busy host long stretches come late, but not that long
MIN_TIED = 0.5  # share of frames with an edge below which a camera does not follow the sync line


@dataclass(frozen=True, slots=True)
class Restamped:
    """A stream's rows with refitted t_ns and u_ns; the causal ones beside them.

    `note`: why not refitted, or why a camera that should be is not tied to the edges.
    """

    rows: NDArray[np.void]
    causal_t_ns: Ints
    causal_u_ns: Ints
    source: TimeSource
    note: str = ""


@dataclass(frozen=True, slots=True)
class RestampedCamera:
    """A camera's frames, and how they lie on the rising edges (None: not tied to them)."""

    stream: Restamped
    match: FrameMatch | None


def restamp_edges(edges: NDArray[np.void], pings: NDArray[np.void]) -> Restamped:
    """Box clock -> host by the two-sided hull."""
    if len(pings) < MIN_SAMPLES:
        return keep(edges, TimeSource.DEVICE, f"{len(pings)} clock pings, {MIN_SAMPLES} needed")
    return _refit(edges, TimeSource.DEVICE, lambda: stamp_two_sided(pings, edges["ticks"]))


def restamp_camera(
    frames: NDArray[np.void],
    edge_t_ns: Ints,
    edge_u_ns: Ints,
    camera: RealSenseConfig,
    period_ns: int,
    anchors: Ints,
) -> RestampedCamera:
    """Mid-exposure = edge + calibrated offset - half the exposure; without edges the camera's own clock.

    `anchors`: (K, 2) ticks (us) and arrivals (ns) of prompt frames before the recording.
    """
    half_ns = frames["exposure_us"].astype(np.int64) * 500
    ticks_ns = frames["ticks"] * 1000
    delivery_ns = round(camera.delivery_ms * 1e6)
    if camera.sync != "off" and min(len(frames), len(edge_t_ns)) >= MIN_SAMPLES:
        offset_ns = round(camera.edge_to_exposure_end_us * 1000)
        match = match_frames(
            ticks_ns,
            frames["t_arrival_ns"],
            edge_t_ns,
            edge_u_ns,
            delivery_ns + offset_ns,
            period_ns,
            (anchors[:, 0] * 1000, anchors[:, 1]),
        )
        t_ns = match.t_edge_ns + offset_ns - half_ns
        u_ns = match.u_edge_ns + round(camera.edge_to_exposure_end_u_us * 1000)
        if np.count_nonzero(match.edge >= 0) >= MIN_TIED * len(frames):
            return RestampedCamera(_refit(frames, TimeSource.MID_EXPOSURE, lambda: (t_ns, u_ns)), match)
        if match.note:
            overheard = _refit(frames, TimeSource.DEVICE, lambda: (t_ns, u_ns))
            return RestampedCamera(replace(overheard, note=match.note), None)

    def own_clock() -> tuple[Ints, Ints]:
        # delivery_ms is a typical value, so its least may be anything up to twice that.
        end_ns, u_ns = stamp_one_way(ticks_ns, frames["t_arrival_ns"], (0, 2 * delivery_ns))
        return end_ns - half_ns, u_ns

    if len(frames) < MIN_SAMPLES:
        return RestampedCamera(keep(frames, TimeSource.DEVICE, f"{len(frames)} frames"), None)
    return RestampedCamera(_refit(frames, TimeSource.DEVICE, own_clock), None)


def restamp_arm(states: NDArray[np.void], network_delay_us: tuple[float, float]) -> Restamped:
    """Controller clock -> host by the one-way hull."""
    if len(states) < MIN_SAMPLES:
        return keep(states, TimeSource.DEVICE, f"{len(states)} states")
    least, greatest = network_delay_us
    believed = round(least * 1000), round(greatest * 1000)
    return _refit(
        states,
        TimeSource.DEVICE,
        lambda: stamp_one_way(states["ticks"], states["t_arrival_ns"], believed, _PROMPT_AMONG),
    )


def restamp_leader(reads: NDArray[np.void], leader: DynamixelLeaderConfig) -> Restamped:
    """The latch lies within the bracket of its read; the servos' own 1 ms ticks narrow it."""
    if not len(reads):
        return keep(reads, TimeSource.BRACKETED, "")
    lo, hi = reads["t_lo_ns"], reads["t_hi_ns"]
    ticks_ms = reads["servo_ticks"] if len(reads) >= MIN_SAMPLES else None
    likely_ns = round(leader.usb_out_us * 1000)
    # A servo latches between the end of the instruction and its own slot in the answer, so two of them
    # are apart by the answer's time on the wire at most.
    servos = len(leader.ids) + (leader.grip is not None)
    skew_ns = round(servos * _ANSWER_BITS / leader.baud * 1e9) + _PARSE_NS
    return _refit(reads, TimeSource.BRACKETED, lambda: stamp_bracketed(lo, hi, ticks_ms, likely_ns, skew_ns))


def restamp_gripper(reads: NDArray[np.void]) -> Restamped:
    """The middle of the bracket, or the driver's stamp where its bound is tighter."""
    half = (reads["t_hi_ns"] - reads["t_lo_ns"] + 1) // 2
    tighter = reads["u_ns"] <= half
    t_ns = np.where(tighter, reads["t_ns"], reads["t_lo_ns"] + half)
    u_ns = np.where(tighter, reads["u_ns"], half)
    return _refit(reads, TimeSource.BRACKETED, lambda: (t_ns, u_ns))


def keep(rows: NDArray[np.void], source: TimeSource, note: str) -> Restamped:
    """The stamps as they came: there is nothing to refit, or no way to."""
    return Restamped(rows, rows["t_ns"], rows["u_ns"], source, note)


def _refit(rows: NDArray[np.void], source: TimeSource, fit: Fit) -> Restamped:
    try:
        t_ns, u_ns = fit()
    except (ClockStepError, ValueError) as error:
        return keep(rows, source, str(error))
    refitted = rows.copy()
    refitted["t_ns"], refitted["u_ns"] = t_ns, u_ns
    return Restamped(refitted, rows["t_ns"], rows["u_ns"], source)
