"""The sync line's true pulses: a pure function of the seed and of the instant at which the line started.

In LISTEN mode the master camera's crystal paces it, in DRIVE mode the trigger box's. Every far end that
sees the line (box, cameras) computes the same instants from the shared world.
"""

from bisect import bisect_right

import numpy as np

from hardware.clock.unwrap import REALSENSE_US
from hardware.config import RigConfig
from hardware.virtual.crystal import Crystal
from hardware.virtual.world import World, seed_for
from hardware.virtual_config import VirtualCameraConfig


def camera_model(world: World, name: str) -> VirtualCameraConfig:
    """How wrong this camera is: its own entry, else the common one."""
    return world.config.cameras.get(name, world.config.camera)


def camera_crystal(world: World, name: str) -> Crystal:
    """The camera's clock in ns; what the camera tells is this in us, modulo 2^32."""
    model = camera_model(world, name)
    rng = np.random.default_rng(seed_for(world.config, f"cameras/{name}"))
    ppm = float(rng.uniform(-model.ppm, model.ppm))
    drawn_us = int(rng.integers(0, REALSENSE_US // 2))
    start_us = drawn_us if model.start_us is None else model.start_us
    seed = int(rng.integers(0, 2**31))
    return Crystal(world.epoch_ns, start_us * 1000, ppm, model.wander_ppm, seed)


def box_crystal(world: World) -> Crystal:
    """The trigger box's 64-bit clock in ns, which read 0 at the world's epoch."""
    box = world.config.box
    rng = np.random.default_rng(seed_for(world.config, "trigger"))
    ppm = box.ppm * float(rng.choice((-1.0, 1.0)))
    return Crystal(world.epoch_ns, 0, ppm, box.wander_ppm, int(rng.integers(0, 2**31)))


class SyncLine:
    """Pulses at `trigger.rate_hz`, counted from the one at `since_ns`."""

    def __init__(self, rig: RigConfig, world: World) -> None:
        masters = [name for name, camera in rig.cameras.items() if camera.sync == "master"]
        listen = rig.trigger.mode == "listen"
        self._world = world
        self._crystal = camera_crystal(world, masters[0]) if listen else box_crystal(world)
        self._rate_hz = rig.trigger.rate_hz

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
        since = self.since_ns
        return self._edge_ns(since, self._index_at(since, t_ns) + 1) if since else None

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
