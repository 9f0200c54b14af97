"""What a RealSense is on the sync line, and which models and firmwares cannot be what the rig file asks."""

from hardware.cameras.discovery import model_of, set_option
from hardware.cameras.sdk import rs
from hardware.config import RealSenseConfig
from hardware.interfaces import DeviceRefused

# rs_option.h: inter_cam_sync_mode. Genlock is 4 .. 258, its burst count + 3: one frame a trigger (ds-options.cpp).
_MODES = {"off": 0, "master": 1, "slave": 2, "genlock": 4}
_GENLOCK_FIRMWARE = (5, 12, 4, 0)  # src/ds/d400/d400-device.cpp
_OPTION = rs.option.inter_cam_sync_mode


def set_sync_mode(name: str, device: rs.device, config: RealSenseConfig) -> str:
    """Make the camera off, master, slave or genlock on the sync line; what it is then, as it tells itself.

    The option sits on the depth sensor, also for colour (librealsense #7502). Its range depends on model and
    firmware (5.17.2.5 went over to another control), so it is asked for. Raises DeviceRefused with the reason.
    """
    wanted, model = _MODES[config.sync], model_of(device)
    if wanted and "D435" in model:  # librealsense #5861: depth follows the line, colour does not
        raise DeviceRefused(name, f"a {model}'s colour sensor does not follow the sync line; set `sync: off`")
    owner = next((s for s in device.query_sensors() if s.supports(_OPTION)), None)
    if owner is None:
        if wanted:  # librealsense #13397: a D405 has no sync pins
            raise DeviceRefused(name, f"a {model} has no sync input; set `sync: off`")
        return "off"
    firmware = device.get_info(rs.camera_info.firmware_version)
    if config.sync == "genlock" and _version(firmware) < _GENLOCK_FIRMWARE:
        raise DeviceRefused(
            name,
            f"genlock needs firmware {'.'.join(map(str, _GENLOCK_FIRMWARE))}, this {model} has {firmware};"
            " update it, or let one camera be master and the others slaves",
        )
    span = owner.get_option_range(_OPTION)
    if not span.min <= wanted <= span.max:
        raise DeviceRefused(
            name,
            f"firmware {firmware} of this {model} allows inter_cam_sync_mode {span.min:g}..{span.max:g},"
            f" not {wanted} ({config.sync}); update it or set `sync: off`",
        )
    set_option(name, owner, _OPTION, wanted)
    return _named(round(owner.get_option(_OPTION)))


def _named(mode: int) -> str:
    return next((name for name, number in _MODES.items() if number == mode), str(mode))


def _version(firmware: str) -> tuple[int, ...]:
    return tuple(int(part) for part in firmware.split(".") if part.isdigit())
