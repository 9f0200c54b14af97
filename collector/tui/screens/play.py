"""The pictures of an episode as a film, at any speed, with its curves and steps."""

import time
from collections.abc import Callable
from pathlib import Path

from textual.app import ComposeResult
from textual.content import Content

from collector.labels.adjust import step_at
from collector.labels.event import Step
from collector.tui.keys import bindings
from collector.tui.reel import Reel
from collector.tui.screens.base import ConsoleScreen
from collector.tui.widgets.field import Field
from collector.tui.widgets.key_line import KeyLine
from collector.tui.widgets.plots import Plots
from collector.tui.widgets.sheet import Sheet
from collector.tui.widgets.steps import StepBar

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
_REAL = SPEEDS.index(1.0)
_PERIOD_S = 0.1
_PARTS = 100  # of the episode: what one key goes on


class PlayScreen(ConsoleScreen):
    """Plays from the begin and stays at the end; the session goes on meanwhile, and a take that ends is shown after.

    `clock`: s. Where the machine is slow there are fewer pictures, never a slower film.
    """

    PLACE = "play"
    BINDINGS = bindings("play")
    DEFAULT_CSS = """
    PlayScreen Sheet { height: 4fr; }
    PlayScreen Plots { height: 1fr; min-height: 5; }
    PlayScreen #play-head { height: 1; padding: 0 1; text-style: bold; }
    """
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]  # noqa: RUF012

    def __init__(
        self, path: Path, reel: Reel, steps: tuple[Step, ...], clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._path, self._reel, self._steps, self._clock = path, reel, steps, clock
        self._at_s, self._speed, self._runs = 0.0, _REAL, True
        self._before = clock()

    def compose(self) -> ComposeResult:
        """The pictures, what there is to know below them."""
        yield Field(id="play-head")
        yield Sheet()
        yield Plots()
        yield StepBar()
        yield KeyLine("play", id="play-keys")

    def on_mount(self) -> None:
        """Begin."""
        self.query_one(Sheet).load(self.console.footage, self._path, self._reel)
        self.query_one(Plots).show(self._reel)
        self._show()
        self.set_interval(_PERIOD_S, self.tick)

    def tick(self) -> None:
        """On with the film."""
        now, before = self._clock(), self._before
        self._before = now
        if self._runs:
            by_s = (now - before) * SPEEDS[self._speed]
            self._runs = self._at_s + by_s < self._reel.seconds
            self._go(by_s)

    def action_pause(self) -> None:
        """Stop here, or go on; at the end from the begin."""
        if self._at_s >= self._reel.seconds:
            self._at_s = 0.0
            self._runs = True
        else:
            self._runs = not self._runs
        self._show()

    def action_faster(self) -> None:
        """Up to eight times."""
        self._speed = min(self._speed + 1, len(SPEEDS) - 1)
        self._show()

    def action_slower(self) -> None:
        """Down to a tenth."""
        self._speed = max(self._speed - 1, 0)
        self._show()

    def action_look_earlier(self) -> None:
        """A hundredth of it."""
        self._go(-self._reel.seconds / _PARTS)

    def action_look_later(self) -> None:
        """A hundredth of it."""
        self._go(self._reel.seconds / _PARTS)

    def action_look_back(self) -> None:
        """A tenth of it."""
        self._go(-self._reel.seconds / 10)

    def action_look_on(self) -> None:
        """A tenth of it."""
        self._go(self._reel.seconds / 10)

    def action_look_first(self) -> None:
        """Its begin."""
        self._go(-self._reel.seconds)

    def action_look_last(self) -> None:
        """Its end."""
        self._go(self._reel.seconds)

    def action_border_before(self) -> None:
        """Where the step before begins."""
        here = self._at_ns
        self._go_to(max((step.begin_ns for step in self._steps if step.begin_ns < here), default=None))

    def action_border_after(self) -> None:
        """Where the next step begins."""
        here = self._at_ns
        self._go_to(min((step.begin_ns for step in self._steps if step.begin_ns > here), default=None))

    def action_plot(self) -> None:
        """Other curves."""
        self.query_one(Plots).turn()

    def action_back(self) -> None:
        """To where it was called from."""
        self.dismiss()

    @property
    def _at_ns(self) -> int:
        begin = int(self._reel.t_ns[0]) if len(self._reel.t_ns) else 0
        return begin + round(self._at_s * 1e9)

    def _go_to(self, t_ns: int | None) -> None:
        if t_ns is not None:
            self._go((t_ns - self._at_ns) * 1e-9)

    def _go(self, by_s: float) -> None:
        self._at_s = min(max(self._at_s + by_s, 0.0), self._reel.seconds)
        self._show()

    def _show(self) -> None:
        at_ns, reel = self._at_ns, self._reel
        begin = int(reel.t_ns[0]) if len(reel.t_ns) else 0
        end = int(reel.t_ns[-1]) if len(reel.t_ns) else 0
        self.query_one(Sheet).look(reel.step_at(at_ns))
        self.query_one(Plots).mark([(step.begin_ns - begin) * 1e-9 for step in self._steps[1:]], self._at_s)
        self.query_one(StepBar).show(self._steps, (begin, end), at_ns, proposed=False)
        here = step_at(self._steps, at_ns)
        step = f"   {self._steps[here].name}" if here is not None else ""
        speed = f"{SPEEDS[self._speed]:g} x"
        self.query_one("#play-head", Field).tell(
            Content.assemble(
                ("▶ " if self._runs else "‖ ", "bold"), self._path.stem,
                f"   {self._at_s:.1f} of {reel.seconds:.1f} s   {speed}", (step, "bold"),
            )
        )  # fmt: skip
