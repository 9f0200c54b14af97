"""Takes that are thrown away, and brought back."""

from typing import Any

from collector.backlog import Backlog
from collector.episode.trash import NotInTrash, stem_of
from collector.session import SELFTEST, NotNow, State
from collector.session_plan import SessionPlan
from collector.take_record import TakeRecord
from collector.undo import NoWayBack, Undo
from collector.words import clean

_LEAST = 4  # characters of a UUID that name an episode in the trash
_DISCARDING = "discarding"

Answer = dict[str, Any]


class Discards:
    """The session's hand on the trash."""

    def __init__(self, plan: SessionPlan, undo: Undo, backlog: Backlog) -> None:
        self._plan, self._undo, self._backlog = plan, undo, backlog
        self._gone = ""  # UUID of the last one discarded

    def throw_away(self, take: TakeRecord, why: str, *, undoable: bool) -> str:
        """To the trash, where it is then. Raises NotNow."""
        session, reviewed = self._plan.session, take.verdict == "review"
        try:
            moved_to = self._backlog.discard(take.path, take.uuid, self._plan.operator, why)
        except OSError as error:
            raise NotNow(f"the take cannot be discarded: {error}") from error
        take.verdict, take.why = "discarded", why
        self._gone = take.uuid
        if self._plan.last is take:
            self._plan.last = None
            if session.state is State.REVIEW:
                session.enter(State.ARMED)
        if take.purpose == SELFTEST or not undoable:
            self._undo.drop(take.uuid)
        else:
            self._undo.did(f"{_DISCARDING} {take.name}", take.uuid, lambda: self._bring_back(take, reviewed=reviewed))
        return str(moved_to)

    def throw_out(self, episode: str, why: str) -> str:
        """Any episode that is not being recorded, by its UUID, to the trash; where it is then. Raises NotNow."""
        take = self._plan.take(episode)
        if take is not None and take is self._plan.running:
            raise NotNow(f"{take.name} is being recorded; stop it first, or retake")
        if take is not None and take.verdict != "discarded":
            return self.throw_away(take, why, undoable=True)
        path = None if take is not None else self._backlog.find(episode)
        if path is None:
            raise NotNow(f"no episode here has the UUID {episode!r}; see clap list")
        try:
            moved_to = self._backlog.discard(path.with_suffix(".journal"), episode, self._plan.operator, why)
        except OSError as error:
            raise NotNow(f"{path.stem} cannot be discarded: {error}") from error
        self._undo.did(f"{_DISCARDING} {path.stem}", episode, lambda: self._bring_back_by(episode))
        return str(moved_to)

    def take_back(self, take: TakeRecord) -> Answer:
        """A take that has ended counts as never made; `undiscard` brings it back."""
        self._plan.require_no_take()
        return {"moved_to": self.throw_away(take, "undone", undoable=False), "state": self._plan.session.state}

    def undiscard(self, episode: str = "") -> Answer:
        """Bring back the last one discarded, or another by UUID or file name."""
        if not (name := clean(episode) or self._gone):
            raise NotNow("nothing was discarded since the daemon started; name an episode")
        take = self._named(name)
        try:
            path = self._backlog.restore(name)
        except (NotInTrash, OSError) as error:
            raise NotNow(str(error)) from error
        if take is not None:
            take.path, take.verdict, take.why = path.with_suffix(".journal"), "kept", ""
            self._undo.drop(take.uuid, _DISCARDING)
            if take.uuid == self._gone:
                self._gone = ""
            self._plan.last = self._plan.last or take
        return {"state": self._plan.session.state, "restored": str(path)}

    def _named(self, name: str) -> TakeRecord | None:
        """A discarded take of this session."""
        return next(
            (
                take
                for take in reversed(self._plan.takes)
                if take.verdict == "discarded"
                and (take.name == stem_of(name) or (len(name) >= _LEAST and take.uuid.startswith(name)))
            ),
            None,
        )

    def _bring_back_by(self, episode: str) -> Answer:
        try:
            return self.undiscard(episode)
        except NotNow as error:
            raise NoWayBack(str(error)) from error

    def _bring_back(self, take: TakeRecord, *, reviewed: bool) -> Answer:
        self._plan.require_no_take()
        try:
            told = self.undiscard(take.uuid)
        except NotNow as error:
            raise NoWayBack(str(error)) from error
        if reviewed and self._plan.session.state is State.ARMED:
            self._plan.review(take)
        return {**told, "state": self._plan.session.state}
