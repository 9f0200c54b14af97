"""What keys do on a screen that shows a take: pick a moment of it, put its steps right."""

from pathlib import Path

from collector.tui.screens.base import ConsoleScreen
from collector.tui.screens.choose import choose
from collector.tui.widgets.take_view import TakeView


class StepsScreen(ConsoleScreen):
    """A screen that composes `view`, the take that is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.view = TakeView()
        self.sealed: Path | None = None
        """The file of the take, None without one."""

    # -- the moment and the steps --------------------------------------------------------------------

    def action_look_earlier(self) -> None:
        """A hundredth of the take."""
        self.view.go(-1)

    def action_look_later(self) -> None:
        """A hundredth of the take."""
        self.view.go(1)

    def action_look_back(self) -> None:
        """A tenth of the take."""
        self.view.go(-10)

    def action_look_on(self) -> None:
        """A tenth of the take."""
        self.view.go(10)

    def action_look_first(self) -> None:
        """Where it begins."""
        self.view.go_to_end(last=False)

    def action_look_last(self) -> None:
        """Where it ends."""
        self.view.go_to_end(last=True)

    def action_border_before(self) -> None:
        """Of the steps."""
        self.view.go_to_border(after=False)

    def action_border_after(self) -> None:
        """Of the steps."""
        self.view.go_to_border(after=True)

    def action_border_earlier(self) -> None:
        """By one picture."""
        self._did(self.view.move_border(-1))

    def action_border_later(self) -> None:
        """By one picture."""
        self._did(self.view.move_border(1))

    def action_border_here(self) -> None:
        """To the moment that is looked at."""
        self._did(self.view.put_border())

    def action_border_remove(self) -> None:
        """The nearest."""
        self._did(self.view.remove_border())

    def action_step(self) -> None:
        """The next step of the running take begins now; without one, or for a watcher, of this take here."""
        status = self.console.status
        if status is not None and status.take is not None and self.console.controls:
            super().action_step()
        else:
            self._did(self.view.begin_step(self._names))

    def action_label_step(self) -> None:
        """The step at the moment looked at gets another name."""
        if self.view.at_ns is None:
            self._did(False)
            return
        choose(
            self.console, "Which step is this?", self._names, "How is this step called?",
            lambda name: self._did(self.view.rename(name)),
        )  # fmt: skip

    def action_propose(self) -> None:
        """Show where steps may begin; asked again: accept them."""
        if self.sealed is None or self.view.reel is None:
            self.console.say("Its motion is not there yet.")
        elif self.view.editing.proposed:
            self.view.accept()
        elif self._names:
            self.console.footage.propose(self, self.sealed, self._names)
        else:
            self.console.say("The task's file lists no steps, so there is nothing to look for.")

    def action_plot(self) -> None:
        """The next ones."""
        self.view.turn()

    @property
    def _names(self) -> tuple[str, ...]:
        """The steps of the task."""
        plan = self.console.status.plan if self.console.status else None
        return plan.task.steps if plan is not None else ()

    def _did(self, done: bool) -> None:
        if not done:
            keys = self.console.keys
            later, mark = keys.shown("look_later"), keys.shown("step")
            self.console.say(f"Pick a moment first ({later}), and begin a step there ({mark}).")
