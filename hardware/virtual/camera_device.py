"""A RealSense as the SDK sees it: an `rs.software_device` with a D400's sensors, modes and options."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.cameras.sdk import rs
from hardware.virtual_config import CameraModel

# (width, height, fps): the colour modes of a D455 over USB 3 in RealSense's data sheet.
_WIDE = [(1280, 800), (1280, 720)]
_SMALL = [(848, 480), (640, 480), (640, 360), (480, 270), (424, 240)]
_MODES = [
    *((w, h, fps) for w, h in _WIDE for fps in (5, 10, 15, 30)),
    *((w, h, fps) for w, h in _SMALL for fps in (5, 15, 30, 60)),
]
_PRODUCT_ID = {"D455": "0B5C", "D405": "0B5B", "D435": "0B07", "D435I": "0B3A"}
_FOLLOWS_LINE = ("D455",)  # of the others the colour does not (librealsense #5861), or there is no line (#13397)
_FIRMWARE = "5.17.0.10"


def _range(low: float, high: float, default: float) -> rs.option_range:
    """Whole steps. Set by name: the constructor of 2.59 takes step and default the wrong way round."""
    span = rs.option_range()
    span.min, span.max, span.step, span.default = low, high, 1, default
    return span


# src/ds/ds-options.cpp: off, master, slave; genlock (4..258) and two-frame laser modes came with these firmwares.
_SYNC_RANGES = (((5, 12, 12, 100), 260), ((5, 12, 4, 0), 258))
_OLD_SYNC_MAX = 2
_RGB_EXPOSURE_RANGE = _range(1, 10_000, 156)  # 100 us (librealsense #8243)
_STEREO_EXPOSURE_RANGE = _range(1, 165_000, 8500)  # us (librealsense #6384)
_SWITCH = _range(0, 1, 1)


@dataclass(frozen=True, slots=True)
class SoftwareCamera:
    """The device and its two sensors; on a D405 colour and sync options are on the same one."""

    device: rs.software_device
    color: rs.software_sensor
    stereo: rs.software_sensor
    color_follows_line: bool

    @staticmethod
    def build(
        serial: str, model: CameraModel, matrix: NDArray[np.float64], *, firmware: str = _FIRMWARE
    ) -> "SoftwareCamera":
        """`matrix`: (3, 3) intrinsics in pixels at the size that the rig streams."""
        device = rs.software_device()
        for info, text in (
            (rs.camera_info.name, f"Intel RealSense {model}"),
            (rs.camera_info.serial_number, serial),
            (rs.camera_info.product_line, "D400"),
            (rs.camera_info.product_id, _PRODUCT_ID[model]),
            (rs.camera_info.firmware_version, firmware),
            (rs.camera_info.usb_type_descriptor, "3.2"),
            (rs.camera_info.physical_port, f"virtual-{serial}"),
        ):
            device.register_info(info, text)
        stereo = device.add_sensor("Stereo Module")
        color = stereo if model == "D405" else device.add_sensor("RGB Camera")
        for uid, (width, height, fps) in enumerate(_MODES):
            color.add_video_stream(_color_stream(uid, width, height, fps, matrix))
        if model != "D405":  # src/ds/d400/d400-device.cpp registers no sync option for it
            stereo.add_option(rs.option.inter_cam_sync_mode, _sync_range(firmware))
            color.add_option(rs.option.auto_exposure_priority, _SWITCH)
        exposure = _STEREO_EXPOSURE_RANGE if color is stereo else _RGB_EXPOSURE_RANGE
        color.add_option(rs.option.exposure, exposure)
        color.add_option(rs.option.enable_auto_exposure, _SWITCH)
        color.add_option(rs.option.global_time_enabled, _SWITCH)
        return SoftwareCamera(device, color, stereo, model in _FOLLOWS_LINE)

    def is_started(self) -> bool:
        """Does the driver stream? start() resets the pool's size to 0 (src/software-sensor.cpp)."""
        is_open = bool(self.color.get_active_streams())
        return is_open and self.color.get_option(rs.option.frames_queue_size) == 0

    @property
    def exposure_unit_us(self) -> int:
        """A stereo module counts exposure in us, an RGB one in 100 us."""
        return 1 if self.color is self.stereo else 100

    @property
    def exposure_us(self) -> int:
        """The exposure that the driver set, us."""
        return int(self.color.get_option(rs.option.exposure)) * self.exposure_unit_us

    @property
    def sync_mode(self) -> int:
        """The inter_cam_sync_mode that the colour sensor goes by: what the driver wrote, 0 where it does not follow."""
        option = rs.option.inter_cam_sync_mode
        follows = self.color_follows_line and self.stereo.supports(option)
        return int(self.stereo.get_option(option)) if follows else 0


def _sync_range(firmware: str) -> rs.option_range:
    version = tuple(map(int, firmware.split(".")))
    return _range(0, next((top for since, top in _SYNC_RANGES if version >= since), _OLD_SYNC_MAX), 0)


def _color_stream(uid: int, width: int, height: int, fps: int, matrix: NDArray[np.float64]) -> rs.video_stream:
    stream = rs.video_stream()
    stream.type, stream.index, stream.uid = rs.stream.color, 0, uid
    stream.width, stream.height, stream.fps = width, height, fps
    stream.fmt, stream.bpp = rs.format.rgb8, 3
    intrinsics = rs.intrinsics()
    intrinsics.width, intrinsics.height = width, height
    intrinsics.fx, intrinsics.fy = float(matrix[0, 0]), float(matrix[1, 1])
    intrinsics.ppx, intrinsics.ppy = float(matrix[0, 2]), float(matrix[1, 2])
    stream.intrinsics = intrinsics
    return stream
