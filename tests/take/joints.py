"""Leader and follower in virtual time: reads and states as the host gets them."""

import numpy as np
from numpy.typing import NDArray

from hardware import rows
from hardware.arms.control_table import TICK_MODULUS
from hardware.arms.models import arm_model
from hardware.clock.unwrap import unwrap_array
from hardware.config import RigConfig
from tests.take.motion import FOLLOWS_NS, JOINTS, Motion, end_effectors
from tests.take.wrong import SECOND, START_NS, Clock, Draw, Faults, Ints, delays

ARM = arm_model("fr3")

Rows = NDArray[np.void]

_WIRE_NS = 400_000  # a fast sync read of eight servos at 4 Mbps
_PARSE_NS = 30_000
_RETRY_NS = 800_000
_MS = 1_000_000


def make_leader(
    rig: RigConfig, draw: Draw, faults: Faults, name: str, motion: Motion, end_ns: int
) -> tuple[Rows, Ints]:
    """Rows and true latch instants."""
    rng = draw.rng(f"leaders/{name}")
    config = rig.leaders[name]
    lo, latch, hi, seq = _reads(rng, faults, name, round(1e9 / config.rate_hz), end_ns)
    wrap = int(rng.integers(2, 20)) if draw.wraps else -1
    ticks = np.empty((len(lo), JOINTS), np.int64)
    for servo in range(JOINTS):
        # Realtime Tick wraps every 32.768 s.
        start = TICK_MODULUS * 10 * _MS - (wrap * SECOND if servo == 0 else int(rng.integers(0, 33 * SECOND)))
        raw = Clock.draw(rng, draw, start).device_ns(latch) // _MS
        for first, _, _ in faults.spells("servo_reboot", name) if servo == 0 else []:
            raw = np.where(latch >= first, (latch - first) // _MS, raw)
        ticks[:, servo] = raw % TICK_MODULUS
    shown = np.maximum.accumulate(np.where(faults.on("leader_stale", name, latch), 0, np.arange(len(latch))))
    found = np.zeros(len(lo), rows.leader_row(JOINTS))
    found["t_lo_ns"], found["t_hi_ns"], found["seq"] = lo, hi, seq
    found["t_ns"], found["u_ns"] = (lo + hi) // 2, (hi - lo) // 2 + 1
    found["t_arrival_ns"] = hi + _WIRE_NS // 10
    found["servo_ticks"] = _unwrapped(ticks[shown], found["t_ns"])
    found["ticks"] = found["servo_ticks"][:, 0]
    found["q"], found["dq"], found["grip"] = motion.q(latch[shown]), motion.dq(latch[shown]), 0.5
    return found, latch


def _reads(
    rng: np.random.Generator, faults: Faults, name: str, period_ns: int, end_ns: int
) -> tuple[Ints, Ints, Ints, Ints]:
    """Brackets, latches and numbers of the reads, one after the other as the bus process makes them."""
    planned = np.arange(START_NS, end_ns, period_ns) + rng.integers(
        -500_000, 500_000, (end_ns - START_NS - 1) // period_ns + 1
    )
    dead = faults.on("bus_dead", name, planned)
    noise, timer_ms = faults.size("bus_noise", name, planned), faults.size("latency_timer", name, planned)
    out = delays(rng, len(planned), 60, 40)
    back = delays(rng, len(planned), 80, float(rng.uniform(20, 70)))
    timer_phase = int(rng.integers(0, 16 * _MS))
    free, number = START_NS, 0
    reads: list[tuple[int, int, int, int]] = []
    for i, due in enumerate(planned.tolist()):
        if due < free - period_ns or dead[i]:
            continue  # a late read shifts the beat
        begun = max(due, free)
        while rng.random() < noise[i]:
            number, begun = number + 1, begun + _RETRY_NS
        latch = begun + int(out[i]) + _PARSE_NS
        came = latch + _WIRE_NS + int(back[i])
        if timer_ms[i]:
            tick = round(timer_ms[i] * 1e6)
            came = came + (timer_phase - came) % tick
        reads.append((begun + 20_000, latch, came - _WIRE_NS // 8, number))
        number, free = number + 1, came
    lo, latched, hi, seq = np.array(reads, np.int64).T
    return lo, latched, hi, seq


def _unwrapped(raw: Ints, t_ns: Ints) -> Ints:
    """As the driver does: nearest to what the time passed predicts."""
    out = np.empty_like(raw)
    out[0] = raw[0]
    for i in range(1, len(raw)):
        out[i] = unwrap_array(raw[i], TICK_MODULUS, out[i - 1] + (t_ns[i] - t_ns[i - 1]) / 1e6)
    return out


def make_arm(rig: RigConfig, draw: Draw, faults: Faults, name: str, motion: Motion, end_ns: int) -> tuple[Rows, Ints]:
    """Rows and true latch instants."""
    rng = draw.rng(f"arms/{name}")
    clock = Clock.draw(rng, draw, int(rng.integers(10**11, 10**14)))
    first = int(clock.device_ns(np.array([START_NS]))[0]) // _MS + 1
    ticks = (first + np.arange((end_ns - START_NS) // _MS - 2)) * _MS
    latch = clock.host_ns(ticks)
    arrival = np.maximum.accumulate(
        latch + delays(rng, len(ticks), float(rng.uniform(60, 250)), float(rng.uniform(10, 80)))
    )
    shown = latch - (faults.size("joint_lag", name, latch) * 1000).astype(np.int64) - FOLLOWS_NS
    found = np.zeros(len(ticks), rows.arm_row(JOINTS))
    found["ticks"], found["seq"] = ticks, ticks // _MS
    found["t_ns"] = found["t_arrival_ns"] = arrival
    found["u_ns"], found["success_rate"] = 600_000, 1.0
    found["q"], found["dq"] = motion.q(shown), motion.dq(shown)
    found["O_T_EE"] = np.swapaxes(end_effectors(found["q"]) @ ARM.tool, 1, 2).reshape(-1, 16)
    gone = faults.on("robot_silent", name, latch) | faults.on("robot_reflex", name, latch)
    gone |= rng.random(len(latch)) < faults.size("states_lost", name, latch)
    return found[~gone], latch[~gone]
