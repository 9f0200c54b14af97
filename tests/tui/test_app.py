"""The console follows the daemon: it shows the screen of the session's state, sends what is pressed, owns nothing."""

import asyncio
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from collector.remote_status import Status
from collector.session import State
from collector.tui.actions import ACTIONS, on_screen
from collector.tui.app import Console
from collector.tui.messages import StatusCame
from collector.tui.screens.lost import LostScreen
from tests.tui.conftest import Clock, asked, console, drive, running, show, wire
from tests.tui.statuses import TASK, arm, status, take


def _place(pilot: Pilot[None]) -> str:
    return type(pilot.app.screen).__name__.removesuffix("Screen").lower()


def _told(pilot: Pilot[None]) -> str:
    """All that the toasts say."""
    return " ".join(notification.message for notification in pilot.app._notifications)


async def _come(pilot: Pilot[None]) -> None:
    for _ in range(3):
        await pilot.pause()


# -- screens -----------------------------------------------------------------------------------------


def test_the_screen_follows_the_session_and_a_fault_is_told_where_takes_are_made() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            seen: list[str] = []
            for state in ("STARTING", "IDLE", "ARMED", "RECORDING", "REVIEW", "FAULT", "STARTING", "FAULT"):
                await show(pilot, status(state))
                seen.append(_place(pilot))
            expected = ["preflight", "preflight", "record", "record", "review", "record", "preflight", "preflight"]
            assert seen == expected

    drive(test())


def test_the_last_take_and_the_checks_can_be_looked_at_meanwhile_until_the_session_moves_on() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("RECORDING"))
            await pilot.press("v")
            await _come(pilot)
            assert _place(pilot) == "review"
            await pilot.press("v")
            await _come(pilot)
            assert _place(pilot) == "record"
            await pilot.press("p")
            await _come(pilot)
            assert _place(pilot) == "preflight"
            await show(pilot, status("REVIEW"))
            assert _place(pilot) == "review"

    drive(test())


def test_what_lies_over_a_screen_stays_and_under_it_the_session_goes_on() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("RECORDING"))
            over = Screen[Any]()
            await pilot.app.push_screen(over)
            await show(pilot, status("REVIEW"))
            assert pilot.app.screen is over
            pilot.app.pop_screen()
            await _come(pilot)
            assert _place(pilot) == "review"

    drive(test())


def test_a_fault_is_told_over_whatever_covers_the_screen_that_tells_it() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("RECORDING"))
            await pilot.press("N")
            await show(pilot, status("FAULT"))
            assert "cameras.side failed; the robots hold" in _told(pilot)

    drive(test())


def test_a_note_may_be_written_while_the_take_ends_by_itself() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("RECORDING"))
            await pilot.press("N")
            await show(pilot, status("REVIEW"))
            await pilot.press("s", "l", "i", "p", "enter")
            await _come(pilot)
            assert asked(pilot) == [("note", {"text": "slip"})]
            assert _place(pilot) == "review"

    drive(test())


# -- keys --------------------------------------------------------------------------------------------


_KEYS: dict[str, list[tuple[list[str], list[tuple[str, dict[str, Any]]]]]] = {
    "RECORDING": [
        (["m"], [("step", {})]),
        (["l", "3"], [("step", {"name": "carry"})]),
        (["l", "5", "w", "a", "i", "t", "enter"], [("step", {"name": "wait"})]),
        (["N", "o", "h", "enter"], [("note", {"text": "oh"})]),
        (["N", "o", "h", "escape"], []),
        (["r"], [("retake", {})]),
        (["u"], [("undo", {})]),
        (["4"], [("label", {"score": 4})]),
        (["s"], [("label", {"outcome": "success"})]),
        (["h", "h"], [("deadman", {}), ("deadman", {})]),
        (["x"], [("release", {})]),
        (["space"], [("stop", {})]),
    ],
    "ARMED": [
        (["f"], [("label", {"outcome": "failure"})]),
        (["t", "w", "e", "t", "enter"], [("label", {"tags": ["wet"]})]),
        (["c", "1", "1"], [("scene", {"object": "red cube", "pose": "left", "lighting": "lamp"})]),
        (["c", "4"], [("scene", {})]),
        (["a"], [("approach", {})]),
        (["g"], [("clutch", {})]),
        (["i"], [("disarm", {})]),
        (["space"], [("start", {})]),
    ],
}


@pytest.mark.parametrize("state", _KEYS)
def test_each_key_sends_its_verb(state: str) -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, status(state))
            for keys, expected in _KEYS[state]:
                wire(pilot.app).asked.clear()
                await pilot.press(*keys)
                await _come(pilot)
                assert asked(pilot) == expected

    drive(test())


def test_in_a_countdown_the_key_that_starts_takes_it_back() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("ARMED", starts_in_s=2.2))
            await pilot.press("space")
            assert asked(pilot) == [("cancel", {})]

    drive(test())


def test_the_clutch_key_goes_on_from_where_it_is_clutched() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("ARMED", processes={"arm-right": arm("HOLD", cause="clutched")}))
            await pilot.press("g")
            assert asked(pilot) == [("unclutch", {})]

    drive(test())


def test_a_key_that_is_held_through_a_reset_never_arms_what_it_reset() -> None:
    """Nor does it where the machine stood still for so long that the key looks pressed anew."""

    async def test() -> None:
        clock = Clock()
        async with running(console(clock=clock)) as pilot:
            for step in (0.033, 5.0):
                clock.step = step
                for state in ("FAULT", "STARTING", "IDLE"):
                    await show(pilot, status(state))
                    await pilot.press(*["e"] * 5)
            verbs = {verb for verb, _ in asked(pilot)}
            assert verbs == {"reset"}

    drive(test())


def test_a_key_that_is_held_starts_once_and_stops_once() -> None:
    async def test() -> None:
        clock = Clock()
        clock.step = 0.033
        async with running(console(clock=clock)) as pilot:
            await show(pilot, status("ARMED"))
            await pilot.press(*["space"] * 5)
            await show(pilot, status("RECORDING"))
            await pilot.press(*["space"] * 5, *["m"] * 5, *["r"] * 5)
            assert asked(pilot) == [("start", {}), ("step", {}), ("retake", {})]
            clock.now += 1.0
            await pilot.press("space")
            assert asked(pilot)[-1] == ("stop", {})

    drive(test())


def test_a_mark_is_of_the_moment_of_the_key() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("RECORDING"))
            await pilot.press("m")
            first = wire(pilot.app).asked[-1].words["t_ns"]
            await pilot.press("l")
            await asyncio.sleep(0.05)
            await pilot.press("2")
            await _come(pilot)
            second = wire(pilot.app).asked[-1].words["t_ns"]
            assert 0 < second - first
            await pilot.press("N")
            await asyncio.sleep(0.05)
            await pilot.press("a", "enter")
            assert wire(pilot.app).asked[-1].words["t_ns"] > second

    drive(test())


def test_what_cannot_be_done_now_is_said_with_where_it_can() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("RECORDING"))
            await pilot.press("k")
            await _come(pilot)
            assert asked(pilot) == []
            assert "keep is possible in REVIEW; the session is RECORDING" in _told(pilot)

    drive(test())


def test_what_the_daemon_objects_to_is_shown() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("RECORDING"))
            wire(pilot.app).ears.refused("step", "every step of the task has begun")
            await _come(pilot)
            assert "every step of the task has begun" in _told(pilot)

    drive(test())


def test_undo_says_what_it_took_back() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            wire(pilot.app).answers["undo"] = {"undone": "step grasp"}
            await show(pilot, status("RECORDING"))
            await pilot.press("u")
            await _come(pilot)
            assert "undone: step grasp" in _told(pilot)

    drive(test())


def test_the_palette_has_every_action_of_the_screen_and_does_it() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("RECORDING"))
            commands = list(pilot.app.get_system_commands(pilot.app.screen))
            told = {command.help for command in commands}
            assert {action.tells for action in on_screen("record")} <= told
            retake = next(command for command in commands if command.title.startswith("retake"))
            assert "r" in retake.title.removeprefix("retake")
            retake.callback()
            await _come(pilot)
            assert asked(pilot) == [("retake", {})]

    drive(test())


# -- the plan ----------------------------------------------------------------------------------------


def _planned(pilot: Pilot[None]) -> list[dict[str, Any]]:
    return [words for verb, words in asked(pilot) if verb == "plan"]


def test_the_daemon_is_told_what_to_collect_by_whom() -> None:
    async def test() -> None:
        async with running(console(operator="carla", skill="novice")) as pilot:
            await show(pilot, status("ARMED"))
            plan = {"task": TASK.model_dump(mode="json"), "operator": "carla", "skill": "novice"}
            assert _planned(pilot)[0] == plan

    drive(test())


@pytest.mark.parametrize(
    ("told", "controls"), [(status("ARMED"), True), (status("RECORDING", plan=None), True), (status(), False)]
)
def test_a_plan_that_is_the_same_is_left_alone_and_so_is_a_take_that_runs_and_a_rig_that_is_watched(
    told: Status, controls: bool
) -> None:
    async def test() -> None:
        async with running(console(role="control" if controls else "watch")) as pilot:
            await show(pilot, told, controls=controls)
            assert _planned(pilot) == []

    drive(test())


# -- a daemon that goes, a console that leaves -------------------------------------------------------


def test_a_daemon_that_is_gone_is_shown_large_keys_go_nowhere_and_it_comes_back() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("RECORDING"))
            wire(pilot.app).ears.lost("the daemon is gone; what was recorded is kept, start it again")
            wire(pilot.app).ears.lost("no daemon listens at /run/x.sock")
            await _come(pilot)
            assert isinstance(pilot.app.screen, LostScreen)
            await pilot.press("space", "m", "r")
            assert asked(pilot) == []
            await show(pilot, status("IDLE", pid=4200))
            await _come(pilot)
            assert _place(pilot) == "preflight"
            verbs = [request.verb for request in wire(pilot.app).asked]
            assert verbs.count("links") == verbs.count("rig") == 2  # another daemon has other memory

    drive(test())


def test_a_note_that_is_being_written_survives_a_daemon_that_is_gone_for_a_moment() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("RECORDING"))
            await pilot.press("N", "a")
            wire(pilot.app).ears.lost("gone")
            await _come(pilot)
            await show(pilot, status("RECORDING"))
            await pilot.press("b", "enter")
            assert asked(pilot) == [("note", {"text": "ab"})]

    drive(test())


@pytest.mark.parametrize(("told", "asks"), [(status("RECORDING"), True), (status("IDLE"), False)])
def test_leaving_is_one_key_unless_robots_would_hold_in_the_middle_of_something(told: Status, asks: bool) -> None:
    async def test() -> None:
        app = console()
        async with running(app) as pilot:
            await show(pilot, told)
            if asks:
                await pilot.press("q", "n")
                await _come(pilot)
                assert app.is_running and _place(pilot) == "record"
                assert app.engaged
                await pilot.press("q", "y")
            else:
                await app.run_action("quit", app.screen)
            await _come(pilot)
            assert app._exit
        assert asked(pilot) == []

    drive(test())


def test_a_console_that_is_late_shows_the_newest_status_only() -> None:
    old, new = StatusCame(status("ARMED"), True), StatusCame(status("RECORDING"), True)
    assert old.can_replace(new)


def test_16_colours_are_the_terminals_own_and_other_terminals_get_textuals() -> None:
    from collector.tui.options import theme_for

    assert theme_for("standard", {}) == "ansi-dark"
    assert theme_for("standard", {"COLORFGBG": "0;15"}) == "ansi-light"
    assert theme_for("truecolor", {}) == ""


def test_every_action_of_the_table_is_something_that_its_screens_can_do() -> None:
    for name, screen in Console.SCREENS.items():
        for action in ACTIONS:
            if name in action.screens:
                assert callable(getattr(screen(), f"action_{action.name}", None)), (name, action.name)


def test_the_states_in_which_an_action_means_something_are_states_of_the_session() -> None:
    assert all(action.states <= set(State) for action in ACTIONS)
    assert take()["verdict"] == "review"
