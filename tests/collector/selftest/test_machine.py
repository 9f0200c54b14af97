from pathlib import Path
from typing import Any

import pytest

from collector.selftest.gate import Gate
from collector.selftest.machine import machine_gates, usb_controller
from hardware.config import RigConfig
from hardware.load import load
from tests.e2e.rig import ROOT

BUS = "sys/devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/video4linux/video0"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine's file system: one FTDI adapter at 1 ms, frequency scaling, a real-time kernel."""
    for path, text in {
        "sys/bus/usb-serial/devices/ttyUSB0/latency_timer": "1\n",
        "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance\n",
        "sys/kernel/realtime": "1\n",
        "proc/self/status": "Name:\tx\nCapEff:\t0000000000000000\n",
        "proc/self/limits": "Max realtime priority     99                   99                   \n",
        "dev/ttyUSB0": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def camera(controller: str, firmware: str = "5.16.0.1") -> dict[str, Any]:
    port = f"/sys/devices/pci0000:00/{controller}/usb2/2-1/2-1:1.0/video4linux/video0"
    return {"model": "D455", "firmware": firmware, "options": {"physical_port": port}}


def gates(root: Path, **devices: Any) -> dict[str, Gate]:
    rig = load(RigConfig, ROOT / "configs/rigs/franka_gello.yaml", ("leaders.right.port=/dev/ttyUSB0",))
    leader = {"options": {"baud": "4000000", "return_delay_us": "0"}}
    capture = {n: camera(f"0000:00:{i}4.0") for i, n in enumerate(rig.cameras)}
    found = machine_gates(rig, {"leader-right": leader, "capture": capture, **devices}, root, root)
    return {f"{gate.subject}: {gate.name}": gate for gate in found}


def test_a_well_kept_machine_passes(machine: Path) -> None:
    found = gates(machine)
    about_timing = {name: gate for name, gate in found.items() if not name.startswith("disk")}
    assert {gate.verdict for gate in about_timing.values()} == {"pass"}
    assert {"leaders/right: latency timer", "leaders/right: baud", "host: cores not at full speed"} <= set(found)


def test_an_ftdi_latency_timer_left_at_its_default_fails(machine: Path) -> None:
    (machine / "sys/bus/usb-serial/devices/ttyUSB0/latency_timer").write_text("16\n")
    gate = gates(machine)["leaders/right: latency timer"]
    assert gate.verdict == "fail"
    assert "ttyUSB0/latency_timer" in gate.remedy


def test_the_factory_baud_rate_and_return_delay_fail(machine: Path) -> None:
    found = gates(machine, **{"leader-right": {"options": {"baud": "57600", "return_delay_us": "500"}}})
    assert found["leaders/right: baud"].verdict == "fail"
    assert found["leaders/right: return delay"].verdict == "fail"


def test_many_cameras_on_one_controller_are_told(machine: Path) -> None:
    rig = load(RigConfig, ROOT / "configs/rigs/franka_gello.yaml", ())
    big = rig.model_copy(
        update={"cameras": {n: c.model_copy(update={"width": 1280, "height": 720}) for n, c in rig.cameras.items()}}
    )
    shared = {name: camera("0000:00:14.0") for name in big.cameras}
    found = {g.subject: g for g in machine_gates(big, {"capture": shared}, machine, machine)}
    assert found["usb 0000:00:14.0"].verdict == "warn"
    assert found["usb 0000:00:14.0"].value == pytest.approx(3 * 1280 * 720 * 16 * 60e-9)


def test_a_controller_is_found_by_either_back_ends_path(machine: Path) -> None:
    assert usb_controller(f"/{BUS}") == "0000:00:14.0"
    (machine / "sys/devices/pci0000:00/0000:00:14.0/usb2").mkdir(parents=True)
    (machine / "sys/bus/usb/devices").mkdir(parents=True)
    (machine / "sys/bus/usb/devices/usb2").symlink_to(machine / "sys/devices/pci0000:00/0000:00:14.0/usb2")
    assert usb_controller("2-3-5", machine) == "0000:00:14.0"
    assert usb_controller("", machine) == ""


def test_missing_rights_and_slow_cores_warn_and_do_not_stop_anyone(machine: Path) -> None:
    (machine / "proc/self/limits").write_text("Max realtime priority     0                    0                    \n")
    (machine / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").write_text("powersave\n")
    (machine / "sys/kernel/realtime").unlink()
    found = gates(machine)
    warned = ["host: real-time priority missing", "host: ordinary kernel", "host: cores not at full speed"]
    assert [found[name].verdict for name in warned] == ["warn"] * 3


def test_cameras_of_one_model_with_two_firmwares_are_told(machine: Path) -> None:
    found = gates(machine, capture={"front": camera("0000:00:14.0"), "side": camera("0000:00:15.0", "5.17.0.9")})
    gate = found["firmware D455: versions in use"]
    assert gate.verdict == "warn"
    assert "5.17.0.9" in gate.remedy


def test_the_disk_is_measured_and_left_clean(machine: Path) -> None:
    before = sorted(p.name for p in machine.iterdir())
    found = gates(machine)
    assert found["disk: speed"].value > 0
    assert found["disk: room"].value > 0
    assert sorted(p.name for p in machine.iterdir()) == before
