"""The verdict on a take in letters that are read from the robot's side, its score beside it, what to do below."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from collector.remote_status import TakeTold
from collector.tui.verdict import Level, Verdict, labelled, place
from collector.tui.widgets.field import Field
from collector.tui.widgets.letters import large

_LEVELS: tuple[Level, ...] = ("good", "look", "bad", "wait", "gone")
_MARGIN = 4
_LARGE = 3  # rows


class ReviewHead(Vertical):
    """Four lines; where it is made lower, in plain letters."""

    DEFAULT_CSS = """
    ReviewHead { height: 4; padding: 0 1; background: $surface; color: $foreground; text-style: bold; }
    ReviewHead Horizontal { height: 3; }
    ReviewHead .head-word { width: 1fr; height: 3; text-wrap: nowrap; }
    ReviewHead .head-score { width: 14; height: 3; text-wrap: nowrap; text-align: right; }
    ReviewHead .head-says { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    ReviewHead.-good { background: $success; color: auto; }
    ReviewHead.-look { background: $warning; color: auto; }
    ReviewHead.-bad { background: $error; color: auto; }
    ReviewHead.-wait { background: $primary; color: auto; }
    ReviewHead:ansi { background: ansi_default; color: ansi_default; }
    ReviewHead.-good:ansi { background: ansi_green; color: ansi_black; }
    ReviewHead.-look:ansi { background: ansi_yellow; color: ansi_black; }
    ReviewHead.-bad:ansi { background: ansi_red; color: ansi_bright_white; }
    ReviewHead.-wait:ansi { background: ansi_blue; color: ansi_bright_white; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._word, self._score, self._says = (Field(classes=f"head-{part}") for part in ("word", "score", "says"))
        self._told: tuple[Verdict, TakeTold, str] | None = None

    def compose(self) -> ComposeResult:
        """The word, the score beside it, what is below."""
        with Horizontal():
            yield self._word
            yield self._score
        yield self._says

    def show(self, verdict: Verdict, take: TakeTold, todo: str) -> None:
        """`todo`: what the operator may do now."""
        if (verdict, take, todo) != self._told:
            self._told = verdict, take, todo
            for level in _LEVELS:
                self.set_class(level == verdict.level, f"-{level}")
            self._write()

    def empty(self, why: str) -> None:
        """There is no take."""
        self._told = None
        for level in _LEVELS:
            self.remove_class(f"-{level}")
        self._word.tell(why)
        self._score.tell("")
        self._says.tell("")

    def on_resize(self) -> None:
        """What fits may be another."""
        self._write()

    def _write(self) -> None:
        if self._told is None:
            return
        verdict, take, todo = self._told
        word, score = f"{verdict.symbol} {verdict.word}", f"{take.labels.score or '-'}/5"
        tall = self.size.height > _LARGE
        rows, beside = (large(word), large(score)) if tall else ([word], [score])
        if len(rows[0]) + len(beside[0]) + 2 > self.size.width:
            rows = ["", word, ""] if tall else [word]
        self._word.tell(Content("\n".join(rows)))
        self._score.tell(Content("\n".join(beside)))
        self._says.tell("   ".join(part for part in (todo, labelled(take), f"{take.name} {place(take)}") if part))
