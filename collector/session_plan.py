"""What a session is to collect, by whom, and how far it has come."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from collector.labels.scenes import Scene, coverage, next_scene
from collector.labels.task import TaskConfig
from collector.provenance import run_stamp
from collector.session import NotNow, Session, State
from collector.take_record import TakeRecord
from collector.undo import Undo
from collector.words import clean, objection

Skill = Literal["", "novice", "practised", "expert"]
_SHOWN = 100  # takes that one answer tells of

Answer = dict[str, Any]
Earlier = Callable[[str, str], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far the session is; worked out once for every change. `by`: of what state of the takes it speaks."""

    by: tuple[object, ...]
    kept: int
    coverage: dict[str, dict[str, int]]
    turn: Scene


class SessionPlan:
    """The plan of the daemon's session.

    `earlier`: scenes (JSON, empty: none was told) of a task's demonstrations that the catalogue knows, but for those
    of one session, each with how many there are.
    """

    def __init__(self, session: Session, operator: str, earlier: Earlier, undo: Undo) -> None:
        self.session, self._look_up, self._undo = session, earlier, undo
        self.task: TaskConfig | None = None
        self.operator = operator
        self.skill: Skill = ""
        self.stamp = run_stamp()
        self.takes: list[TakeRecord] = []
        self.running: TakeRecord | None = None
        self.last: TakeRecord | None = None
        """The take under review, or the last one kept; None: none that is there."""
        self._told: Answer = {}
        self._earlier: list[Scene] = []
        self._looked_up = 0
        self._chosen: Scene = {}
        self._known: _Progress | None = None

    def verbs(self) -> dict[str, Callable[..., Answer]]:
        """What clients may ask."""
        return {"plan": self._plan, "scene": self._scene, "session": self._session}

    def status(self) -> Answer | None:
        """The plan and how far it has come; None before there is one."""
        if self.task is None:
            return None
        progress, running = self._progress(self.task), self.running
        scene = running.scene if running is not None and running.planned else self.next_scene
        return {
            "task": self._told,
            "operator": self.operator,
            "skill": self.skill,
            "scene": scene,
            "instruction": self.task.told(scene),
            "next_scene": self.next_scene,
            "kept": progress.kept,
            "kept_now": len(self._of("kept")),
            "discarded_now": len(self._of("discarded")),
            "goal": self.task.goal,
            "coverage": progress.coverage,
            **self.stamp,
        }

    @property
    def next_scene(self) -> Scene:
        """What the operator sets up for the take after this one; a take that runs or is under review is not due again.

        So it is the same before such a take is kept and afterwards.
        """
        return {} if self.task is None else self._progress(self.task).turn | self._chosen

    def begun(self) -> None:
        """A take of the next scene begins: one that was chosen by hand was for this take."""
        self._chosen = {}
        self._read_earlier()  # what the catalogue did not know yet when the plan was made

    def again(self, take: TakeRecord) -> None:
        """The take's scene is to be the next one once more."""
        if self.task is not None and take.planned:
            allowed = self.task.factors
            self._chosen = {name: value for name, value in take.scene.items() if value in allowed.get(name, ())}

    def take(self, uuid: str) -> TakeRecord | None:
        """A take of this session."""
        return next((take for take in reversed(self.takes) if take.uuid == uuid), None)

    def review(self, take: TakeRecord) -> None:
        """A take is looked at again. Raises NotNow where something else is going on."""
        if self.session.state is not State.ARMED:
            raise NotNow(f"{take.name} goes back under review in ARMED; the session is {self.session.state}")
        take.verdict, self.last = "review", take
        self.session.enter(State.REVIEW)

    def require_no_take(self) -> None:
        """Raises NotNow while a take runs."""
        if self.session.state is State.RECORDING:
            raise NotNow("a take is running; stop it first")

    def grounds(self, task: TaskConfig) -> Answer:
        """For an episode's provenance: who, where, by whose leave; empty ones are left to the rig's file."""
        words = {"environment": task.environment, "licence": task.licence, "consent": task.consent}
        people = {"operator": self.operator, "skill": self.skill}
        return {name: value for name, value in {**people, **words}.items() if value} | self.stamp

    def _plan(self, task: Answer, operator: str = "", skill: Skill = "") -> Answer:
        """A new session; the same plan again changes nothing, in any state, so that a console may come back."""
        try:
            wanted = TaskConfig.model_validate(task)
        except ValidationError as error:
            raise ValueError(objection("task", error)) from error
        who = clean(operator) or self.operator
        if skill not in ("", "novice", "practised", "expert"):
            raise ValueError(f"skill is novice, practised or expert, not {skill!r}")
        if not skill and who == self.operator:
            skill = self.skill
        if (wanted, who, skill) != (self.task, self.operator, self.skill):
            self._begin(wanted, who, skill)
        return {"plan": self.status()}

    def _begin(self, task: TaskConfig, operator: str, skill: Skill) -> None:
        self.require_no_take()
        if self.session.state is State.REVIEW:
            raise NotNow("another plan begins another session; keep or discard the take under review first")
        self.task, self.operator, self.skill = task, operator, skill
        self._told = task.model_dump(mode="json")
        self.stamp, self._chosen, self.takes = run_stamp(), {}, []
        self._undo.clear()
        self._read_earlier()

    def _read_earlier(self) -> None:
        if self.task is not None:
            counts = self._look_up(self.task.name, str(self.stamp["session_uuid"]))
            self._earlier = [_scene_of(told) for told, count in counts.items() for _ in range(count)]
            self._looked_up += 1

    def _scene(self, **values: str) -> Answer:
        """The next take is of this scene, as far as told; without any, of the one whose turn it is."""
        if self.task is None:
            raise NotNow("there is no plan yet; give one with plan")
        for name, value in values.items():
            known = self.task.factors.get(name)
            if known is None or value not in known:
                allowed = ", ".join(known or self.task.factors) or "none"
                raise ValueError(f"scene: {name} {value!r} is not in the task's file; there are {allowed}")
        self._chosen = dict(values)
        return {"plan": self.status()}

    def _session(self, first: int = -_SHOWN) -> Answer:
        """The session's takes from the `first` on (negative: from the end), so many as an answer holds."""
        number = int(first)
        begin = max(len(self.takes) + number, 0) if number < 0 else number
        shown = self.takes[begin : begin + _SHOWN]
        return {
            "takes": [take.to_dict() for take in shown], "first": begin, "all": len(self.takes), "plan": self.status(),
        }  # fmt: skip

    def _progress(self, task: TaskConfig) -> _Progress:
        mine = [take for take in self.takes if take.planned and take.verdict != "discarded" and take.is_demonstration]
        by = (task.name, self._looked_up, *((take.uuid, take.verdict, *take.scene.items()) for take in mine))
        if self._known is None or self._known.by != by:
            kept = [*self._earlier, *(take.scene for take in mine if take.verdict == "kept")]
            due = next_scene(task.factors, [*self._earlier, *(take.scene for take in mine)])
            self._known = _Progress(by, len(kept), coverage(task.factors, kept), due)
        return self._known

    def _of(self, verdict: str) -> list[TakeRecord]:
        counted = (take for take in self.takes if take.planned and take.purpose == "record")
        return [take for take in counted if take.verdict == verdict and (take.is_demonstration or verdict != "kept")]


def _scene_of(told: str) -> Scene:
    return json.loads(told) if told else {}
