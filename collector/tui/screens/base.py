"""What every screen of the console is: it is shown each status, and does what the table of actions has."""

from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.screen import Screen

from collector.remote_status import Status
from collector.session import State
from collector.tui.actions import ScreenName
from collector.tui.cues import Cue
from collector.tui.own_labels import label, undo
from collector.tui.screens.ask import AskChoice, Confirm
from collector.tui.widgets.key_line import KeyLine
from hardware.samples import monotonic_ns

if TYPE_CHECKING:
    from collector.tui.app import Console

_TURN = "the one whose turn it is"


class ConsoleScreen(Screen[None]):
    """A screen that is shown each new status while it is on top.

    Whether an action is possible now, and a key merely held, the application has asked before `action_<name>` runs.
    """

    AUTO_FOCUS = None  # keys are the operator's, no widget's
    PLACE: ClassVar[ScreenName | None] = None
    """Which of the table's screens it is; None: none of them."""

    @property
    def console(self) -> "Console":
        """The application."""
        return cast("Console", self.app)  # pyright: ignore[reportUnknownMemberType]

    def on_screen_resume(self) -> None:
        """What came while it was covered."""
        self.console.uncovered()
        if (status := self.console.status) is not None and self.is_mounted and self.children:
            self.show(status)

    def show(self, status: Status) -> None:
        """What the keys do now; a screen on which there is more to see shows that too.

        Called in the application's thread, ten times a second. Cheap.
        """
        console = self.console
        for line in self.query(KeyLine):
            line.show(
                status, console.keys, console.why_not, console.rig,
                controls=console.controls, undo=bool(console.undoable),
            )  # fmt: skip

    def flash(self, what: Cue) -> None:
        """Draw the eye: something has begun, ended or failed."""

    def label(self, **what: Any) -> None:
        """Say something of the take."""
        label(self.console, **what)

    # -- the take ----------------------------------------------------------------------------------

    async def action_toggle(self, attribute_name: str = "") -> None:
        """Start, stop, or end the countdown. Textual's own action of that name has a word; nothing here uses it."""
        status = self.console.status
        if status is None:
            return
        if status.state is State.RECORDING:
            self.console.ask("stop")
        else:
            self.console.ask("start" if status.starts_in_s is None else "cancel")

    def action_step(self) -> None:
        """The next step began when the key was pressed."""
        self.console.ask("step", t_ns=monotonic_ns())

    def action_speak(self) -> None:
        """Begin a spoken note, or end it."""
        self.console.ask_then(self._spoke, "speak")

    def _spoke(self, answer: dict[str, Any]) -> None:
        self.console.say("Speak: it is recorded; the same key ends it." if answer["speaking"] else "The note is kept.")

    def action_keep(self) -> None:
        """Into the data set."""
        self.console.ask("keep")

    def action_next(self) -> None:
        """Keep it and go on."""
        self.console.ask("next")

    def action_retake(self) -> None:
        """Anew."""
        self.console.ask("retake")

    def action_discard(self) -> None:
        """To the trash."""
        self.console.ask("discard")

    def action_undo(self) -> None:
        """The last thing done."""
        undo(self.console)

    def action_scene(self) -> None:
        """Of the next take."""
        plan = self.console.status.plan if self.console.status else None
        if plan is None or not (factors := plan.task.factors):
            self.console.notify("The task's file has no slots and no scene; there is nothing to choose.")
            return

        def picked(name: str | None) -> None:
            if name == _TURN:
                self.console.ask("scene")
            elif name:
                choice = AskChoice(f"{name}?", list(factors[name]), plan.scene.get(name, ""))
                self.console.push_screen(choice, lambda value: chosen(name, value))

        def chosen(name: str, value: str | None) -> None:
            if value:
                self.console.ask("scene", **{**plan.scene, name: value})

        self.console.push_screen(AskChoice("What is different in the next take?", [*factors, _TURN]), picked)

    # -- labels ------------------------------------------------------------------------------------

    def action_score_1(self) -> None:
        """Useless."""
        self.label(score=1)

    def action_score_2(self) -> None:
        """Poor."""
        self.label(score=2)

    def action_score_3(self) -> None:
        """Fair."""
        self.label(score=3)

    def action_score_4(self) -> None:
        """Good."""
        self.label(score=4)

    def action_score_5(self) -> None:
        """As it should be."""
        self.label(score=5)

    def action_success(self) -> None:
        """The task was done."""
        self.label(outcome="success")

    def action_failure(self) -> None:
        """It was not."""
        self.label(outcome="failure")

    # -- the robots --------------------------------------------------------------------------------

    def action_approach(self) -> None:
        """The robot goes to the leader and follows."""
        self.console.ask("approach")

    def action_clutch(self) -> None:
        """Let the leader go, or go on."""
        arms = self.console.status.arms.values() if self.console.status else ()
        self.console.ask("unclutch" if any(arm.get("cause") == "clutched" for arm in arms) else "clutch")

    def action_deadman(self) -> None:
        """Held down: the key repeats."""
        self.console.ask("deadman")

    def action_release(self) -> None:
        """Hold where it is."""
        self.console.ask("release")

    def action_reset(self) -> None:
        """Out of a fault."""
        self.console.ask("reset")

    # -- the console -------------------------------------------------------------------------------

    def action_disarm(self) -> None:
        """Back to the checks."""
        self.console.ask("disarm")

    def action_review(self) -> None:
        """The last take, while something else goes on; or back."""
        self.console.turn_to("review")

    def action_preflight(self) -> None:
        """The checks, while something else goes on; or back."""
        self.console.turn_to("preflight")

    def action_browse(self) -> None:
        """Over this screen."""
        self.console.push_screen("browse")

    def action_help(self) -> None:
        """Over this screen."""
        self.console.push_screen("help")

    def action_take_control(self) -> None:
        """From whoever has it, if that is meant."""
        status = self.console.status
        if status is None or status.control is None:
            self.console.take_control()
            return
        title = f"{status.control.name} controls this rig and will watch from then on. Take control?"
        self.console.push_screen(Confirm(title), lambda yes: self.console.take_control() if yes else None)

    def action_quit(self) -> None:
        """The daemon goes on; asked first where robots would hold in the middle of something."""
        if not self.console.engaged:
            self.console.exit()
            return
        title = "The robots will hold, a running take goes on without you. Leave the console?"
        self.console.push_screen(Confirm(title), lambda yes: self.console.exit() if yes else None)
