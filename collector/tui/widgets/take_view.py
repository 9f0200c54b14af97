"""A take to look at: pictures, curves and steps over one time; a moment that keys pick, borders that they move."""

from collections.abc import Callable, Sequence
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer

from collector.labels.event import Step
from collector.tui.editing import Editing, Steps
from collector.tui.footage import Footage
from collector.tui.reel import Reel
from collector.tui.widgets.plots import Plots
from collector.tui.widgets.sheet import Sheet
from collector.tui.widgets.steps import StepBar

_SAY_S = 0.6  # borders that are moved one after the other are one label
_HEARD_S = 3.0  # a label that the daemon has not taken by then it will not take
_PARTS = 100  # of a take: what one key goes on


class TakeView(Vertical):
    """`load` shows an episode; until then why there is none. Pages the contact sheet until a key picks a moment."""

    DEFAULT_CSS = """
    TakeView { height: 1fr; }
    TakeView Sheet { height: 3fr; }
    TakeView Plots { height: 2fr; min-height: 5; }
    """

    class Adjusted(Message):
        """Steps that were put right, once no key has changed them for a moment."""

        def __init__(self, steps: Steps) -> None:
            super().__init__()
            self.steps = steps

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.reel: Reel | None = None
        self.editing = Editing()
        self._sheet, self._plots, self._bar = Sheet(), Plots(), StepBar()
        self._cursor: int | None = None
        self._span: tuple[int, int] = (0, 0)
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """One above the other, the same width a second."""
        yield self._sheet
        yield self._plots
        yield self._bar

    # -- what is shown -----------------------------------------------------------------------------

    def begin(self, steps: Steps, span: tuple[int, int], why: str) -> None:
        """Another take, from span[0] to span[1] ns; nothing of the last one stays in sight."""
        self._stop_timer()
        self.reel, self._cursor, self._span = None, None, span
        self.editing.begin(steps)
        self._sheet.say(why)
        self._plots.show(None)
        self._show()

    def say(self, why: str) -> None:
        """Why there are no pictures."""
        self._sheet.say(why)

    def load(self, footage: Footage, path: Path, reel: Reel) -> None:
        """Its episode has been read."""
        self.reel = reel
        if len(reel.t_ns):
            self._span = int(reel.t_ns[0]), int(reel.t_ns[-1])
        self._sheet.load(footage, path, reel)
        self._plots.show(reel)
        self._show()

    def hear(self, steps: Steps) -> None:
        """What the daemon says that its steps are."""
        if steps != self.editing.told:
            self.editing.heard(steps)
            self._show()

    def turn(self) -> None:
        """Other curves."""
        self._plots.turn()

    @property
    def at_ns(self) -> int | None:
        """The moment looked at, CLOCK_MONOTONIC; None: the whole take."""
        if self.reel is None or self._cursor is None or not len(self.reel.t_ns):
            return None
        return int(self.reel.t_ns[self._cursor])

    # -- the moment --------------------------------------------------------------------------------

    def go(self, parts: int) -> None:
        """So many hundredths of the take later; from the whole take to its end, or its begin."""
        if self.reel is None or not len(self.reel.t_ns):
            return
        last = len(self.reel.t_ns) - 1
        if self._cursor is None:
            self._cursor = 0 if parts > 0 else last
        else:
            by = max(round(last / _PARTS * abs(parts)), 1)
            self._cursor = min(max(self._cursor + (by if parts > 0 else -by), 0), last)
        self._show()

    def go_to(self, t_ns: int | None) -> None:
        """The moment nearest to an instant; None: the whole take."""
        self._cursor = None if self.reel is None or t_ns is None else self.reel.step_at(t_ns)
        self._show()

    def go_to_end(self, *, last: bool) -> None:
        """The last or the first moment."""
        self.go_to(self._span[last])

    def go_to_border(self, *, after: bool) -> bool:
        """The next border; False: there is none."""
        begin, end = self._span
        here = (end if not after else begin - 1) if self.at_ns is None else self.at_ns
        border = self.editing.border(here, after=after)
        if border is not None:
            self.go_to(border)
        return border is not None

    # -- the steps ---------------------------------------------------------------------------------

    def move_border(self, pictures: int) -> bool:
        """The border nearest to the moment, by so many pictures; the moment goes with it. False: there is none."""
        period = self._period_ns
        return self._change(lambda at: self.editing.move(at, pictures * period), follow=True)

    def put_border(self) -> bool:
        """The border nearest to the moment comes here."""
        return self._change(self.editing.put)

    def remove_border(self) -> bool:
        """The border nearest to the moment goes."""
        return self._change(self.editing.remove)

    def begin_step(self, names: Sequence[str]) -> bool:
        """The next step of the task's list begins here."""
        return self._change(lambda at: self.editing.begin_step(at, names, self._span))

    def rename(self, name: str) -> bool:
        """The step at this moment is called so."""
        return self._change(lambda at: self.editing.rename(at, name))

    def propose(self, steps: Sequence[Step]) -> None:
        """Show steps that nobody has accepted yet."""
        self.editing.proposed = tuple(steps)
        self._show()

    def accept(self) -> None:
        """What is proposed are the steps."""
        self.editing.accept()
        self._changed()

    def drop(self) -> bool:
        """Forget what was changed and not yet said; was there anything?"""
        was = self.editing.unsaid or bool(self.editing.proposed)
        self._stop_timer()
        self.editing.drop()
        self._show()
        return was

    def flush(self) -> None:
        """Say now what was to be said in a moment."""
        if self._timer is not None and self.editing.unsaid:
            self._say()

    def _change(self, change: Callable[[int], int | None], *, follow: bool = False) -> bool:
        if (at := self.at_ns) is None or (there := change(at)) is None:
            return False
        if follow and self.reel is not None:
            self._cursor = self.reel.step_at(there)
        self._changed()
        return True

    def _changed(self) -> None:
        self._stop_timer()
        if self.editing.unsaid:
            self._timer = self.set_timer(_SAY_S, self._say)
        self._show()

    def _say(self) -> None:
        self.post_message(self.Adjusted(self.editing.steps))
        self._timer = self.set_timer(_HEARD_S, self.drop)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _show(self) -> None:
        begin, _ = self._span
        at, shown = self.at_ns, self.editing.shown
        self._bar.show(shown, self._span, at, proposed=bool(self.editing.proposed))
        borders = [(step.begin_ns - begin) * 1e-9 for step in shown[1:]]
        self._plots.mark(borders, None if at is None else (at - begin) * 1e-9)
        self._sheet.look(self._cursor)

    @property
    def _period_ns(self) -> int:
        """From one picture to the next."""
        begin, end = self._span
        count = len(self.reel.t_ns) - 1 if self.reel else 0
        return (end - begin) // count if count > 0 else 0
