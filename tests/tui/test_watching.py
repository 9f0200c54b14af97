"""One console drives, others watch: they move nothing, label what they like, and take back what they said."""

from typing import Any

from textual.pilot import Pilot
from textual.widgets import Static

from collector.tui.screens.record import RecordScreen
from collector.tui.screens.review import ReviewScreen
from tests.tui.conftest import asked, console, drive, running, show, wire
from tests.tui.films import at, cinema, review, settled
from tests.tui.statuses import status

FREE = {"control": None, "watchers": ["anna"]}
BERT = {"control": {"name": "bert", "for_s": 60.0}}
UUID = "00000000-0000-4000-8000-000000000000"


def told(pilot: Pilot[None]) -> str:
    """All that the toasts say."""
    return " ".join(notification.message for notification in pilot.app._notifications)


async def come(pilot: Pilot[None]) -> None:
    for _ in range(3):
        await pilot.pause()


def test_a_watchers_keys_move_nothing_but_hold_the_robot_and_say_who_controls() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("RECORDING", **BERT), controls=False)
            await pilot.press("space", "m", "r", "N", "V", "x")
            await come(pilot)
            assert asked(pilot) == [("release", {})]
            assert "bert controls this rig, you watch; C takes control" in told(pilot)
            keys = str(pilot.app.screen.query_one("#keys", Static).content)
            assert keys.startswith(" C  you watch bert: take control")

    drive(test())


def test_control_is_taken_with_one_key_and_a_yes() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("RECORDING", **BERT), controls=False)
            await pilot.press("C", "n")
            await come(pilot)
            assert asked(pilot) == []
            await pilot.press("C", "y")
            await come(pilot)
            assert asked(pilot) == [("take_control", {"name": "anna"})]

    drive(test())


def test_control_that_nobody_has_is_taken_at_once() -> None:
    async def test() -> None:
        async with running(console(role="watch")) as pilot:
            await show(pilot, status("ARMED", **FREE), controls=False)
            await pilot.press("C")
            assert asked(pilot) == [("take_control", {"name": "anna"})]

    drive(test())


def test_a_watcher_labels_a_take_while_the_next_one_is_driven_and_goes_on_looking_at_it() -> None:
    async def test() -> None:
        async with running(cinema()) as pilot:
            for state in ("REVIEW", "RECORDING"):
                await show(pilot, review(state), controls=False)
            assert isinstance(pilot.app.screen, RecordScreen)
            await pilot.press("v")
            for state in ("REVIEW", "ARMED", "RECORDING"):
                await show(pilot, review(state), controls=False)
                assert isinstance(pilot.app.screen, ReviewScreen)
            await settled(pilot)
            await pilot.press("2", "f")
            screen = pilot.app.screen
            assert isinstance(screen, ReviewScreen)
            screen.view.go_to(at(1.0))
            await pilot.press("full_stop")
            screen.view.flush()
            await come(pilot)
            verbs = [(verb, sorted(words)) for verb, words in asked(pilot)]
            labels = [("label", ["episode", field]) for field in ("score", "outcome", "steps")]
            assert verbs == labels
            assert all(words["episode"] == UUID for _, words in asked(pilot))
            await pilot.press("v")
            await come(pilot)
            assert isinstance(pilot.app.screen, RecordScreen)

    drive(test())


def test_a_fault_is_shown_to_whoever_labels_too() -> None:
    async def test() -> None:
        async with running(cinema()) as pilot:
            await show(pilot, review("RECORDING"), controls=False)
            await pilot.press("v")
            await show(pilot, review("FAULT"), controls=False)
            assert isinstance(pilot.app.screen, RecordScreen)

    drive(test())


def test_a_watcher_takes_back_its_own_labels_and_nothing_else() -> None:
    """Whatever the session's undo holds: that is the controller's."""

    async def test() -> None:
        async with running(console()) as pilot:
            link = wire(pilot.app)
            await show(pilot, status("REVIEW", **BERT), controls=False)
            await pilot.press("u")
            await come(pilot)
            assert "labelled nothing" in told(pilot)
            for number, key in enumerate(("4", "f")):
                link.answers["label"] = {"episode": UUID, "id": f"label {number}", "labels": None}
                await pilot.press(key)
            await come(pilot)
            link.asked.clear()
            link.answers["unlabel"] = {"episode": UUID, "labels": None}
            await pilot.press("u", "u", "u")
            await come(pilot)
            taken: list[dict[str, Any]] = [words for verb, words in asked(pilot) if verb == "unlabel"]
            assert [words["label"] for words in taken] == ["label 1", "label 0"]
            assert [verb for verb, _ in asked(pilot)] == ["unlabel", "unlabel"]
            assert "taken back: outcome" in told(pilot)

    drive(test())


def test_whoever_controls_undoes_what_the_session_did() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("REVIEW"))
            await pilot.press("4", "u")
            assert [verb for verb, _ in asked(pilot)] == ["label", "undo"]

    drive(test())
