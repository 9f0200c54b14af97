"""What a daemon's status says of its rig, for clients. Pure."""

from collections.abc import Mapping
from typing import Any

Status = Mapping[str, Any]


def cpu_s(status: Status) -> dict[str, float]:
    """CPU time by process, s, without the virtual rig's far ends."""
    own = {n: p.get("cpu_s", 0.0) for n, p in status["processes"].items() if not n.startswith("virtual")}
    return {**own, "daemon": status["cpu_s"]}


def paused(status: Status) -> str:
    """Why the running take waits; empty if it does not."""
    recording = status["processes"].get("capture", {}).get("recording")
    return f"paused: {recording['paused']}" if recording and recording["paused"] else ""


def not_ready(status: Status) -> str:
    """The processes whose devices have not answered."""
    return ", ".join(name for name, process in status["processes"].items() if not process["ready"])


def arms(status: Status) -> dict[str, dict[str, Any]]:
    """The followers' processes."""
    return {n: p for n, p in status["processes"].items() if n.startswith("arm-")}


def errors_known(status: Status) -> bool:
    """Has every arm seen its new leader, and every replay been heard?"""
    return all(arm.get("error") and None not in arm["error"] for arm in arms(status).values())


def all_follow(status: Status) -> bool:
    """Does every arm follow its leader?"""
    return all(p.get("teleop") == "FOLLOW" for p in arms(status).values())


def any_arm(status: Status, *states: str) -> bool:
    """Is an arm in one of these states of teleoperation?"""
    return any(p.get("teleop") in states for p in arms(status).values())


def teleop_reasons(status: Status) -> str:
    """By arm, its state of teleoperation and why."""
    return "; ".join(f"{n}: {p.get('teleop')} {p.get('reason', '')}" for n, p in arms(status).items())
