"""Gates of leaders, followers and bases: how dense, how prompt, how true their samples are. Pure."""

from typing import Final

import numpy as np

from collector.selftest.evidence import Evidence, Rows
from collector.selftest.film import clock_steps
from collector.selftest.gate import Gate
from collector.selftest.rates import Ints, arrival_rate
from collector.selftest.span import Span, coverage_gate
from hardware.config import DynamixelFollowerConfig, DynamixelLeaderConfig, FrankaConfig, RigConfig

_FEWEST: Final = 10
_STATE_NS: Final = 1_000_000  # a state a millisecond (libfranka, robot_state.h: `time`)
_TICK_NS: Final = 1_000_000  # Realtime Tick, ms (e-manual, address 120)
_STANDS_NS: Final = 1_500_000  # in which a tick must have gone on
_SLOT_BITS: Final = 200  # a servo's part of a fast sync read: 16 bytes of data, error, ID and CRC, 10 bits a byte
_LONGEST_GAP_S: Final = 0.010  # whatever the rate, a gap up to this may pass (sync reference, gates)
_READS: Final = 40
_RATE_LIMIT: Final = 200e-6


def leader_gates(rig: RigConfig, name: str, evidence: Evidence, span: Span) -> list[Gate]:
    """All gates of one leader; without samples only that they are missing."""
    subject, config = f"leaders/{name}", rig.leaders[name]
    reads = evidence.streams.get(subject)
    seen = _samples(subject, reads, span, "check the leader's power, its bus cable and its USB adapter")
    if reads is None or len(reads) < _FEWEST:
        return [seen]
    return [seen, *_bus_gates(rig, subject, reads, config.rate_hz, config.baud, _servos(config), "leader")]


def arm_gates(rig: RigConfig, name: str, evidence: Evidence, span: Span) -> list[Gate]:
    """All gates of one follower; without states only that they are missing."""
    match rig.followers[name]:
        case FrankaConfig():
            return _robot_gates(rig, f"arms/{name}", evidence, span)
        case DynamixelFollowerConfig() as config:
            return _servo_arm_gates(rig, f"arms/{name}", config, evidence, span)


def base_gates(rig: RigConfig, name: str, evidence: Evidence, span: Span) -> list[Gate]:
    """All gates of one mobile base; without samples only that they are missing."""
    subject, config = f"bases/{name}", rig.bases[name]
    reads = evidence.streams.get(subject)
    seen = _samples(subject, reads, span, "check the base's power, its bus cable and its USB adapter")
    if reads is None or len(reads) < _FEWEST:
        return [seen]
    return [
        seen,
        *_density(rig, subject, reads, config.rate_hz, "free the CPU; put the adapter on a USB port of its own"),
    ]


def _servo_arm_gates(
    rig: RigConfig, subject: str, config: DynamixelFollowerConfig, evidence: Evidence, span: Span
) -> list[Gate]:
    reads = evidence.streams.get(subject)
    seen = _samples(subject, reads, span, "check the arm's power, its bus cable and its USB adapter")
    if reads is None or len(reads) < _FEWEST:
        return [seen]
    lost = float(np.mean(1 - reads["success_rate"]))
    return [
        seen,
        *_bus_gates(rig, subject, reads, config.rate_hz, config.baud, _servos(config), "arm"),
        Gate(
            subject, "commands lost", lost, "of cycles", *rig.gates.commands_lost_share,
            "free the CPU; check the arm's bus cable, plugs and ground",
        ),
    ]  # fmt: skip


def _bus_gates(
    rig: RigConfig, subject: str, reads: Rows, rate_hz: float, baud: int, servos: int, device: str
) -> list[Gate]:
    """Of joints that are read from a bus of servos, each with a coarse clock of its own."""
    gates = rig.gates
    stale = _stale(reads)
    took_ms = float(np.median(reads["t_hi_ns"] - reads["t_lo_ns"])) * 1e-6
    tried = int(reads["seq"][-1] - reads["seq"][0]) + 1
    return [
        *_density(rig, subject, reads, rate_hz, "free the CPU; put the adapter on a USB port of its own"),
        _bound(rig, subject, reads, "set the USB adapter's latency timer to 1 ms"),
        Gate(
            subject, "joint skew", _skew_us(servos, baud), "us", *gates.joint_skew_us,
            "set the servos' baud rate to 4 000 000",
        ),
        Gate(
            subject, "round trip", took_ms, "ms", *gates.round_trip_ms,
            "set the USB adapter's latency timer to 1 ms, and the servos' Return Delay Time to 0",
        ),
        Gate(
            subject, "stale", float(stale.mean()), "of reads", *gates.stale_share,
            f"its servos' clocks stand still: switch the {device} off and on",
        ),
        Gate(
            subject, "clock steps", _tick_step_ms(reads[~stale]), "ms", *gates.clock_step_ms,
            "a servo restarted: check the bus cable and the power supply",
        ),
        Gate(
            subject, "retries", 1 - len(reads) / tried, "of reads", *gates.retries_share,
            "the bus is noisy: check its cable, plugs and ground",
        ),
    ]  # fmt: skip


def _robot_gates(rig: RigConfig, subject: str, evidence: Evidence, span: Span) -> list[Gate]:
    gates = rig.gates
    states = evidence.streams.get(subject)
    seen = _samples(subject, states, span, "check the robot's network cable and that it is not stopped")
    if states is None or len(states) < _FEWEST:
        return [seen]
    ticks, arrival = states["ticks"], states["t_arrival_ns"]
    odd = (np.diff(ticks, prepend=ticks[:1] - _STATE_NS) - _STATE_NS).astype(np.float64)
    step = clock_steps(ticks, arrival, odd)
    lost = np.maximum(np.where(step == 0, np.rint(odd / _STATE_NS), 0), 0)
    rate = arrival_rate(ticks - np.cumsum(step), arrival)
    network = "give the robot a network card of its own, without a switch; allow real-time priority"
    return [
        seen,
        *_density(rig, subject, states, 1e9 / _STATE_NS, "free the CPU; allow real-time priority"),
        _bound(rig, subject, states, network),
        Gate(
            subject, "commands lost", float(np.mean(1 - states["success_rate"])), "of commands",
            *gates.commands_lost_share, network,
        ),
        Gate(
            subject, "states lost", float(lost.sum()) / (len(states) + float(lost.sum())), "of states",
            *gates.states_lost_share, network,
        ),
        Gate(subject, "lost in a row", float(lost.max()), "", *gates.states_lost_in_a_row, network),
        Gate(
            subject, "clock rate", abs(rate.ppm) if np.isfinite(rate.u) else 0.0, "ppm", *gates.rate_ppm,
            "the controller's clock is off: ask the maker's service",
        ),
        Gate(
            subject, "clock steps", float(np.abs(step).max()) * 1e-6, "ms", *gates.clock_step_ms,
            "the controller restarted during the take: record it again",
        ),
    ]  # fmt: skip


def _samples(subject: str, rows: Rows | None, span: Span, remedy: str) -> Gate:
    arrival = np.zeros(0, np.int64) if rows is None else rows["t_arrival_ns"]
    return coverage_gate(subject, "samples", arrival, span, remedy)


def _density(rig: RigConfig, subject: str, rows: Rows, rate_hz: float, remedy: str) -> list[Gate]:
    gaps = np.diff(rows["t_ns"]) * 1e-9 * rate_hz
    warn, fail = rig.gates.joint_gap_periods
    limits = warn, max(fail, _LONGEST_GAP_S * rate_hz)
    p99 = float(np.percentile(gaps, 99))
    return [
        Gate(subject, "longest gap", float(gaps.max()), "periods", *limits, remedy),
        Gate(subject, "gap p99", p99, "periods", *rig.gates.joint_gap_p99_periods, remedy),
    ]


def _bound(rig: RigConfig, subject: str, rows: Rows, remedy: str) -> Gate:
    bound_us = float(np.percentile(rows["u_ns"], 99)) * 1e-3
    return Gate(subject, "stamp bound", bound_us, "us", *rig.gates.joint_bound_us, remedy)


def _servos(config: DynamixelLeaderConfig | DynamixelFollowerConfig) -> int:
    """How many servos answer before the last that matters: a follower's second servos come last of all."""
    match config:
        case DynamixelLeaderConfig():
            return len(config.ids) + (config.grip is not None) + 2 * (config.thumbstick is not None)
        case DynamixelFollowerConfig():
            return config.joints + (config.gripper is not None)


def _skew_us(servos: int, baud: int) -> float:
    """First to last servo of an answer on the wire, us."""
    return (servos - 1) * _SLOT_BITS / baud * 1e6


def _stale(reads: Rows) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Reads in which no servo's tick went on, though it had the time."""
    stands = (np.diff(reads["servo_ticks"], axis=0) == 0).all(axis=1)
    time = reads["t_lo_ns"][1:] - reads["t_hi_ns"][:-1] > _STANDS_NS
    return np.concatenate([[False], stands & time])


def _tick_step_ms(reads: Rows) -> float:
    """The greatest jump of any servo's tick that the brackets of the reads around it prove, ms."""
    if len(reads) < 2 * _READS:
        return 0.0
    ticks_ns = (reads["servo_ticks"] - reads["servo_ticks"][0]) * _TICK_NS
    origin = int(reads["t_lo_ns"][0])
    starts = np.arange(0, len(reads), _READS)
    least = np.maximum.reduceat(ticks_ns - (reads["t_hi_ns"] - origin)[:, np.newaxis], starts)
    most = np.minimum.reduceat(ticks_ns + _TICK_NS - (reads["t_lo_ns"] - origin)[:, np.newaxis], starts)
    drift = _spans_ns(reads["t_lo_ns"], starts) * _RATE_LIMIT
    jump = np.maximum(least[1:], least[:-1]) - np.minimum(most[1:], most[:-1]) - drift[:, np.newaxis]
    return max(0.0, float(jump.max())) * 1e-6


def _spans_ns(t_ns: Ints, starts: Ints) -> Ints:
    """Length of each block of reads together with the next."""
    ends = np.append(starts[1:], len(t_ns)) - 1
    return t_ns[ends[1:]] - t_ns[starts[:-1]]
