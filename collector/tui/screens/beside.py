"""What runs beside a screen: begun and ended with it, its outcome kept until it is read."""

from collections.abc import Callable
from typing import Generic, TypeVar

from collector.tui.beside import Audience, Running, Seat, Tell
from collector.tui.screens.base import ConsoleScreen
from collector.tui.widgets.gauges import bar

T = TypeVar("T")


class Course(Generic[T]):
    """Runs what `begin` gives. What that says, from any thread, is shown in the application's.

    `progressed` is told what goes on, and nothing more once it is over; `ended` what came of it.
    """

    def __init__(
        self,
        screen: ConsoleScreen,
        begin: Callable[[Seat, Audience[T]], Running],
        progressed: Tell,
        ended: Callable[[T], None],
    ) -> None:
        self._screen, self._begin = screen, begin
        self._progressed, self._ended = progressed, ended
        self._running: Running | None = None
        self.outcome: T | None = None
        """What came of it, once it has ended."""

    def start(self) -> None:
        """Begin, by the console's control."""
        console = self._screen.console
        seat = Seat(console.options.socket, console.options.operator, console.link.key)
        self._running = self._begin(seat, Audience(self._say, self._end))
        self._running.start()

    def abort(self) -> None:
        """It ends as soon as may be."""
        if self._running is not None:
            self._running.abort()

    def _say(self, what: str, share: float | None) -> None:
        self._screen.call_later(self._heard, what, share)

    def _end(self, outcome: T) -> None:
        self._screen.call_later(self._over, outcome)

    def _heard(self, what: str, share: float | None) -> None:
        """Unless it is over: what was said before that may come after it."""
        if self.outcome is None:
            self._progressed(what, share)

    def _over(self, outcome: T) -> None:
        self.outcome = outcome
        self._ended(outcome)


def share_bar(share: float | None, width: int) -> str:
    """How far it is; nothing where nobody knows."""
    return "" if share is None else f"{bar(share, width)} {share:4.0%}"
