"""Finding a RealSense and making it do exactly what the rig file says, or refusing with the reason."""

import time

from hardware.cameras.sdk import rs
from hardware.config import RealSenseConfig
from hardware.interfaces import DeviceRefused
from hardware.samples import monotonic_ns

_POLL_S = 0.05


def find_device(name: str, context: rs.context, serial: str, timeout_s: float) -> rs.device:
    """Wait for the camera with this serial number. Raises DeviceRefused, naming those present."""
    deadline = monotonic_ns() + round(timeout_s * 1e9)
    while True:
        present = plugged_in(context)
        if serial in present:
            return present[serial]
        if monotonic_ns() > deadline:
            raise DeviceRefused(
                name,
                f"no camera with serial {serial}; plugged in: {', '.join(sorted(present)) or 'none'}."
                " Check the cable, or correct `serial` in the rig file",
            )
        time.sleep(_POLL_S)


def plugged_in(context: rs.context) -> dict[str, rs.device]:
    """The cameras present, by serial number."""
    devices = context.query_devices()
    present: dict[str, rs.device] = {}
    for i in range(len(devices)):
        try:
            present[devices[i].get_info(rs.camera_info.serial_number)] = devices[i]
        except RuntimeError:
            continue  # unplugged since the list was made
    return present


def find_mode(name: str, device: rs.device, config: RealSenseConfig) -> tuple[rs.sensor, rs.stream_profile]:
    """The colour sensor and its RGB8 profile of the configured size and rate.

    By stream type, not by `first_color_sensor()`: a D405's colour is on its stereo module.
    Raises DeviceRefused with the modes that the camera has.
    """
    modes: set[tuple[int, int, int]] = set()
    for sensor in device.query_sensors():
        for profile in sensor.get_stream_profiles():
            if profile.stream_type() != rs.stream.color or profile.format() != rs.format.rgb8:
                continue
            video = profile.as_video_stream_profile()
            mode = (video.width(), video.height(), video.fps())
            if mode == (config.width, config.height, config.fps):
                return sensor, profile
            modes.add(mode)
    listed = ", ".join(f"{w}x{h}@{fps}" for w, h, fps in sorted(modes)) or "no colour at all"
    raise DeviceRefused(
        name,
        f"the {model_of(device)} has no {config.width}x{config.height}@{config.fps} colour;"
        f" it has {listed}. Set width, height and fps in the rig file",
    )


def set_exposure(name: str, sensor: rs.sensor, exposure_us: int) -> int:
    """Fix the exposure, all automatics off. Returns the unit of the sensor's exposure, us."""
    unit_us = exposure_unit_us(sensor)
    if exposure_us % unit_us:
        raise DeviceRefused(
            name,
            f"this colour sensor sets exposure in steps of {unit_us} us;"
            f" exposure_us {exposure_us} is none, {exposure_us // unit_us * unit_us} is",
        )
    for automatic in (
        rs.option.enable_auto_exposure,
        rs.option.auto_exposure_priority,
        rs.option.global_time_enabled,
    ):
        if sensor.supports(automatic):
            set_option(name, sensor, automatic, 0)
    set_option(name, sensor, rs.option.exposure, exposure_us // unit_us)
    return unit_us


def exposure_unit_us(sensor: rs.sensor) -> int:
    """RGB modules count exposure in 100 us, stereo modules in us (librealsense #8243, #6384)."""
    return 1 if sensor.get_info(rs.camera_info.name) == "Stereo Module" else 100


def set_option(name: str, sensor: rs.sensor, option: rs.option, value: int) -> None:
    """Write an option and read it back. Raises DeviceRefused when the camera kept another value."""
    label = option.name
    try:
        sensor.set_option(option, value)
        kept = sensor.get_option(option)
    except RuntimeError as error:
        raise DeviceRefused(name, f"the camera refused {label} = {value}: {error}") from error
    if kept != value:
        raise DeviceRefused(name, f"{label} was set to {value}, but the camera kept {kept:g}")


def model_of(device: rs.device) -> str:
    """The model, as D455."""
    return device.get_info(rs.camera_info.name).removeprefix("Intel RealSense ")
