"""How review, browse and film look: every size, dark, light and in 16 colours."""

import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from textual.pilot import Pilot

from collector.labels.event import Step
from collector.remote_status import Status
from collector.tui.reel import LookAt, Reel, read
from collector.tui.screens.play import PlayScreen
from tests.tui.conftest import show
from tests.tui.films import cinema, film, review, settled, step
from tests.tui.shelves import shelf

Then = Callable[[Pilot[None]], Coroutine[Any, Any, None]]
SCORED = {"score": 4, "outcome": "success", "tags": ["slipped"], "note": "the lid was loose"}
LOST = {"sync_p99_us": 92.0, "lost_frames": 3.0, "longest_blind_s": 0.05, "duration_s": 4.0, "idle_share": 0.08}


@pytest.fixture(autouse=True)
def _anywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times of day are those of Greenwich, nothing moves by itself."""
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def seen(snap_compare: Any) -> Callable[..., None]:
    """`seen(theme, size, status, then)`: show it, do `then`, compare."""

    def compare(theme: str, size: tuple[int, int], told: Status, then: Then | None = None) -> None:
        async def prepare(pilot: Pilot[None]) -> None:
            await show(pilot, told)
            await settled(pilot)
            if then is not None:
                await then(pilot)
            await show(pilot, told)
            await settled(pilot)

        assert snap_compare(cinema(theme), terminal_size=size, run_before=prepare)

    return compare


@pytest.mark.parametrize(
    ("size", "look"),
    [
        ((80, 24), "textual-dark"), ((120, 40), "textual-dark"), ((200, 60), "textual-dark"),
        ((120, 40), "textual-light"), ((120, 40), "ansi-dark"),
    ],
)  # fmt: skip
def test_a_take_to_score(seen: Callable[..., None], size: tuple[int, int], look: str):
    seen(look, size, review())


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_a_scored_take_at_a_moment(seen: Callable[..., None], size: tuple[int, int]):
    async def then(pilot: Pilot[None]) -> None:
        await pilot.press("right", "pagedown", "pagedown", "down")

    seen("textual-dark", size, review(labels=SCORED), then)


def test_a_bad_take_not_yet_sealed(seen: Callable[..., None]):
    seen("ansi-dark", (80, 24), review(sealed=False, quality=None, status="fault", problem="camera side is gone"))


def test_a_take_that_lost_frames(seen: Callable[..., None]):
    seen("textual-light", (120, 40), review(quality=LOST))


def test_the_take_before_while_one_runs(seen: Callable[..., None]):
    async def then(pilot: Pilot[None]) -> None:
        await pilot.press("v")

    seen("textual-dark", (80, 24), review("RECORDING", verdict="kept", labels=SCORED), then)


@pytest.mark.parametrize(
    ("size", "look"),
    [
        ((80, 24), "textual-light"),
        ((120, 40), "textual-dark"),
        ((120, 40), "ansi-dark"),
        ((200, 60), "textual-dark"),
    ],
)
def test_browsing(seen: Callable[..., None], size: tuple[int, int], look: str):
    async def then(pilot: Pilot[None]) -> None:
        await pilot.press("b")
        await show(pilot, told)
        await settled(pilot)
        await pilot.pause(0.3)

    shelf()
    told = review("ARMED", verdict="kept")
    seen(look, size, told, then)


def test_a_film(seen: Callable[..., None]):
    async def then(pilot: Pilot[None]) -> None:
        reel = read(LookAt(film()))
        assert isinstance(reel, Reel)
        steps = tuple(Step.model_validate(step(*one)) for one in (("reach", 0.1, 1.0), ("grasp", 1.0, 3.9)))
        await pilot.app.push_screen(PlayScreen(film(), reel, steps, lambda: 0.0))
        await pilot.press("pagedown", "pagedown", "pagedown", "space")

    seen("textual-dark", (120, 40), review(), then)
