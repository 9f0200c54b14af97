"""The self-test's screen: what the hands are to do in one word, the gates as they come, a verdict that stays."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from collector.tui.app import Console
from collector.tui.beside import Audience, Seat
from collector.tui.screens.preflight import PreflightScreen
from collector.tui.screens.selftest import SelfTestScreen
from collector.tui.selftest_run import Gates, Outcome
from collector.tui.state_word import Word
from collector.tui.widgets.banner import Banner
from hardware.config import RigConfig
from hardware.load import load
from tests.e2e.rig import RIG
from tests.tui.conftest import asked, console, drive, running, show
from tests.tui.preflight_facts import GATES
from tests.tui.statuses import arm, status

REST = "self-test: robots at rest, the box flashes its LED"
ALIGN = "aligning leader and follower: arm-right: ALIGN Aligned; keep still."
MOVE = "self-test: move the leader, every joint, without haste"
UNTIL_NS = 1_790_000_000_000_000_000


class Test:
    """A self-test that says what it is told to."""

    __test__ = False

    def __init__(self, seat: Seat, audience: Audience[Outcome], gates: Gates) -> None:
        self.seat, self.audience, self.gates = seat, audience, gates
        self.began = self.aborted = False

    def start(self) -> None:
        self.began = True

    def abort(self) -> None:
        self.aborted = True


async def begun(pilot: Pilot[None]) -> Test:
    """The screen over the pre-flight, its test running."""
    tests: list[Test] = []

    def begin(seat: Seat, audience: Audience[Outcome], gates: Gates) -> Test:
        tests.append(Test(seat, audience, gates))
        return tests[0]

    app = pilot.app
    assert isinstance(app, Console)
    app.rig = load(RigConfig, RIG)
    await app.push_screen(SelfTestScreen(begin))
    await pilot.pause()
    return tests[0]


def word(pilot: Pilot[None]) -> Word:
    shown = pilot.app.screen.query_one(Banner)._shown
    assert shown is not None
    return shown


def operate(steps: Callable[[Pilot[None], Test], Any]) -> None:
    async def run() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("IDLE"))
            await steps(pilot, await begun(pilot))

    drive(run())


def test_it_shares_the_consoles_control_and_says_what_the_hands_do() -> None:
    async def steps(pilot: Pilot[None], test: Test) -> None:
        assert test.began
        assert (test.seat.name, test.seat.key) == ("anna", "the-key")
        for what, expected in ((REST, "HANDS OFF"), (ALIGN, "HOLD STILL"), (MOVE, "MOVE"), ("sealing", "WAIT")):
            test.audience.progress(what, 0.5)
            await pilot.pause()
            assert word(pilot).text == expected

    operate(steps)


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Outcome("", "pass", UNTIL_NS), "PASS"),
        (Outcome("", "warn", UNTIL_NS), "PASS"),
        (Outcome("", "fail", UNTIL_NS), "FAILED"),
        (Outcome("the box has said nothing for 1 s", "fail", 0), "NO VERDICT"),
    ],
)
def test_the_verdict_stays_until_it_was_read(outcome: Outcome, text: str) -> None:
    async def steps(pilot: Pilot[None], test: Test) -> None:
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, SelfTestScreen)
        test.audience.ended(outcome)
        test.audience.progress(MOVE, 0.5)  # late, from its thread
        await pilot.pause()
        assert word(pilot).text == text
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PreflightScreen)

    operate(steps)


@pytest.mark.parametrize("key", ["escape", "x"])
def test_escape_and_holding_the_robots_abort_and_the_screen_stays_whatever_the_session_does(key: str) -> None:
    async def steps(pilot: Pilot[None], test: Test) -> None:
        for state in ("ARMED", "RECORDING", "REVIEW", "IDLE"):
            await show(pilot, status(state))
            assert isinstance(pilot.app.screen, SelfTestScreen)
        await pilot.press(key)
        assert test.aborted
        assert isinstance(pilot.app.screen, SelfTestScreen)
        assert (("release", {}) in asked(pilot)) == (key == "x")

    operate(steps)


def rest(test: Test) -> None:
    test.audience.progress(REST, 0.2)


def move(test: Test) -> None:
    test.audience.progress(MOVE, 0.6)


def judge(test: Test) -> None:
    test.audience.progress("looked at the pictures of front", 1 / 3)
    test.gates(GATES[:2])


def passed(test: Test) -> None:
    test.gates(GATES[:3])
    test.audience.ended(Outcome("", "pass", UNTIL_NS))


def failed(test: Test) -> None:
    test.gates(GATES)
    test.audience.ended(Outcome("", "fail", 0))


@pytest.mark.parametrize(
    ("at", "size", "theme"),
    [
        (rest, (80, 24), "textual-dark"),
        (rest, (120, 40), "textual-light"),
        (move, (80, 24), "ansi-dark"),
        (judge, (80, 24), "textual-dark"),
        (passed, (200, 60), "textual-dark"),
        (failed, (80, 24), "textual-light"),
        (failed, (120, 40), "ansi-dark"),
    ],
)
def test_looks(
    snap: Any, monkeypatch: pytest.MonkeyPatch, at: Callable[[Test], None], size: tuple[int, int], theme: str
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    far = {"processes": {"arm-right": arm("ALIGN", error=[0.01, 0.5, -0.9, 0.2, 0.05, 0.0, 0.1])}}

    async def then(pilot: Pilot[None]) -> None:
        test = await begun(pilot)
        for _ in range(5):
            await show(pilot, status("IDLE", **(far if at is move else {})))
        at(test)
        await pilot.pause()

    snap(theme, size, status("IDLE"), then=then)
