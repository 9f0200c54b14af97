"""Teleoperation at the keyboard: keys to verbs, the daemon's status to the screen."""

import time
from typing import Any

from rich.console import Console
from rich.live import Live

from collector.control import Client, DaemonError
from collector.report.keys import Keys
from collector.report.teleop_table import teleop_view
from hardware.config import RigConfig

_KEYS_S = 0.03
_REFRESH_S = 0.1
_ARROWS = {"up": (1.0, 0.0), "down": (-1.0, 0.0), "left": (0.0, 1.0), "right": (0.0, -1.0)}  # forward, turn

Ask = tuple[str, dict[str, Any]]


def teleop_live(client: Client, console: Console, seconds: float | None) -> None:
    """Until q, Ctrl-C or the time is over; then everything is released. Raises DaemonError when the daemon goes."""
    rig = RigConfig.model_validate(client.call("rig")["rig"])
    began, refreshed, said = time.monotonic(), 0.0, ""
    with Keys() as keys, Live(console=console, auto_refresh=False, screen=True) as live:
        try:
            while (now := time.monotonic()) - began < (seconds or float("inf")):
                for key in keys.read(_KEYS_S):
                    if key == "q":
                        return
                    said = _do(client, ask_for(key, rig, clutched(client.call("status"))))
                if now - refreshed >= _REFRESH_S:
                    refreshed = now
                    live.update(teleop_view(client.call("status"), rig, f"{said}\n{help_line(rig)}"), refresh=True)
        except KeyboardInterrupt:
            pass
        finally:
            client.call("release")


def ask_for(key: str, rig: RigConfig, is_clutched: bool) -> Ask | None:
    """What a key means on this rig; None: nothing."""
    match key:
        case "e":
            return "engage", {}
        case "a":
            return "approach", {}
        case " ":
            return ("deadman" if rig.teleop.deadman == "key" else "release"), {}
        case "x":
            return "release", {}
        case "c":
            return ("unclutch" if is_clutched else "clutch"), {}
        case "r":
            return "reset", {}
        case "up" | "down" | "left" | "right" if rig.bases:
            forward, turn = _ARROWS[key]
            speed = min(base.speed for base in rig.bases.values())
            rate = min(base.turn for base in rig.bases.values())
            return "drive", {"vx": forward * speed, "vy": 0.0, "wz": turn * rate}
        case _:
            return None


def help_line(rig: RigConfig) -> str:
    """The keys that this rig has."""
    space = "hold space: deadman, x: release" if rig.teleop.deadman == "key" else "space: release"
    parts = ["e: engage", "a: robot goes to leader, then follows", space, "r: reset"]
    parts += ["c: clutch"] if rig.teleop.clutch else []
    parts += ["arrows: drive"] if rig.bases else []
    return "   ".join([*parts, "q: quit"])


def clutched(status: dict[str, Any]) -> bool:
    """Is any leader free to move elsewhere?"""
    return any(process.get("cause") == "clutched" for process in status["processes"].values())


def _do(client: Client, ask: Ask | None) -> str:
    """What the daemon objects to, if anything."""
    if ask is None:
        return ""
    try:
        client.call(ask[0], **ask[1])
    except DaemonError as error:
        return str(error)
    return ""
