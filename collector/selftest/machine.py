"""The machine before a session: adapters, USB controllers, disk, priorities. Reads the system, changes nothing.

Files that a kernel or a machine lacks (no FTDI adapter, no frequency scaling) give no gate: nothing is invented.
"""

import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collector.selftest.gate import Gate
from hardware.arms.adapter import latency_timer
from hardware.config import RigConfig

_PROBE_BYTES = 64 << 20
_CAMERA_BYTES_S = 6_000_000  # 640x480 JPEG q90 at 60 Hz, measured
_COPIES = 2  # journal and HDF5 of an episode exist side by side
# USB 3.2 gen 1 carries 5 Gbit/s, of which 8b/10b and framing leave about 3.2 to data.
_CONTROLLER_GBIT_S = (2.4, 3.2)
_CAP_SYS_NICE = 23  # linux/capability.h
_FTDI_MS = 1


def machine_gates(rig: RigConfig, devices: Mapping[str, Any], out: Path, root: Path = Path("/")) -> list[Gate]:
    """What of the machine bears on timing and on losing nothing. `devices`: DeviceInfo as dictionaries by process."""
    return [
        *_adapters(rig, devices, root),
        *_usb(rig, devices.get("capture", {}), root),
        *_disk(rig, out),
        *_priority(rig, root),
        *_governor(root),
        *_firmware(devices.get("capture", {})),
    ]


def _adapters(rig: RigConfig, devices: Mapping[str, Any], root: Path) -> list[Gate]:
    gates: list[Gate] = []
    for name, leader in rig.leaders.items():
        subject = f"leaders/{name}"
        if found := latency_timer(leader.port, root):
            file, timer = found
            gates.append(
                Gate(
                    subject, "latency timer", timer, "ms", _FTDI_MS, _FTDI_MS,
                    f"echo 1 > /{file.relative_to(root)}, or a udev rule for it",
                )
            )  # fmt: skip
        told = devices.get(f"leader-{name}", {}).get("options", {})
        if "baud" in told:
            gates.append(
                Gate(
                    subject, "baud", float(told["baud"]) * 1e-6, "Mbit/s", 2.0, 1.0,
                    "set the servos' baud rate (address 8) to 4 Mbps, and `baud` in the rig file",
                )
            )  # fmt: skip
        if "return_delay_us" in told:
            gates.append(
                Gate(subject, "return delay", float(told["return_delay_us"]), "us", 0, 0, "set address 9 to 0")
            )
    return gates


def _usb(rig: RigConfig, cameras: Mapping[str, Any], root: Path) -> list[Gate]:
    """Cameras that share one controller share its bandwidth."""
    load: dict[str, float] = {}
    for name, info in cameras.items():
        controller = usb_controller(str(info.get("options", {}).get("physical_port", "")), root)
        if controller:
            config = rig.cameras[name]
            bits = config.width * config.height * 16 * config.fps  # YUYV on the wire
            load[controller] = load.get(controller, 0.0) + bits * 1e-9
    warn, fail = _CONTROLLER_GBIT_S
    return [
        Gate(
            f"usb {controller}", "cameras' load", gbit_s, "Gbit/s", warn, fail,
            "plug cameras into ports of different controllers",
        )
        for controller, gbit_s in sorted(load.items())
    ]  # fmt: skip


def usb_controller(physical_port: str, root: Path = Path("/")) -> str:
    """PCI address of the host controller that a RealSense's physical_port belongs to; empty if unknown.

    The port is a sysfs path of the V4L2 back end, or `bus-port-...` of the RSUSB back end.
    """
    path = physical_port
    if path and not path.startswith("/"):
        path = os.path.realpath(root / "sys/bus/usb/devices" / f"usb{path.partition('-')[0]}")
    parts = path.split("/")
    buses = [i for i, part in enumerate(parts) if part.startswith("usb") and part[3:].isdigit()]
    return parts[buses[0] - 1] if buses else ""


def _disk(rig: RigConfig, out: Path) -> list[Gate]:
    rate = _CAMERA_BYTES_S * max(1, len(rig.cameras)) * _COPIES
    minutes = shutil.disk_usage(out).free / rate / 60
    return [
        Gate("disk", "speed", _write_mb_s(out), "MB/s", *rig.gates.disk_mb_s, "record to a faster disk, or free it"),
        Gate("disk", "room", minutes, "min", *rig.gates.disk_minutes, "free some space on it"),
    ]


def _write_mb_s(out: Path) -> float:
    """Sequential write with fsync, as a journal does; the file is gone again at once."""
    probe = out / f".speed-{os.getpid()}"
    block = os.urandom(1 << 20)
    try:
        with probe.open("wb", buffering=0) as file:
            begin = time.monotonic()
            for _ in range(_PROBE_BYTES >> 20):
                file.write(block)
            os.fsync(file.fileno())
            return _PROBE_BYTES * 1e-6 / (time.monotonic() - begin)
    except OSError:
        return float("nan")
    finally:
        probe.unlink(missing_ok=True)


def _priority(rig: RigConfig, root: Path) -> list[Gate]:
    if not rig.realtime or rig.virtual is not None:  # a virtual arm does without
        return []
    status = (root / "proc/self/status").read_text().splitlines()
    held = next((int(line.split()[1], 16) for line in status if line.startswith("CapEff:")), 0)
    limits = (root / "proc/self/limits").read_text().splitlines()
    limit = next((line.split()[3] for line in limits if line.startswith("Max realtime priority")), "0")
    missing = 0.0 if held >> _CAP_SYS_NICE & 1 or limit not in ("0",) else 1.0
    kernel = _number(root / "sys/kernel/realtime")
    return [
        Gate("host", "real-time priority missing", missing, "", 0, 1, "allow rtprio for this user (limits.conf)"),
        Gate("host", "ordinary kernel", 0.0 if kernel == 1 else 1.0, "", 0, 1, "a PREEMPT_RT kernel for 1 kHz control"),
    ]


def _governor(root: Path) -> list[Gate]:
    files = sorted((root / "sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq/scaling_governor"))
    if not files:
        return []
    slow = sum(file.read_text().strip() != "performance" for file in files)
    return [Gate("host", "cores not at full speed", slow, "", 0, len(files), "cpupower frequency-set -g performance")]


def _firmware(cameras: Mapping[str, Any]) -> list[Gate]:
    """Equal models with different firmware have different delays."""
    kinds: dict[str, set[str]] = {}
    for info in cameras.values():
        kinds.setdefault(str(info["model"]), set()).add(str(info["firmware"]))
    return [
        Gate(f"firmware {model}", "versions in use", len(found), "", 1, 8, f"flash one of {', '.join(sorted(found))}")
        for model, found in sorted(kinds.items())
    ]  # fmt: skip


def _number(path: Path) -> float | None:
    try:
        return float(path.read_text())
    except (OSError, ValueError):
        return None
