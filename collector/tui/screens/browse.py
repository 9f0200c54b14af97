"""Episodes of the session and of the folder: found, looked at, labelled anew, thrown away and brought back."""

import json
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from collector.episode.catalogue_row import Row
from collector.episode.isolated import Unreadable
from collector.labels.event import Step
from collector.remote_status import Status
from collector.tui.footage import Developed
from collector.tui.keys import bindings
from collector.tui.reel import Reel
from collector.tui.screens.chosen import ChosenScreen, why_no_pictures
from collector.tui.shelf import (
    EXPLAINED,
    ORDERS,
    REACHES,
    Filter,
    NoFilter,
    Order,
    Reach,
    Shelf,
    load,
    parsed,
)
from collector.tui.widgets.episodes import Episodes, marks, name_of
from collector.tui.widgets.field import Field
from collector.tui.widgets.key_line import KeyLine

_LOOK_S = 0.2  # who runs through the list wants no pictures
_TYPED_S = 0.25
_AGAIN_S = 0.5  # from a change that the daemon tells to its being in the catalogue
_TITLES: dict[Reach, str] = {"session": "THIS SESSION", "folder": "ALL OF THE FOLDER", "discarded": "DISCARDED"}


class _Loaded(Message):
    """What the catalogue holds."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__()
        self.shelf = shelf


class BrowseScreen(ChosenScreen):
    """Reads the catalogue, writes nothing: whatever changes an episode is a verb of the daemon."""

    AUTO_FOCUS = "Episodes"
    PLACE = "browse"
    BINDINGS = bindings("browse")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]  # noqa: RUF012
    DEFAULT_CSS = """
    BrowseScreen #browse-head { height: 1; padding: 0 1; background: $primary; color: auto; text-style: bold; }
    BrowseScreen #browse-head:ansi { background: ansi_blue; color: ansi_bright_white; }
    BrowseScreen #browse-filter { display: none; height: 1; border: none; padding: 0 1; }
    BrowseScreen #browse-filter.-on { display: block; }
    BrowseScreen #browse-body { height: 1fr; layout: vertical; }
    BrowseScreen.-wide #browse-body { layout: horizontal; }
    BrowseScreen Episodes { width: 1fr; height: 3fr; }
    BrowseScreen TakeView { height: 2fr; }
    BrowseScreen.-low TakeView Plots { display: none; }
    BrowseScreen.-wide Episodes, BrowseScreen.-wide TakeView { height: 1fr; }
    BrowseScreen.-wide TakeView { width: 45%; border-left: solid $primary; }
    BrowseScreen #browse-details { height: auto; max-height: 3; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._reach: Reach = "session"
        self._order: Order = "started"
        self._filter = Filter()
        self._line = ""
        self._news: object = None
        self._looking: Timer | None = None
        self._typing: Timer | None = None

    def compose(self) -> ComposeResult:
        """The list, and the one that is looked at."""
        yield Field(id="browse-head")
        yield Input(placeholder=EXPLAINED, id="browse-filter", compact=True)
        with Horizontal(id="browse-body"):
            yield self.episodes
            yield self.view
        yield Field(id="browse-details")
        yield KeyLine("browse")

    def show(self, status: Status) -> None:
        """What has changed in the session is looked up anew."""
        super().show(status)
        news = _news(status)
        if news != self._news:
            first, self._news = self._news is None, news
            self._load()
            if not first:
                self.set_timer(_AGAIN_S, self._load)

    # -- the list ----------------------------------------------------------------------------------

    def _load(self) -> None:
        if (status := self.console.status) is None:
            return
        folder, session = Path(status.out), status.plan.session_uuid if status.plan else ""
        reach: Reach = "folder" if self._reach == "session" and not session else self._reach
        chosen, order = self._filter, self._order
        self.run_worker(
            lambda: self.post_message(_Loaded(load(folder, reach, session, chosen, order))),
            thread=True, group="shelf", exclusive=True,
        )  # fmt: skip

    def on__loaded(self, message: _Loaded) -> None:
        """Show it."""
        if message.shelf != self.shelf or not self.shelf.rows:
            self.shelf = message.shelf
            self.episodes.fill(message.shelf.rows)
        self._show_head()

    def _show_head(self) -> None:
        rows, keys = self.shelf.rows, self.console.keys
        parts = [
            f"{_TITLES[self._reach]}  {len(rows)} episode{'' if len(rows) == 1 else 's'}",
            f"by {'time' if self._order == 'started' else self._order}",
            *([f"only {self._line}"] if self._line else []),
            self.shelf.problem
            or f"{keys.shown('reach')} others  {keys.shown('filter')} filter  {keys.shown('back')} back",
        ]
        self.query_one("#browse-head", Field).tell("   ".join(parts))

    def on_episodes_chosen(self, message: Episodes.Chosen) -> None:
        """Look at it, once the cursor rests."""
        if self._looking is not None:
            self._looking.stop()
        self._show_details(message.row)
        self._looking = self.set_timer(_LOOK_S, self._look)

    def on_data_table_row_selected(self) -> None:
        """Enter: play it."""
        self.action_play()

    def _look(self) -> None:
        row, status, view = self.episodes.chosen, self.console.status, self.view
        sealed = Path(status.out) / row.path if row is not None and status is not None and row.path else None
        if row is not None and sealed is not None and sealed.suffix == ".hdf5" and not row.problem:
            if sealed != self.sealed or view.reel is None:
                view.begin((), (0, 0), "looking at it ...")
            self.sealed = sealed
            self.console.footage.look(self, sealed)
            return
        self.sealed = None
        view.begin((), (0, 0), why_no_pictures(row))

    def on_developed(self, message: Developed) -> None:
        """It has been read."""
        view = self.view
        if message.ask.path != self.sealed:
            return
        if isinstance(message.answer, Reel):
            view.load(self.console.footage, message.ask.path, message.answer)
            view.hear(_steps(message.answer))
        elif isinstance(message.answer, Unreadable):
            view.say(f"it cannot be shown: {message.answer.problem}")

    def _show_details(self, row: Row | None) -> None:
        if row is None:
            self.query_one("#browse-details", Field).tell("")
            return
        scene = ", ".join(f"{name} {value}" for name, value in json.loads(row.scene or "{}").items())
        gone = f"discarded by {row.discarded_by or 'somebody'}: {row.discarded_why}" if row.discarded_why else ""
        parts = [
            f"{name_of(row)}  {row.instruction or ''}",
            "   ".join(part for part in (row.operator or "", scene, marks(row), row.uuid or "") if part),
            row.problem or gone,
        ]
        self.query_one("#browse-details", Field).tell("\n".join(part for part in parts if part))

    # -- which -------------------------------------------------------------------------------------

    def action_reach(self) -> None:
        """The next of three."""
        self._reach = REACHES[(REACHES.index(self._reach) + 1) % len(REACHES)]
        self._load()

    def action_sort(self) -> None:
        """By the next column."""
        self._order = ORDERS[(ORDERS.index(self._order) + 1) % len(ORDERS)]
        self._load()

    def action_filter(self) -> None:
        """A line of words; the list follows what is typed."""
        line = self.query_one("#browse-filter", Input)
        line.add_class("-on")
        line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """As soon as nobody types."""
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(_TYPED_S, lambda: self._narrow(event.value))

    def on_input_submitted(self) -> None:
        """Back to the list."""
        self.query_one("#browse-filter", Input).remove_class("-on")
        self.episodes.focus()

    def _narrow(self, line: str) -> None:
        try:
            self._filter, self._line = parsed(line), line.strip()
        except NoFilter as error:
            self.console.say(str(error))
            return
        self._load()

    def action_back(self) -> None:
        """Out of the filter, which then is none; else to where it was called from."""
        line = self.query_one("#browse-filter", Input)
        if line.has_class("-on") or self._line:
            line.value = ""
            self.on_input_submitted()
        else:
            self.dismiss()


def _news(status: Status) -> object:
    """What tells that the catalogue has changed."""
    plan, review = status.plan, status.review
    return (
        status.out, plan and (plan.session_uuid, plan.kept_now, plan.discarded_now), status.backlog.pending,
        status.undo, review and (review.uuid, review.verdict, review.sealed, review.labels),
    )  # fmt: skip


def _steps(reel: Reel) -> tuple[Step, ...]:
    return tuple(Step.model_validate(step) for step in reel.labels.get("steps", ()))
