"""What an episode must say of its making: software, host, devices, configuration, people."""

import json
import os
import platform
import subprocess
import time
import uuid
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from collector.episode.schema import FORMAT_VERSION
from hardware.config import RigConfig
from hardware.rows import DRIVE, EDGE, FLASH, FRAME, GRIPPER, PING, arm_row, base_row, command_row, leader_row
from hardware.samples import monotonic_ns

_PACKAGES = (
    "clapboard", "pyrealsense2", "pylibfranka", "dynamixel-sdk", "numpy", "h5py", "simplejpeg", "pyserial",
)  # fmt: skip


def episode_meta(
    rig: RigConfig,
    task: dict[str, Any],
    grounds: dict[str, Any],
    devices: dict[str, Any],
    labels: dict[str, Any],
    calibration: dict[str, dict[str, Any]] | None = None,
) -> dict[str, object]:
    """The journal's first record. Wall time appears here once, paired with the monotonic clock.

    `grounds`: the certificate or override under which it is recorded; who, where and by whose leave, where the
    session's plan says other than the rig's file. `calibration`: by camera, in full.
    """
    anchor_ns = monotonic_ns()
    return {
        "format_version": FORMAT_VERSION,
        "episode_uuid": str(uuid.uuid4()),
        "utc_anchor_ns": time.time_ns(),
        "monotonic_anchor_ns": anchor_ns,
        "rig": json.loads(rig.model_dump_json()),
        "task": task,
        "streams": _streams(rig),
        "calibration": calibration or {},
        "labels": {"instruction": task["instruction"], **labels},
        "provenance": {
            "software": software(),
            "host": {
                "kernel": platform.release(),
                "machine": platform.machine(),
                "cores": os.cpu_count(),
            },
            "devices": devices,
            "operator": rig.operator,
            "environment": rig.environment,
            "licence": rig.licence,
            **grounds,
        },
    }


def run_stamp() -> dict[str, Any]:
    """What all episodes of one run of the daemon keep in common: a session's UUID, and its start in UTC ns."""
    return {"session_uuid": str(uuid.uuid4()), "session_started_utc_ns": time.time_ns()}


def software() -> dict[str, str]:
    """Versions of what runs, and the commit."""
    return {**{name: _version(name) for name in _PACKAGES}, "git_revision": git_revision()}


def _streams(rig: RigConfig) -> dict[str, Any]:
    streams: dict[str, Any] = {
        "trigger": {"kind": "trigger", "dtype": EDGE.descr},
        "trigger/pings": {"kind": "pings", "dtype": PING.descr},
        "trigger/flashes": {"kind": "flashes", "dtype": FLASH.descr},
    }
    for name, camera in rig.cameras.items():
        streams[f"cameras/{name}"] = {
            "kind": "camera", "dtype": FRAME.descr, "width": camera.width, "height": camera.height,
        }  # fmt: skip
    for name, leader in rig.leaders.items():
        joints = len(leader.ids)
        streams[f"leaders/{name}"] = {
            "kind": "leader",
            "dtype": leader_row(joints).descr,
            "joints": joints,
        }
    for name, follower in rig.followers.items():
        joints, read = follower.joints, follower.driver == "dynamixel"
        streams[f"arms/{name}"] = {"kind": "arm", "dtype": arm_row(joints, read=read).descr, "joints": joints}
        streams[f"commands/{name}"] = {
            "kind": "command",
            "dtype": command_row(joints).descr,
            "joints": joints,
        }
        if follower.gripper is not None:
            streams[f"grippers/{name}"] = {"kind": "gripper", "dtype": GRIPPER.descr}
    for name, base in rig.bases.items():
        streams[f"bases/{name}"] = {"kind": "base", "dtype": base_row(len(base.wheels)).descr}
        streams[f"drive/{name}"] = {"kind": "drive", "dtype": DRIVE.descr}
    return streams


@cache
def git_revision() -> str:
    """Commit of the checkout that runs, with +dirty if it differs; empty outside a checkout."""
    here = Path(__file__).parent

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=here, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    head = git("rev-parse", "HEAD")
    return head + ("+dirty" if head and git("status", "--porcelain", "--untracked-files=no") else "")


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
