"""Browsing: episodes of the session and the folder are found, looked at, labelled, thrown away and brought back."""

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from collector.tui.screens.ask import Confirm
from collector.tui.screens.browse import BrowseScreen
from collector.tui.screens.play import PlayScreen
from collector.tui.screens.record import RecordScreen
from collector.tui.screens.replay import ReplayScreen
from collector.tui.widgets.episodes import Episodes, columns_for
from collector.tui.widgets.field import Field
from collector.tui.widgets.sheet import Sheet
from tests.tui.conftest import asked, drive, running, show
from tests.tui.films import cinema, review, settled
from tests.tui.shelves import row, shelf

REAL = "00000000-0000-4000-8000-000000000000"


async def opened(pilot: Pilot[None]) -> BrowseScreen:
    """The list of the session, over the record screen; the newest is looked at."""
    shelf()
    await show(pilot, review("ARMED", verdict="kept"))
    await pilot.press("b")
    await show(pilot, review("ARMED", verdict="kept"))
    await looked(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, BrowseScreen)
    return screen


async def looked(pilot: Pilot[None]) -> None:
    """The list is loaded, and the cursor rests."""
    await settled(pilot)
    await pilot.pause(0.3)
    await settled(pilot)


def numbers(screen: BrowseScreen) -> list[str]:
    table = screen.query_one(Episodes)
    return [str(table.get_row_at(at)[0]) for at in range(table.row_count)]


def said(pilot: Pilot[None], verb: str) -> list[dict[str, Any]]:
    return [words for one, words in asked(pilot) if one == verb]


def warned(pilot: Pilot[None]) -> str:
    return " ".join(note.message for note in pilot.app._notifications)


def test_the_session_comes_newest_first_and_the_newest_is_shown():
    async def run() -> None:
        async with running(cinema()) as pilot:
            screen = await opened(pilot)
            assert numbers(screen)[:3] == ["000016", "000237", "000236"]
            assert "000239" not in numbers(screen)
            assert screen.query_one(Sheet)._frames
            await pilot.press("escape")
            assert isinstance(pilot.app.screen, RecordScreen)

    drive(run())


def test_which_order_and_filter_change_by_one_key():
    async def run() -> None:
        async with running(cinema()) as pilot:
            screen = await opened(pilot)
            await pilot.press("z")
            await looked(pilot)
            assert "000239" in numbers(screen)
            await pilot.press("z")
            await looked(pilot)
            assert numbers(screen) == ["000238"]
            await pilot.press("z", "o")
            await looked(pilot)
            assert "by score" in str(screen.query_one("#browse-head", Field).content)
            assert screen.query_one(Episodes).chosen is not None
            await pilot.press("slash", *"slipped", "enter")
            await looked(pilot)
            assert len(numbers(screen)) == 5
            await pilot.press("escape")
            await looked(pilot)
            assert len(numbers(screen)) > 30
            assert screen.query_one("#browse-filter", Input).value == ""

    drive(run())


def test_a_filter_that_cannot_be_understood_says_what_can():
    async def run() -> None:
        async with running(cinema()) as pilot:
            screen = await opened(pilot)
            screen._narrow("score>=good")
            await pilot.pause()
            assert "give a number" in warned(pilot)

    drive(run())


def test_the_chosen_episode_is_labelled_by_its_uuid():
    async def run() -> None:
        async with running(cinema()) as pilot:
            await opened(pilot)
            await pilot.press("5", "f", "t", "1")
            assert said(pilot, "label") == [
                {"episode": REAL, "score": 5},
                {"episode": REAL, "outcome": "failure"},
                {"episode": REAL, "tags": ["slipped"]},
            ]
            await pilot.pause()
            await pilot.press("N")
            await pilot.pause()
            await pilot.press(*"wet", "enter")
            await pilot.pause()
            assert said(pilot, "label")[-1] == {"episode": REAL, "note": "wet"}

    drive(run())


def test_an_episode_goes_to_the_trash_and_comes_back():
    async def run() -> None:
        async with running(cinema()) as pilot:
            await opened(pilot)
            await pilot.press("d", "1")
            assert said(pilot, "discard") == [{"episode": REAL, "why": "slipped"}]
            await pilot.press("R")
            assert "not in the trash" in warned(pilot)
            await pilot.press("z", "z")
            await looked(pilot)
            await pilot.press("d")
            assert "in the trash already" in warned(pilot)
            await pilot.press("R")
            assert said(pilot, "undiscard") == [{"episode": "uuid-0238"}]

    drive(run())


def test_damaged_ones_and_journals_say_so_and_are_not_opened():
    async def run() -> None:
        async with running(cinema()) as pilot:
            screen = await opened(pilot)
            await pilot.press("down")
            await looked(pilot)
            assert "damaged: is no HDF5 file" in screen.query_one(Sheet)._why
            await pilot.press("w")
            assert "damaged" in warned(pilot)
            await pilot.press("down")
            await looked(pilot)
            assert "still a journal" in screen.query_one(Sheet)._why

    drive(run())


def test_what_was_chosen_stays_chosen_when_the_list_changes():
    async def run() -> None:
        async with running(cinema()) as pilot:
            screen = await opened(pilot)
            await pilot.press("down", "down", "down", "o", "o")
            await looked(pilot)
            chosen = screen.query_one(Episodes).chosen
            assert chosen is not None and chosen.number == 235

    drive(run())


def test_enter_plays_and_the_robot_moves_only_when_that_is_confirmed():
    async def run() -> None:
        async with running(cinema()) as pilot:
            await opened(pilot)
            await pilot.press("enter")
            assert isinstance(pilot.app.screen, PlayScreen)
            await pilot.press("escape", "y")
            assert isinstance(pilot.app.screen, Confirm)
            await pilot.press("n")
            assert isinstance(pilot.app.screen, BrowseScreen)
            assert not isinstance(pilot.app.screen, ReplayScreen)

    drive(run())


def test_thousands_of_rows_come_a_page_at_a_time():
    async def run() -> None:
        async with running(cinema()) as pilot:
            screen = await opened(pilot)
            table = screen.query_one(Episodes)
            table.fill([row(number) for number in range(5000)])
            await pilot.pause()
            first = table.row_count
            table.move_cursor(row=first - 1)
            await pilot.pause()
            assert first < 500 < 5000
            assert first < table.row_count < 1000
            assert table.chosen is not None and table.chosen.number == first - 1

    drive(run())


@pytest.mark.parametrize("width", [30, 60, 80, 120, 200])
def test_columns_fit_the_list(width: int):
    told = columns_for(width)
    assert [title for title, _ in told][:2] == ["episode", "began"]
    assert told[-1][0] == "tags"
    assert width < 60 or sum(wide + 2 for _, wide in told) <= width


def test_a_folder_without_a_catalogue_is_empty_not_an_error(tmp_path: Path):
    async def run() -> None:
        async with running(cinema()) as pilot:
            told = review("ARMED", verdict="kept").model_copy(update={"out": str(tmp_path)})
            await show(pilot, told)
            await pilot.press("b")
            await show(pilot, told)
            await looked(pilot)
            assert pilot.app.screen.query_one(Episodes).row_count == 0
            await pilot.press("4", "w", "d")
            assert said(pilot, "label") == []

    drive(run())
