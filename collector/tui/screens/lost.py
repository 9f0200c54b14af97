"""The daemon cannot be reached: said so large that nobody goes on demonstrating."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from collector.tui.widgets.letters import large

_FIRST = "Waiting for the daemon of this rig; it may take a minute to start."
_GONE = "The robots hold by themselves. What was recorded is kept. Trying again, twice a second."


class LostScreen(ModalScreen[None]):
    """Over everything until a status comes. `first`: none has come yet."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "app.quit", "leave", tooltip="Leave the console.")]
    DEFAULT_CSS = """
    LostScreen { align: center middle; }
    LostScreen > Vertical {
        width: 76; max-width: 100%; height: auto; padding: 1 2; border: heavy $error; background: $surface;
    }
    LostScreen #lost-word { color: $text-error; text-style: bold; height: 3; }
    LostScreen Static { margin-bottom: 1; }
    LostScreen.-first > Vertical { border: heavy $warning; }
    LostScreen.-first #lost-word { color: $text-warning; }
    LostScreen:ansi > Vertical { background: ansi_default; }
    """

    def __init__(self, why: str, *, first: bool) -> None:
        super().__init__(classes="-first" if first else "")
        self._why, self._first = why, first

    def compose(self) -> ComposeResult:
        """What, what of it, and what to do."""
        with Vertical():
            yield Static("\n".join(large("WAITING" if self._first else "NO DAEMON")), id="lost-word")
            yield Static(_FIRST if self._first else _GONE, markup=False)
            yield Static(self._why, id="lost-why", markup=False)
            yield Static("q: leave the console", markup=False)

    def tell(self, why: str) -> None:
        """The newest reason."""
        if why != self._why:
            self._why = why
            self.query_one("#lost-why", Static).update(why)
