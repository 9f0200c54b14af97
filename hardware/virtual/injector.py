"""One virtual camera: plugs its device in and feeds it, in a thread of its own.

A far end does only what a camera and its USB link do: expose at the true instants, stamp with its own
clock, deliver late. The pictures come from the scene renderer's process.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import CLOCK_REALTIME, clock_gettime_ns

import numpy as np
from numpy.typing import NDArray

from hardware.cameras.sdk import rs
from hardware.config import RigConfig
from hardware.interfaces import DeviceTimeout
from hardware.samples import monotonic_ns
from hardware.virtual.camera_device import SoftwareCamera
from hardware.virtual.cell import intrinsics
from hardware.virtual.film_strip import FilmStrip
from hardware.virtual.shutter import Exposure, Shutter
from hardware.virtual.sync_line import camera_model
from hardware.virtual.truth import TruthLog
from hardware.virtual.world import World, seed_for

_LOG = logging.getLogger(__name__)
_POLL_S = 0.005  # how soon a camera notices that it was started or plugged in again
_FILM_WAIT_S = 10.0  # the renderer's process imports for a second or two on a busy machine
_LATE_NS = 150_000_000  # a picture later than this is given up: better a hole than a queue that never empties
_WARM_UP_NS = 50_000_000  # from start() to the first frame, and to a master's first pulse


@dataclass(frozen=True, slots=True)
class _Asked:
    """A frame on its way: exposed, and asked of the renderer."""

    counter: int
    slot: int | None  # None: not asked for, since the frame would come far too late
    exposure: Exposure
    shown_ns: int  # the instant that its picture shows
    deliver_ns: int


class Injector:
    """One camera's far end. `unplug` takes its serial number out of `context`, as the cable would."""

    def __init__(
        self,
        rig: RigConfig,
        world: World,
        name: str,
        context: rs.context,
        unplug: Callable[[str], None],
        stopping: threading.Event,
    ) -> None:
        self.name, self._world = name, world
        self._context, self._unplug, self._stopping = context, unplug, stopping
        self._config = rig.cameras[name]
        self._drives_line = rig.trigger.mode == "listen"
        self._model = camera_model(world, name)
        self._matrix = intrinsics(rig, name)
        self._shutter = Shutter(rig, world, name)
        self._rng = np.random.default_rng(seed_for(world.config, f"delivery/{name}"))
        truth_dir = world.config.truth_dir
        self._truth = TruthLog(Path(truth_dir), f"cameras/{name}") if truth_dir else None
        self._film = _attach_film(world, name, self._config.height, self._config.width)
        self.injected = self.dropped = self.not_rendered = 0
        self._resumed_ns = 0  # frames due before this are behind a renderer that could not keep up
        # Kept after unplugging too: the SDK crashes on a device list that outlives its device.
        self._plugged: list[SoftwareCamera] = []
        self._camera = self._plug_in()
        self.thread = threading.Thread(target=self._run, name=f"virtual-{name}", daemon=True)

    def close(self) -> None:
        """Wait for the thread, which ends when `stopping` is set, and write the truth."""
        self.thread.join()
        self._film.close()
        if self._truth is not None:
            self._truth.close()

    def _plug_in(self) -> SoftwareCamera:
        camera = SoftwareCamera.build(
            self._config.serial, self._model.model, self._matrix, firmware=self._model.firmware
        )
        camera.device.add_to(self._context)
        self._plugged.append(camera)
        return camera

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._is_unplugged():
                self._unplug(self._config.serial)
                while self._is_unplugged() and not self._stopping.wait(_POLL_S):
                    pass
                self._camera = self._plug_in()
            elif self._camera.is_started():
                self._stream()
            else:
                self._stopping.wait(_POLL_S)

    def _is_unplugged(self) -> bool:
        return self._world.fault("camera_unplug", self.name, monotonic_ns())

    def _stream(self) -> None:
        """Feed the driver until it stops, the cable goes, or the cameras close."""
        color = self._camera.color
        color.set_option(rs.option.frames_queue_size, self._model.pool)
        profile = color.get_active_streams()[0].as_video_stream_profile()
        period_ns = 1_000_000_000 // profile.fps()
        is_master = self._camera.sync_mode == 1 and self._drives_line
        first_ns = monotonic_ns() + _WARM_UP_NS
        if is_master:
            self._world.start_sync_line(first_ns)
        # Counting on from the epoch keeps the frames of two starts apart in the truth.
        counter = (first_ns - self._world.epoch_ns) * profile.fps() // 1_000_000_000
        after_ns, asked = first_ns - period_ns, None
        while color.get_active_streams() and not self._is_unplugged():
            exposure = self._shutter.next(
                after_ns,
                mode=self._camera.sync_mode,
                fps=profile.fps(),
                exposure_us=self._camera.exposure_us,
            )
            after_ns = exposure.end_ns if exposure else after_ns + period_ns
            following = self._ask(counter, exposure, asked) if exposure else None
            counter += following is not None
            if self._sleep_until(asked.deliver_ns if asked else after_ns - period_ns):
                break
            if asked:
                self._deliver(asked, profile)
            asked = following
        if is_master:
            self._world.start_sync_line(0)
        if self._truth is not None:
            self._truth.flush()

    def _ask(self, counter: int, exposure: Exposure, before: _Asked | None) -> _Asked:
        slips = before is not None and self._world.fault("index_slip", self.name, exposure.end_ns)
        shown = before.exposure if before is not None and slips else exposure
        least_ms, mean_ms = self._model.delivery_ms
        delay_ns = round((least_ms + float(self._rng.exponential(mean_ms))) * 1e6)
        deliver_ns = max(exposure.end_ns + delay_ns, before.deliver_ns if before else 0)
        wanted = deliver_ns > self._resumed_ns
        slot = self._film.request(shown.mid_ns, shown.exposure_us * 1000) if wanted else None
        return _Asked(counter, slot, exposure, shown.mid_ns, deliver_ns)

    def _sleep_until(self, t_ns: int) -> bool:
        """True if the cameras are being closed."""
        return self._stopping.wait(max(0, t_ns - monotonic_ns()) * 1e-9)

    def _picture(self, asked: _Asked) -> NDArray[np.uint8] | None:
        """The frame's picture, when it is rendered; None when that takes too long."""
        if asked.slot is None:
            return None
        while (pixels := self._film.picture(asked.slot, asked.shown_ns)) is None:
            if monotonic_ns() - asked.deliver_ns > _LATE_NS:
                self._film.withdraw(asked.slot)
                self._resumed_ns = monotonic_ns()
                _LOG.warning("%s: the renderer is behind; frames from %d on are lost", self.name, asked.counter)
                return None
            if self._stopping.wait(0.001):
                return None
        return pixels

    def _deliver(self, asked: _Asked, profile: rs.video_stream_profile) -> None:
        if self._world.fault("frame_drop", self.name, asked.exposure.mid_ns):
            self.dropped += 1
            return
        pixels = self._picture(asked)
        if pixels is None:
            self.not_rendered += 1
            return
        if self._truth is not None:
            self._truth.append(asked.counter, asked.shown_ns)
        self._inject(asked, pixels, profile)
        if self._world.fault("frame_double", self.name, asked.exposure.mid_ns):
            self._inject(asked, pixels, profile)

    def _inject(self, asked: _Asked, pixels: NDArray[np.uint8], profile: rs.video_stream_profile) -> None:
        frame = rs.software_video_frame()  # a new one each: the SDK owns the last one's pixels
        frame.pixels, frame.profile = pixels, profile
        frame.bpp, frame.stride = 3, 3 * profile.width()
        frame.domain = rs.timestamp_domain.hardware_clock
        frame.timestamp = asked.exposure.frame_timestamp * 1e-3
        frame.frame_number = asked.counter
        self._set_metadata(asked, profile.fps())
        self._camera.color.on_video_frame(frame)
        self.injected += 1

    def _set_metadata(self, asked: _Asked, fps: int) -> None:
        color, key, exposure = self._camera.color, rs.frame_metadata_value, asked.exposure
        color.set_metadata(key.frame_counter, asked.counter)
        color.set_metadata(key.frame_timestamp, exposure.frame_timestamp)
        color.set_metadata(key.sensor_timestamp, exposure.sensor_timestamp)
        color.set_metadata(key.actual_exposure, exposure.exposure_us // self._camera.exposure_unit_us)
        color.set_metadata(key.actual_fps, fps * 1000)
        wall_ms = clock_gettime_ns(CLOCK_REALTIME) // 1_000_000  # as the SDK gives it: wall time, whole ms
        color.set_metadata(key.backend_timestamp, wall_ms)
        color.set_metadata(key.time_of_arrival, wall_ms)


def _attach_film(world: World, name: str, height: int, width: int) -> FilmStrip:
    deadline = monotonic_ns() + round(_FILM_WAIT_S * 1e9)
    while True:
        try:
            return FilmStrip.attach(world.name, name, height, width)
        except FileNotFoundError:
            if monotonic_ns() > deadline:
                raise DeviceTimeout(
                    f"cameras.{name}",
                    "the scene renderer does not run; start the virtual rig before its cameras",
                ) from None
            threading.Event().wait(_POLL_S)
