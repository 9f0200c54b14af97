"""Cameras that are plugged in and do nothing by themselves: the test injects each frame."""

from collections.abc import Generator
from contextlib import contextmanager

import numpy as np

from hardware.cameras.sdk import rs
from hardware.virtual.camera_device import SoftwareCamera
from hardware.virtual_config import CameraModel
from tests.virtual_cameras import HEIGHT, WIDTH


class Plugged:
    """An SDK context and what was added to it."""

    def __init__(self) -> None:
        self.context = rs.context()
        self._listed: list[rs.device_list] = []
        self._cameras: list[SoftwareCamera] = []  # the SDK crashes on a listed device that is gone
        self.context.set_devices_changed_callback(lambda e: self._listed.append(e.get_new_devices()))

    def add(self, serial: str, model: CameraModel = "D455", firmware: str = "5.17.0.10") -> SoftwareCamera:
        matrix = np.array([[380.25, 0, 211.5], [0, 381.125, 119.0], [0, 0, 1]])
        camera = SoftwareCamera.build(serial, model, matrix, firmware=firmware)
        camera.device.add_to(self.context)
        self._cameras.append(camera)
        return camera

    def unplug_all(self) -> None:
        self._listed.clear()


@contextmanager
def plugged() -> Generator[Plugged]:
    usb = Plugged()
    yield usb
    usb.unplug_all()


def inject(
    camera: SoftwareCamera,
    counter: int | None,
    timestamp: int | None,
    domain: rs.timestamp_domain = rs.timestamp_domain.hardware_clock,
) -> None:
    """One frame; metadata that is None is left out (if it was never given before)."""
    frame = rs.software_video_frame()
    frame.pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    frame.profile = camera.color.get_active_streams()[0].as_video_stream_profile()
    frame.bpp, frame.stride, frame.domain = 3, 3 * WIDTH, domain
    if counter is not None:
        camera.color.set_metadata(rs.frame_metadata_value.frame_counter, counter)
    if timestamp is not None:
        camera.color.set_metadata(rs.frame_metadata_value.frame_timestamp, timestamp)
    camera.color.on_video_frame(frame)
