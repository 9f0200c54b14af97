"""Takes that begin and end without a key: a countdown, robots that follow, a task's time. Pure."""

from dataclasses import dataclass
from typing import Literal

from collector.labels.task import TaskConfig
from collector.session import State

_READY = (State.ARMED, State.REVIEW)

Due = Literal["start", "stop", ""]


@dataclass(frozen=True, slots=True)
class Moment:
    """What the daemon sees at `now` (s, time.monotonic).

    `began`: when the running take of the plan did; None without one.
    """

    now: float
    state: State
    follows: bool
    began: float | None


class Automatic:
    """When to start and to stop. Asked at every turn of the daemon's loop, so that a console may die meanwhile."""

    def __init__(self) -> None:
        self.starts_at: float | None = None
        """A countdown runs until then, time.monotonic; None: none does."""
        self._needs_robots = False  # nobody pressed a key for this countdown
        self._followed = True  # what followed before we looked is no news
        self._stopped: float | None = None  # the take, by its begin, that was told to stop

    def count_down(self, now: float, seconds: float, *, needs_robots: bool = False) -> None:
        """A take is to begin so long from now; `needs_robots`: unless they stop following meanwhile."""
        self.starts_at, self._needs_robots = now + seconds, needs_robots

    def cancel(self) -> bool:
        """No take begins by itself; was one about to?"""
        was, self.starts_at = self.starts_at is not None, None
        return was

    def due(self, moment: Moment, task: TaskConfig | None) -> Due:
        """What is to be done now, by the plan's task; None: nothing begins or ends by itself.

        A countdown ends where no take can begin.
        """
        reached = moment.follows and not self._followed
        self._followed = moment.follows
        if task is None or moment.state not in _READY or (self._needs_robots and not moment.follows):
            self.starts_at = None
        if task is None:
            return ""
        if reached and task.auto_start and moment.state is State.ARMED and self.starts_at is None:
            self.count_down(moment.now, task.countdown_s, needs_robots=True)
        if self.starts_at is not None and moment.now >= self.starts_at:
            self.starts_at = None
            return "start"
        began = moment.began
        if task.auto_stop and began is not None and began != self._stopped and moment.now - began >= task.seconds:
            self._stopped = began
            return "stop"
        return ""
