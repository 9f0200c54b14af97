"""Pre-flight: what stands between the operator and the first take, worst first, and the keys that clear it."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from collector.preflight.check import Check, Mood
from collector.preflight.told import PreflightTold
from collector.remote_status import Status
from collector.session import State
from collector.tui.cues import Cue
from collector.tui.keys import bindings
from collector.tui.screens.ask import AskText, Confirm
from collector.tui.screens.base import ConsoleScreen
from collector.tui.state_word import KeyOf, Word, word_of
from collector.tui.widgets.banner import Banner
from collector.tui.widgets.checks import Checks, check_lines
from collector.tui.widgets.field import Field
from collector.tui.widgets.joint_errors import JointErrors
from collector.tui.widgets.key_line import KeyLine

_EVERY: Final = 5  # statuses: twice a second
_REASON: Final = "It is kept in every episode that is recorded so."
_SELFTEST: Final = (
    "Clear the robots' surroundings. At first nobody touches leader or robot: the box flashes its LED. Then the robot"
    " goes to the leader and follows: move every joint, without haste. It takes a minute or two."
)
_ARMING: Final = "It is armed as soon as this is gone; escape: it is not."
_WORDS: Final[dict[Mood, str]] = {"fail": "to put right", "wait": "on the way", "warn": "to know", "ok": "well"}


class PreflightScreen(ConsoleScreen):
    """Asks the daemon for its checks twice a second while it is looked at."""

    PLACE = "preflight"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("preflight"),
        Binding("up", "scroll(-1)", "Up", show=False),
        Binding("down", "scroll(1)", "Down", show=False),
        Binding("escape", "forget", "Do not arm", show=False),
    ]
    DEFAULT_CSS = """
    PreflightScreen #count { padding: 0 1; height: 1; }
    PreflightScreen JointErrors, PreflightScreen Checks { padding: 0 1; border-top: solid $foreground 30%; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._told: PreflightTold | None = None
        self._seen = 0
        self._arming: str | None = None
        """The override, perhaps empty, with which the rig is armed as soon as it is ready."""

    def compose(self) -> ComposeResult:
        """The verdict and what to do next, how many of each, robots on their way, the lines, the keys."""
        yield Banner()
        yield Field(id="count")
        yield JointErrors()
        yield Checks()
        yield KeyLine("preflight")

    def show(self, status: Status) -> None:
        """The state at once, the lines as they come."""
        if self._seen % _EVERY == 0:
            self.console.ask_then(self._heard, "preflight")
        self._seen += 1
        if status.state is not State.IDLE:
            self._arming = None
        if (rig := self.console.rig) is not None:
            self.query_one(JointErrors).show(status, rig.teleop)
        super().show(status)
        self.query_one(Banner).show(preflight_word(status, self._told, self.console.keys.shown, self._arming))

    def on_screen_suspend(self) -> None:
        """Whoever comes back is told anew."""
        self._seen = 0

    def flash(self, what: Cue) -> None:
        """The banner."""
        self.query_one(Banner).flash()

    # -- keys ----------------------------------------------------------------------------------------

    def action_arm(self) -> None:
        """With the certificate, now or as soon as the rig is ready."""
        if self._told is None or not (reason := self._told.certificate.reason):
            self._arm("")
            return
        proves, arms = self.console.keys.shown("selftest"), self.console.keys.shown("override")
        self.console.say(f"{_sentence(reason)} {proves} proves the rig, {arms} arms it for a reason that is kept.")

    def action_override(self) -> None:
        """Without a certificate, for a reason; under one that holds no reason is needed, and none would be kept."""
        if self._told is not None and not self._told.certificate.reason:
            self._arm("")
        elif given := self.console.options.override:  # said on the command line
            self._arm(given)
        else:
            self.console.push_screen(AskText("Why is recorded without a certificate?", _REASON), self._arm_for)

    def action_selftest(self) -> None:
        """Asked first: the robot will move."""
        self.console.push_screen(Confirm("Run the self-test?", _SELFTEST), self._test)

    def action_forget(self) -> None:
        """Nothing is armed by itself."""
        self._arming = None

    def action_scroll(self, lines: int) -> None:
        """The lines that do not fit."""
        self.query_one(Checks).scroll_relative(y=lines, animate=False)

    def _arm_for(self, reason: str | None) -> None:
        if reason:
            self._arm(reason)

    def _arm(self, override: str) -> None:
        if self._told is not None and self._told.not_ready:
            self._arming = override
            self.query_one("#count", Field).tell(_ARMING)
        else:
            self.console.ask("arm", override=override)

    def _test(self, yes: bool | None) -> None:
        if yes:
            from collector.tui.screens.selftest import SelfTestScreen  # a console is to start at once

            self.console.push_screen(SelfTestScreen())

    # -- what the daemon says ------------------------------------------------------------------------

    def _heard(self, answer: dict[str, Any]) -> None:
        self._told = told = PreflightTold.of(answer)
        if self._arming is not None and not told.not_ready:
            override, self._arming = self._arming, None
            self.console.ask("arm", override=override)
        self.query_one("#count", Field).tell(_count(told.checks) if self._arming is None else _ARMING)
        self.query_one(Checks).show(check_lines(told.checks))
        if (status := self.console.status) is not None:
            self.query_one(Banner).show(preflight_word(status, told, self.console.keys.shown, self._arming))


def preflight_word(status: Status, told: PreflightTold | None, key: KeyOf, arming: str | None = None) -> Word:
    """May recording begin, and what to do next? `arming`: as soon as it may it does."""
    if status.state is not State.IDLE:
        word = word_of(status, key)
        back = f"{key('preflight')} goes back to the take"
        return word if status.state in (State.STARTING, State.FAULT) else Word(word.text, word.kind, back, word.aside)
    if told is None:
        return Word("CHECKING", "wait", "")
    kept = f"{status.plan.kept}/{status.plan.goal}" if status.plan else ""
    if told.not_ready:
        if arming is None:
            return Word("NOT YET", "wait", _sentence(told.not_ready), kept)
        return Word("ARMING", "count", _sentence(told.not_ready), kept)
    if told.certificate.reason:
        says = f"{key('selftest')} runs the self-test; or {key('override')} arms without, for a reason"
        return Word("NOT PROVEN", "held", says, kept)
    return Word("ALL CLEAR", "ready", f"{key('arm')} arms; then one key starts the first take", kept)


def _count(checks: Sequence[Check]) -> str:
    counts = Counter(check.state for check in checks)
    return ", ".join(f"{counts[mood]} {words}" for mood, words in _WORDS.items() if counts[mood])


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
