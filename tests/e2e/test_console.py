"""The console against the running daemon: twenty takes by keys, a replay, a browser, and kill -9 in every state."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, WSServerHandshakeError

from collector.episode.catalogue import Catalogue
from collector.episode.reader import Episode
from collector.labels.task import TaskConfig
from collector.record import Rig
from collector.remote import Remote
from collector.remote_status import Status
from collector.session import State
from collector.tui.screens.ask import Confirm
from collector.tui.screens.browse import BrowseScreen
from collector.tui.screens.replay import ReplayScreen
from hardware.load import load
from tests.e2e.browser import Window, served
from tests.e2e.console_operator import Operator, console
from tests.e2e.daemon import Running, running
from tests.e2e.rig import PATIENT, TASK
from tests.e2e.terminal import Terminal
from tests.tui.conftest import drive

pytestmark = pytest.mark.live

TAKES = 20
STEPS = ["reach", "grasp", "carry", "place"]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("console"), *PATIENT) as daemon:
        yield daemon
        assert daemon.shut_down().code == 0


def planned(daemon: Running) -> None:
    """As clap collect does before it shows the console."""
    daemon.idle()
    with Remote(daemon.client_path) as remote:
        assert remote.attach("anna")
        remote.plan(load(TaskConfig, TASK), "anna", "expert")


def test_twenty_takes_by_keys_alone_are_all_in_the_files(daemon: Running) -> None:
    """At most six keys a take; by turns one is retaken, one thrown away and brought back, one labelled anew."""
    planned(daemon)

    async def session() -> None:
        async with console(daemon).run_test(size=(120, 40)) as pilot:
            operator = Operator(pilot)
            await operator.engage()
            for number in range(TAKES):
                before = operator.pressed
                await operator.record()
                await operator.score(1 + number % 5)
                assert operator.pressed - before <= 6
                if number == 4:
                    await operator.press("r")  # and the next one runs
                    await operator.until(lambda s: s.take is not None and s.take.is_open)
                    await operator.press("space")
                    await operator.until(lambda s: s.state is State.REVIEW)
                    await operator.score(3)
                if number == 8:
                    await operator.press("u")
                    await operator.until(lambda s: s.review is not None and s.review.labels.score is None)
                    await operator.score(5)
                if number == 12:
                    await operator.press("f")
                    await operator.until(lambda s: s.review is not None and s.review.labels.outcome == "failure")
            await operator.press("k")
            await operator.until(lambda s: s.state is State.ARMED)
            done = await operator.until(lambda s: s.backlog.pending == 0)
            assert done.plan is not None
            assert (done.plan.kept_now, done.plan.discarded_now) == (TAKES, 1)

    drive(session())
    with Remote(daemon.client_path) as remote:
        told = [take for take in remote.takes() if take.verdict == "kept"]
    scores = [1 + number % 5 for number in range(TAKES)]
    scores[4], scores[8] = 3, 5
    with Catalogue(daemon.out) as catalogue:
        rows = {row.uuid: row for row in catalogue.rows() if row.state == "sealed"}
    assert [rows[take.uuid].score for take in told] == scores
    for number, take in enumerate(told):
        with Episode(Path(take.path).with_suffix(".hdf5")) as episode:
            labels = episode.labels
            assert (episode.status, labels["score"]) == ("complete", scores[number])
            assert [step["name"] for step in labels.get("steps", [])] == ([] if number == 4 else STEPS)
            success = "success" if scores[number] >= 3 else "failure"
            assert labels["outcome"] == ("failure" if number == 12 else success)


@pytest.fixture
def watcher(daemon: Running) -> Iterator[Remote]:
    with Remote(daemon.client_path) as remote:
        yield remote


def test_an_episode_that_was_found_by_browsing_is_done_again_by_the_robot(daemon: Running) -> None:
    """One key from the list and a yes, and the operator is told how near the robot came."""
    daemon.idle()
    daemon.inject("leader_still", "right")  # so that the robot stands near where the demonstration begins
    rig = Rig(daemon.client, lambda what, share: None)
    rig.prepare("testing")
    done = rig.record(load(TaskConfig, TASK), 2.0, "", {})
    rig.keep()
    rig.wait_sealed()
    planned(daemon)

    async def comes(what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not what():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)

    async def session() -> None:
        async with console(daemon).run_test(size=(120, 40)) as pilot:
            app, operator = pilot.app, Operator(pilot)
            await operator.press("b")
            await comes(lambda: isinstance(app.screen, BrowseScreen))
            await operator.press("z")  # of all the folder
            await comes(lambda: isinstance(app.screen, BrowseScreen) and app.screen.sealed == done.path)
            await operator.press("y")
            await comes(lambda: isinstance(app.screen, Confirm))
            await operator.press("y")
            await comes(lambda: isinstance(app.screen, ReplayScreen) and app.screen._course.outcome is not None)
            assert isinstance(app.screen, ReplayScreen) and app.screen._course.outcome is not None
            assert not app.screen._course.outcome.problem, app.screen._course.outcome
            assert "right came within" in app.screen._course.outcome.says
            await operator.press("escape")
            await comes(lambda: isinstance(app.screen, BrowseScreen))

    drive(session())


def test_a_browser_with_the_token_drives_the_rig_and_one_without_sees_nothing(daemon: Running, watcher: Remote) -> None:
    """The page over HTTP, then a key over its socket that changes the session's state."""
    daemon.idle()

    async def browse(address: str) -> None:
        page = address.partition("?")[0]
        async with ClientSession() as stranger:
            async with stranger.get(page) as refused:
                assert (refused.status, await refused.text()) == (
                    403,
                    "Open the address that clap collect --web printed.\n",
                )
            with pytest.raises(WSServerHandshakeError, match="403"):
                await stranger.ws_connect(f"{page}ws")
        jar = CookieJar(unsafe=True)  # of an address without a name, as browsers keep them too
        async with ClientSession(cookie_jar=jar) as browser:
            async with browser.get(address) as answer:
                assert answer.status == 200
                assert "textual-terminal" in await answer.text()
                assert "token" not in str(answer.url)
            async with browser.ws_connect(f"{page}ws?width=120&height=40") as ws:
                window = Window(ws)
                await until(lambda s: s.control is not None and s.control.name == "anna", window)
                await window.until_shown("override")
                await window.press_until_shown("o", "Why is recorded without a certificate?")
                await window.press("testing\r")
                await until(lambda s: s.state is State.ARMED, window)
        async with asyncio.timeout(60):  # a window that is closed leaves control
            while watcher.status().control is not None:
                await asyncio.sleep(0.1)

    async def until(what: Callable[[Status], bool], window: Window) -> None:
        deadline = time.monotonic() + 60
        while not what(status := watcher.status()):
            assert time.monotonic() < deadline, (status.state, status.control, window.shown[-2000:])
            await window.look(0.1)

    with served(daemon.env, daemon.out) as address:
        asyncio.run(browse(address))
    assert watcher.status().state is State.ARMED


def test_a_console_that_is_killed_in_any_state_changes_nothing_and_the_next_shows_the_truth(
    daemon: Running, watcher: Remote
) -> None:
    """kill -9 of `clap collect` in its terminal, then another one that goes on where the first was."""
    planned(daemon)

    def seated() -> Terminal:
        terminal = Terminal(daemon.env, daemon.out)
        terminal.until(watcher, lambda s: s.control is not None and s.control.name == "anna")
        terminal.read(0.5)
        return terminal

    def killed(terminal: Terminal, state: State) -> None:
        terminal.kill()
        status = terminal.until(watcher, lambda s: s.control is None)
        assert status.state is state

    with seated() as first:  # the rig's checks
        killed(first, State.IDLE)
    with seated() as second:
        second.press("o")
        second.read(0.5)
        second.press("testing\r")
        second.until(watcher, lambda s: s.state is State.ARMED)
        killed(second, State.ARMED)
    with seated() as third:
        third.press("a")
        third.until(watcher, lambda s: all(arm.get("teleop") == "FOLLOW" for arm in s.arms.values()), again="a")
        third.press(" ")
        running_take = third.until(watcher, lambda s: s.take is not None and s.take.is_open).take
        third.press("m")
        third.until(watcher, lambda s: s.take is not None and len(s.take.marks) == 1)
        killed(third, State.RECORDING)
    with seated() as fourth:
        fourth.press("m")
        take = fourth.until(watcher, lambda s: s.take is not None and len(s.take.marks) == 2).take
        assert take is not None and running_take is not None
        assert take.uuid == running_take.uuid
        fourth.press(" ")
        fourth.until(watcher, lambda s: s.state is State.REVIEW)
        killed(fourth, State.REVIEW)
    with seated() as fifth:
        fifth.press("4")
        review = fifth.until(watcher, lambda s: s.review is not None and s.review.labels.score == 4).review
        assert review is not None
        assert (review.uuid, [mark.name for mark in review.marks]) == (take.uuid, ["grasp", "carry"])
        fifth.press("k")
        fifth.until(watcher, lambda s: s.state is State.ARMED)
        fifth.press("q")
        fifth.read(0.5)
        fifth.press("y")  # the robot follows: it asks
        assert fifth.wait(20) == 0
    assert watcher.status().state is State.ARMED
