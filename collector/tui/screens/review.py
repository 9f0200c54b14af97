"""The take just made: what is wrong with it, how it looks, what it is labelled; the next one may begin at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from collector.episode.isolated import Unreadable
from collector.labels.history import Said
from collector.remote_status import Status, TakeTold
from collector.session import State
from collector.tui.footage import Developed
from collector.tui.keys import bindings
from collector.tui.lookups import NOTHING, Known, LookedUp, known_of, said_of
from collector.tui.own_labels import label
from collector.tui.reel import Proposed, Reel
from collector.tui.screens.ask import AskText
from collector.tui.screens.choose import choose_tag, choose_why
from collector.tui.screens.play import PlayScreen
from collector.tui.screens.steps import StepsScreen
from collector.tui.verdict import figures, verdict
from collector.tui.widgets.field import Field
from collector.tui.widgets.figures import (
    clock,
    figure_lines,
    finding_lines,
    headline_figures,
    history_lines,
    label_lines,
)
from collector.tui.widgets.key_line import KeyLine
from collector.tui.widgets.review_head import ReviewHead
from collector.tui.widgets.take_view import TakeView

_MOST_FIGURES, _MOST_SAID = 40, 7


class ReviewScreen(StepsScreen):
    """Shows the take under review, or the last one while the next is recorded; labels go to it by its UUID."""

    PLACE = "review"
    BINDINGS = bindings("review")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]  # noqa: RUF012
    DEFAULT_CSS = """
    ReviewScreen #review-running { height: 1; background: $surface; color: $text-error; display: none; }
    ReviewScreen #review-running { text-style: bold; }
    ReviewScreen #review-running.-on { display: block; }
    ReviewScreen.-low ReviewHead { height: 2; }
    ReviewScreen.-low ReviewHead Horizontal, ReviewScreen.-low .head-word, ReviewScreen.-low .head-score { height: 1; }
    ReviewScreen #review-findings {
        height: auto; max-height: 4; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis;
    }
    ReviewScreen #review-body { height: 1fr; }
    ReviewScreen #review-side { width: 50; padding: 0 1; border-left: solid $primary; display: none; }
    ReviewScreen.-wide #review-side { display: block; }
    ReviewScreen #review-figures { height: 1fr; }
    ReviewScreen #review-history { height: auto; max-height: 8; border-top: solid $primary; }
    ReviewScreen #review-labels { height: auto; max-height: 3; padding: 0 1; }
    ReviewScreen #review-running:ansi { background: ansi_default; color: ansi_red; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._take: TakeTold | None = None
        self._known = NOTHING
        self._said: tuple[Said, ...] = ()

    def compose(self) -> ComposeResult:
        """From what is most urgent to what is least."""
        yield Field(id="review-running")
        yield ReviewHead(id="review-head")
        yield Field(id="review-findings")
        with Horizontal(id="review-body"):
            yield self.view
            with Vertical(id="review-side"):
                yield Field(id="review-figures")
                yield Field(id="review-history")
        yield Field(id="review-labels")
        yield KeyLine("review", id="review-keys")

    def label(self, **what: Any) -> None:
        """By its UUID: it may be another's turn by now."""
        if self._take is not None:
            label(self.console, episode=self._take.uuid, **what)

    # -- what the daemon says ----------------------------------------------------------------------

    def show(self, status: Status) -> None:
        """The take and all that is known of it; what has not changed costs a comparison."""
        self._show_running(status)
        super().show(status)
        take, before = status.review, self._take
        if take is None:
            self._forget()
            return
        self._take, self.sealed = take, Path(take.path).with_suffix(".hdf5") if take.sealed else None
        same = before if before is not None and before.uuid == take.uuid else None
        if same is None:
            self.view.flush()
            self._known, self._said = NOTHING, ()
            span = take.began_ns, take.ended_ns or take.began_ns
            self.view.begin(take.labels.steps, span, "being sealed: pictures in a moment")
        if take != before:
            self._look_up(take, same)
            self.view.hear(take.labels.steps)
            self._show_take(take)
        self._show_head(status, take)

    def on_screen_suspend(self) -> None:
        """Covered, or left: what was adjusted is said."""
        self.view.flush()

    def _forget(self) -> None:
        self._take = self.sealed = None
        self.query_one(ReviewHead).empty("no take to look at yet")
        self.view.begin((), (0, 0), "")
        for name in ("findings", "figures", "history", "labels"):
            self.query_one(f"#review-{name}", Field).tell("")

    def _look_up(self, take: TakeTold, before: TakeTold | None) -> None:
        """In threads and in the footage's child: what takes a while."""
        if self.sealed is not None and (before is None or not before.sealed):
            self.console.footage.look(self, self.sealed)
        if before is None or before.quality != take.quality:
            out = Path(self.console.status.out) if self.console.status else Path(take.path).parent
            self._find(lambda: known_of(take, out), "known")
        if before is None or before.labels != take.labels:
            self._find(lambda: said_of(take), "said")

    def _find(self, look: Callable[[], LookedUp], group: str) -> None:
        self.run_worker(lambda: self.post_message(look()), thread=True, group=group, exclusive=True)

    def on_looked_up(self, message: LookedUp) -> None:
        """Found out, unless another take is looked at by now."""
        if self._take is None or message.uuid != self._take.uuid:
            return
        if isinstance(message.found, Known):
            self._known = message.found
        else:
            self._said = message.found
        self._show_take(self._take)
        if self.console.status is not None:
            self._show_head(self.console.status, self._take)

    def on_developed(self, message: Developed) -> None:
        """The episode has been read, or steps proposed."""
        if message.ask.path != self.sealed:
            return
        match message.answer:
            case Reel() as reel:
                self.view.load(self.console.footage, message.ask.path, reel)
            case Proposed(steps):
                self.view.propose(steps)
                if not steps:
                    self.console.say("Neither grip nor motion tells where the steps begin; mark them yourself.")
            case Unreadable(problem):
                self.view.say(f"its file cannot be shown: {problem}")
            case _:
                pass

    def on_take_view_adjusted(self, message: TakeView.Adjusted) -> None:
        """Steps were put right."""
        self.label(steps=[step.model_dump(mode="json") for step in message.steps] or None)

    # -- what is seen ------------------------------------------------------------------------------

    def _show_running(self, status: Status) -> None:
        running, line = status.take, self.query_one("#review-running", Field)
        line.set_class(running is not None, "-on")
        if running is not None:
            stop, back = self.console.keys.shown("toggle"), self.console.keys.shown("review")
            line.tell(
                f" ● RECORDING {running.name} {clock(running.elapsed_s)}   {stop} stops it   {back} goes back to it"
            )

    def _show_head(self, status: Status, take: TakeTold) -> None:
        keys = self.console.keys
        if status.starts_in_s is not None:
            todo = f"the next take begins in {status.starts_in_s:.0f} s, {keys.shown('toggle')} cancels"
        elif status.state is not State.REVIEW:
            todo = ""
        elif take.labels.score is None:
            todo = f"{keys.shown('score_1')}-{keys.shown('score_5')} score it   {keys.shown('toggle')} keep + next"
        else:
            todo = f"{keys.shown('toggle')} keeps it and starts the next one"
        self.query_one(ReviewHead).show(verdict(take, self._known.standings), take, todo)

    def _show_take(self, take: TakeTold) -> None:
        low, narrow = self.size.height < 32, self.size.width < 110
        told, standings = figures(take), self._known.standings
        lines = [finding_lines(verdict(take, standings), 2 if low else 3, remedies=not narrow)]
        if narrow:
            lines.append(Content(headline_figures(told)))
        found = self.query_one("#review-findings", Field)
        found.display = any(lines)
        found.tell(Content("\n").join(line for line in lines if line))
        self.query_one("#review-figures", Field).tell(figure_lines(told, standings, _MOST_FIGURES))
        self.query_one("#review-history", Field).tell(history_lines(self._said, take.began_utc_ns, _MOST_SAID))
        self.query_one("#review-labels", Field).tell(label_lines(take.labels))

    # -- the take ----------------------------------------------------------------------------------

    def action_discard(self) -> None:
        """To the trash; why, by one key."""
        choose_why(self.console, "Why is it discarded?", lambda why: self.console.ask("discard", why=why))

    def action_retake(self) -> None:
        """Anew; not the running one, which is not what one looks at here."""
        running = self.console.status.take if self.console.status else None
        if running is None:
            super().action_retake()
        else:
            back = self.console.keys.shown("review")
            self.console.say(f"You look at the take before; {running.name} runs. {back} goes back to it.")

    def action_undo(self) -> None:
        """A border that nobody was told of yet goes first."""
        if not self.view.drop():
            super().action_undo()

    def action_tag(self) -> None:
        """One more, or one less."""
        if self._take is not None:
            choose_tag(self.console, self._take.labels.tags, self._known.tags, lambda tags: self.label(tags=tags))

    def action_note(self) -> None:
        """Words on the whole take."""
        if self._take is not None:
            ask = AskText("What is to be said of this take?", initial=self._take.labels.note)
            self.console.push_screen(ask, lambda text: self.label(note=text) if text else None)

    def action_play(self) -> None:
        """Its pictures, as a film."""
        if self.sealed is not None and self.view.reel is not None:
            self.console.push_screen(PlayScreen(self.sealed, self.view.reel, self.view.editing.steps))
        else:
            self.console.say("Its pictures are not there yet.")
