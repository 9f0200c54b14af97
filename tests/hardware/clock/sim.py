"""Clocks with known truth for the estimators' tests."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.rows import PING
from hardware.samples import ClockPing
from hardware.virtual.crystal import Crystal

Int64s = NDArray[np.int64]


def crystal(rng: np.random.Generator, ppm: float, wander_ppm: float) -> Crystal:
    """A clock that is off by up to `ppm`, anywhere in its count, hours after power-up."""
    origin = int(rng.integers(10**9, 10**14))
    start = int(rng.integers(0, 2**62 >> 10))
    return Crystal(origin, start, float(rng.uniform(-ppm, ppm)), wander_ppm, int(rng.integers(2**31)))


def device(clock: Crystal, t_ns: Int64s) -> Int64s:
    return np.array([clock.device_ns(t) for t in t_ns.tolist()], np.int64)


@dataclass(frozen=True)
class Wire:
    """Least delay and mean of the exponential part above it (us) each way, outliers (ms)."""

    out_us: tuple[float, float] = (60.0, 120.0)
    back_us: tuple[float, float] = (90.0, 200.0)
    outlier_rate: float = 0.02
    outlier_ms: float = 6.0

    def delays(self, rng: np.random.Generator, way: tuple[float, float], n: int) -> Int64s:
        late = rng.random(n) < self.outlier_rate
        us = way[0] + rng.exponential(way[1], n) + late * rng.exponential(self.outlier_ms * 1e3, n)
        return (us * 1e3).astype(np.int64)


def ping(
    rng: np.random.Generator, clock: Crystal, t_sent_ns: Int64s, wire: Wire, resolution_ns: int = 1000
) -> NDArray[np.void]:
    """Round trips sent at the given host times, box times floored to the box's microsecond."""
    n = len(t_sent_ns)
    rx = t_sent_ns + wire.delays(rng, wire.out_us, n)
    tx = rx + rng.integers(20_000, 80_000, n)
    rows = np.zeros(n, PING)
    rows["seq"] = np.arange(n)
    rows["t_sent_ns"] = t_sent_ns
    rows["ticks_rx"] = device(clock, rx) // resolution_ns * resolution_ns
    rows["ticks_tx"] = device(clock, tx) // resolution_ns * resolution_ns
    rows["t_received_ns"] = tx + wire.delays(rng, wire.back_us, n)
    return rows


def as_ping(row: NDArray[np.void]) -> ClockPing:
    return ClockPing(*(int(v) for v in row.tolist()))


def random_wire(rng: np.random.Generator) -> Wire:
    """Any asymmetry up to 300 us, any share of outliers up to 15 %."""
    low = rng.uniform(20, 320, 2)
    mean = rng.uniform(20, 400, 2)
    return Wire(
        (float(low[0]), float(mean[0])),
        (float(low[1]), float(mean[1])),
        float(rng.uniform(0, 0.15)),
        float(rng.uniform(0.5, 20)),
    )
