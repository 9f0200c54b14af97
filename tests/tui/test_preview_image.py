"""A terminal's own graphics: one picture a camera, named, and old when it is old."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Literal, cast

import numpy as np
import pytest
from textual.app import App, ComposeResult
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static
from textual_image.widget import TGPImage

from collector.live import Live, Picture
from collector.tui.widgets.preview_image import ImagePreview
from collector.tui.widgets.previews import Previews
from collector.tui.widgets.sixel_picture import SixelPicture
from tests.tui.statuses import status

SECOND = 1_000_000_000
GREY = np.full((48, 64, 3), 100, np.uint8)


class Eye:
    """A rig's memory as a test has it."""

    def __init__(self) -> None:
        self.now: Picture | None = None

    def picture(self, camera: str) -> Picture | None:
        return self.now


class Bench(App[None]):
    """One camera."""

    def __init__(self, graphics: Literal["sixel", "kitty"]) -> None:
        super().__init__()
        self.row = Previews(graphics)

    def compose(self) -> ComposeResult:
        yield self.row


def drive(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def shown(preview: ImagePreview) -> bool:
    """Is there a picture on the screen?"""
    match preview.query_one(".picture"):
        case TGPImage() as picture:
            return picture.image is not None
        case picture:
            return "\x1bP0;1;0q" in "".join(segment.text for line in lines(picture) for segment in line)


def lines(picture: Widget) -> list[Strip]:
    return picture.render_lines(picture.size.region)


@pytest.mark.parametrize("graphics", ["sixel", "kitty"])
def test_a_picture_is_shown_in_the_terminals_graphics(
    graphics: Literal["sixel", "kitty"], capfd: pytest.CaptureFixture[str]
) -> None:
    async def test() -> None:
        app, eye = Bench(graphics), Eye()
        live = cast(Live, eye)
        async with app.run_test(size=(60, 20)) as pilot:
            app.row.attend(("front",))
            await pilot.pause()
            preview = app.query_one(ImagePreview)
            caption = preview.query(Static).first()
            app.row.explain(status("ARMED", processes={"capture": {"alive": False}}))
            assert "reset starts it again" in str(caption.content)
            assert not shown(preview)
            eye.now = Picture(SECOND, GREY)
            preview.look(live, SECOND)
            await pilot.pause()
            assert shown(preview)
            assert str(caption.content) == "front"
            preview.look(live, 4 * SECOND)
            assert str(caption.content) == "front 3 s old"
            assert caption.has_class("stale")
            eye.now = None
            preview.look(live, 5 * SECOND)
            assert not shown(preview)

    drive(test())


def test_a_dialog_is_not_covered_by_sixels_which_come_back_after_it() -> None:
    async def test() -> None:
        app, eye = Bench("sixel"), Eye()
        async with app.run_test(size=(60, 20)) as pilot:
            app.row.attend(("front",))
            await pilot.pause()
            preview = app.query_one(ImagePreview)
            eye.now = Picture(SECOND, GREY)
            preview.look(cast(Live, eye), SECOND)
            await app.push_screen(ModalScreen[None]())
            await pilot.pause()
            assert not shown(preview)
            await app.pop_screen()
            await pilot.pause()
            assert shown(preview)
            picture = preview.query_one(SixelPicture)
            assert lines(picture) and lines(picture)[-1].cell_length == picture.size.width

    drive(test())
