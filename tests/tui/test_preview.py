"""A camera's picture on the screen: drawn when it changes, named, and never older than it says."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, cast

import numpy as np
import pytest
from rich.color import ColorSystem
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip

from collector.live import Live, Picture
from collector.tui.widgets.preview import Preview
from collector.tui.widgets.preview_look import Look, age_text
from collector.tui.widgets.previews import Previews, absence
from tests.tui.statuses import status

SECOND = 1_000_000_000
GREY = np.full((48, 64, 3), 100, np.uint8)


class OneCamera:
    """A rig's memory as a test has it."""

    def __init__(self, picture: Picture | None) -> None:
        self.now = picture

    def picture(self, camera: str) -> Picture | None:
        return self.now


class Bench(App[None]):
    """One preview of 40x15 cells."""

    CSS = "Preview { width: 40; height: 15; }"

    def __init__(self) -> None:
        super().__init__()
        self.console._color_system = ColorSystem.TRUECOLOR  # whatever terminal the tests run in

    def compose(self) -> ComposeResult:
        yield Preview("front")


@asynccontextmanager
async def bench() -> AsyncGenerator[tuple[Pilot[None], Preview]]:
    app = Bench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        yield pilot, app.query_one(Preview)


def seen(preview: Preview) -> list[str]:
    return [preview.render_line(y).text for y in range(preview.size.height)]


def colours(line: Strip) -> set[str]:
    styles = [segment.style for segment in line if segment.style and "▀" not in segment.text]
    return {style.bgcolor.name for style in styles if style.bgcolor is not None}


async def redrawn(pilot: Pilot[None], preview: Preview, change: Callable[[], None]) -> set[int]:
    """The lines that the screen is asked to draw again because of a change."""
    await pilot.pause()
    lines: set[int] = set()
    refresh = preview.refresh

    def noted(*regions: Region, **how: Any) -> Preview:
        lines.update(y for region in regions or [Region(0, 0, *preview.size)] for y in region.line_range)
        return refresh(*regions, **how)

    cast(Any, preview).refresh = noted
    change()
    await pilot.pause()
    return lines


def drive(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def test_without_a_picture_it_says_why() -> None:
    async def test() -> None:
        async with bench() as (_, preview):
            assert any("no picture yet" in line for line in seen(preview))
            preview.say("the capture process has ended; reset starts it again, and then wait a moment for it")
            text = " ".join(line.strip() for line in seen(preview)).strip()
            assert text == "front the capture process has ended; reset starts it again, and then wait a moment for it"

    drive(test())


def test_a_picture_fills_the_widget_and_carries_its_name() -> None:
    async def test() -> None:
        async with bench() as (pilot, preview):
            preview.show(GREY)
            await pilot.pause()
            lines = seen(preview)
            assert lines[0].startswith(" front ")
            assert all(len(line) == 40 for line in lines)
            assert colours(preview.render_line(5)) == {"#606060"}

    drive(test())


def test_only_the_lines_that_changed_are_drawn_again() -> None:
    async def test() -> None:
        async with bench() as (pilot, preview):
            preview.show(GREY)
            moved = GREY.copy()
            moved[24:27, 10:20] = 250
            lines = await redrawn(pilot, preview, lambda: preview.show(moved))
            assert lines
            assert lines <= {7, 8}

    drive(test())


def test_the_noise_of_a_sensor_is_not_drawn() -> None:
    async def test() -> None:
        async with bench() as (pilot, preview):
            preview.show(GREY)
            noise = np.random.default_rng(0).integers(-4, 5, GREY.shape)
            assert not await redrawn(pilot, preview, lambda: preview.show((GREY + noise).astype(np.uint8)))

    drive(test())


def test_a_slow_change_of_light_is_shown_in_the_end() -> None:
    async def test() -> None:
        async with bench() as (pilot, preview):
            for grey in range(100, 200):
                preview.show(np.full((48, 64, 3), grey, np.uint8))
            await pilot.pause()
            shown = next(iter(colours(preview.render_line(5))))
            assert abs(int(shown[1:3], 16) - 199) <= 12

    drive(test())


def test_an_old_picture_says_how_old_it_is_and_turns_grey() -> None:
    async def test() -> None:
        async with bench() as (pilot, preview):
            red = np.zeros((48, 64, 3), np.uint8)
            red[..., 0] = 200
            preview.show(red)
            preview.grow_old(0.9)
            assert "old" not in seen(preview)[0]
            lines = await redrawn(pilot, preview, lambda: preview.grow_old(2.2))
            assert seen(preview)[0].startswith(" front 2 s old ")
            assert len(lines) == 15
            name = next(iter(colours(preview.render_line(5))))
            assert name[1:3] == name[3:5]
            assert await redrawn(pilot, preview, lambda: preview.grow_old(3.2)) == {0}
            preview.show(red)
            assert seen(preview)[0].startswith(" front ")
            assert "old" not in seen(preview)[0]

    drive(test())


def test_another_size_shows_the_whole_picture_again() -> None:
    async def test() -> None:
        async with bench() as (pilot, preview):
            preview.show(GREY)
            preview.styles.width = 20
            await pilot.pause(0.1)
            lines = seen(preview)
            assert all(len(line) == 20 for line in lines)
            assert len(list(preview.render_line(5))) <= 3

    drive(test())


def test_each_picture_is_taken_once_and_grows_old() -> None:
    camera, look = OneCamera(None), Look("front")
    live = cast(Live, camera)
    assert look.at(live, SECOND) is None
    camera.now = Picture(SECOND, GREY)
    first, again = look.at(live, SECOND), look.at(live, 3 * SECOND)
    assert first is not None
    assert again is not None
    assert first.rgb is GREY
    assert (again.rgb, again.age_s) == (None, 2.0)


def test_a_picture_for_which_there_is_no_time_is_left_for_later_and_its_age_told() -> None:
    camera, look = OneCamera(Picture(SECOND, GREY)), Look("front")
    early, drawn = look.at(cast(Live, camera), 3 * SECOND, draw=False), look.at(cast(Live, camera), 3 * SECOND)
    assert early is not None and drawn is not None
    assert (early.rgb, early.age_s) == (None, 2.0)
    assert drawn.rgb is GREY


def test_the_next_daemon_has_no_picture_yet() -> None:
    async def test() -> None:
        async with bench() as (_, preview):
            camera = OneCamera(Picture(SECOND, GREY))
            preview.look(cast(Live, camera), SECOND)
            assert "no picture" not in " ".join(seen(preview))
            camera.now = None
            preview.look(cast(Live, camera), 2 * SECOND)
            assert "no picture" in " ".join(seen(preview))

    drive(test())


class Row(App[None]):
    """All cameras."""

    def compose(self) -> ComposeResult:
        yield Previews()


def test_all_cameras_side_by_side_or_one_at_a_time() -> None:
    async def test() -> None:
        app = Row()
        async with app.run_test(size=(90, 24)) as pilot:
            row = app.query_one(Previews)
            row.attend(("front", "side", "wrist"))
            row.look(cast(Live, OneCamera(Picture(SECOND, GREY))))
            row.explain(status("RECORDING"))
            await pilot.pause()
            assert [preview.display for preview in app.query(Preview)] == [True] * 3
            row.set_class(True, "-single")
            for camera in ("front", "side", "wrist", "front"):
                await pilot.pause()
                assert [preview.camera for preview in app.query(Preview) if preview.display] == [camera]
                row.turn()

    drive(test())


@pytest.mark.parametrize(
    ("state", "changes", "words"),
    [
        ("ARMED", {}, "no picture yet"),
        ("ARMED", {"processes": {"capture": {"ready": False}}}, "starting"),
        ("ARMED", {"processes": {"capture": {"alive": False}}}, "reset"),
        ("FAULT", {"fault": {"device": "cameras.front", "message": "check its cable"}}, "check its cable"),
        ("FAULT", {"fault": {"device": "cameras.side", "message": "check its cable"}}, "no picture yet"),
    ],
)
def test_a_camera_without_a_picture_tells_what_to_do(state: str, changes: dict[str, Any], words: str) -> None:
    assert words in absence(status(state, **changes), "front")


@pytest.mark.parametrize(("seconds", "text"), [(1.2, "1 s"), (99.0, "99 s"), (200.0, "3 min"), (7200.0, "2 h")])
def test_ages_are_short(seconds: float, text: str) -> None:
    assert age_text(seconds) == text
