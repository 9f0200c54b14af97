"""One box clock behind three kinds of cable: pings at 10 Hz, edges at 60 Hz, and the truth."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.rows import PING

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]

SECONDS = 600
_BEGIN_NS = 10**12
_GRID_NS = 10**7


@dataclass(frozen=True, slots=True)
class Cable:
    """Each way: the least delay, the wait for the next (micro)frame of the bus, an exponential part; and outliers."""

    name: str
    least_us: tuple[float, float]
    frame_us: float
    mean_us: float
    outlier_rate: float
    outlier_ms: float

    def delay_ns(self, rng: np.random.Generator, way: int, n: int) -> Int64s:
        us = self.least_us[way] + rng.uniform(0, self.frame_us, n) + rng.exponential(self.mean_us, n)
        us += (rng.random(n) < self.outlier_rate) * rng.exponential(self.outlier_ms * 1e3, n)
        return (us * 1e3).astype(np.int64)


CABLES = (
    Cable("full-speed USB", (60, 90), 1000, 50, 0.02, 6),
    Cable("high-speed USB", (60, 90), 125, 25, 0.02, 6),
    Cable("loaded", (60, 90), 1000, 50, 0.15, 10),
)


@dataclass(frozen=True, slots=True)
class Trace:
    """pings: rows of hardware.rows.PING in the order of their answers; edge_ticks, edge_ns, edge_arrival_ns:
    (n,) box ns, true host ns, host ns at which its message came."""

    pings: NDArray[np.void]
    edge_ticks: Int64s
    edge_ns: Int64s
    edge_arrival_ns: Int64s


def trace(cable: Cable, seed: int) -> Trace:
    """25 ppm, a swing of 1 ppm over 15 min, and a rate that walks by 0.02 ppm a root second."""
    rng = np.random.default_rng(seed)
    grid = np.arange(0, (SECONDS + 2) * 10**9, _GRID_NS)
    walk = np.cumsum(rng.normal(0, 0.02 * (_GRID_NS * 1e-9) ** 0.5, len(grid)))
    ppm = rng.choice([-25, 25]) + np.sin(2 * np.pi * grid / 900e9 + rng.uniform(0, 7)) + walk
    offset = np.concatenate([[0.0], np.cumsum(ppm * 1e-6 * _GRID_NS)[:-1]])

    def device(t_ns: Int64s) -> Int64s:
        ahead = t_ns - _BEGIN_NS
        return 77 * 10**9 + ahead + np.rint(np.interp(ahead, grid, offset)).astype(np.int64)

    sent = _BEGIN_NS + np.arange(SECONDS * 10) * 10**8
    rx = np.maximum.accumulate(sent + cable.delay_ns(rng, 0, len(sent)))
    tx = rx + 40_000
    pings = np.zeros(len(sent), PING)
    pings["t_sent_ns"], pings["ticks_rx"], pings["ticks_tx"] = sent, _us(device(rx)), _us(device(tx))
    pings["t_received_ns"] = np.maximum.accumulate(tx + cable.delay_ns(rng, 1, len(sent)))
    edges = _BEGIN_NS + 10**8 + np.arange(SECONDS * 60 - 60) * 10**9 // 60
    arrival = np.maximum.accumulate(edges + cable.delay_ns(rng, 1, len(edges)))
    return Trace(pings, device(edges), edges, arrival)


def _us(ticks: Int64s) -> Int64s:
    """The box reads whole microseconds."""
    return ticks // 1000 * 1000
