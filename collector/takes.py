"""The episodes of a session: on what grounds, the one being recorded, what becomes of it."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from calibration.embed import embedded
from calibration.store import store_of
from collector.backlog import Backlog
from collector.crew import Crew
from collector.discards import Discards
from collector.labels.event import LabelSet
from collector.labels.task import TaskConfig
from collector.permit import Permit, permit
from collector.provenance import episode_meta
from collector.readiness import why_not_ready
from collector.session import SELFTEST, NotNow, NotYet, State, after
from collector.session_plan import SessionPlan
from collector.take_record import TakeRecord
from collector.undo import Undo
from collector.words import clean, objection
from hardware.samples import monotonic_ns

# An episode starts only with room for itself twice (journal and HDF5) and a reserve.
SPARE_BYTES = 1_000_000_000
CAMERA_BYTES_S = 6_000_000  # 640x480 JPEG q90 at 60 Hz, measured
_NO_TEST = "a self-test that did not come to its end"

Answer = dict[str, Any]


class Takes:
    """What the daemon does with its capture process. `summary`: what a take's teleoperation was like."""

    def __init__(
        self,
        plan: SessionPlan,
        undo: Undo,
        crew: Crew,
        backlog: Backlog,
        devices: Mapping[str, Any],
        overrides: tuple[str, ...],
        summary: Callable[[], Answer],
    ) -> None:
        self._session, self._plan, self._undo = plan.session, plan, undo
        self._crew, self._backlog, self._devices = crew, backlog, devices
        self._overrides, self._summary = overrides, summary
        self.discards = Discards(plan, undo, backlog)
        self._permit: Permit | None = None
        self._asked_at = 0.0

    @property
    def episode(self) -> Answer | None:
        """The running take's journal and UUID, for clients."""
        take = self._plan.running
        return {"path": str(take.path), "uuid": take.uuid} if take else None

    @property
    def purpose(self) -> str:
        """What the rig is armed for; empty: it is not."""
        return self._permit.purpose if self._permit else ""

    # -- what is asked of it -------------------------------------------------------------------------

    def arm(self, purpose: str = "record", override: str = "") -> Answer:
        """From now on takes may begin. Raises NotNow, NotCertified, NotYet."""
        state = after(self._session.state, "arm")
        granted = permit(self._crew.rig, self._devices, purpose, clean(override))
        status = {name: member.status for name, member in self._crew.members.items()}
        if reason := why_not_ready(self._crew.rig, status, selftest=purpose == "selftest"):
            raise NotYet(reason)
        self._permit = granted
        return {"state": self._session.enter(state), "override": granted.override}

    def disarm(self) -> Answer:
        """No take may begin; one under review is kept. Raises NotNow."""
        state = self._session.go("disarm")
        self._leave_review()
        self._permit = None
        return {"state": state}

    def require_ready(self) -> None:
        """Raises NotNow where no take may begin."""
        after(self._session.state, "start")
        if self._permit is None:
            raise NotNow("the rig is not armed")
        self._permit.still_holds(self._crew.rig, self._devices)
        if self._plan.running is not None:
            raise NotYet(f"{self._plan.running.name} is still being closed; again in a moment")

    def begin(self, job: TaskConfig | None, labels: Answer) -> TakeRecord:
        """A take of the plan, or of a task of its own; one under review is kept. Raises NotNow."""
        planned, task = job is None, job or self._plan.task
        if task is None:
            raise NotNow("there is no plan, so say which task: start with a task, or plan first")
        self.require_ready()
        if self._session.state is State.REVIEW:
            self.keep()
        scene = self._plan.next_scene if planned else dict(labels.get("scene", {}))
        base = {**task.language(scene), **labels}
        path, purpose = self._backlog.next_path(), self.purpose
        grounds = self._permit.provenance() if self._permit else {}
        grounds |= {"overrides": list(self._overrides)} | self._plan.grounds(task)
        meta = episode_meta(
            self._crew.rig, task.model_dump(mode="json"), grounds, dict(self._devices), base, self._calibration()
        )
        take = TakeRecord(str(meta["episode_uuid"]), path, task, scene, base, monotonic_ns(), purpose, planned)
        self._plan.running = take
        self._plan.takes.append(take)
        if planned:
            self._plan.begun()
        self._asked_at = 0.0
        need = SPARE_BYTES + int(2 * task.seconds * CAMERA_BYTES_S * len(self._crew.rig.cameras))
        self._crew.members["capture"].ask("start", path=str(path), meta=meta, need_bytes=need)
        self._session.enter(State.RECORDING)
        return take

    def end(self, labels: Answer) -> None:
        """The running take is over. Raises NotNow."""
        after(self._session.state, "stop")
        self._asked_at = self._asked_at or time.monotonic()
        capture = self._crew.members["capture"]
        if (take := self._plan.running) is not None:
            take.is_open = False
            take.base |= labels
        if labels:
            capture.ask("event", kind="label", data=labels)
        capture.ask("finish", status="complete", summary=self._figures())

    def keep(self) -> Answer:
        """The take under review is one of the session's. Raises NotNow."""
        state, take = after(self._session.state, "keep"), self._plan.last
        if take is not None and take.purpose == SELFTEST:
            raise NotNow("a self-test's take is no demonstration; discard it")
        self._session.enter(state)
        if take is not None and take.verdict == "review":
            take.verdict = "kept"
            self._undo.did(f"keeping {take.name}", take.uuid, lambda: self._unkeep(take))
        return {"state": state}

    def note(self, kind: str, data: Answer, t_ns: int | None = None) -> None:
        """An event, kept with the running episode; at `t_ns`, or now."""
        if self._session.state is State.RECORDING:
            self._crew.members["capture"].ask("event", kind=kind, data=data, t_ns=t_ns)

    def abandon(self) -> None:
        """The daemon ends: what is being recorded is sealed by capture, and becomes a file."""
        self._leave_review()
        if (take := self._plan.running) is not None and take.path.exists():
            self._backlog.add(take.path)
            self._put_away(take)

    def brief(self) -> None:
        """Tell capture what to seal with, if the take ends without us: of now; asked several times a second."""
        if (take := self._plan.running) is not None and take.is_open:
            self._crew.members["capture"].ask("figures", figures=self._figures())

    # -- what capture says ---------------------------------------------------------------------------

    def begun(self) -> None:
        """The journal is there."""
        if (take := self._plan.running) is not None:
            take.began_ns, take.is_open = monotonic_ns(), self._session.state is State.RECORDING and not self._asked_at
            self._backlog.begun(take.path)
            self.brief()

    def refused(self) -> None:
        """Capture cannot start: no room."""
        if (take := self._plan.running) is not None:
            self._plan.takes.remove(take)
            self._plan.again(take)
            self._undo.drop(take.uuid)
        self._plan.running = None
        if self._session.state is State.RECORDING:
            self._session.enter(State.ARMED)

    def fail(self, message: str, culprit: str) -> None:
        """A device failed: what it recorded is sealed with what it has, what was under review is kept."""
        self._leave_review()
        if (take := self._plan.running) is None:
            return
        take.is_open, take.problem = False, message
        capture = self._crew.members["capture"]
        if culprit != "capture" and capture.alive:
            capture.ask("finish", status="fault", summary={"fault": message, **self._figures()})
        elif take.path.exists():
            self.closed({"path": str(take.path), "status": "fault", "rows": {}})
        else:
            self.refused()

    def closed(self, summary: Answer) -> Answer | None:
        """An episode's journal is sealed: ready for the next one at once. What the waiting client is told."""
        take = self._plan.running
        if take is None or str(take.path) != summary["path"]:
            return None
        self._plan.last, self._plan.running, take.is_open = take, None, False
        take.ended_ns, take.seconds = int(summary.get("ended_ns", monotonic_ns())), summary.get("seconds")
        take.status, take.problem = str(summary["status"]), str(summary.get("problem") or take.problem)
        for what in ("step", "note"):  # from now on adjusted by labels
            self._undo.drop(take.uuid, what)
        recording = self._session.state is State.RECORDING
        take.verdict = "review" if recording else "kept"
        if recording:
            self._session.enter(State.REVIEW)
        self._backlog.add(take.path)
        if not recording:
            self._put_away(take)
        # One that ended by itself was ready again as soon as capture had sealed it.
        took_s = time.monotonic() - self._asked_at if self._asked_at else summary.get("closing_s")
        return {
            **summary,
            "problem": take.problem,
            "uuid": take.uuid,
            "state": self._session.state,
            "stop_to_ready_s": took_s,
        }

    def sealed(self, uuid: str, quality: Answer | None) -> None:
        """A take of this session is a file."""
        if (take := self._plan.take(uuid)) is not None:
            take.sealed, take.quality = True, quality

    def _calibration(self) -> Answer:
        """What counts now: someone may have calibrated since the last take."""
        rig, cameras = self._crew.rig, self._devices.get("capture", {})
        return embedded(store_of(rig), rig, {name: cameras.get(name, {}).get("options", {}) for name in rig.cameras})

    def _unkeep(self, take: TakeRecord) -> Answer:
        self._plan.review(take)
        return {"state": self._session.state}

    def _leave_review(self) -> None:
        if (take := self._plan.last) is not None and take.verdict == "review":
            take.verdict = "kept"
            self._put_away(take)

    def _put_away(self, take: TakeRecord) -> None:
        """A self-test's take is no episode of anybody, however it ended."""
        if take.purpose == SELFTEST:
            with suppress(NotNow):  # the disk will not: it stays, and the backlog says so
                self.discards.throw_away(take, _NO_TEST, undoable=False)

    def _figures(self) -> Answer:
        """What a take's end keeps of processes and teleoperation."""
        cpu = {n: m.status.get("cpu_s", 0.0) for n, m in self._crew.members.items() if not n.startswith("virtual")}
        return {"cpu_s": cpu, "teleop": self._summary()}


def given_labels(labels: Answer | None) -> Answer:
    """Labels that a programme gives with a start or a stop; its outcome may be any word. Raises ValueError."""
    given = dict(labels or {})
    outcome = {"outcome": clean(given.pop("outcome"))} if "outcome" in given else {}
    try:
        return LabelSet.model_validate(given).given() | outcome
    except ValidationError as error:
        raise ValueError(objection("labels", error)) from error


def given_task(task: Answer) -> TaskConfig:
    """A task that a client names. Raises ValueError."""
    try:
        return TaskConfig.model_validate(task)
    except ValidationError as error:
        raise ValueError(objection("task", error)) from error
