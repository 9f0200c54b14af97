"""What clients say of takes: steps and notes while one runs, labels of any episode at any time."""

import json
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from collector.backlog import Backlog
from collector.labels import sidecar
from collector.labels.event import LabelEvent, LabelSet, said, taken_back, undone
from collector.labels.spans import Mark
from collector.session import NotNow, NotYet, State
from collector.session_plan import SessionPlan
from collector.take_desk import TakeDesk
from collector.take_record import TakeRecord
from collector.takes import Takes
from collector.undo import NoWayBack, Undo
from collector.words import clean, objection
from hardware.samples import monotonic_ns

_MOST_MARKS = 200  # a take: as many as a status can tell of
_MOST_BYTES = 32_000  # a label

Answer = dict[str, Any]


class LabelDesk:
    """Steps and notes go into the running journal, labels into the file beside the episode."""

    def __init__(self, plan: SessionPlan, takes: Takes, desk: TakeDesk, undo: Undo, backlog: Backlog) -> None:
        self._plan, self._takes, self._desk, self._undo, self._backlog = plan, takes, desk, undo, backlog
        self._syncing = ThreadPoolExecutor(1, "labels")  # a busy disk must not keep the robots' daemon waiting
        self._synced: list[Future[None]] = []
        self.problem = ""
        """Why labels may not be on the disk; empty: they are, or soon will be."""

    def close(self) -> None:
        """Wait until all that was said is on the disk."""
        self._syncing.shutdown()

    def verbs(self, name: str, *, controls: bool) -> dict[str, Callable[..., Answer]]:
        """What a client may ask; `name`: by which it is known, empty where it never said.

        `controls`: what it says can be undone, and a score may begin the next take.
        """
        return {
            "step": self._step,
            "note": self._note,
            "label": partial(self._label, name, controls),
            "unlabel": partial(self._unlabel, name),
        }

    def work(self) -> None:
        """Hear what became of the labels that were written. Never waits."""
        done = [one for one in self._synced if one.done()]
        for one in done:
            self._synced.remove(one)
            match one.exception():
                case None:
                    self.problem = ""
                case FileNotFoundError():  # discarded meanwhile, labels and all
                    pass
                case error:
                    self.problem = f"labels are written, but a power cut may lose them: {error}"

    def late(self, mark_id: str) -> str:
        """Capture had closed the take when this came: it was not said. What the operator is told."""
        take = self._plan.last
        for marks in (take.marks, take.notes) if take is not None else ():
            for mark in marks:
                if mark.id == mark_id:
                    marks.remove(mark)
                    return f"{mark.name!r} came after the end of the take"
        return ""

    # -- while a take runs -----------------------------------------------------------------------------

    def _step(self, name: str = "", t_ns: int = 0) -> Answer:
        """A step of the task begins: the next one of the list, or a named one; now, or when the key was pressed."""
        take = self._running("step")
        name = clean(name) or take.next_step
        if not name:
            raise NotNow(
                "every step of the task has begun; name another, or stop the take"
                if take.job.steps
                else "the task's file lists no steps; name this one, or list them"
            )
        mark = self._mark(take, take.marks, name, t_ns)
        self._takes.note("step", {"id": mark.id, "name": mark.name}, mark.t_ns)
        self._undo.did(f"step {name[:30]}", take.uuid, lambda: self._unmark(take, take.marks, mark, "unstep"))
        return {"step": name, "next": take.next_step, "t_ns": mark.t_ns}

    def _note(self, text: str, t_ns: int = 0) -> Answer:
        """Words on this instant."""
        take = self._running("note")
        if not (words := clean(text)):
            raise ValueError("a note needs words")
        note = self._mark(take, take.notes, words, t_ns)
        self._takes.note("note", {"id": note.id, "text": note.name}, note.t_ns)
        self._undo.did(f"note {words[:30]}", take.uuid, lambda: self._unmark(take, take.notes, note, "unnote"))
        return {"t_ns": note.t_ns}

    def _mark(self, take: TakeRecord, marks: list[Mark], name: str, t_ns: int) -> Mark:
        now = monotonic_ns()
        at_ns = int(t_ns) or now
        if not take.began_ns <= at_ns <= now:
            raise ValueError("t_ns is outside the running take; give CLOCK_MONOTONIC in ns, or nothing for now")
        if len(marks) >= _MOST_MARKS:
            raise NotNow(f"a take holds {_MOST_MARKS} of these; is a key stuck?")
        mark = Mark(str(uuid.uuid4()), name, at_ns)
        marks.append(mark)
        return mark

    def _unmark(self, take: TakeRecord, marks: list[Mark], mark: Mark, kind: str) -> Answer:
        if not take.is_open:
            raise NoWayBack(f"{take.name} has ended; adjust its labels instead")
        marks.remove(mark)
        self._takes.note(kind, {"id": mark.id})
        return {"next": take.next_step}

    def _running(self, verb: str) -> TakeRecord:
        take = self._plan.running
        if take is None or self._plan.session.state is not State.RECORDING:
            raise NotNow(f"{verb} is possible in RECORDING; the session is {self._plan.session.state}")
        if not take.is_open:
            raise NotYet(f"{take.name} is just beginning or ending; nothing was marked")
        return take

    # -- at any time -----------------------------------------------------------------------------------

    def _label(self, name: str, controls: bool, /, *, episode: str = "", by: str = "", **what: Any) -> Answer:
        """Say something of an episode, by UUID, or of the take that runs or was last; what it is labelled then."""
        try:
            given = LabelSet.model_validate(what)
        except ValidationError as error:
            raise ValueError(objection("label", error)) from error
        if not given.model_fields_set:
            raise ValueError(f"a label says something: {', '.join(LabelSet.model_fields)}")
        if len(json.dumps(given.given())) > _MOST_BYTES:
            raise ValueError(f"a label has at most {_MOST_BYTES} bytes of JSON")
        take = self._take(str(episode))
        path, of = (take.path, take.uuid) if take else (self._path(str(episode)), str(episode))
        event = said(of, clean(by) or name or self._plan.operator, self._with_outcome(take, given))
        self._say(path, take, event)
        if controls:
            fields = ", ".join(sorted(event.set.model_fields_set))
            self._undo.did(f"{fields} of {_stem(path)}", of, lambda: self._unsay(path, take, event))
            if take is not None and take.verdict == "review" and given.score:
                self._desk.scored()
        return {"episode": of, "id": event.id, "labels": take.labels() if take else None}

    def spoken(self, take: TakeRecord, file: str, t_ns: int, seconds: float) -> None:
        """A note of the take lies beside it as sound. Raises NotNow."""
        before = take.labels().get("spoken", [])
        what = LabelSet.model_validate({"spoken": [*before, {"file": file, "t_ns": t_ns, "seconds": seconds}]})
        event = said(take.uuid, self._plan.operator, what)
        self._say(take.path, take, event)
        self._undo.did(f"spoken note of {take.name}", take.uuid, lambda: self._unsay(take.path, take, event))

    def _unlabel(self, name: str, /, episode: str, label: str, by: str = "") -> Answer:
        """Take one label back, whoever gave it: `label` is the id that was answered then, as clap label shows it."""
        take = self._take(str(episode))
        path = take.path if take else self._path(str(episode))
        event = next((one for one in sidecar.read(path, str(episode)).events if one.id == str(label)), None)
        if event is None:
            raise NotNow(f"{_stem(path)} has no label {label!r}; clap label shows those that it has")
        self._say(path, take, taken_back(event, clean(by) or name or self._plan.operator))
        return {"episode": event.episode, "labels": take.labels() if take else None}

    def _with_outcome(self, take: TakeRecord | None, given: LabelSet) -> LabelSet:
        """A score tells the outcome too, by the task's rule, unless somebody has said that one."""
        if take is None or given.score is None or "outcome" in given.model_fields_set:
            return given
        gone = undone(take.said)
        spoken = [event.set.model_fields_set for event in take.said if event.id not in gone]
        if any("outcome" in fields and "score" not in fields for fields in spoken):
            return given
        outcome = "success" if given.score >= take.job.success_from else "failure"
        return LabelSet.model_validate({**given.given(), "outcome": outcome})

    def _say(self, path: Path, take: TakeRecord | None, event: LabelEvent) -> None:
        try:
            sidecar.append(path, event)
        except OSError as error:
            raise NotNow(f"the label cannot be written: {error.strerror or error}; it was not said") from error
        self._synced.append(self._syncing.submit(sidecar.sync, path))
        if take is not None:
            take.said.append(event)
            take.scene = dict(take.labels().get("scene", {}))
        self._backlog.relabelled(path)

    def _unsay(self, path: Path, take: TakeRecord | None, event: LabelEvent) -> Answer:
        if take is None:
            path = self._path(event.episode)  # it may lie under another name by now
        elif take.verdict == "discarded":
            raise NoWayBack(f"{take.name} was discarded, and what was said of it with it")
        else:
            path = take.path
        self._say(path, take, taken_back(event, self._plan.operator))
        return {"episode": event.episode, "labels": take.labels() if take else None}

    def _take(self, episode: str) -> TakeRecord | None:
        """The take meant, if it is one of this session. Raises NotNow where none or a discarded one is."""
        take = self._plan.take(episode) if episode else self._plan.running or self._plan.last
        if take is None and not episode:
            raise NotNow("there is no take yet; name an episode by its UUID")
        if take is not None and take.verdict == "discarded":
            raise NotNow(f"{take.name} was discarded; bring it back first (undo, or clap restore)")
        return take

    def _path(self, episode: str) -> Path:
        path = self._backlog.find(episode)
        if path is None:
            raise NotNow(f"no episode here has the UUID {episode!r}; see clap list")
        return path


def _stem(path: Path) -> str:
    return path.name.partition(".")[0]
