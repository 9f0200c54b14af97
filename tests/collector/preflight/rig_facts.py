"""A daemon's status of the virtual rig at rest, everything well, as dictionaries; changed by path."""

from copy import deepcopy
from typing import Any

from hardware.config import RigConfig
from hardware.load import load
from tests.e2e.rig import RIG


def rig(*sets: str) -> RigConfig:
    return load(RigConfig, RIG, sets)


def _process(**told: Any) -> dict[str, Any]:
    return {"alive": True, "ready": True, "pid": 1, "warning": "", "cpu_s": 1.0, **told}


_CAMERA = {"frames": 6000, "lost": 0, "overflowed": 0, "queued": 0, "prompt_s": 10, "age_ms": 9.0}
_CAMERAS = ("front", "side", "wrist")
_STREAM = {"rate_hz": 60.0, "offset_us": 3.0, "bound_us": 80.0, "drops": 0, "age_s": 0.01}
_STATUS: dict[str, Any] = {
    "state": "IDLE",
    "fault": None,
    "plan": {
        "task": {"name": "pick_cube", "consent": "given", "licence": "CC0-1.0"},
        "instruction": "pick up the red cube",
        "operator": "operator-1",
        "kept": 12,
        "goal": 50,
    },
    "disk": {"free_bytes": 10**12, "minutes": 900.0},
    "backlog": {"failed": [], "problems": [], "pending": 0, "left_s": None},
    "processes": {
        "sync": _process(
            edges=6000, rate_hz=60.0, bound_us=84.0, faults=0, last_fault="",
            streams={"trigger": _STREAM, **{f"cameras/{name}": {**_STREAM} for name in _CAMERAS}},
        ),
        "capture": _process(cameras={name: {**_CAMERA} for name in _CAMERAS}, recording=None),
        "leader-right": _process(reads=20_000, missed=2, retries=1, temperature=31.0),
        "arm-right": _process(
            cycles=100_000, lost=0, success_rate=0.99, teleop="FOLLOW", reason="", error=[0.01] * 7
        ),
        "gripper-right": _process(told=0.08, blocked=0),
    },
}  # fmt: skip


def status(**changes: Any) -> dict[str, Any]:
    """`processes__sync__bound_us=None` changes what lies that deep."""
    told = deepcopy(_STATUS)
    for path, value in changes.items():
        *folders, last = path.replace("_at_", "-").split("__")
        inner = told
        for folder in folders:
            inner = inner[folder]
        inner[last] = value
    return told
