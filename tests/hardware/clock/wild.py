"""Everything at once, by seed: drift, wander, asymmetry, outliers, wraps, gaps, resets. Truth beside them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.clock.unwrap import REALSENSE_US, unwrap_array
from hardware.rows import EDGE, FRAME, PING, leader_row

Int64s = NDArray[np.int64]
Rows = NDArray[np.void]

SECOND, MS = 10**9, 10**6
SERVOS = 3
MICROPYTHON_US = 2**30  # time.ticks_us() of a 32-bit MicroPython (extmod/modtime.c, MICROPY_PY_TIME_TICKS_PERIOD)


@dataclass(frozen=True)
class Clock:
    """Up to 150 ppm off, with a smooth wander of up to 0.1 ppm/s; after `reset_ns` it reads `jump_ns` more."""

    begin_ns: int
    reads_ns: int
    ppm: float
    wander_ns: float
    omega: float
    phase: float
    reset_ns: int
    jump_ns: int

    def device(self, t_ns: Int64s) -> Int64s:
        ahead = t_ns - self.begin_ns
        swing = self.wander_ns * (np.sin(self.omega * ahead * 1e-9 + self.phase) - np.sin(self.phase))
        steady = self.reads_ns + ahead + np.rint(ahead * (self.ppm * 1e-6) + swing).astype(np.int64)
        return np.where(t_ns >= self.reset_ns, steady + self.jump_ns, steady)


def clock(rng: np.random.Generator, begin_ns: int, seconds: float, resets: bool, least_jump_ns: int) -> Clock:
    """One in two clocks of those that may be reset is: half of these start at 0 again, half are set."""
    omega = 2 * np.pi / rng.uniform(20, 900)
    reads = int(rng.integers(20 * SECOND, 10**15))
    reset, jump = 2**62, 0
    if resets and rng.random() < 0.5:
        reset = begin_ns + int(rng.uniform(0, seconds) * 1e9)
        size = int(np.exp(rng.uniform(np.log(least_jump_ns), np.log(10**13))))
        jump = int(rng.choice([-reads - (reset - begin_ns), size, -size]))
    # The second derivative of the swing peaks at 100 ns/s per s.
    wander = rng.uniform(0, 99) / omega**2
    return Clock(begin_ns, reads, rng.uniform(-150, 150), wander, omega, rng.uniform(0, 7), reset, jump)


def delays(rng: np.random.Generator, n: int, least_us: float, mean_us: float, outliers: float) -> Int64s:
    late = (rng.random(n) < outliers) * rng.exponential(rng.uniform(500, 10_000), n)
    return ((least_us + rng.exponential(mean_us, n) + late) * 1e3).astype(np.int64)


def with_gaps(rng: np.random.Generator, t_ns: Int64s, seconds: float) -> Int64s:
    """Some lost one by one, and up to two silences of up to a third of the recording."""
    keep = rng.random(len(t_ns)) > rng.uniform(0, 0.1)
    for _ in range(int(rng.integers(0, 3))):
        begin = t_ns[0] + rng.uniform(0, seconds) * 1e9
        keep &= (t_ns < begin) | (t_ns > begin + rng.uniform(0, seconds / 3) * 1e9)
    return t_ns[keep]


def box_clock(rng: np.random.Generator, seconds: float = 10.0) -> Clock:
    """The clock of `box`, first drawn from its generator."""
    return clock(rng, int(rng.integers(10**12, 10**15)), seconds, resets=True, least_jump_ns=5 * MS)


def box(seed: int, seconds: float = 10.0) -> tuple[Rows, Rows, Int64s]:
    """Pings, edges, true instants of the edges. In every third seed the box's count wraps at 2^30 us."""
    rng = np.random.default_rng(seed)
    one = box_clock(rng, seconds)
    begin = one.begin_ns
    outliers, leasts, means = rng.uniform(0, 0.15), rng.uniform(0, 320, 2), rng.uniform(1, 400, 2)
    sent = begin + np.arange(int(seconds * 10)) * SECOND // 10 + rng.integers(0, 20 * MS, int(seconds * 10))
    sent = with_gaps(rng, sent, seconds)
    # A serial line keeps order: a message waits for the one before it.
    rx = np.maximum.accumulate(sent + delays(rng, len(sent), leasts[0], means[0], outliers))
    tx = rx + rng.integers(10_000, 60_000, len(sent))
    pings = np.zeros(len(sent), PING)
    pings["t_sent_ns"] = sent
    pings["ticks_rx"], pings["ticks_tx"] = (one.device(t) // 1000 * 1000 for t in (rx, tx))
    pings["t_received_ns"] = np.maximum.accumulate(tx + delays(rng, len(sent), leasts[1], means[1], outliers))
    # A reset takes what was on its way with it.
    pings = pings[(rx < one.reset_ns) == (pings["t_received_ns"] < one.reset_ns)]
    true = with_gaps(rng, begin + np.sort(rng.integers(0, int(seconds * 1e9), int(seconds * 30))), seconds)
    arrival = np.maximum.accumulate(true + delays(rng, len(true), leasts[1], means[1], outliers))
    kept = (true < one.reset_ns) == (arrival < one.reset_ns)
    true, arrival = true[kept], arrival[kept]
    edges = np.zeros(len(true), EDGE)
    edges["ticks"], edges["t_arrival_ns"], edges["t_ns"], edges["u_ns"] = one.device(true), arrival, arrival, SECOND
    if seed % 3 == 0 and one.jump_ns == 0:
        _wrapped(pings, "ticks_rx", pings["t_sent_ns"], one)
        _wrapped(pings, "ticks_tx", pings["t_sent_ns"], one)
        _wrapped(edges, "ticks", arrival, one)
    return pings, edges, true


def _wrapped(rows: Rows, column: str, near_ns: Int64s, one: Clock) -> None:
    """Counted modulo 2^30 us with a wrap in mid-recording, and unwrapped by the host's time."""
    shift = (-(one.reads_ns // 1000) - 4_000_000) % MICROPYTHON_US
    whole, rest = np.divmod(rows[column], 1000)
    predicted = (near_ns - one.begin_ns) / 1000 + (MICROPYTHON_US - 4_000_000)
    rows[column] = unwrap_array((whole + shift) % MICROPYTHON_US, MICROPYTHON_US, predicted) * 1000 + rest


def frames(seed: int, delivery_ns: int, seconds: float = 10.0) -> tuple[Rows, Int64s]:
    """60 Hz frames of a camera that wraps at 2^32 us within the recording, and the true ends of exposure."""
    rng = np.random.default_rng(seed)
    begin = int(rng.integers(10**12, 10**15))
    one = clock(rng, begin, seconds, resets=True, least_jump_ns=4 * MS)
    period = SECOND / 60 * (1 + rng.uniform(-1e-4, 1e-4))
    count = int(seconds * 60)
    true = begin + (np.arange(count) * period).astype(np.int64)
    arrival = true + round(delivery_ns * rng.uniform(0.1, 1.8)) + delays(rng, count, 0, rng.uniform(50, 700), 0.05)
    for at in rng.integers(0, count, int(rng.integers(0, 3))).tolist():
        part = slice(at, at + 40)
        arrival[part] = np.maximum(arrival[part], arrival[at] + int(rng.integers(0, 300 * MS)))
    arrival = np.maximum.accumulate(arrival)
    found = np.zeros(count, FRAME)
    raw = one.device(true) // 1000
    wrapped = (raw - one.reads_ns // 1000 - 5_000_000) % REALSENSE_US
    found["ticks"] = unwrap_array(wrapped, REALSENSE_US, (raw - one.reads_ns // 1000 - 5_000_000).astype(float))
    found["seq"], found["t_arrival_ns"] = np.arange(count), arrival
    found["t_ns"], found["u_ns"] = arrival, 2 * SECOND
    kept = np.searchsorted(true, with_gaps(rng, true, seconds))
    return found[kept], true[kept]


def reads(seed: int, seconds: float = 4.0) -> tuple[Rows, Int64s]:
    """200 Hz reads of a bus of three servos, one of which may restart, and the true latches."""
    rng = np.random.default_rng(seed)
    begin = int(rng.integers(10**12, 10**15))
    clocks = [clock(rng, begin, seconds, resets=servo == 0, least_jump_ns=20 * MS) for servo in range(SERVOS)]
    latch = begin + np.arange(int(seconds * 200)) * 5 * MS + rng.integers(0, MS, int(seconds * 200))
    latch = with_gaps(rng, latch, seconds)
    n, outliers, means = len(latch), rng.uniform(0, 0.1), rng.uniform(20, 200, 2)
    found = np.zeros(n, leader_row(SERVOS))
    found["t_lo_ns"] = latch - delays(rng, n, 60, means[0], outliers)
    found["t_hi_ns"] = latch + delays(rng, n, 80, means[1], outliers)
    found["t_ns"], found["t_arrival_ns"] = found["t_hi_ns"], found["t_hi_ns"]
    found["u_ns"] = found["t_hi_ns"] - found["t_lo_ns"]
    found["servo_ticks"] = np.column_stack([one.device(latch) // MS for one in clocks])
    return found, latch
