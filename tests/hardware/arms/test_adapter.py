"""The adapter as the kernel shows it."""

from pathlib import Path

from hardware.arms.adapter import latency_timer


def test_the_latency_timer_is_found_behind_the_name_that_udev_gives(tmp_path: Path) -> None:
    timer = tmp_path / "sys/bus/usb-serial/devices/ttyUSB3/latency_timer"
    timer.parent.mkdir(parents=True)
    timer.write_text("16\n")
    (tmp_path / "dev/serial/by-id").mkdir(parents=True)
    (tmp_path / "dev/ttyUSB3").touch()
    (tmp_path / "dev/serial/by-id/usb-FTDI_U2D2-if00").symlink_to("../../ttyUSB3")
    assert latency_timer("/dev/serial/by-id/usb-FTDI_U2D2-if00", tmp_path) == (timer, 16.0)


def test_other_ports_have_none(tmp_path: Path) -> None:
    assert latency_timer("/dev/pts/7", tmp_path) is None
