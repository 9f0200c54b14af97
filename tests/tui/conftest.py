"""A console without a daemon, and snapshots of what it shows.

    async with running(console(), (120, 40)) as pilot:
        await show(pilot, status("REVIEW"))
        await pilot.press("4")
        assert asked(pilot) == [("label", {"score": 4})]

    def test_review(snap, size, look):                       # every size, dark, light and in 16 colours
        snap(look, size, status("REVIEW"))

A snapshot is the SVG screenshot of pytest-textual-snapshot's `snap_compare`, which works with these versions but for
the name of its files, set below; new ones are taken with `--snapshot-update`. Async tests run by `drive`
(asyncio.run): no plugin is needed.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from pytest_textual_snapshot import SVGImageExtension
from textual._compositor import Compositor
from textual.message_pump import MessagePump
from textual.pilot import Pilot

from collector.remote_status import Status
from collector.tui.app import Console, ConsoleOptions
from collector.tui.link import Ears, Request
from hardware.config import RigConfig
from hardware.load import load
from tests.tui.statuses import TASK

SVGImageExtension.file_extension = "svg"  # syrupy 5 and later call it so, the plug-in `_file_extension`
RIG = load(RigConfig, Path("configs/rigs/virtual.yaml")).model_dump(mode="json")
SIZES = ((80, 24), (120, 40), (200, 60))
THEMES = ("textual-dark", "textual-light", "ansi-dark")


@dataclass
class FakeLink:
    """Remembers what the console asks; answers what it was given, nothing where it was given nothing."""

    ears: Ears
    answers: dict[str, dict[str, Any]] = field(default_factory=lambda: {"links": {"links": {}}, "rig": {"rig": RIG}})
    asked: list[Request] = field(default_factory=list)
    key: str = "the-key"

    def start(self) -> None:
        """There is nobody to meet."""

    def ask(self, request: Request) -> None:
        self.asked.append(request)
        if (answer := self.answers.get(request.verb)) is not None:
            request.answered(answer)

    def close(self) -> None:
        """There is nobody to leave."""


class Dark:
    """A footage that never comes to an answer; that of films.py does. The real one would start a process a test."""

    def look(self, to: MessagePump, path: Path) -> None:
        """A take is looked at."""

    def close(self) -> None:
        """Nothing runs."""


class Clock:
    """Time as a test has it; a second passes between any two keys unless it says else."""

    def __init__(self) -> None:
        self.now, self.step = 0.0, 1.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def console(theme: str = "textual-dark", clock: Callable[[], float] | None = None, **options: Any) -> Console:
    """A console of anna's for the task of the statuses; `options` are those of ConsoleOptions."""
    given = {"operator": "anna", "skill": "practised", "pictures": "none", "theme": theme, **options}
    app = Console(
        ConsoleOptions(Path("/run/none.sock"), Path("configs/rigs/virtual.yaml"), TASK, **given),
        wire=FakeLink,
        clock=clock or Clock(),
    )
    app.__dict__["footage"] = Dark()
    return app


@asynccontextmanager
async def running(app: Console, size: tuple[int, int] = (120, 40)) -> AsyncGenerator[Pilot[None]]:
    """The console in a terminal of that size. What it shows at the end is drawn: a test fails if that cannot be."""
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot
        if app.is_running:
            app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)


async def show(pilot: Pilot[None], *told: Status, controls: bool = True) -> None:
    """The daemon says this, one after the other."""
    link = wire(pilot.app)
    for status in told:
        link.ears.status(status, controls)
        await pilot.pause()
        await pilot.pause()  # a screen that was switched to is mounted, then shown


def wire(app: Any) -> FakeLink:
    """The link of a console of ours."""
    return cast(FakeLink, cast(Console, app).link)


def asked(pilot: Pilot[None]) -> list[tuple[str, dict[str, Any]]]:
    """What the daemon was asked so far, without instants, which no test knows, and what every console asks first."""
    told = wire(pilot.app).asked
    words = [(r.verb, {name: word for name, word in r.words.items() if name != "t_ns"}) for r in told]
    return [(verb, said) for verb, said in words if verb not in ("links", "rig", "preflight")]


def drive(test: Coroutine[Any, Any, None]) -> None:
    """Run an async test."""
    asyncio.run(test)


@pytest.fixture(autouse=True)
def soon_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause, two of which go with every key, ends when nothing was done for 8 ms; Textual's own waits for 20."""
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", 0.008)
    monkeypatch.setattr("textual._wait.SLEEP_IDLE", 0.0004)


@pytest.fixture(autouse=True)
def drawn_when_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole screens are drawn, for a picture of them; the updates in between, which no terminal gets here, are not."""
    draw = Compositor.render_update

    def whole(self: Compositor, full: bool = False, **how: Any) -> object:
        if full:
            return draw(self, full=True, **how)
        self._dirty_regions.clear()
        return None

    monkeypatch.setattr(Compositor, "render_update", whole)


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    return cast(tuple[int, int], request.param)


@pytest.fixture(params=THEMES)
def look(request: pytest.FixtureRequest) -> str:
    """A theme: dark, light, 16 colours."""
    return str(request.param)


Then = Callable[[Pilot[None]], Coroutine[Any, Any, None]]


@pytest.fixture
def snap(snap_compare: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`snap(theme, size, *statuses, then=None, controls=True, options={})`: show them, do `then`, compare."""
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")

    def compare(
        theme: str,
        size: tuple[int, int],
        *told: Status,
        then: Then | None = None,
        controls: bool = True,
        options: dict[str, Any] | None = None,
    ) -> None:
        async def prepare(pilot: Pilot[None]) -> None:
            await show(pilot, *told, controls=controls)
            if then is not None:
                await then(pilot)
            await pilot.pause()

        monkeypatch.setenv("TERM", "xterm-16color" if theme.startswith("ansi") else "xterm-256color")
        monkeypatch.setenv("COLORTERM", "" if theme.startswith("ansi") else "truecolor")
        app = console(theme, **(options or {}))
        assert snap_compare(app, terminal_size=size, run_before=prepare)

    return compare
