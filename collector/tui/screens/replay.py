"""A replay on the robot: how far it is, and one key that holds it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from collector.remote_status import Status
from collector.tui.beside import Audience, Running, Seat
from collector.tui.replay_run import SPEED, Outcome, replay
from collector.tui.screens.base import ConsoleScreen
from collector.tui.screens.beside import Course, share_bar
from collector.tui.state_word import Word
from collector.tui.widgets.banner import Banner
from collector.tui.widgets.field import Field
from collector.tui.widgets.joint_errors import JointErrors

_BAR = 40


class ReplayScreen(ConsoleScreen):
    """Plays one episode; stays until it was read what came of it. `begin`: what starts it, for tests."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "hold", "Hold robot", id="release", tooltip="The robot holds where it is, at once."),
        Binding("space", "hold", "Hold robot"),
        Binding("escape,enter", "leave", "Hold robot, then back"),
    ]
    DEFAULT_CSS = """
    ReplayScreen Field { height: auto; padding: 1 1 0 1; }
    """

    def __init__(self, path: Path, begin: Callable[[Path, Seat, Audience[Outcome]], Running] = replay) -> None:
        super().__init__()
        self._path = path
        self._course = Course(self, partial(begin, path), self._progressed, self._ended)

    def compose(self) -> ComposeResult:
        """The word, how far it is, the robot on its way to the first pose."""
        yield Banner()
        yield Field(id="replay-bar")
        yield JointErrors()
        yield Field(id="replay-how")

    def on_mount(self) -> None:
        """Begin, and tell what one may do."""
        self.query_one(Banner).show(Word("REPLAY", "wait", f"{self._path.stem} at {SPEED:g} x"))
        self.query_one("#replay-how", Field).tell("x, space or escape: the robot holds at once")
        self._course.start()

    def on_unmount(self) -> None:
        """A console that ends lets no robot go on."""
        self._course.abort()

    def show(self, status: Status) -> None:
        """The robot on its way."""
        if (rig := self.console.rig) is not None:
            self.query_one(JointErrors).show(status, rig.teleop)

    def _progressed(self, what: str, share: float | None) -> None:
        """What goes on, and how far it is."""
        self.query_one(Banner).show(Word("REPLAY", "recording" if share is not None else "wait", what))
        self.query_one("#replay-bar", Field).tell(share_bar(share, _BAR))

    def _ended(self, outcome: Outcome) -> None:
        """Whether it was played to its end."""
        word = Word("STOPPED", "fault", outcome.says) if outcome.problem else Word("DONE", "ready", outcome.says)
        self.query_one(Banner).show(word)
        self.query_one("#replay-how", Field).tell("escape: back; the session is disarmed, the checks arm it again")

    def action_hold(self) -> None:
        """At once; the replay is over."""
        self.console.ask("release")
        self._course.abort()

    def action_leave(self) -> None:
        """Hold; once it is over: back."""
        if self._course.outcome is not None:
            self.dismiss()
        else:
            self.action_hold()
