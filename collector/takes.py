"""The episodes of a session: on what grounds, the one being recorded, the one under review."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from collector.backlog import Backlog
from collector.crew import Crew
from collector.episode.trash import NotInTrash
from collector.labels.task import TaskConfig
from collector.permit import Permit, permit
from collector.provenance import episode_meta, run_stamp
from collector.readiness import why_not_ready
from collector.session import NotNow, NotYet, Session, State, after

# An episode starts only with room for itself twice (journal and HDF5) and a reserve.
_SPARE_BYTES = 1_000_000_000
_CAMERA_BYTES_S = 6_000_000  # 640x480 JPEG q90 at 60 Hz, measured

Answer = dict[str, Any]


class Takes:
    """What the daemon does with its capture process. `summary`: what a take's teleoperation was like."""

    def __init__(
        self,
        session: Session,
        crew: Crew,
        backlog: Backlog,
        devices: Mapping[str, Any],
        overrides: tuple[str, ...],
        summary: Callable[[], Answer],
    ) -> None:
        self._session, self._crew, self._backlog, self._devices = session, crew, backlog, devices
        self._overrides, self._summary = overrides, summary
        self._permit: Permit | None = None
        self._run = run_stamp()
        self._last: Answer | None = None  # the take under review, or the last one kept; None: none that is there
        self._gone = ""  # UUID of the last one discarded
        self._asked_at = 0.0
        self.episode: Answer | None = None

    def verbs(self) -> dict[str, Callable[..., Answer | None]]:
        """What clients may ask; None: the answer comes when capture has done it."""
        return {
            "arm": self._arm,
            "start": self._start,
            "stop": self._stop,
            "keep": self._keep,
            "disarm": lambda: {"state": self._session.go("disarm")},
            "discard": self._discard,
            "undo": self._undo,
            "undiscard": self._undiscard,
        }

    def note(self, kind: str, data: Answer) -> None:
        """An event, kept with the running episode."""
        if self._session.state is State.RECORDING:
            self._crew.members["capture"].ask("event", kind=kind, data=data)

    def begun(self) -> None:
        """The journal is there."""
        if self.episode is not None:
            self._backlog.begun(Path(self.episode["path"]))

    def refused(self) -> None:
        """Capture cannot start: no room."""
        self.episode = None
        self._session.enter(State.ARMED)

    def fail(self, message: str, culprit: str) -> None:
        """A device failed while it recorded: sealed with what it has."""
        if self.episode is None:
            return
        capture = self._crew.members["capture"]
        if culprit != "capture" and capture.alive:
            capture.ask("finish", status="fault", summary={"fault": message, "teleop": self._summary()})
        else:
            self.closed({"path": self.episode["path"], "status": "fault", "rows": {}})

    def closed(self, summary: Answer) -> Answer | None:
        """An episode's journal is sealed: ready for the next one at once. What the waiting client is told."""
        path = Path(summary["path"])
        if self.episode is None or self.episode["path"] != str(path):
            return None
        self._last, self.episode = self.episode, None
        if self._session.state is State.RECORDING:
            self._session.enter(State.REVIEW)
        self._backlog.add(path)
        # One that ended by itself was ready again as soon as capture had sealed it.
        took_s = time.monotonic() - self._asked_at if self._asked_at else summary.get("closing_s")
        return {"state": self._session.state, "stop_to_ready_s": took_s, **summary}

    def abandon(self) -> None:
        """The daemon ends: what is being recorded is sealed by capture, and becomes a file."""
        if self.episode is not None:
            self._backlog.add(Path(self.episode["path"]))

    def _arm(self, purpose: str = "record", override: str = "") -> Answer:
        state = after(self._session.state, "arm")
        granted = permit(self._crew.rig, self._devices, purpose, override)
        status = {name: member.status for name, member in self._crew.members.items()}
        if reason := why_not_ready(self._crew.rig, status, selftest=purpose == "selftest"):
            raise NotYet(reason)
        self._permit = granted
        return {"state": self._session.enter(state), "override": granted.override}

    def _start(self, task: Answer, labels: Answer | None = None) -> None:
        job = TaskConfig.model_validate(task)
        state = after(self._session.state, "start")
        assert self._permit is not None  # who may start was armed
        self._permit.still_holds(self._crew.rig, self._devices)
        path = self._backlog.next_path()
        grounds = self._permit.provenance() | {"overrides": list(self._overrides)} | self._run
        meta = episode_meta(self._crew.rig, job.model_dump(mode="json"), grounds, dict(self._devices), labels or {})
        self.episode, self._asked_at = {"path": str(path), "uuid": meta["episode_uuid"]}, 0.0
        need = _SPARE_BYTES + int(2 * job.seconds * _CAMERA_BYTES_S * len(self._crew.rig.cameras))
        self._crew.members["capture"].ask("start", path=str(path), meta=meta, need_bytes=need)
        self._session.enter(state)

    def _stop(self, labels: Answer | None = None) -> None:
        after(self._session.state, "stop")
        self._asked_at = time.monotonic()
        capture = self._crew.members["capture"]
        if labels:
            capture.ask("event", kind="label", data=labels)
        capture.ask("finish", status="complete", summary={"cpu_s": self._cpu(), "teleop": self._summary()})

    def _keep(self) -> Answer:
        if self._permit and self._permit.purpose == "selftest":
            raise NotNow("a self-test's take is no demonstration; discard it")
        return {"state": self._session.go("keep")}

    def _discard(self, why: str = "") -> Answer:
        state = after(self._session.state, "discard")
        moved_to = self._throw_away(why or "discarded")
        return {"state": self._session.enter(state), "moved_to": moved_to}

    def _undo(self) -> Answer:
        """Discard the last take, even if it was kept."""
        if self._session.state is State.REVIEW:
            return self._discard("undone")
        if self._session.state is State.RECORDING:
            raise NotNow("undo is possible when no take is running; stop it and discard it")
        return {"state": self._session.state, "moved_to": self._throw_away("undone")}

    def _undiscard(self, episode: str = "") -> Answer:
        """Bring back the last one discarded, or another by UUID or file name."""
        if not (name := episode or self._gone):
            raise NotNow("nothing was discarded since the daemon started; name an episode")
        try:
            path = self._backlog.restore(name)
        except (NotInTrash, OSError) as error:
            raise NotNow(str(error)) from error
        if name == self._gone:
            self._gone = ""
        return {"state": self._session.state, "restored": str(path)}

    def _throw_away(self, why: str) -> str:
        if self._last is None:
            raise NotNow("there is no take to discard")
        uuid = str(self._last["uuid"])
        try:
            moved_to = self._backlog.discard(Path(self._last["path"]), uuid, self._crew.rig.operator, why)
        except OSError as error:
            raise NotNow(f"the take cannot be discarded: {error}") from error
        self._last, self._gone = None, uuid
        return str(moved_to)

    def _cpu(self) -> dict[str, float]:
        return {n: m.status.get("cpu_s", 0.0) for n, m in self._crew.members.items() if not n.startswith("virtual")}
