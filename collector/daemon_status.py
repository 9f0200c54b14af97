"""What the daemon tells its clients of session, takes and disk. docs/reference/socket-protocol.md explains it."""

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from collector import sealing, session
from collector.children import Child
from collector.session import State
from collector.session_plan import SessionPlan
from collector.take_desk import TakeDesk
from collector.takes import CAMERA_BYTES_S, SPARE_BYTES
from collector.undo import Undo
from hardware.samples import monotonic_ns

Answer = dict[str, Any]


def session_status(plan: SessionPlan, desk: TakeDesk, undo: Undo) -> Answer:
    """`take`: the one that runs; `review`: the one under review, or kept last; `undo`: newest first."""
    now, starts_at = time.monotonic(), desk.automatic.starts_at
    return {
        "possible": possible(plan, undo, starts_at is not None),
        "plan": plan.status(),
        "take": _running(plan),
        "starts_in_s": None if starts_at is None else max(starts_at - now, 0.0),
        "review": plan.last.to_dict() if plan.last else None,
        "undo": undo.told(),
    }


def possible(plan: SessionPlan, undo: Undo, counting: bool) -> list[str]:
    """Verbs that fit the state: a key of another would be refused."""
    state, take = plan.session.state, plan.running
    marks = ("step", "note") if take is not None and take.is_open and state is State.RECORDING else ()
    back = ("undo",) if counting or undo.told() else ()
    return [*session.possible(state), *marks, *(("cancel",) if counting else ()), *back]


def disk(folder: Path, cameras: int) -> Answer:
    """Room, and for how many minutes of recording it is."""
    free = shutil.disk_usage(folder).free
    room = max(free - 2 * SPARE_BYTES, 0)
    return {"free_bytes": free, "minutes": room / (CAMERA_BYTES_S * max(cameras, 1)) / 60}


def processes(members: Mapping[str, Child]) -> Answer:
    """What each child last said."""
    return {name: {"alive": m.alive, "ready": m.ready, "pid": m.process.pid, **m.status} for name, m in members.items()}


class _Noticing(Protocol):
    @property
    def notice(self) -> str: ...


def notice(*desks: _Noticing, ended: str) -> str:
    """What the operator should read once."""
    return " ".join(filter(None, (*(desk.notice for desk in desks), ended)))


def warnings(members: Mapping[str, Child], backlog: Answer, labels: str) -> list[str]:
    """What the operator should know, one sentence each."""
    capture = members.get("capture")
    recording: Answer = (capture.status.get("recording") if capture else None) or {"paused": "", "warnings": []}
    paused = [f"paused: {recording['paused']}"] if recording["paused"] else []
    return [*paused, *recording["warnings"], *sealing.warnings(backlog), *filter(None, [labels])]


def _running(plan: SessionPlan) -> Answer | None:
    take = plan.running
    if take is None or plan.session.state is not State.RECORDING:
        return None
    elapsed_s = (monotonic_ns() - take.began_ns) * 1e-9
    ends = take.planned and take.job.auto_stop and take.purpose != "selftest"
    return {
        **take.to_dict(),
        "is_open": take.is_open,
        "elapsed_s": elapsed_s,
        "steps": list(take.job.steps),
        "next_step": take.next_step,
        "stops_in_s": max(take.job.seconds - elapsed_s, 0.0) if ends else None,
    }
