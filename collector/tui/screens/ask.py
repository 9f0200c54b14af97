"""Questions over any screen: a line of text, one of several, yes or no. Answered by keys; escape answers nothing."""

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static

_DIGITS = "123456789"

Answer = TypeVar("Answer")


class Ask(ModalScreen[Answer]):
    """A box in the middle; what is under it stays in sight."""

    DEFAULT_CSS = """
    Ask { align: center middle; background: $background 60%; }
    Ask > Vertical {
        width: 72; max-width: 96%; height: auto; max-height: 90%;
        border: round $accent; background: $surface; padding: 1 2;
    }
    Ask .ask-title { text-style: bold; margin-bottom: 1; }
    Ask .ask-hint { margin-bottom: 1; }
    Ask .ask-keys { color: $text-muted; margin-top: 1; }
    Ask .ask-problem { color: $text-error; }
    Ask OptionList { height: auto; max-height: 12; border: none; padding: 0; background: $surface; }
    Ask:ansi > Vertical { background: ansi_default; border: round ansi_default; }
    """


class AskText(Ask[str | None]):
    """A line of text: what is typed, without spaces around it; None: escape. It is never empty.

    `hint`: one line under the question.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel", priority=True)]

    def __init__(self, title: str, hint: str = "", initial: str = "") -> None:
        super().__init__()
        self._title, self._hint, self._initial = title, hint, initial

    def compose(self) -> ComposeResult:
        """The question, the line, the keys."""
        with Vertical():
            yield Static(self._title, classes="ask-title", markup=False)
            if self._hint:
                yield Static(self._hint, classes="ask-hint", markup=False)
            yield Input(self._initial, max_length=500, select_on_focus=False)
            yield Static("", classes="ask-problem")
            yield Static("enter: say it    escape: leave it", classes="ask-keys")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        if words := event.value.strip():
            self.dismiss(words)
        else:
            self.query_one(".ask-problem", Static).update("Type a few words, or leave it with escape.")


class AskChoice(Ask[str | None]):
    """One of several: a digit chooses at once, a letter goes to what begins with it; None: escape.

    `initial`: the one to begin at.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel", priority=True)]

    def __init__(self, title: str, choices: Sequence[str], initial: str = "") -> None:
        super().__init__()
        self._title, self._choices = title, tuple(choices)
        self._begin = self._choices.index(initial) if initial in self._choices else 0

    def compose(self) -> ComposeResult:
        """The question, the choices with their digits, the keys."""
        with Vertical():
            yield Static(self._title, classes="ask-title", markup=False)
            lines = [f"{digit}  {choice}" for digit, choice in zip(_DIGITS, self._choices, strict=False)]
            lines += [f"   {choice}" for choice in self._choices[len(_DIGITS) :]]
            yield OptionList(*lines, markup=False)
            yield Static(self._keys(), classes="ask-keys")

    def on_mount(self) -> None:
        """Begin at the initial one."""
        self.query_one(OptionList).highlighted = self._begin

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        self.dismiss(self._choices[event.option_index])

    def on_key(self, event: events.Key) -> None:
        """Digits and letters."""
        character = event.character or ""
        if character and character in _DIGITS[: len(self._choices)]:
            event.stop()
            self.dismiss(self._choices[int(character) - 1])
        elif character.isalpha():
            event.stop()
            self._go_to(character.lower())

    def _go_to(self, letter: str) -> None:
        options = self.query_one(OptionList)
        here, count = options.highlighted or 0, len(self._choices)
        after = [(here + step) % count for step in range(1, count + 1)] if count else []
        found = next((index for index in after if self._choices[index].lower().startswith(letter)), None)
        if found is not None:
            options.highlighted = found

    def _keys(self) -> str:
        last = min(len(self._choices), len(_DIGITS))
        digits = "1" if last <= 1 else f"1-{last}"
        return f"{digits} or enter: choose    escape: leave it"


class Confirm(Ask[bool]):
    """Yes or no; escape is no. `hint`: what will come of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "dismiss(True)", "Yes"),
        Binding("n,escape", "dismiss(False)", "No"),
    ]

    def __init__(self, title: str, hint: str = "") -> None:
        super().__init__()
        self._title, self._hint = title, hint

    def compose(self) -> ComposeResult:
        """The question and the keys."""
        with Vertical():
            yield Static(self._title, classes="ask-title", markup=False)
            if self._hint:
                yield Static(self._hint, classes="ask-hint", markup=False)
            yield Static("y or enter: yes    n or escape: no", classes="ask-keys")
