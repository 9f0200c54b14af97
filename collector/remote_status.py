"""What a daemon's status says, typed: for the console, and for anybody's own programme."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from collector.labels.event import Note, Spoken, Step
from collector.labels.task import TaskConfig
from collector.session import State

Role = Literal["control", "watch"]


class _Told(BaseModel):
    """Keys that are not declared are left out: a newer daemon may say more."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Labels(_Told):
    """What a take is labelled. `outcome`: success, failure, unlabelled, or whatever word a programme gave."""

    instruction: str = ""
    paraphrases: tuple[str, ...] = ()
    scene: dict[str, str] = {}
    steps: tuple[Step, ...] = ()
    notes: tuple[Note, ...] = ()
    spoken: tuple[Spoken, ...] = ()
    outcome: str = "unlabelled"
    score: int | None = None
    tags: tuple[str, ...] = ()
    note: str = ""


class MarkTold(_Told):
    """A step that the operator marked; CLOCK_MONOTONIC, ns."""

    name: str
    t_ns: int


class TakeTold(_Told):
    """A take of the session. `verdict`: running, review, kept or discarded; `quality`: figures by name, once sealed.

    `status`: complete, truncated, fault or interrupted, empty while it runs; `planned`: of the plan's task.
    """

    uuid: str
    name: str
    path: str
    task: str
    scene: dict[str, str]
    began_ns: int
    ended_ns: int | None
    began_utc_ns: int
    seconds: float | None
    status: str
    problem: str
    verdict: str
    why: str
    sealed: bool
    quality: dict[str, Any] | None
    labels: Labels
    marks: tuple[MarkTold, ...]
    purpose: str = "record"
    planned: bool = True


class RunningTold(TakeTold):
    """The take that is being recorded. `next_step`: empty when all have begun; `stops_in_s`: None: it does not.

    `is_open`: steps and notes are taken; not while its file is being opened or closed.
    """

    elapsed_s: float
    steps: tuple[str, ...]
    next_step: str
    stops_in_s: float | None
    is_open: bool = True


class PlanTold(_Told):
    """What is collected and how far it is. `kept` counts earlier sessions too, `kept_now` this one.

    `scene`, `instruction`: of the take that runs, else of the next one; `next_scene`: of the one after this.
    """

    task: TaskConfig
    operator: str
    skill: str
    scene: dict[str, str]
    instruction: str
    kept: int
    kept_now: int
    discarded_now: int
    goal: int
    coverage: dict[str, dict[str, int]]
    session_uuid: str
    session_started_utc_ns: int
    next_scene: dict[str, str] = {}


class ControlTold(_Told):
    """Who controls the rig, and for how long."""

    name: str
    for_s: float


class FaultTold(_Told):
    """What failed, and what to do."""

    device: str
    message: str


class DiskTold(_Told):
    """Room for recordings."""

    free_bytes: int
    minutes: float


class BacklogTold(_Told):
    """Episodes that are still to be sealed."""

    pending: int
    bytes: int
    left_s: float | None


class Status(_Told):
    """Everything of one moment. `processes`: what each last said, by name (docs/reference/socket-protocol.md).

    `yours`: may this client give every verb?
    """

    state: State
    fault: FaultTold | None
    notice: str
    warnings: tuple[str, ...]
    possible: tuple[str, ...]
    processes: dict[str, dict[str, Any]]
    plan: PlanTold | None
    take: RunningTold | None
    starts_in_s: float | None
    review: TakeTold | None
    undo: tuple[str, ...]
    control: ControlTold | None
    watchers: tuple[str, ...]
    speaking_s: float | None = None
    disk: DiskTold
    backlog: BacklogTold
    out: str
    pid: int
    yours: bool = True

    @property
    def streams(self) -> dict[str, dict[str, Any]]:
        """Figures by stream, as collector.selftest.watch has them; none before the sync process has said any."""
        return self.processes.get("sync", {}).get("streams", {})

    @property
    def arms(self) -> dict[str, dict[str, Any]]:
        """What each follower's process says, by the arm's name."""
        return {name.removeprefix("arm-"): told for name, told in self.processes.items() if name.startswith("arm-")}

    @property
    def recording(self) -> dict[str, Any] | None:
        """What the capture process says of the running take: durable_lag_ms, gaps, paused, ..."""
        return self.processes.get("capture", {}).get("recording")
