"""Presses of keys told from a key that is held: a terminal repeats it and never says that it was let go. Pure."""

from collections.abc import Collection


class Presses:
    """Times in s, of one clock."""

    def __init__(self) -> None:
        self._last: tuple[Collection[str], float] = (), 0.0

    def held(self, keys: Collection[str], within_s: float, now: float) -> bool:
        """Is this the same press still? Each repetition holds it on; another key in between says that it was let go.

        `keys`: those of the action that was asked for. The same key may be another action's by now.
        """
        (before, at), self._last = self._last, (keys, now)
        return not set(before).isdisjoint(keys) and now - at < within_s
