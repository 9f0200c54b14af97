"""A daemon's session without processes: what it asks of capture is remembered, what capture says is told by hand."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from collector.backlog import Backlog
from collector.crew import Crew
from collector.label_desk import LabelDesk
from collector.labels.task import TaskConfig
from collector.permit import Permit, Purpose
from collector.session import Session, State
from collector.session_plan import SessionPlan
from collector.take_desk import TakeDesk
from collector.take_record import TakeRecord
from collector.takes import Takes
from collector.undo import Undo
from hardware.config import RigConfig
from hardware.load import load
from tests.collector.test_teleop_desk import FakeChild

ROOT = Path(__file__).parents[2]
SUMMARY = {"right": {"holds": {"tracking": 1}}}
TASK = TaskConfig(
    name="pick_cube",
    instruction="pick up the {object}",
    slots={"object": ("red cube", "green cube")},
    scene={"pose": ("left", "right")},
    steps=("reach", "grasp", "lift"),
)


class SessionRig:
    """An armed rig, in a state of one's choice; `plan()` gives it a task."""

    def __init__(self, folder: Path, state: State | Session = State.ARMED, purpose: Purpose = "record") -> None:
        self.folder = folder
        self.capture = FakeChild("capture")
        self.session = state if isinstance(state, Session) else Session(state)
        self.backlog = Backlog(folder, folder)
        rig = load(RigConfig, ROOT / "configs/rigs/virtual.yaml")
        crew = SimpleNamespace(members={"capture": self.capture, "arm-right": FakeChild("arm-right")}, rig=rig)
        self.undo = Undo()
        self.plan = SessionPlan(self.session, "operator-1", self.backlog.scenes, self.undo)
        self.takes = Takes(self.plan, self.undo, cast(Crew, crew), self.backlog, {}, (), lambda: SUMMARY)
        self.desk = TakeDesk(self.plan, self.takes, self.undo)
        self.labels = LabelDesk(self.plan, self.takes, self.desk, self.undo, self.backlog)
        self.armed(purpose)
        self.path = folder / "episode_000000.journal"

    def armed(self, purpose: Purpose) -> None:
        """Under this permit, whatever the clocks say."""
        self.takes._permit = Permit(purpose, None, "a test")

    def run(self, uuid: str) -> None:
        """A take runs."""
        take = TakeRecord(uuid, self.path, TASK, {}, {}, began_ns=1)
        self.plan.takes.append(take)
        self.plan.running = take

    def ask(self, verb: str, *, controls: bool = True, **arguments: Any) -> Any:
        """As a client named anna."""
        verbs: dict[str, Callable[..., Any]] = {
            **self.plan.verbs(), **self.desk.verbs(), **self.labels.verbs("anna", controls=controls),
        }  # fmt: skip
        return verbs[verb](**arguments)

    def planned(self, **changes: Any) -> None:
        """The session's plan."""
        self.ask("plan", task=TASK.model_copy(update=changes).model_dump(mode="json"), operator="anna")

    def started(self) -> TakeRecord:
        """Capture has opened the journal, which lies there."""
        take = self.plan.running
        assert take is not None
        take.path.write_bytes(b"a journal")
        self.desk.begun()
        return take

    def begin(self) -> TakeRecord:
        """A take of the plan runs."""
        assert self.ask("start") == "start"
        return self.started()

    def close(self, status: str = "complete", **more: Any) -> dict[str, Any]:
        """Capture has closed the running take."""
        take = self.plan.running
        assert take is not None
        told = self.desk.closed({"path": str(take.path), "status": status, "seconds": 3.0, "rows": {}, **more})
        assert told is not None
        return told

    def recorded(self) -> TakeRecord:
        """A take of the plan that is under review now."""
        take = self.begin()
        assert self.ask("stop") == "stop"
        self.close()
        return take

    def scene(self) -> dict[str, str]:
        """What the operator is told to set up next."""
        return self.plan.next_scene
