"""An operator at the console of a running daemon, who presses keys by Textual's Pilot."""

import asyncio
import time
from collections.abc import Callable

from textual.pilot import Pilot

from collector.labels.task import TaskConfig
from collector.remote_status import Status
from collector.session import State
from collector.tui.app import Console, ConsoleOptions
from hardware.load import load
from tests.e2e.daemon import Running
from tests.e2e.rig import RIG, TASK
from tests.e2e.terminal import AGAIN_S

PACE_S = 0.5  # a key that comes sooner is taken for the same one, held


class Operator:
    """One who has a keyboard and no mouse; `pressed` counts."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self._pilot = pilot
        self.pressed = 0

    @property
    def status(self) -> Status | None:
        app = self._pilot.app
        assert isinstance(app, Console)
        return app.status

    async def press(self, *keys: str) -> None:
        for key in keys:
            self.pressed += 1
            await self._pilot.press(key)

    async def until(self, what: Callable[[Status], bool]) -> Status:
        deadline = time.monotonic() + 60
        while (status := self.status) is None or not what(status):
            assert time.monotonic() < deadline, status
            await asyncio.sleep(0.05)
        return status

    async def record(self) -> None:
        """Five keys: start, three steps, stop."""
        await self.press("space")
        await self.until(lambda s: s.take is not None and s.take.is_open)
        for count in (1, 2, 3):
            await asyncio.sleep(PACE_S)
            await self.press("m")
            await self.until(lambda s, count=count: s.take is not None and len(s.take.marks) == count)
        await self.press("space")
        await self.until(lambda s: s.state is State.REVIEW)

    async def score(self, score: int) -> None:
        await self.press(str(score))
        await self.until(lambda s: s.review is not None and s.review.labels.score == score)

    async def engage(self) -> None:
        """Armed without a certificate, for a reason; the robot follows."""
        await self.until(lambda s: s.state is State.IDLE)
        await self.press("o")
        await self._pilot.pause()
        await self.press(*"testing", "enter")
        await self.until(lambda s: s.state is State.ARMED)
        await self.follow()

    async def follow(self) -> None:
        """The robots come to their leaders."""
        status = await self.until(lambda s: bool(s.arms))
        while not all(arm.get("teleop") == "FOLLOW" for arm in status.arms.values()):
            if any(arm.get("teleop") in ("IDLE", "HOLD") for arm in status.arms.values()):
                await self.press("a")
            await asyncio.sleep(AGAIN_S)
            status = await self.until(lambda s: bool(s.arms))


def console(daemon: Running) -> Console:
    options = ConsoleOptions(daemon.client_path, RIG, load(TaskConfig, TASK), "anna", "expert", pictures="half")
    return Console(options)
