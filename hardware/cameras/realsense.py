"""The production driver of RealSense cameras, on pyrealsense2."""

from collections.abc import Callable

import numpy as np

from hardware.cameras.discovery import (
    find_device,
    find_mode,
    model_of,
    plugged_in,
    set_exposure,
    set_option,
)
from hardware.cameras.sdk import rs
from hardware.cameras.stamps import FrameClock
from hardware.cameras.sync_mode import set_sync_mode
from hardware.config import RealSenseConfig
from hardware.interfaces import DeviceLost, DeviceRefused, DeviceTimeout
from hardware.samples import DeviceInfo, Frame, monotonic_ns

_FIND_TIMEOUT_S = 5.0
_QUEUE_FRAMES = 64  # about 1 s at 60 Hz; kept frames do not count against the SDK's own pool
_POOL_FRAMES = 32  # frames_queue_size, the greatest the SDK allows
_PRESENCE_MS = 100  # no frame for this long: look whether the camera is still there
_SYNC_CLASS = {"off": "timestamped", "master": "slaved", "slave": "slaved", "genlock": "triggered"}
_BARE_FRAMES = 10  # this many frames in a row without metadata: it is not a passing fault


class RealSenseCamera:
    """One RealSense's colour stream, satisfying `hardware.interfaces.Camera`.

    `context`: the SDK context that the camera is plugged into; None opens the computer's own USB.
    Raises DeviceRefused when the camera is not there or cannot do what `config` asks.
    """

    def __init__(self, name: str, config: RealSenseConfig, context: rs.context | None = None) -> None:
        self._name, self._label, self._config = name, f"cameras.{name}", config
        self._context = rs.context() if context is None else context
        self._device = find_device(self._label, self._context, config.serial, _FIND_TIMEOUT_S)
        self._sensor, self._profile = find_mode(self._label, self._device, config)
        self._sync_mode = set_sync_mode(self._label, self._device, config)
        self._exposure_unit_us = set_exposure(self._label, self._sensor, config.exposure_us)
        set_option(self._label, self._sensor, rs.option.frames_queue_size, _POOL_FRAMES)
        self._queue = rs.frame_queue(_QUEUE_FRAMES, keep_frames=True)
        self._clock = self._new_clock()
        self._streaming = False
        self._last_counter: int | None = None
        self._bare_in_a_row = 0
        self._lost = 0

    @property
    def lost(self) -> int:
        """Frames that the camera took and `read` never gave, by gaps of the frame counter."""
        return self._lost

    def info(self) -> DeviceInfo:
        """What the camera says of itself, and how it is set.

        Options: `K` as "fx fy ppx ppy" in px and `distortion` as its model and coefficients are the factory's,
        of the streamed profile; `inter_cam_sync_mode` is what the camera told when it was read back.
        """
        config = self._config
        lens = self._profile.as_video_stream_profile().get_intrinsics()
        return DeviceInfo(
            name=self._name,
            driver=config.driver,
            model=model_of(self._device),
            serial=config.serial,
            firmware=self._device.get_info(rs.camera_info.firmware_version),
            options={
                "mode": f"{config.width}x{config.height}@{config.fps} rgb8",
                "exposure_us": str(config.exposure_us),
                "inter_cam_sync_mode": self._sync_mode,
                "sync_class": _SYNC_CLASS[config.sync],
                "K": f"{lens.fx:.9g} {lens.fy:.9g} {lens.ppx:.9g} {lens.ppy:.9g}",
                "distortion": " ".join([lens.model.name, *(f"{value:.9g}" for value in lens.coeffs)]),
            },
        )

    def start(self) -> None:
        """Begin to stream. Raises DeviceRefused when another program has the camera."""
        self._clock, self._last_counter = self._new_clock(), None
        try:
            self._sensor.open(self._profile)
            self._sensor.start(self._queue)
        except RuntimeError as error:
            raise DeviceRefused(
                self._label,
                f"the camera does not start: {error}. Close other programs that use it",
            ) from error
        self._streaming = True

    def read(self, timeout_s: float) -> Frame:
        """The next frame, its pixels copied; blocks without the GIL.

        Raises DeviceTimeout, DeviceLost when the camera is unplugged or restarted itself, DeviceRefused
        when its stamps are not its hardware clock's.
        """
        deadline = monotonic_ns() + round(timeout_s * 1e9)
        while True:
            left_ms = max(0, deadline - monotonic_ns()) // 1_000_000
            backlog = self._queue.size()
            came, frame = self._queue.try_wait_for_frame(min(left_ms, _PRESENCE_MS))
            arrival_ns = monotonic_ns()
            if came:
                if self._has_hardware_stamp(frame):
                    return self._convert(frame, arrival_ns, backlog)
            elif not self._is_present():
                raise DeviceLost(
                    self._label,
                    f"camera {self._config.serial} is unplugged; check its cable and hub, then reopen it",
                )
            if monotonic_ns() >= deadline:
                raise DeviceTimeout(
                    self._label,
                    f"no frame within {timeout_s:g} s, though camera {self._config.serial} is plugged in;"
                    " check that it streams and that its USB port is USB 3",
                )

    def close(self) -> None:
        """Stop and release; safe to call again, and after the camera is gone."""
        if not self._streaming:
            return
        self._streaming = False
        for step in (self._sensor.stop, self._sensor.close):
            _ignoring_a_gone_camera(step)

    def _has_hardware_stamp(self, frame: rs.frame) -> bool:
        """False for a frame without metadata: it is refused and counted."""
        key, domain = rs.frame_metadata_value, frame.get_frame_timestamp_domain()
        needed = (key.frame_timestamp, key.frame_counter)
        if not all(frame.supports_frame_metadata(entry) for entry in needed):
            self._bare_in_a_row += 1
            if self._bare_in_a_row < _BARE_FRAMES:
                return False
            raise DeviceRefused(
                self._label,
                "frames carry no metadata, so no hardware stamp;"
                " install the kernel's metadata patch or an RSUSB build of librealsense",
            )
        if domain != rs.timestamp_domain.hardware_clock:
            label = str(domain).rpartition(".")[2]
            raise DeviceRefused(
                self._label,
                f"frames are stamped by {label}, not hardware_clock; switch global_time_enabled off",
            )
        self._bare_in_a_row = 0
        return True

    def _convert(self, frame: rs.frame, arrival_ns: int, backlog: int) -> Frame:
        key = rs.frame_metadata_value
        counter = frame.get_frame_metadata(key.frame_counter)
        self._count(counter)
        sensor_raw = _metadata(frame, key.sensor_timestamp)
        exposure = _metadata(frame, key.actual_exposure)
        raw = frame.get_frame_metadata(key.frame_timestamp)
        late_ns = backlog * 1_000_000_000 // self._config.fps  # the oldest of those that waited
        stamp, sensor_ticks = self._clock.stamp(counter, raw, sensor_raw, arrival_ns, late_ns)
        return Frame(
            camera=self._name,
            stamp=stamp,
            color=np.array(frame.get_data(), dtype=np.uint8),
            exposure_us=self._config.exposure_us if exposure is None else exposure * self._exposure_unit_us,
            sensor_ticks=sensor_ticks,
        )

    def _count(self, counter: int) -> None:
        if self._last_counter is not None:
            if counter < self._last_counter:
                raise DeviceLost(
                    self._label,
                    f"the frame counter went back from {self._last_counter} to {counter}:"
                    " the camera restarted itself; reopen it",
                )
            self._lost += max(0, counter - self._last_counter - 1)  # a frame that comes twice is passed on, and seen
        self._last_counter = counter

    def _new_clock(self) -> FrameClock:
        return FrameClock(self._config.exposure_us, round(self._config.delivery_ms * 1e6))

    def _is_present(self) -> bool:
        return self._device.is_connected() and self._config.serial in plugged_in(self._context)


def _metadata(frame: rs.frame, key: rs.frame_metadata_value) -> int | None:
    return frame.get_frame_metadata(key) if frame.supports_frame_metadata(key) else None


def _ignoring_a_gone_camera(step: Callable[[], None]) -> None:
    try:
        step()
    except RuntimeError:
        return  # an unplugged camera cannot be stopped; there is nothing left to release
