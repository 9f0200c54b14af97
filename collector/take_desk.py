"""What clients ask of takes, and what begins and ends by itself."""

import time
from collections.abc import Callable
from typing import Any, Literal

from collector.answers import Topic
from collector.automatic import Automatic, Moment
from collector.labels.task import TaskConfig
from collector.session import SELFTEST, NotNow, State, after
from collector.session_plan import SessionPlan
from collector.take_record import TakeRecord
from collector.takes import Takes, given_labels, given_task
from collector.undo import Undo
from collector.words import clean

Answer = dict[str, Any]


class TakeDesk:
    """The verbs of a take. Where one answers with a topic, the answer comes when capture has done it."""

    def __init__(self, plan: SessionPlan, takes: Takes, undo: Undo) -> None:
        self._session, self._plan, self._takes, self._undo = plan.session, plan, takes, undo
        self._discards = takes.discards
        self._then: Literal["", "discard", "retake"] = ""  # once the running take is closed
        self._why = ""
        self._follows = False
        self.automatic = Automatic()
        self.notice = ""
        """Why a take that was to begin did not; until the next one begins."""

    def verbs(self) -> dict[str, Callable[..., Answer | Topic]]:
        """What clients may ask."""
        return {
            "arm": self._takes.arm,
            "disarm": self._disarm,
            "start": self._start,
            "cancel": self._cancel,
            "stop": self._stop,
            "keep": self._takes.keep,
            "next": self._next,
            "retake": self._retake,
            "discard": self._discard,
            "undo": self._undo_last,
            "undiscard": self._discards.undiscard,
        }

    # -- the daemon's loop and what capture says -----------------------------------------------------

    def work(self, follows: bool) -> None:
        """Begin and end takes that nobody has to press a key for. Those of a self-test are the test's own."""
        self._follows, take = follows, self._plan.running
        began = take.began_ns * 1e-9 if take is not None and take.is_open and take.planned else None
        task = None if self._takes.purpose == SELFTEST else self._plan.task
        moment = Moment(time.monotonic(), self._session.state, follows, began)
        try:
            match self.automatic.due(moment, task):
                case "start":
                    self._begin(None, {})
                case "stop":
                    self._takes.end({})
                case "":
                    pass
        except NotNow as error:
            self.notice = f"No take has begun: {error}"

    def begun(self) -> None:
        """The journal is there."""
        self.notice = ""
        self._takes.begun()

    def refused(self, message: str) -> None:
        """Capture cannot start: no room."""
        self._takes.refused()
        self._then, self.notice = "", f"No take has begun: {message}"

    def fail(self, message: str, culprit: str) -> None:
        """A device failed: nothing goes on by itself."""
        self._then = ""
        self.automatic.cancel()
        self._takes.fail(message, culprit)

    def closed(self, summary: Answer) -> Answer | None:
        """The take has ended; what was asked for while it ran is done. What the waiting client is told."""
        if (told := self._takes.closed(summary)) is None or (take := self._plan.take(told["uuid"])) is None:
            return None
        then, self._then = self._then, ""
        if then and self._session.state is State.REVIEW:
            try:
                self._discards.throw_away(take, self._why, undoable=then == "retake")
                if then == "retake":
                    self._again(take)
            except NotNow as error:
                self.notice = str(error)
        return {**told, "state": self._session.state, "verdict": take.verdict}

    def scored(self) -> None:
        """The take under review has its score: the next one, if the task goes on by itself."""
        task = self._plan.task
        if task is None or not task.auto_advance or self._session.state is not State.REVIEW:
            return
        try:
            self._takes.keep()
            if self._follows or not task.auto_start:  # else as soon as the robots follow
                self._launch(needs_robots=task.auto_start)
        except NotNow as error:
            self.notice = f"No take has begun: {error}"

    # -- what clients ask ------------------------------------------------------------------------------

    def _start(self, task: Answer | None = None, labels: Answer | None = None) -> Answer | Topic:
        """A take of the plan, after its countdown (at once if one is running), or at once of another task."""
        given = given_labels(labels)
        if task is not None or given or self.automatic.cancel():
            self.automatic.cancel()
            self._begin(None if task is None else given_task(task), given)
            return "start"
        return self._launch()

    def _launch(self, *, needs_robots: bool = False) -> Answer | Topic:
        """A take of the plan, after its countdown."""
        planned = self._plan.task
        if planned is None or not planned.countdown_s:
            self._begin(None, {})
            return "start"
        self._takes.require_ready()
        self.automatic.count_down(time.monotonic(), planned.countdown_s, needs_robots=needs_robots)
        return {"state": self._session.state, "starts_in_s": planned.countdown_s}

    def _begin(self, job: TaskConfig | None, labels: Answer) -> None:
        take = self._takes.begin(job, labels)
        if take.purpose != SELFTEST:
            self._undo.did(f"take {take.name}", take.uuid, lambda: self._untake(take))

    def _again(self, take: TakeRecord) -> Answer | Topic:
        """The same once more: of the plan, or of the task that it was of."""
        self._plan.again(take)
        if take.planned:
            return self._launch()
        self._begin(take.job, {"outcome": "unlabelled"})
        return "start"

    def _cancel(self) -> Answer:
        """No take begins when the countdown ends."""
        if not self.automatic.cancel():
            raise NotNow("no countdown is running")
        return {"state": self._session.state}

    def _stop(self, labels: Answer | None = None) -> Topic:
        self._takes.end(given_labels(labels))
        return "stop"

    def _disarm(self) -> Answer:
        told = self._takes.disarm()
        self.automatic.cancel()
        return told

    def _next(self) -> Answer | Topic:
        """Keep the take and go on to the next."""
        self._takes.keep()
        return self._launch()

    def _retake(self, why: str = "") -> Answer | Topic:
        """Throw the take away, running or under review, and begin it anew."""
        self._why = clean(why) or "retake"
        if self._session.state is State.RECORDING:
            self._takes.end({})
            self._then = "retake"
            return "stop"
        take = self._reviewed("retake")
        self._takes.require_ready()
        self.automatic.cancel()
        self._discards.throw_away(take, self._why, undoable=True)
        return self._again(take)

    def _discard(self, why: str = "", episode: str = "") -> Answer:
        """The take under review, or any episode by its UUID."""
        if episode and ((last := self._plan.last) is None or last.verdict != "review" or episode != last.uuid):
            moved_to = self._discards.throw_out(str(episode), clean(why) or "discarded")
            return {"state": self._session.state, "moved_to": moved_to}
        take = self._reviewed("discard")
        moved_to = self._discards.throw_away(take, clean(why) or "discarded", undoable=True)
        return {"state": self._session.state, "moved_to": moved_to}

    def _reviewed(self, verb: str) -> TakeRecord:
        after(self._session.state, verb)
        if (take := self._plan.last) is None:
            raise NotNow(f"there is no take to {verb}")
        return take

    def _undo_last(self) -> Answer:
        if self.automatic.cancel():
            return {"undone": "countdown", "state": self._session.state}
        return {"state": self._session.state, **self._undo.undo()}

    def _untake(self, take: TakeRecord) -> Answer:
        """A take is taken back: the running one is ended and discarded, one that has ended is discarded."""
        if take is not self._plan.running:
            return self._discards.take_back(take)
        self._takes.end({})
        self._then, self._why = "discard", "undone"
        return {"state": self._session.state}
