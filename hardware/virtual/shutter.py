"""When a virtual camera exposes, and what its own clock says of it."""

from dataclasses import dataclass

import numpy as np

from hardware.clock.unwrap import REALSENSE_US
from hardware.config import RigConfig
from hardware.virtual.sync_line import SyncLine, camera_crystal, camera_model
from hardware.virtual.world import World, seed_for

_RATE_TOLERANCE = 0.05  # a mode-2 camera ignores pulses far from its own rate (librealsense #2148)
_GENLOCK = 4  # inter_cam_sync_mode from which on a camera waits for triggers (src/ds/ds-options.cpp)
_GENLOCK_PERIODS = 1.98  # a trigger sooner than two periods of its rate after the last is ignored (#13946)


@dataclass(frozen=True, slots=True)
class Exposure:
    """True instants, host ns, and the stamps that the camera gives, us modulo 2^32.

    `end_ns`: of the exposure as the camera tells it, from which its delivery counts; `mid_ns`: the true middle.
    """

    mid_ns: int
    end_ns: int
    exposure_us: int
    frame_timestamp: int
    sensor_timestamp: int


class Shutter:
    """One camera's exposures in order: on the sync line's pulses, or free at its own clock's rate.

    As master or slave the end of exposure is fixed to the pulse and the start moves with the exposure time
    (librealsense #10998, #3570); in genlock the start is (#9220). FRAME_TIMESTAMP marks the end,
    SENSOR_TIMESTAMP the middle (src/metadata-parser.h).
    """

    def __init__(self, rig: RigConfig, world: World, name: str) -> None:
        self._name, self._world = name, world
        config, model = rig.cameras[name], camera_model(world, name)
        self._crystal = camera_crystal(world, name)
        self._line = SyncLine(rig, world)
        self._rate_hz = rig.trigger.rate_hz
        self._rng = np.random.default_rng(seed_for(world.config, f"shutter/{name}"))
        error_us = float(self._rng.uniform(-model.edge_error_us, model.edge_error_us))
        self._edge_to_end_ns = round((config.edge_to_exposure_end_us + error_us) * 1000)
        self._edge_to_start_ns = round((config.edge_to_exposure_start_us + error_us) * 1000)
        self._jitter_ns = model.edge_jitter_us * 1000
        self._triggered_ns = 0
        self._stamps: tuple[int, int] | None = None

    def next(self, after_ns: int, *, mode: int, fps: int, exposure_us: int) -> Exposure | None:
        """The first exposure that ends clearly (half a period) after one that ended at `after_ns`.

        `mode`: inter_cam_sync_mode. A master or slave free-runs, silently, when the line is silent or its
        rate is not the camera's own. None: it waits, with nothing in sight within a period.
        """
        period_ns = 1_000_000_000 // fps
        exposure_us = round(self._fault("exposure_change", after_ns + period_ns) or exposure_us)
        rate_hz = self._fault("free_run", after_ns + period_ns)
        if rate_hz is not None or mode == 0:
            end_ns = self._free(after_ns, rate_hz or fps)
        elif mode >= _GENLOCK:
            end_ns = self._triggered(after_ns, period_ns, exposure_us * 1000)
        else:
            end_ns = self._slaved(after_ns, fps)
        return None if end_ns is None else self._expose(end_ns, exposure_us)

    def _expose(self, end_ns: int, exposure_us: int) -> Exposure:
        late_us = self._fault("camera_lag", end_ns) or 0.0
        frame_us = self._reading_us(end_ns)
        stamps = frame_us % REALSENSE_US, (frame_us - exposure_us // 2) % REALSENSE_US
        if self._stamps is None or self._fault("stamp_frozen", end_ns) is None:
            self._stamps = stamps
        mid_ns = end_ns - exposure_us * 500 + round(late_us * 1000)
        return Exposure(mid_ns, end_ns, exposure_us, *self._stamps)

    def _reading_us(self, t_ns: int) -> int:
        """What the camera's counter, not yet wrapped, reads at an instant."""
        jumps = self._world.fault_spells("clock_jump", self._name)
        ahead_us = sum(jump.size for jump in jumps if jump.from_ns <= t_ns)
        return self._crystal.device_ns(t_ns) // 1000 + round(ahead_us)

    def _slaved(self, after_ns: int, fps: int) -> int | None:
        if abs(self._rate_hz / fps - 1) > _RATE_TOLERANCE:
            return self._free(after_ns, fps)
        pulse_ns = self._line.pulse_after(after_ns + 500_000_000 // fps - self._edge_to_end_ns)
        if pulse_ns is None:
            return self._free(after_ns, fps)
        if self._fault("pulses_lost", pulse_ns) is not None:
            return None
        return pulse_ns + self._edge_to_end_ns + self._jitter()

    def _triggered(self, after_ns: int, period_ns: int, exposure_ns: int) -> int | None:
        """The end of the exposure of the next trigger that it can follow: up to half of its rate."""
        ready_ns = max(after_ns, self._triggered_ns + round(_GENLOCK_PERIODS * period_ns))
        pulse_ns = self._line.pulse_after(ready_ns)
        if pulse_ns is None or pulse_ns > after_ns + 4 * period_ns:
            return None
        if self._fault("pulses_lost", pulse_ns) is not None:
            return None
        self._triggered_ns = pulse_ns
        return pulse_ns + self._edge_to_start_ns + exposure_ns + self._jitter()

    def _free(self, after_ns: int, rate_hz: float) -> int:
        return self._crystal.host_ns(self._crystal.device_ns(after_ns) + round(1e9 / rate_hz))

    def _jitter(self) -> int:
        return round(float(self._rng.normal(0.0, self._jitter_ns)))

    def _fault(self, kind: str, t_ns: int) -> float | None:
        return self._world.fault_size(kind, self._name, t_ns)
