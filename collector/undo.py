"""What an operator did last and can take back, ten deep."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from collector.session import NotNow

_DEEP = 10

Answer = dict[str, Any]


class NoWayBack(NotNow):
    """It can never be taken back: what it was done to has gone."""


@dataclass(frozen=True, slots=True)
class Done:
    """Something done, in words, and its way back. `of`: the take it belongs to, by UUID."""

    what: str
    of: str
    back: Callable[[], Answer]


class Undo:
    """The last things done, newest last."""

    def __init__(self) -> None:
        self._done: deque[Done] = deque(maxlen=_DEEP)

    def did(self, what: str, of: str, back: Callable[[], Answer]) -> None:
        """Something was done. `back` may raise NotNow: then it stays where it is."""
        self._done.append(Done(what, of, back))

    def drop(self, of: str, what: str = "") -> None:
        """This can no longer be taken back: what was done to a take and begins with such words."""
        kept = [one for one in self._done if one.of != of or not one.what.startswith(what)]
        self._done = deque(kept, maxlen=_DEEP)

    def clear(self) -> None:
        """Another session begins: what the one before did is its own."""
        self._done.clear()

    def undo(self) -> Answer:
        """Take the newest back. Raises NotNow."""
        if not self._done:
            raise NotNow("there is nothing to undo")
        last = self._done.pop()
        try:
            return {**last.back(), "undone": last.what}
        except NoWayBack:
            raise
        except NotNow:
            self._done.append(last)
            raise

    def told(self) -> list[str]:
        """In words, newest first."""
        return [one.what for one in reversed(self._done)]
