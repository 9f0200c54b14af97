"""Statuses as a daemon of the virtual rig would send them: three cameras, a right arm, a session in full swing.

status()                                        # RECORDING, all is well
status("REVIEW", review={"quality": None})      # changes are merged into what there is, key by key
status("FAULT")
"""

from copy import deepcopy
from typing import Any

from collector.labels.task import TaskConfig
from collector.remote_status import Status

T0_NS = 5_000_000_000_000
UUID = "7c0ffee0-0000-4000-8000-000000000017"
LAST = "7c0ffee0-0000-4000-8000-000000000016"

TASK = TaskConfig(
    name="pick_cube",
    instruction="pick up the {object} and put it down on the other side of the table",
    paraphrases=("move the {object} across the table",),
    slots={"object": ("red cube", "green cube", "blue cylinder")},
    scene={"pose": ("left", "middle", "right"), "lighting": ("lamp", "window")},
    steps=("reach", "grasp", "carry", "place"),
    seconds=20.0,
    goal=50,
    auto_stop=True,
)
SCENE = {"object": "green cube", "pose": "left", "lighting": "lamp"}
NEXT_SCENE = {"object": "blue cylinder", "pose": "left", "lighting": "lamp"}
QUALITY = {"sync_p99_us": 92.0, "frames_lost": 0.0, "invalid_steps": 0.0, "seconds": 12.4, "idle_share": 0.08}


def status(state: str = "RECORDING", **changes: Any) -> Status:
    """A whole status of a session in a state; `changes` are merged in, dicts key by key."""
    return Status.model_validate(_merged(_BY_STATE[state](), changes))


def stream(rate_hz: float, bound_us: float, **more: Any) -> dict[str, Any]:
    """Figures of one stream as the sync process tells them."""
    base: dict[str, Any] = {
        "rate_hz": rate_hz, "jitter_us": 11.0, "ppm": 8.4, "bound_us": bound_us, "drops": 0, "age_s": 0.004,
    }  # fmt: skip
    return base | more


def arm(teleop: str = "FOLLOW", **more: Any) -> dict[str, Any]:
    """What the process of the right arm says."""
    base: dict[str, Any] = {
        "alive": True, "ready": True, "pid": 4105, "teleop": teleop, "cause": "",
        "reason": {"FOLLOW": "Following.", "IDLE": "Released.", "HOLD": "Released."}.get(teleop, ""),
        "error": [0.011, -0.004, 0.007, 0.019, -0.002, 0.001, 0.003], "success_rate": 1.0, "success_min": 0.99,
        "cycles": 81234, "lost": 2, "robot_lag_ms": 31.2, "lag_ms": 6.4,
        "lag": {"p50_ms": 6.1, "p95_ms": 8.3, "max_ms": 14.0}, "holds": {}, "faults": {}, "rejected": {},
        "limit_hits": {}, "approaches": 1, "clutches": 0, "cpu_s": 31.0,
    }  # fmt: skip
    return base | more


def take(**changes: Any) -> dict[str, Any]:
    """A take that has ended, as `review` tells of it: three marks, not yet labelled."""
    base: dict[str, Any] = {
        "uuid": LAST, "name": "episode_000016", "path": "/data/today/episode_000016.journal", "task": "pick_cube",
        "scene": SCENE, "began_ns": T0_NS - 40_000_000_000, "ended_ns": T0_NS - 27_600_000_000,
        "began_utc_ns": 1_790_000_000_000_000_000, "seconds": 12.4, "status": "complete", "problem": "",
        "verdict": "review", "why": "", "sealed": True, "quality": dict(QUALITY),
        "labels": {
            "instruction": TASK.told(SCENE), "paraphrases": [], "scene": SCENE,
            "steps": [
                _step("reach", -40.0, -37.0), _step("grasp", -37.0, -35.0), _step("carry", -35.0, -30.0),
                _step("place", -30.0, -27.6),
            ],
            "notes": [], "outcome": "unlabelled", "score": None, "tags": [], "note": "",
        },
        "marks": [
            {"name": "grasp", "t_ns": T0_NS - 37_000_000_000},
            {"name": "carry", "t_ns": T0_NS - 35_000_000_000},
            {"name": "place", "t_ns": T0_NS - 30_000_000_000},
        ],
    }  # fmt: skip
    return _merged(base, changes)


def _step(name: str, begin_s: float, end_s: float) -> dict[str, Any]:
    return {"name": name, "begin_ns": at(begin_s), "end_ns": at(end_s), "source": "mark"}


def at(seconds: float) -> int:
    """An instant, so long after the running take's begin."""
    return T0_NS + round(seconds * 1e9)


def running_take(**changes: Any) -> dict[str, Any]:
    """A take that runs since 7.3 s, in its second step."""
    base = take(
        uuid=UUID, name="episode_000017", path="/data/today/episode_000017.journal", scene=NEXT_SCENE, began_ns=T0_NS,
        ended_ns=None, seconds=None, status="", verdict="running", sealed=False, quality=None,
    )  # fmt: skip
    base["marks"] = [{"name": "grasp", "t_ns": T0_NS + 3_200_000_000}]
    base["labels"] |= {
        "instruction": TASK.told(NEXT_SCENE), "scene": NEXT_SCENE,
        "steps": [{"name": "reach", "begin_ns": T0_NS, "end_ns": T0_NS + 3_200_000_000, "source": "mark"}],
    }  # fmt: skip
    base |= {"elapsed_s": 7.3, "steps": list(TASK.steps), "next_step": "carry", "stops_in_s": 12.7}
    return _merged(base, changes)


def _merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    result = deepcopy(base)
    for name, value in changes.items():
        before = result.get(name)
        result[name] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return result


def _processes(teleop: str) -> dict[str, Any]:
    up = {"alive": True, "ready": True, "warning": "", "cpu_s": 12.0}
    camera = {"frames": 4821, "lost": 0, "overflowed": 0, "queued": 0, "prompt_s": 10, "age_ms": 9.0}
    return {
        "sync": {
            **up, "pid": 4101, "edges": 9000, "rate_hz": 60.0, "bound_us": 74.0, "ppm": 11.9, "damaged": 0, "faults": 0,
            "last_fault": "", "box": {"edges": 9000, "overflows": 0, "glitches": 0, "missed": 0},
            "streams": {
                "trigger": stream(60.0, 74.0),
                "cameras/front": stream(60.0, 88.0, offset_us=6.0),
                "cameras/side": stream(60.0, 91.0, offset_us=-14.0),
                "cameras/wrist": stream(60.0, 90.0, offset_us=21.0),
                "leaders/right": stream(200.0, 412.0),
                "arms/right": stream(1000.0, 230.0),
                "grippers/right": stream(30.0, 900.0),
            },
            "findings": [],
        },
        "capture": {
            **up, "pid": 4102, "cameras": {n: dict(camera) for n in ("front", "side", "wrist")}, "recording": None,
        },
        "leader-right": {**up, "pid": 4103, "rate_hz": 200.0},
        "gripper-right": {**up, "pid": 4104},
        "arm-right": arm(teleop),
    }  # fmt: skip


def _recording() -> dict[str, Any]:
    return {
        "path": "/data/today/episode_000017.journal", "durable_lag_ms": 38.0, "low_space": False, "problem": "",
        "paused": "", "warnings": [], "gaps": {}, "rows": {"cameras/front": 438}, "cameras": {},
    }  # fmt: skip


def _base(state: str, teleop: str) -> dict[str, Any]:
    return {
        "state": state, "fault": None, "notice": "", "warnings": [], "possible": [], "processes": _processes(teleop),
        "plan": {
            "task": TASK.model_dump(mode="json"), "operator": "anna", "skill": "practised",
            "scene": NEXT_SCENE, "next_scene": NEXT_SCENE,
            "instruction": TASK.told(NEXT_SCENE), "kept": 23, "kept_now": 15, "discarded_now": 2, "goal": 50,
            "coverage": {
                "object": {"red cube": 8, "green cube": 8, "blue cylinder": 7},
                "pose": {"left": 8, "middle": 8, "right": 7},
                "lighting": {"lamp": 12, "window": 11},
            },
            "session_uuid": "5e551011-0000-4000-8000-000000000001",
            "session_started_utc_ns": 1_790_000_000_000_000_000 - 1_200_000_000_000,
        },
        "take": None, "starts_in_s": None, "review": take(verdict="kept"),
        "undo": ["keeping episode_000016", "score, outcome of episode_000016"],
        "control": {"name": "anna", "for_s": 1260.0}, "watchers": [],
        "disk": {"free_bytes": 412_000_000_000, "minutes": 377.0},
        "backlog": {"pending": 0, "bytes": 0, "left_s": None},
        "out": "/data/today", "pid": 4100,
    }  # fmt: skip


def _starting() -> dict[str, Any]:
    told = _base("STARTING", "IDLE") | {"review": None, "undo": []}
    for name in ("capture", "arm-right"):
        told["processes"][name] = {"alive": True, "ready": False, "pid": 4102}
    return told


def _armed() -> dict[str, Any]:
    return _base("ARMED", "FOLLOW")


def _recorded() -> dict[str, Any]:
    told = _base("RECORDING", "FOLLOW")
    told["processes"]["capture"]["recording"] = _recording()
    return told | {
        "take": running_take(),
        "undo": ["step grasp", "take episode_000017", "keeping episode_000016"],
        "plan": told["plan"] | {"next_scene": {"object": "red cube", "pose": "left", "lighting": "window"}},
    }


def _review() -> dict[str, Any]:
    return _base("REVIEW", "FOLLOW") | {"review": take(), "undo": ["take episode_000016"]}


def _fault() -> dict[str, Any]:
    told = _base("FAULT", "FAULT")
    why = "cameras.side: no frame for 2.0 s; check its USB cable and hub, then reset"
    told["processes"]["arm-right"]["reason"] = why
    return told | {
        "fault": {"device": "cameras.side", "message": why, "processes": ["capture"]},
        "review": take(verdict="kept", status="fault", problem=why),
    }


_BY_STATE = {
    "STARTING": _starting,
    "IDLE": lambda: _base("IDLE", "IDLE") | {"review": None, "undo": []},
    "ARMED": _armed,
    "RECORDING": _recorded,
    "REVIEW": _review,
    "FAULT": _fault,
}
