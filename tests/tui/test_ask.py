"""Dialogs: answered by keys alone; escape answers nothing, and what is under them stays in sight."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import ModalScreen

from collector.tui.screens.ask import AskChoice, AskText, Confirm
from tests.tui.conftest import console, drive, running, show
from tests.tui.statuses import status

CUBES = ("red cube", "green cube", "blue [cylinder]", "green ball")


Cases = list[tuple[ModalScreen[Any], tuple[str, ...], list[Any]]]


def check(cases: Cases) -> None:
    """Each dialog, what is pressed, and what it is answered; empty: it is still there."""

    async def ask() -> None:
        async with running(console(), (80, 24)) as pilot:
            await show(pilot, status("ARMED"))
            for dialog, keys, expected in cases:
                got: list[Any] = []
                await pilot.app.push_screen(dialog, got.append)
                await pilot.press(*keys)
                await pilot.pause()
                assert got == expected, (dialog, keys)
                if not got:
                    await pilot.press("escape")

    drive(ask())


def test_a_text_is_what_was_typed_and_never_empty() -> None:
    check([
        (AskText("Why?"), ("h", "i", "space", "enter"), ["hi"]),
        (AskText("Why?"), ("escape",), [None]),
        (AskText("Why?"), ("h", "escape"), [None]),
        (AskText("Why?"), ("enter",), []),
        (AskText("Why?"), ("space", "enter"), []),
        (AskText("Why?", initial="slow"), ("l", "y", "enter"), ["slowly"]),
    ])  # fmt: skip


def test_a_choice_takes_a_digit_a_letter_or_the_arrows() -> None:
    check([
        (AskChoice("Which?", CUBES), ("2",), ["green cube"]),
        (AskChoice("Which?", CUBES), ("enter",), ["red cube"]),
        (AskChoice("Which?", CUBES), ("down", "down", "enter"), ["blue [cylinder]"]),
        (AskChoice("Which?", CUBES), ("g", "enter"), ["green cube"]),
        (AskChoice("Which?", CUBES), ("g", "g", "enter"), ["green ball"]),
        (AskChoice("Which?", CUBES), ("9",), []),
        (AskChoice("Which?", CUBES), ("z", "enter"), ["red cube"]),
        (AskChoice("Which?", CUBES), ("escape",), [None]),
        (AskChoice("Which?", CUBES, "green ball"), ("enter",), ["green ball"]),
    ])  # fmt: skip


def test_yes_and_no_are_a_key_each() -> None:
    check([
        (Confirm("Sure?"), ("y",), [True]),
        (Confirm("Sure?"), ("enter",), [True]),
        (Confirm("Sure?"), ("n",), [False]),
        (Confirm("Sure?"), ("k",), []),
        (Confirm("Sure?"), ("escape",), [False]),
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("dialog", "theme"),
    [
        (lambda: AskText("What happened just now?", "It is kept with this instant.", "it slip"), "textual-dark"),
        (lambda: AskChoice("Which object?", [*CUBES, *(f"cube {n}" for n in range(10))], "green cube"), "ansi-dark"),
        (lambda: Confirm("Leave the console?", "The robots will hold, a running take goes on."), "textual-light"),
    ],
    ids=["text", "choice", "confirm"],
)
def test_looks(snap: Any, dialog: Callable[[], ModalScreen[Any]], theme: str) -> None:
    async def ask(pilot: Pilot[None]) -> None:
        await pilot.app.push_screen(dialog())
        await pilot.pause()

    snap(theme, (80, 24), status("IDLE"), then=ask)
