"""Pictures and figures of episodes for the console's screens: read by a child process, the newest wish first."""

import threading
from collections import OrderedDict
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from textual.message import Message
from textual.message_pump import MessagePump

from collector.episode.isolated import Unreadable, each
from collector.tui.reel import Answer, Ask, LookAt, Pictures, Place, Propose, Still, Stills, Unseen, read
from collector.tui.spawning import allow_spawning

_TIMEOUT_S = 20.0
_MEMORY_BYTES = 2 << 30
_CACHED = 500  # pictures; of 160x120 they take 29 MB


class Developed(Message):
    """An answer to a screen's or widget's wish."""

    def __init__(self, ask: Ask, answer: Answer | Unreadable) -> None:
        super().__init__()
        self.ask, self.answer = ask, answer


@dataclass(frozen=True, slots=True)
class _Wish:
    ask: Ask
    to: MessagePump


class Footage:
    """Never blocks, and starts nothing until it is asked for the first time.

    Of one asker's wishes of a kind only the newest is worked on: who scrubs wants to see where he is now.
    """

    def __init__(self) -> None:
        self._wishes: OrderedDict[tuple[int, str], _Wish] = OrderedDict()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._ended = False
        self._cache: OrderedDict[tuple[Path, Place, int], Still | Unseen] = OrderedDict()

    def look(self, to: MessagePump, path: Path) -> None:
        """All but the pictures; `to` gets a Developed with a Reel."""
        self._ask(to, "look", LookAt(path))

    def propose(self, to: MessagePump, path: Path, names: Iterable[str]) -> None:
        """Where steps may begin; `to` gets a Developed with a Proposed."""
        self._ask(to, "propose", Propose(path, tuple(names)))

    def stills(self, to: MessagePump, path: Path, places: Iterable[Place], across: int) -> None:
        """Pictures at least `across` pixels wide; `to` gets a Developed with those that `known` did not know."""
        wanted = tuple(places)
        with self._changed:
            missing = tuple(place for place in wanted if (path, place, across) not in self._cache)
        if missing:
            self._ask(to, "stills", Stills(path, missing, across))

    def known(self, path: Path, places: Iterable[Place], across: int) -> Mapping[Place, Still | Unseen]:
        """Those of the pictures that are there already."""
        found: dict[Place, Still | Unseen] = {}
        with self._changed:
            for place in places:
                if (key := (path, place, across)) in self._cache:
                    self._cache.move_to_end(key)
                    found[place] = self._cache[key]
        return found

    def close(self) -> None:
        """End the child; nobody is answered any more."""
        with self._changed:
            self._ended = True
            self._wishes.clear()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(2.0)  # a child that hangs dies with this process

    def _ask(self, to: MessagePump, kind: str, ask: Ask) -> None:
        with self._changed:
            if self._ended:
                return
            key = (id(to), kind)
            self._wishes.pop(key, None)
            self._wishes[key] = _Wish(ask, to)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="footage", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        allow_spawning()
        # One at a time, so an answer is that to the wish handed out last.
        for ask, told in each(read, self._handed_out(), _TIMEOUT_S, 1, _MEMORY_BYTES):
            self._keep(ask, told)
            if isinstance(told, Unreadable):
                told = Unreadable(told.problem.replace(f"{ask.path.parent}/", ""))
            self._to.post_message(Developed(ask, told))

    def _handed_out(self) -> Generator[Ask]:
        while True:
            with self._changed:
                while not self._wishes and not self._ended:
                    self._changed.wait()
                if self._ended:
                    return
                _, wish = self._wishes.popitem(last=False)
                self._to = wish.to
            yield wish.ask

    def _keep(self, ask: Ask, told: Answer | Unreadable) -> None:
        if not isinstance(ask, Stills) or not isinstance(told, Pictures):
            return
        with self._changed:
            for place, picture in told.of.items():
                self._cache[ask.path, place, ask.across] = picture
            while len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
