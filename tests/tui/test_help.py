"""Help is made from the table of actions: it cannot be behind the keys, and says what every word on a screen means."""

from typing import Any

import pytest
from textual.pilot import Pilot

from collector.session import State
from collector.teleop.engage import State as Teleop
from collector.tui.actions import ACTIONS, on_screen
from collector.tui.keys import KeyConfig
from collector.tui.screens.help import STATES, TELEOP, HelpScreen
from tests.tui.conftest import asked, console, drive, running, show
from tests.tui.statuses import status


def rows(state: str, **options: Any) -> list[tuple[str, str, str, bool]]:
    """Keys, label, sentence and whether it is possible now, as help shows them over the state's screen."""
    found: list[tuple[str, str, str, bool]] = []

    async def read() -> None:
        async with running(console(**options)) as pilot:
            await show(pilot, status(state))
            await pilot.press("question_mark")
            await pilot.pause()
            assert isinstance(pilot.app.screen, HelpScreen)
            found.extend(pilot.app.screen._rows())

    drive(read())
    return found


@pytest.mark.parametrize(("state", "place"), [("IDLE", "preflight"), ("RECORDING", "record"), ("REVIEW", "review")])
def test_every_action_of_the_screen_is_there_with_its_sentence(state: str, place: Any) -> None:
    told = {sentence for _, _, sentence, _ in rows(state)}
    scores = [f"score_{n}" for n in range(1, 6)]
    assert {action.tells for action in on_screen(place) if action.name not in scores} <= told


def test_what_cannot_be_done_now_is_told_so() -> None:
    now = {label: possible for _, label, _, possible in rows("RECORDING")}
    assert now["mark step"]
    assert not now["keep"]


def test_the_keys_are_those_of_the_key_map() -> None:
    keys = KeyConfig.model_validate({"keys": {"step": ["f5", "f6"]}})
    shown = {label: key for key, label, _, _ in rows("RECORDING", keys=keys)}
    assert shown["mark step"] == "f5, f6"
    assert shown["score"].startswith("1")


def test_every_state_is_explained() -> None:
    assert set(STATES) == set(State)
    assert set(TELEOP) == {state.name for state in Teleop}
    assert all(action.tells.endswith(".") for action in ACTIONS)


def test_it_closes_by_any_likely_key_never_leaves_the_console_and_lets_the_robots_be_held() -> None:
    async def read() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("RECORDING"))
            for key in ("escape", "question_mark", "q", "enter"):
                await pilot.press("question_mark", "x", key)
                await pilot.pause()
                assert not isinstance(pilot.app.screen, HelpScreen), key
            assert pilot.app.is_running
            assert [verb for verb, _ in asked(pilot)].count("release") == 4

    drive(read())


@pytest.mark.parametrize(
    ("state", "size", "theme"),
    [
        ("RECORDING", (80, 24), "textual-dark"),
        ("REVIEW", (120, 40), "textual-light"),
        ("IDLE", (200, 60), "ansi-dark"),
    ],
)
def test_looks(snap: Any, state: str, size: tuple[int, int], theme: str) -> None:
    async def then(pilot: Pilot[None]) -> None:
        await pilot.press("question_mark")
        await pilot.pause()

    snap(theme, size, status(state), then=then)
