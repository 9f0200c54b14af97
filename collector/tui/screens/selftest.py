"""The self-test, live: what the operator is to do now in one word, how far it is, the gates as they come."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from collector.remote_status import Status
from collector.selftest.gate import Gate
from collector.tui.beside import Audience, Running, Seat
from collector.tui.screens.base import ConsoleScreen
from collector.tui.screens.beside import Course, share_bar
from collector.tui.selftest_run import Gates, Outcome, self_test
from collector.tui.state_word import Word
from collector.tui.widgets.banner import Banner
from collector.tui.widgets.checks import Checks, gate_lines
from collector.tui.widgets.field import Field
from collector.tui.widgets.joint_errors import JointErrors
from collector.tui.widgets.panels import Streams

_BAR = 30
_HANDS = ("HANDS OFF", "HOLD STILL", "MOVE")
_SLOW = 4  # figures are drawn at every fourth status
_PERIOD_S = 0.1  # of the statuses


class SelfTestScreen(ConsoleScreen):
    """Runs one, and shows what came of it until the operator has read it. `begin`: what starts it, for tests."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Abort, or back"),
        Binding("enter,space", "done", "Back", show=False),
        Binding("x", "hold", "Hold robot", id="release", tooltip="The robot holds where it is, and the test ends."),
        Binding("up", "scroll(-1)", "Up", show=False),
        Binding("down", "scroll(1)", "Down", show=False),
    ]
    DEFAULT_CSS = """
    SelfTestScreen #bar { padding: 0 1; height: 1; }
    SelfTestScreen Streams { height: auto; }
    SelfTestScreen JointErrors, SelfTestScreen Checks, SelfTestScreen Streams {
        padding: 0 1; border-top: solid $foreground 30%;
    }
    SelfTestScreen #how { padding: 0 1; height: 1; background: $surface; }
    SelfTestScreen #how:ansi { background: ansi_default; }
    """

    def __init__(self, begin: Callable[[Seat, Audience[Outcome], Gates], Running] = self_test) -> None:
        super().__init__()
        self._course = Course(
            self, lambda seat, audience: begin(seat, audience, self._came), self._progressed, self._ended
        )
        self._word = ""
        self._seen = 0

    def compose(self) -> ComposeResult:
        """The word and what to do, how far it is, robots on their way, the gates."""
        yield Banner()
        yield Field(id="bar")
        yield JointErrors()
        yield Streams(id="streams")
        yield Checks(0.35)
        yield Field(id="how")

    def on_mount(self) -> None:
        """Begin, and tell what one may do."""
        self._how("escape aborts, the robots hold")
        self._say(Word("WAIT", "wait", "it begins"))
        self._course.start()

    def on_unmount(self) -> None:
        """A console that ends lets no robot go on, and leaves the rig as it was."""
        self._course.abort()

    def show(self, status: Status) -> None:
        """The robots on their way to the leaders, the streams against their budgets."""
        if (rig := self.console.rig) is not None:
            self.query_one(JointErrors).show(status, rig.teleop)
        if self._seen % _SLOW == 0 and (streams := self.query_one(Streams)).display:
            streams.show(status, self.console.rig, _SLOW * _PERIOD_S)
        self._seen += 1

    # -- keys ----------------------------------------------------------------------------------------

    def action_leave(self) -> None:
        """Abort; once it has ended: back."""
        if self._course.outcome is not None:
            self.dismiss(None)
        else:
            self._course.abort()
            self._how("aborting ...")

    def action_done(self) -> None:
        """Only once it has ended."""
        if self._course.outcome is not None:
            self.dismiss(None)

    def action_hold(self) -> None:
        """At once; the test is over."""
        self.console.ask("release")
        if self._course.outcome is None:
            self.action_leave()

    def action_scroll(self, lines: int) -> None:
        """The lines that do not fit."""
        self.query_one(Checks).scroll_relative(y=lines, animate=False)

    # -- what the test says --------------------------------------------------------------------------

    def _progressed(self, what: str, share: float | None) -> None:
        """In one word, in words, and as a bar."""
        self._say(_doing(what))
        self.query_one("#bar", Field).tell(share_bar(share, _BAR))

    def _came(self, gates: Sequence[Gate]) -> None:
        """All that are known; from the test's thread."""
        self.call_later(self._gates, gates)

    def _gates(self, gates: Sequence[Gate]) -> None:
        """Worst first, in the place of the figures that were shown until there were any."""
        self.query_one(Streams).display = False
        self.query_one(Checks).show(gate_lines(gates))

    def _ended(self, outcome: Outcome) -> None:
        """The verdict stays until it has been read."""
        self._say(_verdict(outcome))
        self.query_one("#bar", Field).tell("")
        self._how("enter goes back to the checks; up and down: more lines")

    def _say(self, word: Word) -> None:
        """Whoever stands at the leader looks up at the bell."""
        if word.text != self._word:
            if self._word in _HANDS or word.text in _HANDS:
                self.console.bell()
            self._word = word.text
        self.query_one(Banner).show(word)

    def _how(self, words: str) -> None:
        self.query_one("#how", Field).tell(words)


def _doing(what: str) -> Word:
    """What the operator does now, of collector.certify's words."""
    says = what.removeprefix("self-test: ")
    if "move the leader" in what:
        return Word("MOVE", "ready", says)
    if what.startswith("aligning"):
        return Word("HOLD STILL", "count", says)
    return Word("HANDS OFF", "held", says) if what.startswith("self-test") else Word("WAIT", "wait", says)


def _verdict(outcome: Outcome) -> Word:
    if outcome.problem:
        return Word("NO VERDICT", "fault", outcome.problem)
    until = f"{datetime.fromtimestamp(outcome.until_utc_ns * 1e-9).astimezone():%H:%M}"
    match outcome.verdict:
        case "pass":
            return Word("PASS", "ready", f"every stream is proven until {until}")
        case "warn":
            return Word("PASS", "ready", f"good to record until {until}; not at its best, see the lines")
        case "fail":
            return Word("FAILED", "fault", "put right what the lines say, then test again; or arm for a reason")
