"""How wrong a virtual-time rig is: clocks, delays and constants, drawn; and the faults that befall it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.virtual.crystal import Crystal
from hardware.virtual_config import FaultConfig

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

START_NS = 5_000_000_000_000
SECOND = 1_000_000_000


@dataclass(frozen=True)
class Draw:
    """What is drawn once a seed. ppm: greatest of any quartz; wraps: each counter wraps within the take."""

    seed: int
    ppm: float
    wander_ppm: float
    usb_out_us: tuple[float, float]
    usb_in_us: tuple[float, float]
    outlier_rate: float
    outlier_ms: float
    edge_error_us: float
    edge_jitter_us: float
    delivery_ms: tuple[float, float]
    stalls: int
    wraps: bool

    @staticmethod
    def of(seed: int) -> "Draw":
        rng = np.random.default_rng([seed, 1])
        return Draw(
            seed,
            ppm=float(rng.uniform(5, 80)),
            wander_ppm=float(rng.uniform(0.1, 1.0)),
            usb_out_us=(float(rng.uniform(30, 140)), float(rng.uniform(20, 200))),
            usb_in_us=(float(rng.uniform(30, 140)), float(rng.uniform(20, 250))),
            outlier_rate=float(rng.uniform(0, 0.1)),
            outlier_ms=float(rng.uniform(1, 10)),
            edge_error_us=float(rng.uniform(0, 40)),
            edge_jitter_us=float(rng.uniform(0.5, 4)),
            delivery_ms=(float(rng.uniform(6, 9)), float(rng.uniform(0.2, 2))),
            stalls=int(rng.integers(0, 4)),
            wraps=bool(rng.random() < 0.5),
        )

    def rng(self, what: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, *what.encode()])


class Faults:
    """The faults of a take, by kind and target; times count from START_NS."""

    def __init__(self, faults: Sequence[FaultConfig]) -> None:
        self._faults = faults

    def spells(self, kind: str, target: str) -> list[tuple[int, int, float]]:
        """From, to (host ns) and size. What begins with the take has been there all along."""
        return [
            (START_NS + round(f.at_s * 1e9 if f.at_s else -1e11), START_NS + round((f.at_s + f.for_s) * 1e9), f.size)
            for f in self._faults
            if f.kind == kind and f.target in ("", target)
        ]

    def on(self, kind: str, target: str, t_ns: Ints) -> Mask:
        on = np.zeros(len(t_ns), np.bool_)
        for first, last, _ in self.spells(kind, target):
            on |= (t_ns >= first) & (t_ns < last)
        return on

    def size(self, kind: str, target: str, t_ns: Ints) -> Floats:
        """(n,) how bad it is at each instant; 0 while it is not on."""
        size = np.zeros(len(t_ns))
        for first, last, value in self.spells(kind, target):
            size[(t_ns >= first) & (t_ns < last)] = value
        return size


class Clock:
    """A crystal in vectors, with drift and jumps as faults: device ns of host ns, and back (jumps aside)."""

    def __init__(self, crystal: Crystal, drifts: Sequence[tuple[int, int, float]] = ()) -> None:
        self._crystal, self._drifts = crystal, drifts

    @staticmethod
    def draw(
        rng: np.random.Generator, draw: Draw, start_ns: int, drifts: Sequence[tuple[int, int, float]] = ()
    ) -> "Clock":
        """It reads `start_ns` at START_NS, nearly."""
        ppm = float(rng.uniform(-draw.ppm, draw.ppm))
        before = 100 * SECOND
        seed = int(rng.integers(1 << 31))
        return Clock(Crystal(START_NS - before, start_ns - before, ppm, draw.wander_ppm, seed), drifts)

    def device_ns(self, host_ns: Ints) -> Ints:
        c = self._crystal
        elapsed = host_ns - c.origin_ns
        wrong = elapsed * (c.ppm * 1e-6)
        for amplitude, omega, phase in c._swings:
            wrong += amplitude * (np.sin(omega * elapsed * 1e-9 + phase) - np.sin(phase))
        for first, last, ppm in self._drifts:
            wrong += np.clip(host_ns - first, 0, last - first) * (ppm * 1e-6)
        return c.start_ns + elapsed + np.rint(wrong).astype(np.int64)

    def host_ns(self, device_ns: Ints) -> Ints:
        c = self._crystal
        host = c.origin_ns + (device_ns - c.start_ns)
        for _ in range(5):
            host = host - (self.device_ns(host) - device_ns)
        return host


def delays(rng: np.random.Generator, count: int, least_us: float, mean_us: float) -> Ints:
    return ((least_us + rng.exponential(mean_us, count)) * 1000).astype(np.int64)
