"""A quartz that is a little wrong: constant rate error plus a slow, smooth wander."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from hardware.virtual.faults import Spell


@dataclass(frozen=True, slots=True)
class Crystal:
    """Device time in ns as a smooth function of host time: exact in both directions, equal for equal seeds.

    `ppm`: constant rate error. `wander_ppm`: peak of the slow swing; its periods are drawn from 120..900 s.
    `origin_ns`: host time at which the device read `start_ns`.
    """

    origin_ns: int
    start_ns: int
    ppm: float
    wander_ppm: float
    seed: int
    _swings: tuple[tuple[float, float, float], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        swings: list[tuple[float, float, float]] = []
        for _ in range(3):
            omega = 2 * math.pi / float(rng.uniform(120.0, 900.0))
            # The derivative of each sine peaks at a third of wander_ppm.
            swings.append((self.wander_ppm / 3 * 1e3 / omega, omega, float(rng.uniform(0, 2 * math.pi))))
        object.__setattr__(self, "_swings", tuple(swings))

    def _wander_ns(self, elapsed_s: float) -> float:
        return sum(a * (math.sin(w * elapsed_s + p) - math.sin(p)) for a, w, p in self._swings)

    def device_ns(self, host_ns: int) -> int:
        """What the device's clock reads at a host instant."""
        elapsed = host_ns - self.origin_ns
        return self.start_ns + elapsed + round(elapsed * self.ppm * 1e-6 + self._wander_ns(elapsed * 1e-9))

    def host_ns(self, device_ns: int) -> int:
        """The host instant at which the device's clock reads `device_ns`; a few steps do, as rates differ by < 1e-3."""
        host = self.origin_ns + (device_ns - self.start_ns)
        for _ in range(4):
            host -= self.device_ns(host) - device_ns
        return host


@dataclass(frozen=True, slots=True)
class DriftingCrystal:
    """A crystal with spells in which it runs `size` ppm faster; time itself never steps by one."""

    crystal: Crystal
    spells: Callable[[], tuple[Spell, ...]]

    def device_ns(self, host_ns: int) -> int:
        """What the device's clock reads at a host instant."""
        gained = sum(max(0, min(host_ns, s.to_ns) - s.from_ns) * s.size for s in self.spells())
        return self.crystal.device_ns(host_ns) + round(gained * 1e-6)

    def host_ns(self, device_ns: int) -> int:
        """The host instant at which the device's clock reads `device_ns`."""
        host = self.crystal.host_ns(device_ns)
        if self.spells():
            for _ in range(4):
                host -= self.device_ns(host) - device_ns
        return host
