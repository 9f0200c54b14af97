"""When a virtual camera exposes, and what its own clock says of it."""

from dataclasses import dataclass

import numpy as np

from hardware.clock.unwrap import REALSENSE_US
from hardware.config import RealSenseConfig, RigConfig
from hardware.virtual.sync_line import SyncLine, camera_crystal, camera_model
from hardware.virtual.world import World, seed_for

_RATE_TOLERANCE = 0.05  # a mode-2 camera ignores pulses far from its own rate (librealsense #2148)


@dataclass(frozen=True, slots=True)
class Exposure:
    """True instants, host ns, and the stamps that the camera gives, us modulo 2^32."""

    mid_ns: int
    end_ns: int
    frame_timestamp: int
    sensor_timestamp: int


class Shutter:
    """One camera's exposures in order: on the sync line's pulses, or free at its own clock's rate.

    The end of exposure is fixed to the pulse, the start moves with the exposure time (librealsense
    #10998, #3570); FRAME_TIMESTAMP marks that end, SENSOR_TIMESTAMP the middle (src/metadata-parser.h).
    """

    def __init__(self, rig: RigConfig, world: World, name: str) -> None:
        self.config: RealSenseConfig = rig.cameras[name]
        model = camera_model(world, name)
        self._crystal = camera_crystal(world, name)
        self._line = SyncLine(rig, world)
        self._rate_hz = rig.trigger.rate_hz
        self._rng = np.random.default_rng(seed_for(world.config, f"shutter/{name}"))
        error_us = float(self._rng.uniform(-model.edge_error_us, model.edge_error_us))
        self._edge_to_end_ns = round((self.config.edge_to_exposure_end_us + error_us) * 1000)
        self._jitter_ns = model.edge_jitter_us * 1000

    def next(self, after_ns: int, *, synced: bool, fps: int, exposure_us: int) -> Exposure:
        """The first exposure that ends clearly (half a period) after one that ended at `after_ns`.

        `synced`: the camera is in mode 1 or 2. It free-runs, silently, when the line is silent or its
        rate is not the camera's own.
        """
        pulse_ns = self._pulse_after(after_ns, fps) if synced else None
        end_ns = self._free(after_ns, fps) if pulse_ns is None else self._on_pulse(pulse_ns)
        exposure_ns = exposure_us * 1000
        end_us = self._crystal.device_ns(end_ns) // 1000
        return Exposure(
            mid_ns=end_ns - exposure_ns // 2,
            end_ns=end_ns,
            frame_timestamp=end_us % REALSENSE_US,
            sensor_timestamp=(end_us - exposure_us // 2) % REALSENSE_US,
        )

    def _pulse_after(self, after_ns: int, fps: int) -> int | None:
        if abs(self._rate_hz / fps - 1) > _RATE_TOLERANCE:
            return None
        return self._line.pulse_after(after_ns + 500_000_000 // fps - self._edge_to_end_ns)

    def _on_pulse(self, pulse_ns: int) -> int:
        return pulse_ns + self._edge_to_end_ns + round(float(self._rng.normal(0.0, self._jitter_ns)))

    def _free(self, after_ns: int, fps: int) -> int:
        return self._crystal.host_ns(self._crystal.device_ns(after_ns) + round(1e9 / fps))
