"""Pictures of the console's screens for README and docs, from a session on the running virtual rig.

    python -m benchmarks.console_pictures [--out docs/pictures] [--size 120x40]

Presses the keys that docs/tutorial.md presses, and keeps what is seen then as SVG.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from collector.attach import DaemonProcess
from collector.labels.task import TaskConfig
from collector.remote import Remote
from collector.remote_status import Status
from collector.session import State
from collector.tui.app import Console, ConsoleOptions
from hardware.config import RigConfig
from hardware.load import load

_RIG = Path("configs/rigs/virtual.yaml")
_TASK = Path("configs/tasks/pick_cube.yaml")
_TAKES = 3
_PATIENCE_S = 90.0
_AGAIN_S = 1.1
_LOOK_S = 1.0  # previews come, figures settle

When = Callable[[Status], bool]


class Photographer:
    """An operator who keeps what is seen."""

    def __init__(self, pilot: Pilot[None], app: Console, out: Path) -> None:
        self._pilot, self._app, self._out = pilot, app, out

    async def press(self, *keys: str, until: When) -> None:
        """Keys, then wait for what comes of them."""
        await self._pilot.press(*keys)
        deadline = time.monotonic() + _PATIENCE_S
        while (status := self._app.status) is None or not until(status):
            if time.monotonic() > deadline:
                raise SystemExit(f"after {keys} it never came to that: {status}")
            await asyncio.sleep(0.05)

    async def follow(self) -> None:
        """The robot follows, where a picture cost it the beat once more; it does not go to a leader that moves."""
        deadline = time.monotonic() + _PATIENCE_S
        while (status := self._app.status) is None or not _follows(status):
            if time.monotonic() > deadline:
                raise SystemExit(f"the robot never followed: {status}")
            if status is not None and any(arm.get("teleop") in ("IDLE", "HOLD") for arm in status.arms.values()):
                await self._pilot.press("a")
            await asyncio.sleep(_AGAIN_S)

    async def keep(self, name: str) -> None:
        """A picture of the screen as it is."""
        await asyncio.sleep(_LOOK_S)
        (self._out / f"{name}.svg").write_text(self._app.export_screenshot(title=f"clap collect: {name}"))


def _follows(status: Status) -> bool:
    return all(arm.get("teleop") == "FOLLOW" for arm in status.arms.values())


async def session(app: Console, size: tuple[int, int], out: Path) -> None:
    """Three takes; each screen on the way."""
    async with app.run_test(size=size) as pilot:
        see = Photographer(pilot, app, out)
        await see.press(until=lambda s: s.state is State.IDLE)
        await see.keep("preflight")
        await pilot.press("o")
        await see.press(*"learning", "enter", until=lambda s: s.state is State.ARMED)
        await see.follow()
        await see.keep("ready")
        for number in range(_TAKES):
            await see.follow()
            await see.press("space", until=lambda s: s.take is not None and s.take.is_open)
            for marks in (1, 2, 3):
                await asyncio.sleep(1.0)
                await see.press("m", until=lambda s, n=marks: s.take is not None and len(s.take.marks) == n)
                if (number, marks) == (0, 2):
                    await see.keep("record")
            await see.press("space", until=lambda s: s.state is State.REVIEW)
            await see.press("4", until=lambda s: s.review is not None and s.review.sealed)
        await see.keep("review")
        await pilot.press("b")
        await see.keep("browse")
        await pilot.press("escape", "question_mark")
        await see.keep("help")
        await see.press("escape", "k", until=lambda s: s.state is State.ARMED)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--size", default="120x40")
    asked = parser.parse_args()
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none"}
    columns, _, lines = asked.size.partition("x")
    asked.out.mkdir(parents=True, exist_ok=True)
    rig, task = load(RigConfig, _RIG), load(TaskConfig, _TASK)
    with tempfile.TemporaryDirectory(prefix="clap-pictures-") as folder:
        daemon = DaemonProcess(_RIG, rig.name, (), Path(folder), None)
        try:
            with daemon.connect():
                with Remote(daemon.socket) as remote:
                    remote.attach("ada")
                    remote.plan(task, "ada", "practised")
                app = Console(ConsoleOptions(daemon.socket, _RIG, task, "ada", "practised", pictures="half"))
                asyncio.run(session(app, (int(columns), int(lines)), asked.out))
        finally:
            daemon.end(lambda what, share: None)


if __name__ == "__main__":
    main()
