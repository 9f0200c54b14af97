"""The operator's console: a client of the daemon that may die and come back at any time."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from textual.app import App, SystemCommand
from textual.dom import DOMNode
from textual.message import Message
from textual.screen import Screen

from collector.live import Live
from collector.remote_status import Status
from collector.session import State
from collector.tui.actions import BY_NAME, Action
from collector.tui.cues import Cue, cue
from collector.tui.link import Ears, Link, Request, Wire
from collector.tui.messages import Answered, Lost, Refused, StatusCame
from collector.tui.options import ConsoleOptions, theme_for
from collector.tui.own_labels import OwnLabels
from collector.tui.permission import objection, twins
from collector.tui.presses import Presses
from collector.tui.screens.base import ConsoleScreen
from collector.tui.screens.lost import LostScreen
from collector.tui.screens.table import screen as screen_of
from collector.tui.state_word import word_of
from hardware.config import RigConfig

if TYPE_CHECKING:
    from collector.tui.footage import Footage

Main = Literal["preflight", "record", "review"]

_SCREENS: dict[State, Main] = {
    State.STARTING: "preflight",
    State.IDLE: "preflight",
    State.ARMED: "record",
    State.RECORDING: "record",
    State.REVIEW: "review",
}  # in FAULT the checks stay, otherwise it is told where takes are recorded
_MOVING = ("ALIGN", "RAMP", "FOLLOW")
_SAY_AGAIN_S = 2.0
_LONG_S = 30.0
_BARE = 2  # screens in the stack when nothing lies over the session's own: Textual's blank one is under it
_BELLS_S = (0.3, 0.6)


class Console(App[None]):
    """Shows what the daemon says; sends it what the operator presses.

    `wire`: the link to the daemon, given its ears; `clock`: s, for keys that are held.
    """

    CSS_PATH = "app.tcss"
    TITLE = "Clapboard"
    SCREENS: ClassVar[dict[str, Callable[[], Screen[Any]]]] = {
        name: partial(screen_of, name) for name in ("preflight", "record", "review", "browse", "help")
    }  # fmt: skip

    def __init__(
        self,
        options: ConsoleOptions,
        wire: Callable[[Ears], Wire] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.options, self.keys = options, options.keys
        self.status: Status | None = None
        self.controls = options.role == "control"
        """May this console's keys do anything? They may not while somebody else has control."""
        self.own = OwnLabels()
        """What this console said while somebody else controlled the rig."""
        self.live = Live()
        """The rig's rings, seen from here."""
        self.rig: RigConfig | None = None
        """As the daemon runs it; None before it has told."""
        self._daemon: int | None = None
        self._plan_due = False
        self._clock, self._presses = clock, Presses()
        self._main: Main = "preflight"
        self._chosen: tuple[State, Main] | None = None
        self._said = ("", 0.0)
        ears = Ears(
            lambda status, controls: self._post(StatusCame(status, controls)),
            lambda verb, why: self._post(Refused(verb, why)),
            lambda why: self._post(Lost(why)),
        )
        self.link = wire(ears) if wire else Link(options.socket, options.operator, options.role, ears)
        self.set_keymap(self.keys.keymap())

    def on_mount(self) -> None:
        """Meet the daemon."""
        if theme := self.options.theme or theme_for(self.console.color_system, os.environ):
            self.theme = theme
        self.push_screen(self._main)
        self.link.start()

    def on_unmount(self) -> None:
        """Hang up; the daemon goes on."""
        self.link.close()
        if "footage" in self.__dict__:
            self.footage.close()
        self.live.close()

    @cached_property
    def footage(self) -> "Footage":
        """Reads episodes for showing, in a process of its own that is started when it is first asked."""
        from collector.tui.footage import Footage

        return Footage()

    # -- for the screens ---------------------------------------------------------------------------

    def ask(self, verb: str, **words: Any) -> None:
        """Send a verb; an objection is shown."""
        self.link.ask(Request(verb, words))

    def ask_then(self, then: Callable[[dict[str, Any]], None], verb: str, **words: Any) -> None:
        """Send a verb; `then` gets the answer, in this thread."""
        self.link.ask(Request(verb, words, lambda answer: self._post(Answered(then, answer))))

    @property
    def undoable(self) -> tuple[str, ...]:
        """What the undo key takes back, newest first: what the session did, of a watcher what it said itself."""
        return self.own.told() if not self.controls else self.status.undo if self.status else ()

    def take_control(self) -> None:
        """Whoever has it watches from now on."""
        self.ask("take_control", name=self.options.operator)

    def turn_to(self, screen: Main) -> None:
        """Look at this while the session goes on elsewhere; asked again: back."""
        if self.status is not None:
            self._chosen = None if screen == self._main else (self.status.state, screen)
            self._turn()

    def uncovered(self) -> None:
        """A screen came back into sight: the session may be elsewhere by now."""
        self.call_later(self._turn)

    def why_not(self, action: Action) -> str:
        """Why an action cannot be done now, with what can be done about it; empty: it can."""
        seen = self._seen()
        return objection(action, self.status, seen.PLACE if seen else None, self.keys, controls=self.controls)

    @property
    def engaged(self) -> bool:
        """Would something stop or go unseen if this console left?"""
        status = self.status
        if status is None or not self.controls:
            return False
        moving = any(arm.get("teleop") in _MOVING for arm in status.arms.values())
        return moving or status.state is State.RECORDING

    # -- keys --------------------------------------------------------------------------------------

    async def run_action(
        self, action: str | tuple[str, str, tuple[Any, ...]], default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:  # fmt: skip
        """An action of the table is done if it is possible now and its key is not just held."""
        known = BY_NAME.get(action if isinstance(action, str) else action[1])
        if known is not None and isinstance(default_namespace, ConsoleScreen):
            why = self.why_not(known)
            if why and any(not self.why_not(twin) for twin in twins(known, self.keys)):
                return False  # the same key does something else now
            held = self._presses.held(self.keys.of(known.name), known.held_s, self._clock())
            if why:
                self.say(why)
            if why or held:
                return True
        return await super().run_action(action, default_namespace, namespaces)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Everything that has a key on this screen, and the theme."""
        told: set[str] = set()
        for key, (node, binding, _, tooltip) in screen.active_bindings.items():
            if node is screen and binding.action not in told:
                told.add(binding.action)
                title = f"{binding.description}  [{self.get_key_display(binding.with_key(key))}]"
                yield SystemCommand(title, tooltip or binding.description, self._runs(binding.action, screen))
        for command in super().get_system_commands(screen):  # pyright: ignore[reportUnknownMemberType]
            if command.title in ("Theme", "Screenshot"):
                yield command

    def say(self, why: str) -> None:
        """One sentence, where it is seen; the same is not heaped up."""
        before, at = self._said
        now = self._clock()
        if why != before or now - at > _SAY_AGAIN_S:
            self._said = why, now
            self.notify(why, severity="warning")

    # -- what the daemon says ----------------------------------------------------------------------

    def on_status_came(self, message: StatusCame) -> None:
        """Show it, on the screen that the session's state asks for."""
        before, self.status = self.status, message.status
        controlled, self.controls = self.controls, message.controls
        for lost in [screen for screen in self.screen_stack if isinstance(screen, LostScreen)]:
            lost.dismiss()
        turned = before is None or before.state is not message.status.state
        if turned and (self.controls or message.status.state is State.FAULT):
            self._chosen = None  # what a watcher looks at it goes on looking at: it may label while another drives
        self._meet(message.status)
        self._plan(message.status, controlled)
        self._turn()
        if (screen := self._seen()) is not None:
            screen.show(message.status)
            if what := cue(before, message.status):
                self._cue(screen, what, message.status)

    def on_answered(self, message: Answered) -> None:
        """To whoever waits."""
        message.then(message.answer)

    def on_refused(self, message: Refused) -> None:
        """One sentence, where it is seen."""
        self.notify(message.why, severity="error")

    def on_lost(self, message: Lost) -> None:
        """Said so large that nobody goes on demonstrating."""
        if isinstance(self.screen, LostScreen):
            self.screen.tell(message.why)
            return
        first, self.status = self.status is None, None
        self.push_screen(LostScreen(message.why, first=first))
        if not first:
            self._ring("fault")

    # -- within ------------------------------------------------------------------------------------

    def _meet(self, status: Status) -> None:
        """Another daemon has other memory, and may run the rig another way."""
        if status.pid != self._daemon:
            self._daemon, self._plan_due = status.pid, self.options.role == "control"
            self.ask_then(lambda answer: self.live.attach(answer["links"]), "links")
            self.ask_then(self._learn_rig, "rig")

    def _learn_rig(self, answer: dict[str, Any]) -> None:
        self.rig = RigConfig.model_validate(answer["rig"])

    def _plan(self, status: Status, controlled: bool) -> None:
        """A daemon that we control from now on is told what to collect, once it can take that."""
        if self.controls and not controlled:
            self._plan_due = self.options.role == "control"
        if not self._plan_due or not self.controls or status.state is State.RECORDING:
            return
        self._plan_due = False
        mine, plan = self.options, status.plan
        if plan is None or (plan.task, plan.operator, plan.skill) != (mine.task, mine.operator, mine.skill):
            self.ask("plan", task=mine.task.model_dump(mode="json"), operator=mine.operator, skill=mine.skill)

    def _turn(self) -> None:
        if self.status is None:
            return
        state = self.status.state
        if self._chosen is not None and (self._chosen[0] is state or not self.controls):
            wanted = self._chosen[1]
        elif state is State.FAULT:
            wanted = "preflight" if self._main == "preflight" else "record"
        else:
            wanted = _SCREENS[state]
        if wanted != self._main and len(self.screen_stack) == _BARE:
            self._main = wanted
            self.switch_screen(wanted)  # pyright: ignore[reportUnknownMemberType]

    def _seen(self) -> ConsoleScreen | None:
        """The screen that is looked at, dialogs before it or not."""
        seen = (screen for screen in reversed(self.screen_stack) if isinstance(screen, ConsoleScreen))
        screen = next(seen, None)
        # An end takes the widgets away first.
        return screen if screen is not None and screen.is_mounted and screen.children else None

    def _cue(self, screen: ConsoleScreen, what: Cue, status: Status) -> None:
        if what in ("fault", "hold") and len(self.screen_stack) > _BARE:  # what says it is covered
            word = word_of(status, self.keys.shown)
            self.notify(word.says, title=word.text, severity="error", timeout=_LONG_S)
        if self.keys.cues.flash:
            screen.flash(what)
        if self.keys.cues.bell:
            self._ring(what)

    def _ring(self, what: Cue) -> None:
        self.bell()
        if what in ("fault", "hold"):
            for delay_s in _BELLS_S:
                self.set_timer(delay_s, self.bell)

    def _runs(self, action: str, screen: Screen[Any]) -> Callable[[], None]:
        def run() -> None:
            self.call_later(self.run_action, action, screen)

        return run

    def _post(self, message: Message) -> None:
        self.post_message(message)
