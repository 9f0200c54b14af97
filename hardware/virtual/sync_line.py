"""The sync line's true pulses: a pure function of the seed and of the instant at which the line started.

In LISTEN mode the master camera's crystal paces it, in DRIVE mode the trigger box's. Every far end that
sees the line (box, cameras) computes the same instants from the shared world.
"""

from bisect import bisect_right
from functools import partial

import numpy as np

from hardware.clock.unwrap import REALSENSE_US
from hardware.config import RigConfig
from hardware.virtual.crystal import Crystal, DriftingCrystal
from hardware.virtual.world import World, seed_for
from hardware.virtual_config import VirtualCameraConfig

BOX = "trigger"
"""The box's name as the target of faults."""
BOX_CLOCK_HZ = 125_000_000
"""Of an RP2040; in drive mode a period is a whole number of its cycles."""
APART_NS = 1_000_000
"""Pulses are farther apart than this. Who asks for the next one asks from here on: a fault of the crystal
that came meanwhile may have moved the last one by some ns."""


def camera_model(world: World, name: str) -> VirtualCameraConfig:
    """How wrong this camera is: its own entry, else the common one."""
    return world.config.cameras.get(name, world.config.camera)


def camera_crystal(world: World, name: str) -> DriftingCrystal:
    """The camera's clock in ns; what the camera tells is this in us, modulo 2^32."""
    model = camera_model(world, name)
    rng = np.random.default_rng(seed_for(world.config, f"cameras/{name}"))
    ppm = float(rng.uniform(-model.ppm, model.ppm))
    drawn_us = int(rng.integers(0, REALSENSE_US // 2))
    start_us = drawn_us if model.start_us is None else model.start_us
    seed = int(rng.integers(0, 2**31))
    crystal = Crystal(world.epoch_ns, start_us * 1000, ppm, model.wander_ppm, seed)
    return DriftingCrystal(crystal, partial(world.fault_spells, "camera_drift", name))


def box_crystal(world: World) -> DriftingCrystal:
    """The trigger box's 64-bit clock in ns, which read 0 at the world's epoch."""
    box = world.config.box
    rng = np.random.default_rng(seed_for(world.config, "trigger"))
    ppm = box.ppm * float(rng.choice((-1.0, 1.0)))
    crystal = Crystal(world.epoch_ns, 0, ppm, box.wander_ppm, int(rng.integers(0, 2**31)))
    return DriftingCrystal(crystal, partial(world.fault_spells, "box_drift", BOX))


def drive_cycles(rate_hz: float) -> int:
    """The period that a driving box makes of a rate, in cycles of its clock."""
    return round(BOX_CLOCK_HZ / rate_hz)


def seen_by_box(world: World, pulse_ns: int) -> int | None:
    """When the box's input notices a pulse; None when it does not."""
    if world.fault("edge_miss", BOX, pulse_ns):
        return None
    return pulse_ns + round((world.fault_size("edge_late", BOX, pulse_ns) or 0.0) * 1000)


class SyncLine:
    """Pulses at `trigger.rate_hz`, counted from the one at `since_ns`."""

    def __init__(self, rig: RigConfig, world: World) -> None:
        masters = [name for name, camera in rig.cameras.items() if camera.sync == "master"]
        listen = rig.trigger.mode == "listen"
        self._world = world
        self._crystal = camera_crystal(world, masters[0]) if listen else box_crystal(world)
        rate_hz = rig.trigger.rate_hz
        self._rate_hz = rate_hz if listen else BOX_CLOCK_HZ / drive_cycles(rate_hz)

    @property
    def since_ns(self) -> int:
        """Host instant of pulse 0; 0 while the line is silent."""
        return self._world.sync_line_since_ns

    def edge_ns(self, k: int) -> int:
        """True host instant of pulse `k`'s rising edge. Raises ValueError while the line is silent."""
        return self._edge_ns(self._since(), k)

    def index_at(self, t_ns: int) -> int:
        """The last pulse at or before `t_ns`; -1 before the first. Raises ValueError while silent."""
        return self._index_at(self._since(), t_ns)

    def pulse_after(self, t_ns: int) -> int | None:
        """The instant of the first pulse after `t_ns`; None while the line is silent."""
        pulse = self.next_after(t_ns)
        return pulse[1] if pulse else None

    def next_after(self, t_ns: int) -> tuple[int, int] | None:
        """Number and instant of the first pulse after `t_ns`; None while the line is silent."""
        since = self.since_ns
        if not since:
            return None
        k = self._index_at(since, t_ns) + 1
        return k, self._edge_ns(since, k)

    def _since(self) -> int:
        since = self.since_ns
        if since == 0:
            raise ValueError("the sync line is silent: no master streams")
        return since

    def _index_at(self, since: int, t_ns: int) -> int:
        elapsed = self._crystal.device_ns(t_ns) - self._crystal.device_ns(since)
        guess = int(elapsed * self._rate_hz * 1e-9)
        near = range(guess - 1, guess + 2)
        return max(-1, guess - 2 + bisect_right(near, t_ns, key=lambda k: self._edge_ns(since, k)))

    def _edge_ns(self, since: int, k: int) -> int:
        paced = self._crystal.device_ns(since) + round(k * 1e9 / self._rate_hz)
        return since if k == 0 else self._crystal.host_ns(paced)
