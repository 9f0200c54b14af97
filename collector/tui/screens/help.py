"""Help: the keys of the screen under it as they are on this console, what its words mean, how to leave."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, cast

from rich.style import Style
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.keys import format_key
from textual.screen import ModalScreen
from textual.widgets import Static

from collector.session import State
from collector.tui.actions import BY_NAME

if TYPE_CHECKING:
    from collector.tui.app import Console

STATES: dict[State, str] = {
    State.STARTING: "The devices come up.",
    State.IDLE: "All devices answer. Nothing is recorded before the rig is armed: by its certificate, or for a reason.",
    State.ARMED: "The next key starts a take.",
    State.RECORDING: "A take runs. It goes on if this console is closed.",
    State.REVIEW: "A take has ended: label it, keep it, discard it. Starting the next one keeps it.",
    State.FAULT: "A device has failed and is named; the robots hold, the take is kept. Put it right, then reset.",
}
TELEOP: dict[str, str] = {
    "IDLE": "The robot rests; the leader moves nothing.",
    "ALIGN": "The robot goes to the leader, or waits until it is held still near it.",
    "RAMP": "Blending from where the robot is to where the leader is.",
    "FOLLOW": "The robot follows the leader.",
    "HOLD": "The robot holds where it is and says why. Approach goes on from there.",
    "FAULT": "It holds, and only a reset leads out.",
}
_CONTROL = (
    "One console controls the rig, others watch. Closing this one changes nothing: the daemon goes on with the take,"
    " and clap collect comes back to it. clap daemon stop ends it."
)
_MAP = "Keys are a file's: clap collect --keys configs/keys/pedal.yaml. Foot pedals and numpads are keyboards."
_SCORES = tuple(f"score_{n}" for n in range(1, 6))
_SCORE = ("score", "This take is worth so much of 5.")
_SCROLL = "up, down, page up, page down: more    escape: back"


class HelpScreen(ModalScreen[None]):
    """Made from the table of actions, so that it is never behind the keys."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "back", "Back"),
        Binding("question_mark", "back", "Back", id="help", show=False),
        Binding("x", "hold", "Hold robot", id="release"),
        Binding("up", "scroll(-1)", "Up", show=False),
        Binding("down", "scroll(1)", "Down", show=False),
        Binding("pageup", "scroll(-10)", "Page up", show=False),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"help--key", "help--not-now", "help--title"}
    DEFAULT_CSS = """
    HelpScreen > VerticalScroll { background: $background; padding: 0 1; height: 1fr; scrollbar-size-vertical: 1; }
    HelpScreen Vertical { height: auto; }
    HelpScreen #words { margin-top: 1; }
    HelpScreen.-wide #parts { layout: horizontal; }
    HelpScreen.-wide #keys { width: 3fr; margin-right: 4; }
    HelpScreen.-wide #words { width: 2fr; margin-top: 0; }
    HelpScreen > #how { background: $background; padding: 0 1; border-top: solid $foreground 30%; }
    HelpScreen > .help--key { color: $text-accent; text-style: bold; }
    HelpScreen > .help--not-now { text-style: dim; }
    HelpScreen > .help--title { text-style: bold reverse; }
    HelpScreen:ansi > VerticalScroll, HelpScreen:ansi > #how { background: ansi_default; }
    """

    def compose(self) -> ComposeResult:
        """Keys, and what the words mean: one beside the other where there is room."""
        with VerticalScroll(can_focus=False), Vertical(id="parts"):
            yield Static(id="keys")
            yield Static(id="words")
        yield Static(_SCROLL, id="how", markup=False)

    def on_mount(self) -> None:
        """The screen under it is known now."""
        self.query_one("#keys", Static).update(self._keys())
        self.query_one("#words", Static).update(self._words())

    def action_back(self) -> None:
        """To the screen under it."""
        self.dismiss(None)

    def action_hold(self) -> None:
        """The robots hold, whatever is being read."""
        self._operators.ask("release")

    def action_scroll(self, lines: int) -> None:
        """What does not fit."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    @property
    def _operators(self) -> "Console":
        return cast("Console", self.app)  # pyright: ignore[reportUnknownMemberType]

    def _keys(self) -> Table:
        """One row an action, what can be done now first."""
        table = self._table("Keys")
        for keys, label, tells, now in sorted(self._rows(), key=lambda row: not row[-1]):
            style = Style() if now else self._style("not-now")
            words = Text(f"{label}  ", style + Style(bold=now)).append(tells, style + Style(bold=False))
            table.add_row(Text(keys, self._style("key") if now else style), words)
        table.add_row("", Text(f"\n{_MAP}"))
        return table

    def _rows(self) -> Iterator[tuple[str, str, str, bool]]:
        """Keys, what they do in a word and in a sentence, whether that is possible now."""
        for binding in self._operators.screen_stack[-2].BINDINGS:
            if not isinstance(binding, Binding):
                continue
            action = BY_NAME.get(binding.id or "")
            if action is None and binding.show and binding.description:
                yield ", ".join(map(format_key, binding.key.split(","))), binding.description, binding.tooltip, True
            elif action is not None and action.name not in _SCORES[1:]:
                now = not self._operators.why_not(action)
                keys = ", ".join(map(format_key, self._operators.keys.of(action.name)))
                yield (f"{keys} ... {self._last()}", *_SCORE, now) if action.name in _SCORES else (
                    keys, action.label, action.tells, now,
                )  # fmt: skip

    def _last(self) -> str:
        return self._operators.keys.shown(_SCORES[-1])

    def _words(self) -> Table:
        table = self._table("What the session is doing")
        for state, words in STATES.items():
            table.add_row(Text(state.value, "bold"), words)
        self._title(table, "What a robot is doing")
        for state, words in TELEOP.items():
            table.add_row(Text(state, "bold"), words)
        self._title(table, "Leaving and watching")
        table.add_row(Text(format_key(self._operators.keys.of("quit")[0]), self._style("key")), _CONTROL)
        return table

    def _table(self, title: str) -> Table:
        table = Table.grid(padding=(0, 1, 0, 0), expand=True)
        table.add_column(width=10, overflow="fold")
        table.add_column(ratio=1)
        self._title(table, title, first=True)
        return table

    def _title(self, table: Table, title: str, *, first: bool = False) -> None:
        if not first:
            table.add_row("", "")
        table.add_row("", Text(f" {title} ", self._style("title")))

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"help--{name}", partial=True)
