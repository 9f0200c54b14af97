"""The state in letters that are read from the robot's side, on a ground of the state's colour."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from collector.tui.state_word import SYMBOLS, Kind, Word
from collector.tui.widgets.field import Field
from collector.tui.widgets.letters import large

_FLASH_S = 0.25
_MARGIN = 4
_KINDS: tuple[Kind, ...] = ("wait", "ready", "count", "recording", "held", "review", "fault")


class Banner(Vertical):
    """Four lines: symbol and word, at the other end a timer or a count; below, what to do."""

    DEFAULT_CSS = """
    Banner { height: 4; padding: 0 1; background: $surface; color: $foreground; text-style: bold; }
    Banner Horizontal { height: 3; }
    Banner .banner-word { width: 1fr; height: 3; text-wrap: nowrap; }
    Banner .banner-aside { width: auto; height: 3; text-wrap: nowrap; }
    Banner .banner-says { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    Banner.-ready { background: $success; color: auto; }
    Banner.-count, Banner.-held { background: $warning; color: auto; }
    Banner.-recording { background: $error; color: auto; }
    Banner.-review { background: $primary; color: auto; }
    Banner.-fault { background: $foreground; color: $error; }
    Banner.-flash { background: $foreground; color: $background; }
    Banner:ansi { background: ansi_default; color: ansi_default; }
    Banner.-ready:ansi { background: ansi_green; color: ansi_black; }
    Banner.-count:ansi, Banner.-held:ansi { background: ansi_yellow; color: ansi_black; }
    Banner.-recording:ansi { background: ansi_red; color: ansi_bright_white; }
    Banner.-review:ansi { background: ansi_blue; color: ansi_bright_white; }
    Banner.-fault:ansi { background: ansi_white; color: ansi_red; }
    Banner.-flash:ansi { background: ansi_bright_white; color: ansi_black; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._word, self._aside, self._says = (Field(classes=f"banner-{part}") for part in ("word", "aside", "says"))
        self._shown: Word | None = None

    def compose(self) -> ComposeResult:
        """The word, what is beside it, what is below it."""
        with Horizontal():
            yield self._word
            yield self._aside
        yield self._says

    def show(self, word: Word) -> None:
        """Drawn again only where it has changed."""
        if word == self._shown:
            return
        if self._shown is None or word.kind != self._shown.kind:
            for kind in _KINDS:
                self.set_class(kind == word.kind, f"-{kind}")
        self._shown = word
        self._write()

    def on_resize(self) -> None:
        """What fits may be another."""
        if self._shown is not None:
            self._write()

    def flash(self) -> None:
        """Inverted for a moment."""
        self.add_class("-flash")
        self.set_timer(_FLASH_S, lambda: self.remove_class("-flash"))

    def _write(self) -> None:
        word = self._shown
        if word is None:
            return
        main, aside = large(f"{SYMBOLS[word.kind]} {word.text}"), large(word.aside)
        room = self.size.width - _MARGIN
        says = word.says
        if len(main[0]) > room:
            main = ["", f"{SYMBOLS[word.kind]} {word.text}", ""]
        if word.aside and len(main[0]) + len(aside[0]) > room:
            aside, says = ["", "", ""], f"{word.aside}  {says}"
        self._word.tell(Content("\n".join(main)))
        self._aside.tell(Content("\n".join(aside)))
        self._says.tell(says)
