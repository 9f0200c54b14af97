"""Moves of episodes that are under way: nobody waits for the disk, and every step for the one before to be durable.

What a busy disk needs to make a name durable may be seconds; the daemon's robots are to hear of it five times a second.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

from collector.episode.burial import Steps, sync

Sync = Callable[[Path], None]


class Moves:
    """By name; those of one name one after the other. For one thread; `sync` may wait, in another."""

    def __init__(self, sync: Sync = sync) -> None:
        self._sync = sync
        self._thread: Executor = ThreadPoolExecutor(1, "trash")
        self._chains: dict[str, deque[Steps]] = {}
        self._waiting: dict[str, Future[None]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """What is on its way."""
        return tuple(self._chains)

    def add(self, name: str, steps: Steps) -> None:
        """Begin it at once, or after what is under way of that name. Raises OSError where its first step does."""
        chain = self._chains.setdefault(name, deque())
        chain.append(steps)
        if len(chain) == 1:
            self._step(name)

    def drop(self, name: str) -> None:
        """Go no further: something else is to be done with it. What the disk was asked for it may still do."""
        self._chains.pop(name, None)
        self._waiting.pop(name, None)

    def work(self) -> dict[str, str]:
        """Go on with those whose last step is durable, and what is wrong with each; empty: nothing. Never waits."""
        moved: dict[str, str] = {}
        for name, waiting in list(self._waiting.items()):
            if waiting.done():
                moved[name] = self._go_on(name, waiting)
        return moved

    def finish(self) -> dict[str, str]:
        """Wait for all of them; what is wrong with each that has come to its end, or not."""
        moved: dict[str, str] = {}
        while self._waiting:
            name, waiting = next(iter(self._waiting.items()))
            waiting.exception()  # waits
            moved[name] = self._go_on(name, waiting)
        return moved

    def close(self) -> None:
        """After `finish`."""
        self._thread.shutdown()

    def _go_on(self, name: str, waiting: Future[None]) -> str:
        del self._waiting[name]
        try:
            waiting.result()
            self._step(name)
        except OSError as error:
            self.drop(name)
            return str(error)
        return ""

    def _step(self, name: str) -> None:
        """The next step of that name, up to where the disk has to be waited for."""
        chain = self._chains[name]
        try:
            while (path := next(chain[0], None)) is None:
                chain.popleft()
                if not chain:
                    del self._chains[name]
                    return
        except OSError:
            del self._chains[name]
            raise
        self._waiting[name] = self._thread.submit(self._sync, path)
