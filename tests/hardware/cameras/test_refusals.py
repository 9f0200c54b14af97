"""What the driver does not accept, and what it says then."""

import pytest

from hardware.cameras import realsense
from hardware.cameras.realsense import RealSenseCamera
from hardware.cameras.sdk import rs
from hardware.interfaces import DeviceLost, DeviceRefused, DeviceTimeout
from hardware.virtual_config import CameraModel
from tests.hardware.cameras.plugged import inject, plugged
from tests.virtual_cameras import camera_config

TIMEOUT_S = 10.0  # far beyond any frame's; only a hang runs into it


def only_up_to_3(_sensor: rs.sensor, _option: rs.option) -> rs.option_range:
    span = rs.option_range()
    span.min, span.max, span.step, span.default = 0, 3, 1, 0
    return span


def keep_as_it_is(_sensor: rs.sensor, _option: rs.option, _value: float) -> None:
    return


def test_unknown_serial_lists_those_present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realsense, "_FIND_TIMEOUT_S", 0.05)
    with plugged() as usb:
        usb.add("1002")
        usb.add("1001")
        with pytest.raises(DeviceRefused, match=r"cameras\.front: .*777; plugged in: 1001, 1002\."):
            RealSenseCamera("front", camera_config("777"), usb.context)


def test_unknown_mode_lists_those_the_camera_has() -> None:
    with plugged() as usb:
        usb.add("1001")
        wanted = camera_config("1001", width=1280, height=720, fps=60)
        with pytest.raises(DeviceRefused, match=r"no 1280x720@60 .*640x480@60.*1280x720@30"):
            RealSenseCamera("front", wanted, usb.context)


@pytest.mark.parametrize(
    ("model", "reason"), [("D405", "no sync input"), ("D435", "does not follow"), ("D435I", "does not follow")]
)
@pytest.mark.parametrize("sync", ["master", "slave", "genlock"])
def test_sync_is_refused_where_colour_cannot_have_it(model: CameraModel, reason: str, sync: str) -> None:
    with plugged() as usb:
        usb.add("1001", model)
        with pytest.raises(DeviceRefused, match=f"{model}.*{reason}.*sync: off"):
            RealSenseCamera("wrist", camera_config("1001", sync), usb.context)
        assert RealSenseCamera("wrist", camera_config("1001", "off"), usb.context).info().model == model


@pytest.mark.parametrize(("model", "option"), [("D455", 40), ("D405", 4000)])
def test_exposure_is_set_in_the_sensors_own_unit_with_automatics_off(model: CameraModel, option: int) -> None:
    with plugged() as usb:
        camera = usb.add("1001", model)
        RealSenseCamera("front", camera_config("1001", "off"), usb.context)
        assert camera.color.get_option(rs.option.exposure) == option
        assert camera.color.get_option(rs.option.enable_auto_exposure) == 0
        assert camera.color.get_option(rs.option.global_time_enabled) == 0


def test_exposure_between_the_sensors_steps_is_refused() -> None:
    with plugged() as usb:
        usb.add("1001")
        with pytest.raises(DeviceRefused, match=r"steps of 100 us.* 4050 .*4000"):
            RealSenseCamera("front", camera_config("1001", exposure_us=4050), usb.context)


def test_genlock_is_refused_by_firmware_that_is_too_old() -> None:
    with plugged() as usb:
        usb.add("1001", firmware="5.12.3.99")
        with pytest.raises(DeviceRefused, match=r"cameras\.front: .*5\.12\.4\.0, this D455 has 5\.12\.3\.99; update"):
            RealSenseCamera("front", camera_config("1001", "genlock"), usb.context)
        assert RealSenseCamera("front", camera_config("1001"), usb.context).info().options["sync_class"] == "slaved"


def test_mode_beyond_the_range_that_the_firmware_tells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with plugged() as usb:
        usb.add("1001")
        monkeypatch.setattr(rs.sensor, "get_option_range", only_up_to_3)
        with pytest.raises(DeviceRefused, match=r"firmware 5\.17\.0\.10 .* allows inter_cam_sync_mode 0\.\.3, not 4"):
            RealSenseCamera("front", camera_config("1001", "genlock"), usb.context)


def test_mode_that_the_camera_does_not_keep_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with plugged() as usb:
        usb.add("1001")
        monkeypatch.setattr(rs.sensor, "set_option", keep_as_it_is)
        with pytest.raises(DeviceRefused, match=r"inter_cam_sync_mode was set to 4, but the camera kept 0"):
            RealSenseCamera("front", camera_config("1001", "genlock"), usb.context)


@pytest.mark.parametrize(
    ("sync", "told", "sync_class"),
    [
        ("off", "off", "timestamped"),
        ("master", "master", "slaved"),
        ("slave", "slave", "slaved"),
        ("genlock", "genlock", "triggered"),
    ],
)
def test_sync_mode_is_told_as_read_back(sync: str, told: str, sync_class: str) -> None:
    with plugged() as usb:
        usb.add("1001")
        options = RealSenseCamera("front", camera_config("1001", sync), usb.context).info().options
        assert (options["inter_cam_sync_mode"], options["sync_class"]) == (told, sync_class)


def test_factory_lens_is_told_for_the_streamed_profile() -> None:
    with plugged() as usb:
        usb.add("1001")
        options = RealSenseCamera("front", camera_config("1001"), usb.context).info().options
        assert [float(value) for value in options["K"].split()] == [380.25, 381.125, 211.5, 119.0]
        model, *coefficients = options["distortion"].split()
        assert model == "none"
        assert [float(value) for value in coefficients] == [0.0] * 5


@pytest.mark.parametrize(("sync", "mode"), [("off", 0), ("master", 1), ("slave", 2), ("genlock", 4)])
def test_sync_mode_is_written(sync: str, mode: int) -> None:
    with plugged() as usb:
        camera = usb.add("1001")
        camera.stereo.set_option(rs.option.inter_cam_sync_mode, 3)
        RealSenseCamera("front", camera_config("1001", sync), usb.context)
        assert camera.stereo.get_option(rs.option.inter_cam_sync_mode) == mode


def test_camera_in_use_is_refused() -> None:
    with plugged() as usb:
        usb.add("1001")
        first = RealSenseCamera("front", camera_config("1001"), usb.context)
        second = RealSenseCamera("copy", camera_config("1001"), usb.context)
        first.start()
        with pytest.raises(DeviceRefused, match=r"cameras\.copy: .*other programs"):
            second.start()
        second.close()
        first.close()


def test_frames_without_metadata_are_skipped_then_refused() -> None:
    with plugged() as usb:
        device = usb.add("1001")
        camera = RealSenseCamera("front", camera_config("1001"), usb.context)
        camera.start()
        for _ in range(3):
            inject(device, None, None, rs.timestamp_domain.system_time)
        with pytest.raises(DeviceTimeout):
            camera.read(0.05)
        for _ in range(10):
            inject(device, None, None, rs.timestamp_domain.system_time)
        with pytest.raises(DeviceRefused, match="metadata"):
            camera.read(TIMEOUT_S)
        camera.close()


@pytest.mark.parametrize("domain", [rs.timestamp_domain.system_time, rs.timestamp_domain.global_time])
def test_other_clocks_than_the_cameras_own_are_refused(domain: rs.timestamp_domain) -> None:
    with plugged() as usb:
        device = usb.add("1001")
        camera = RealSenseCamera("front", camera_config("1001"), usb.context)
        camera.start()
        inject(device, 1, 1_000_000, domain)
        with pytest.raises(DeviceRefused, match="not hardware_clock"):
            camera.read(TIMEOUT_S)
        camera.close()


def test_counter_that_goes_back_is_a_restarted_camera() -> None:
    with plugged() as usb:
        device = usb.add("1001")
        camera = RealSenseCamera("front", camera_config("1001"), usb.context)
        camera.start()
        inject(device, 500, 1_000_000)
        inject(device, 1, 2_000)
        assert camera.read(TIMEOUT_S).stamp.seq == 500
        with pytest.raises(DeviceLost, match="restarted"):
            camera.read(TIMEOUT_S)
        camera.close()


def test_gaps_of_the_counter_are_lost_frames_and_missing_stamps_are_none() -> None:
    with plugged() as usb:
        device = usb.add("1001")
        camera = RealSenseCamera("front", camera_config("1001"), usb.context)
        camera.start()
        for counter in (7, 8, 11, 12):
            inject(device, counter, counter * 16_667)
        frames = [camera.read(TIMEOUT_S) for _ in range(4)]
        assert [f.stamp.seq for f in frames] == [7, 8, 11, 12]
        assert [f.sensor_ticks for f in frames] == [None] * 4
        assert {f.exposure_us for f in frames} == {4000}
        assert camera.lost == 2
        camera.close()
