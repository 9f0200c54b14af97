"""Pre-flight: what keeps from recording is seen at once, with the key that helps; arming is one key, or a reason."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from collector.preflight.told import PreflightTold
from collector.tui.app import Console
from collector.tui.screens.preflight import PreflightScreen, preflight_word
from collector.tui.screens.selftest import SelfTestScreen
from hardware.config import RigConfig
from hardware.load import load
from tests.e2e.rig import RIG
from tests.tui.conftest import asked, console, drive, running, show, wire
from tests.tui.preflight_facts import answer, morning
from tests.tui.statuses import arm, status

NO_PROOF = "there is no certificate"
UNPLUGGED = "camera side delivers no frames; check its cable"
FAR = arm("ALIGN", error=[0.01, 0.5, -0.9, 0.2, 0.05, 0.0, None], reason="The robot goes to the leader.")


async def look_at(pilot: Pilot[None], told: dict[str, Any], state: str = "IDLE", **changes: Any) -> None:
    """Until the screen has asked again and been told this."""
    wire(pilot.app).answers["preflight"] = told
    for _ in range(5):
        await show(pilot, status(state, **changes))


def verbs(pilot: Pilot[None]) -> list[tuple[str, dict[str, Any]]]:
    return [(verb, words) for verb, words in asked(pilot) if verb in ("arm", "approach", "release", "reset")]


def test_arming_takes_one_key_or_a_reason_and_waits_for_a_rig_that_is_not_ready() -> None:
    proven, unproven, not_ready = answer(), answer(reason=NO_PROOF), answer(not_ready=UNPLUGGED)
    armed = ("arm", {"override": ""})
    cases: list[tuple[dict[str, Any], str, dict[str, Any] | None, list[tuple[str, dict[str, Any]]]]] = [
        (proven, "A", None, [armed]),
        (proven, "o", None, [armed]),  # no reason is asked for where none would be kept
        (unproven, "A", None, []),
        (unproven, "o d e m o enter", None, [("arm", {"override": "demo"})]),
        (unproven, "o escape", None, []),
        (not_ready, "A", None, []),
        (not_ready, "A", proven, [armed]),
        (not_ready, "A escape", proven, []),
        (proven, "a x", None, [("approach", {}), ("release", {})]),
    ]

    async def operate() -> None:
        async with running(console()) as pilot:
            for told, keys, then, expected in cases:
                await show(pilot, status("STARTING"))  # whatever was waited for is forgotten
                await look_at(pilot, told)
                wire(pilot.app).asked.clear()
                await pilot.press(*keys.split())
                if then is not None:
                    await look_at(pilot, then)
                assert verbs(pilot) == expected, keys

    drive(operate())


def test_the_self_test_is_asked_for_twice_since_the_robot_moves() -> None:
    async def operate() -> None:
        async with running(console()) as pilot:
            await look_at(pilot, answer())
            await pilot.press("S")
            assert not isinstance(pilot.app.screen, (PreflightScreen, SelfTestScreen))
            await pilot.press("n")
            assert isinstance(pilot.app.screen, PreflightScreen)

    drive(operate())


@pytest.mark.parametrize(
    ("state", "told", "text", "says"),
    [
        ("STARTING", None, "STARTING", "waiting for"),
        ("IDLE", None, "CHECKING", ""),
        ("IDLE", answer(not_ready=UNPLUGGED), "NOT YET", "Camera side"),
        ("IDLE", answer(reason=NO_PROOF), "NOT PROVEN", "S runs the self-test"),
        ("IDLE", answer(), "ALL CLEAR", "A arms"),
        ("FAULT", answer(), "FAULT", "cameras.side"),
        ("RECORDING", answer(), "RECORDING", "p goes back"),
    ],
)
def test_one_word_says_whether_recording_may_begin(
    state: str, told: dict[str, Any] | None, text: str, says: str
) -> None:
    word = preflight_word(status(state), PreflightTold.of(told) if told else None, console().keys.shown)
    assert word.text == text
    assert says in word.says


def prepared(told: dict[str, Any] | None, state: str, **changes: Any) -> Callable[[Pilot[None]], Any]:
    async def then(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, Console)
        app.rig = load(RigConfig, RIG)
        if told is not None:
            await look_at(pilot, told, state, **changes)

    return then


@pytest.mark.parametrize(
    ("size", "look"),
    [
        ((80, 24), "textual-dark"),
        ((80, 24), "textual-light"),
        ((80, 24), "ansi-dark"),
        ((120, 40), "textual-light"),
        ((200, 60), "textual-dark"),
    ],
)
def test_a_morning_in_every_size_and_light(snap: Any, size: tuple[int, int], look: str) -> None:
    snap(look, size, status("IDLE"), then=prepared(morning(), "IDLE"))


@pytest.mark.parametrize(
    ("name", "state", "told", "changes"),
    [
        ("starting", "STARTING", None, {}),
        ("clear", "IDLE", answer(), {}),
        ("unproven", "IDLE", answer(reason=NO_PROOF), {}),
        ("aligning", "IDLE", answer(), {"processes": {"arm-right": FAR}}),
        ("fault", "FAULT", answer(), {}),
        ("meanwhile", "ARMED", answer(), {}),
    ],
)
def test_each_state(snap: Any, name: str, state: str, told: Any, changes: dict[str, Any]) -> None:
    async def then(pilot: Pilot[None]) -> None:
        if name == "meanwhile":
            await pilot.press("p")
        await prepared(told, state, **changes)(pilot)

    snap("textual-dark", (80, 24), status(state, **changes), then=then)


def test_a_watcher_sees_the_same_and_whose_rig_it_is(snap: Any) -> None:
    async def then(pilot: Pilot[None]) -> None:
        wire(pilot.app).answers["preflight"] = answer()
        for _ in range(5):
            await show(pilot, status("IDLE"), controls=False)

    snap("textual-light", (120, 40), status("IDLE"), then=then, controls=False)
