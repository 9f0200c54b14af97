"""Where takes are made: what the operator must see in half a second, what is wrong, and which key helps."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.events import Resize

from collector.remote_status import Status, TakeTold
from collector.session import State
from collector.tui import record_text as text
from collector.tui.cues import Cue
from collector.tui.keys import bindings
from collector.tui.screens.ask import AskText
from collector.tui.screens.base import ConsoleScreen
from collector.tui.screens.choose import choose
from collector.tui.state_word import gravest_arm, word_of
from collector.tui.widgets.banner import Banner
from collector.tui.widgets.field import Field
from collector.tui.widgets.key_line import KeyLine
from collector.tui.widgets.panels import Robots, Streams
from collector.tui.widgets.previews import Previews
from collector.tui.widgets.timeline import parts, planned, timeline
from hardware.samples import monotonic_ns

_PACE = 2  # pictures and timers are drawn at every second status: each drawing costs as much as all that is drawn
_SLOW = 4  # figures are drawn at every fourth status: 2.5 Hz is read with ease
_PERIOD_S = 0.1  # of the statuses
_ALIGNING = ("ALIGN", "RAMP", "HOLD")
_MEDIUM, _LARGE = (110, 34), (180, 50)


class RecordScreen(ConsoleScreen):
    """Three sizes: one picture and the essentials, three pictures and the figures, everything."""

    PLACE = "record"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("record")]

    def __init__(self) -> None:
        super().__init__()
        self._seen = 0
        self._done: tuple[str, ...] = ()
        self._moved: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """State, task, pictures beside or above the panels, troubles, what can be taken back, keys."""
        yield Banner(id="banner")
        yield Field(id="instruction")
        yield Field(id="scene")
        yield Field(id="progress")
        yield Field(id="fault")
        with Container(id="body"):
            yield Previews(self.console.options.graphics, id="previews")
            with Container(id="panels"):
                with Vertical(id="steps-panel", classes="panel"):
                    yield Field(id="steps")
                with Vertical(id="streams-panel", classes="panel"):
                    yield Streams(id="streams")
                with Vertical(id="robots-panel", classes="panel"):
                    yield Robots(id="robots")
                with Vertical(id="session-panel", classes="panel"):
                    yield Field(id="coverage")
                    yield Field(id="undo-list")
        yield Field(id="note", fades=True)
        yield Field(id="troubles", fades=True)
        yield Field(id="seats", fades=True)
        with Horizontal(id="words"):
            yield Field(id="robots-word")
            yield Field(id="streams-word")
        yield Field(id="last")
        with Horizontal(id="foot"):
            yield Field(id="undo")
            yield Field(id="machine")
        yield KeyLine("record", id="keys")

    def on_mount(self) -> None:
        """Panels have titles."""
        for panel, title in (("steps", "steps"), ("streams", "streams"), ("robots", "robots"), ("session", "session")):
            self.query_one(f"#{panel}-panel").border_title = title

    def on_resize(self, event: Resize) -> None:
        """What there is room for."""
        size = (event.size.width, event.size.height)
        large = size[0] >= _LARGE[0] and size[1] >= _LARGE[1]
        medium = not large and size[0] >= _MEDIUM[0] and size[1] >= _MEDIUM[1]
        self.set_class(large, "-large")
        self.set_class(medium, "-medium")
        self.set_class(not (large or medium), "-small")
        self.query_one(Previews).set_class(not (large or medium), "-single")
        if (status := self.console.status) is not None:
            self._seen = 0
            self.call_after_refresh(self.show, status)

    def show(self, status: Status) -> None:
        """The word and the take at once; figures at a pace that can be read."""
        key, width = self.console.keys.shown, self.size.width
        self.query_one(Banner).show(word_of(status, key))
        self._classify(status)
        self._tell("instruction", text.instruction(status))
        self._tell("scene", text.scene(status, width))
        self._tell("progress", text.progress(status, width))
        self._tell("troubles", text.troubles(status))
        self._tell("note", text.notes(status))
        self._tell("last", text.last_take(status))
        self._tell("fault", text.fault(status, key))
        self._tell("seats", text.seats(status, controls=self.console.controls, key=key))
        self._tell("undo", text.undoable(self.console.undoable, key))
        self._tell("undo-list", text.undoable(self.console.undoable, key, rows=10))
        self._tell("coverage", text.coverage(status))
        if self._seen % _PACE == 0 or self.console.undoable != self._done:
            self._done = self.console.undoable
            self._steps(status)
            self._look()
        super().show(status)
        moved = (status.state, *(arm.get("teleop") for arm in status.arms.values()))
        if moved != self._moved or self._seen % _SLOW == 0:
            self._moved = moved
            self._figures(status)
        self._seen += 1

    def flash(self, what: Cue) -> None:
        """The banner."""
        self.query_one(Banner).flash()

    # -- keys ----------------------------------------------------------------------------------------

    def action_picture(self) -> None:
        """The next camera."""
        self.query_one(Previews).turn()

    def action_label_step(self) -> None:
        """A step of the operator's choice began when the key was pressed."""
        take, t_ns = self.console.status and self.console.status.take, monotonic_ns()
        if take is None:
            return

        def chosen(name: str | None) -> None:
            if name:
                self.console.ask("step", name=name, t_ns=t_ns)

        if take.steps:
            choose(self.console, "Which step begins?", take.steps, "Which step begins?", chosen)
        else:
            self.console.push_screen(AskText("Which step begins?"), chosen)

    def action_note(self) -> None:
        """Of the instant of the key while a take runs, else of the take."""
        status, t_ns = self.console.status, monotonic_ns()
        running = status is not None and status.state is State.RECORDING

        def written(text: str | None) -> None:
            if text and running:
                self.console.ask("note", text=text, t_ns=t_ns)
            elif text:
                self.label(note=text)

        before = "" if running or self._subject is None else self._subject.labels.note
        title = "What happened just now?" if running else "What is to be said of this take?"
        self.console.push_screen(AskText(title, initial=before), written)

    def action_tag(self) -> None:
        """One more tag."""
        take = self._subject
        tags = take.labels.tags if take else ()

        def said(tag: str | None) -> None:
            if tag and tag not in tags:
                self.label(tags=[*tags, tag])

        self.console.push_screen(AskText("Which tag?", hint=f"has: {', '.join(tags)}" if tags else ""), said)

    @property
    def _subject(self) -> TakeTold | None:
        """The take that labels are said of: the running one, else the last."""
        status = self.console.status
        return (status.take or status.review) if status else None

    # -- what is seen --------------------------------------------------------------------------------

    def _look(self) -> None:
        if self.console.options.pictures == "none":
            return
        previews = self.query_one(Previews)
        previews.attend(self.console.live.cameras)
        previews.look(self.console.live)

    def _classify(self, status: Status) -> None:
        """What takes the place of what."""
        arm = gravest_arm(status)
        self.set_class(status.state is State.FAULT, "-fault")
        self.set_class(arm is not None and arm[1]["teleop"] in _ALIGNING, "-aligning")
        self.query_one("#previews").display = self.console.options.pictures != "none"

    def _steps(self, status: Status) -> None:
        field = self.query_one("#steps", Field)
        take, plan = status.take, status.plan
        steps = parts(take) if take is not None else planned(plan.task.steps if plan is not None else ())
        key = self.console.keys.shown("step" if take is not None else "toggle")
        field.tell(timeline(steps, field.size.width, max(field.size.height, 1), key))

    def _figures(self, status: Status) -> None:
        self.query_one(Previews).explain(status)
        streams = self.query_one(Streams)
        streams.show(status, self.console.rig, _SLOW * _PERIOD_S)
        self.query_one(Robots).show(status, self.console.rig, self.console.live)
        self._tell("streams-word", streams.word())
        self._tell("robots-word", text.robots(status))
        self._tell("machine", text.machine(status))

    def _tell(self, field: str, said: text.Content) -> None:
        self.query_one(f"#{field}", Field).tell(said)
