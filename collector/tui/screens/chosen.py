"""What keys do to the episode that is chosen in a list: label it, play it, throw it away, bring it back, replay it."""

from pathlib import Path
from typing import Any

from collector.episode.catalogue_row import Row
from collector.tui.own_labels import label
from collector.tui.screens.ask import AskText, Confirm
from collector.tui.screens.base import ConsoleScreen
from collector.tui.screens.choose import choose_tag, choose_why
from collector.tui.screens.play import PlayScreen
from collector.tui.screens.replay import ReplayScreen
from collector.tui.shelf import Shelf, known_tags
from collector.tui.widgets.episodes import Episodes, name_of
from collector.tui.widgets.take_view import TakeView


class ChosenScreen(ConsoleScreen):
    """A screen that composes `episodes`, the list, and `view`, the chosen one of it."""

    def __init__(self) -> None:
        super().__init__()
        self.episodes, self.view = Episodes(), TakeView()
        self.shelf = Shelf()
        """What is listed."""
        self.sealed: Path | None = None
        """The file of the chosen one, None where there is none that can be read."""

    def label(self, **what: Any) -> None:
        """The chosen one."""
        if (row := self._known) is not None:
            label(self.console, episode=row.uuid, **what)

    def action_tag(self) -> None:
        """One more, or one less."""
        if (row := self._known) is not None:
            choose_tag(self.console, row.tags, known_tags(self.shelf.rows), lambda tags: self.label(tags=tags))

    def action_note(self) -> None:
        """Words on the whole episode."""
        reel = self.view.reel
        initial = str(reel.labels.get("note", "")) if reel is not None else ""
        if self._known is not None:
            ask = AskText("What is to be said of this episode?", initial=initial)
            self.console.push_screen(ask, lambda text: self.label(note=text) if text else None)

    def action_plot(self) -> None:
        """Other curves."""
        self.view.turn()

    def action_play(self) -> None:
        """Its pictures, as a film."""
        view = self.view
        if view.reel is None or self.sealed is None:
            self.console.say(why_no_pictures(self.episodes.chosen) or "It has not been read yet.")
        else:
            self.console.push_screen(PlayScreen(self.sealed, view.reel, view.editing.steps))

    def action_throw_away(self) -> None:
        """To the trash; why, by one key."""
        row = self._known
        if row is None:
            return
        if row.state in ("trashed", "purged"):
            self.console.say(
                f"{name_of(row)} is in the trash already; {self.console.keys.shown('restore')} brings it back."
            )
            return
        choose_why(
            self.console, f"Why is {name_of(row)} discarded?",
            lambda why: self.console.ask("discard", episode=row.uuid, why=why),
        )  # fmt: skip

    def action_restore(self) -> None:
        """Out of the trash."""
        row = self._known
        if row is None:
            return
        if row.state == "trashed":
            self.console.ask("undiscard", episode=row.uuid)
        elif row.state == "purged":
            self.console.say(f"{name_of(row)} was purged: its files are gone for good.")
        else:
            self.console.say(f"{name_of(row)} is not in the trash; {self.console.keys.shown('reach')} shows what is.")

    def action_replay(self) -> None:
        """On the robot, if that is meant."""
        row, path = self._known, self.sealed
        if row is None or path is None or row.state != "sealed":
            self.console.say("Only a sealed episode can be replayed; choose another one.")
            return
        title = f"The robot will move as in {name_of(row)}, at half its speed. Is everybody out of its way?"

        def sure(yes: bool | None) -> None:
            if yes:
                self.console.push_screen(ReplayScreen(path))

        self.console.push_screen(Confirm(title, "x holds it at any time. The session is disarmed first."), sure)

    @property
    def _known(self) -> Row | None:
        """The chosen one, if the daemon can be told of it."""
        row = self.episodes.chosen
        if row is None or row.uuid is None:
            self.console.say(
                "No episode is chosen." if row is None else "This file is no episode that can be labelled."
            )
            return None
        return row


def why_no_pictures(row: Row | None) -> str:
    """Of an episode whose file is not there, or not sound."""
    if row is None:
        return ""
    if row.problem:
        return f"damaged: {row.problem}"
    if row.state == "purged":
        return "purged: its files are gone for good"
    return "still a journal: it becomes a file by itself, a moment"
