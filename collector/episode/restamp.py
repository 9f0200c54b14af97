"""The refit at the end of an episode: every raw stamp again, with the whole episode to look at. Pure.

A stream whose clock stepped is refitted piece by piece. One that cannot be refitted (no pings, too few
samples) keeps the causal stamps of its driver. `note` says so.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from collector.episode.pieces import MIN_SAMPLES, Restamped, keep, refit, refit_by_pings, refitted
from collector.episode.tie import frame_steps, tie
from hardware.clock.bracket import stamp_bracketed
from hardware.clock.edges import FrameMatch
from hardware.clock.one_way import stamp_one_way
from hardware.clock.steps import Step, bracket_steps, overheard_steps
from hardware.config import DynamixelBaseConfig, DynamixelFollowerConfig, DynamixelLeaderConfig, RealSenseConfig
from hardware.samples import TimeSource

__all__ = [
    "Restamped",
    "RestampedCamera",
    "keep",
    "restamp_arm",
    "restamp_base",
    "restamp_camera",
    "restamp_edges",
    "restamp_gripper",
    "restamp_leader",
    "restamp_servo_arm",
]

Ints = NDArray[np.int64]

_ANSWER_BITS = 200  # a servo's part of a fast sync read: 16 bytes of data, error, ID and CRC, 10 bits a byte
_PARSE_NS = 50_000
_PROMPT_AMONG = 2000  # states of an arm, 2 s: on a busy host long stretches come late, but not that long
_QUANTUM_NS = 1_000_000  # of the controller's count
MIN_TIED = 0.5  # share of frames with an edge below which a camera does not follow the sync line


@dataclass(frozen=True, slots=True)
class RestampedCamera:
    """A camera's frames, and how they lie on the rising edges (None: not tied to them)."""

    stream: Restamped
    match: FrameMatch | None


def restamp_edges(edges: NDArray[np.void], pings: NDArray[np.void]) -> Restamped:
    """Edges (or flashes): box clock -> host by the two-sided hull, before and after each reset of the box."""
    if len(pings) < MIN_SAMPLES:
        return keep(edges, TimeSource.DEVICE, f"{len(pings)} clock pings, {MIN_SAMPLES} needed")
    return refit_by_pings(edges, TimeSource.DEVICE, pings)


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
    delivery_ns = round(camera.delivery_ms * 1e6)
    steps = frame_steps(frames)
    if camera.sync != "off" and min(len(frames), len(edge_t_ns)) >= MIN_SAMPLES:
        offset_ns = edge_to_end_ns(camera, 2 * half_ns)
        arrives_ns = delivery_ns + round(float(np.median(offset_ns)))
        match = tie(frames, steps, (edge_t_ns, edge_u_ns), arrives_ns, period_ns, anchors)
        t_ns = match.t_edge_ns + offset_ns - half_ns
        u_ns = match.u_edge_ns + round(camera.edge_to_exposure_end_u_us * 1000)
        if np.count_nonzero(match.edge >= 0) >= MIN_TIED * len(frames):
            tied = refit(frames, TimeSource.MID_EXPOSURE, _told(steps), lambda piece: (t_ns[piece], u_ns[piece]))
            note = "; ".join(filter(None, (tied.note, match.note)))
            return RestampedCamera(replace(tied, note=note), match)
        if match.note:
            return RestampedCamera(refitted(frames, TimeSource.DEVICE, t_ns, u_ns, match.note), None)

    def own_clock(piece: slice) -> tuple[Ints, Ints]:
        # delivery_ms is a typical value, so its least may be anything up to twice that.
        ticks_ns, arrival_ns = frames["ticks"][piece] * 1000, frames["t_arrival_ns"][piece]
        end_ns, u_ns = stamp_one_way(ticks_ns, arrival_ns, (0, 2 * delivery_ns))
        return end_ns - half_ns[piece], u_ns

    if len(frames) < MIN_SAMPLES:
        return RestampedCamera(keep(frames, TimeSource.DEVICE, f"{len(frames)} frames"), None)
    return RestampedCamera(refit(frames, TimeSource.DEVICE, _told(steps), own_clock), None)


def edge_to_end_ns(camera: RealSenseConfig, exposure_ns: Ints) -> Ints:
    """(F,) from the sync edge to the end of exposure: a master or slave ends on it, genlock begins after it."""
    if camera.sync == "genlock":
        return exposure_ns + round(camera.edge_to_exposure_start_us * 1000)
    return np.full_like(exposure_ns, round(camera.edge_to_exposure_end_us * 1000))


def restamp_arm(states: NDArray[np.void], network_delay_us: tuple[float, float]) -> Restamped:
    """Controller clock -> host by the one-way hull, before and after each restart of the controller."""
    if len(states) < MIN_SAMPLES:
        return keep(states, TimeSource.DEVICE, f"{len(states)} states")
    least, most = (round(us * 1000) for us in network_delay_us)
    ticks, arrival_ns = states["ticks"], states["t_arrival_ns"]
    # Its milliseconds count themselves: a jump ahead looks like lost states, but for when the rest arrive.
    off_ns = np.diff(ticks) - _QUANTUM_NS
    steps = overheard_steps(ticks, arrival_ns, off_ns, _PROMPT_AMONG, most - least + _QUANTUM_NS, _PROMPT_AMONG)

    def fit(piece: slice) -> tuple[Ints, Ints]:
        return stamp_one_way(ticks[piece], arrival_ns[piece], (least, most), _PROMPT_AMONG)

    return refit(states, TimeSource.DEVICE, _told(steps), fit)


def _told(steps: list[Step]) -> list[tuple[int, str]]:
    return [(step.index, f"its clock stepped by {step.by_ns * 1e-6:+.3f} ms") for step in steps]


def restamp_leader(reads: NDArray[np.void], leader: DynamixelLeaderConfig) -> Restamped:
    """Reads of a leader's bus."""
    servos = len(leader.ids) + (leader.grip is not None) + 2 * (leader.thumbstick is not None)
    return _restamp_bus(reads, reads["servo_ticks"], leader.ids, servos, leader.baud, leader.usb_out_us)


def restamp_servo_arm(states: NDArray[np.void], arm: DynamixelFollowerConfig) -> Restamped:
    """Reads of a follower's bus of servos."""
    servos = len(arm.ids) + (arm.gripper is not None)
    return _restamp_bus(states, states["servo_ticks"], arm.ids, servos, arm.baud, arm.usb_out_us)


def restamp_base(states: NDArray[np.void], base: DynamixelBaseConfig) -> Restamped:
    """Reads of a mobile base's bus; of its ticks the first wheel's are kept."""
    ids = tuple(wheel.id for wheel in base.wheels)
    return _restamp_bus(states, states["ticks"][:, np.newaxis], ids, len(ids), base.baud, base.usb_out_us)


def _restamp_bus(
    reads: NDArray[np.void], ticks_ms: Ints, ids: tuple[int, ...], servos: int, baud: int, usb_out_us: float
) -> Restamped:
    """The latch lies within the bracket of its read; the 1 ms ticks (N, m) of servos `ids` narrow it.

    servos: how many answer in one read.
    """
    if not len(reads):
        return keep(reads, TimeSource.BRACKETED, "")
    lo, hi = reads["t_lo_ns"], reads["t_hi_ns"]
    likely_ns = round(usb_out_us * 1000)
    # A servo latches between the end of the instruction and its own slot in the answer, so two of them
    # are apart by the answer's time on the wire at most.
    skew_ns = round(servos * _ANSWER_BITS / baud * 1e9) + _PARSE_NS

    def fit(piece: slice) -> tuple[Ints, Ints]:
        ticks = ticks_ms[piece] if piece.stop - piece.start >= MIN_SAMPLES else None
        return stamp_bracketed(lo[piece], hi[piece], ticks, likely_ns, skew_ns)

    steps = [(row, f"the clock of servo {ids[servo]} stepped") for row, servo in bracket_steps(lo, hi, ticks_ms)]
    return refit(reads, TimeSource.BRACKETED, steps, fit)


def restamp_gripper(reads: NDArray[np.void]) -> Restamped:
    """The middle of the bracket, or the driver's stamp where its bound is tighter."""
    half = (reads["t_hi_ns"] - reads["t_lo_ns"] + 1) // 2
    tighter = reads["u_ns"] <= half
    t_ns = np.where(tighter, reads["t_ns"], reads["t_lo_ns"] + half)
    u_ns = np.where(tighter, reads["u_ns"], half)
    return refitted(reads, TimeSource.BRACKETED, t_ns, u_ns)
