"""Real small episodes for the console to show, and a footage that reads them at once, without a child process."""

import atexit
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, cast

from rich.color import ColorSystem
from textual.message_pump import MessagePump
from textual.pilot import Pilot

from collector.episode.foreign import NotAnEpisode
from collector.episode.isolated import Unreadable
from collector.remote_status import Status
from collector.tui.app import Console
from collector.tui.footage import Developed
from collector.tui.reel import Ask, LookAt, Pictures, Place, Propose, Still, Stills, Unseen, read
from tests.episodes import Faults, make_episode
from tests.synthetic import START_NS
from tests.tui.conftest import console
from tests.tui.statuses import status

SECONDS = 4.0


@lru_cache(maxsize=1)
def folder() -> Path:
    """With one episode, `episode_000016`, 4 s long; camera `side` lost three frames in the middle."""
    place = Path(mkdtemp(prefix="clap-films-"))
    atexit.register(rmtree, place)
    faults = Faults(lost_frames={"side": (120, 121, 122)})
    make_episode(place, index=16, seconds=SECONDS, labels={"outcome": "unlabelled"}, faults=faults)
    return place


def film() -> Path:
    """The episode."""
    return folder() / "episode_000016.hdf5"


def review(state: str = "REVIEW", **changes: Any) -> Status:
    """A status whose reviewed take is the episode; `changes` are those of the take."""
    steps = [("reach", 0.1, 1.0), ("grasp", 1.0, 1.8), ("carry", 1.8, 3.0), ("place", 3.0, 3.9)]
    take: dict[str, Any] = {
        "uuid": "00000000-0000-4000-8000-000000000000",
        "path": str(film().with_suffix(".journal")), "began_ns": START_NS, "ended_ns": at(SECONDS), "seconds": SECONDS,
        "quality": {
            "sync_p99_us": 92.0, "lost_frames": 0.0, "duration_s": 4.0, "idle_share": 0.08, "sparc": -2.1,
            "shake_mrad": 1.2, "path_m": 1.31, "grip_events": 2.0, "lag_ms": 31.0, "peak_force_n": 8.2,
        },
    }  # fmt: skip
    told = status(state, review=take, out=str(folder()))
    assert told.review is not None
    labels = told.review.labels.model_dump(mode="json") | {"steps": [step(*one) for one in steps]}
    take["labels"] = labels | changes.pop("labels", {})
    return status(state, review=take | changes, out=str(folder()))


def step(name: str, begin_s: float, end_s: float, source: str = "mark") -> dict[str, Any]:
    return {"name": name, "begin_ns": at(begin_s), "end_ns": at(end_s), "source": source}


def at(seconds: float) -> int:
    """An instant, so long after the episode's begin."""
    return START_NS + round(seconds * 1e9)


class AtOnce:
    """Reads in this process, and answers before it returns. `asked`: what was read."""

    def __init__(self) -> None:
        self.asked: list[Ask] = []
        self._known: dict[tuple[Path, Place, int], Still | Unseen] = {}

    def look(self, to: MessagePump, path: Path) -> None:
        self._ask(to, LookAt(path))

    def propose(self, to: MessagePump, path: Path, names: Iterable[str]) -> None:
        self._ask(to, Propose(path, tuple(names)))

    def stills(self, to: MessagePump, path: Path, places: Iterable[Place], across: int) -> None:
        if missing := tuple(place for place in places if (path, place, across) not in self._known):
            self._ask(to, Stills(path, missing, across))

    def known(self, path: Path, places: Iterable[Place], across: int) -> Mapping[Place, Still | Unseen]:
        return {place: self._known[path, place, across] for place in places if (path, place, across) in self._known}

    def close(self) -> None:
        """Nothing runs."""

    def _ask(self, to: MessagePump, ask: Ask) -> None:
        self.asked.append(ask)
        try:
            told = read(ask)
        except NotAnEpisode as error:
            told = Unreadable(str(error))
        if isinstance(ask, Stills) and isinstance(told, Pictures):
            self._known |= {(ask.path, place, ask.across): picture for place, picture in told.of.items()}
        to.post_message(Developed(ask, told))


def cinema(theme: str = "textual-dark", **options: Any) -> Console:
    """A console that shows pictures at once, in all colours whatever terminal the tests run in."""
    app = console(theme, **options)
    app.console._color_system = ColorSystem.STANDARD if theme.startswith("ansi") else ColorSystem.TRUECOLOR
    app.__dict__["footage"] = AtOnce()
    return app


def projector(pilot: Pilot[None]) -> AtOnce:
    """The footage of a console of ours."""
    return cast(AtOnce, cast(Console, pilot.app).footage)


async def settled(pilot: Pilot[None]) -> None:
    """Threads have answered, and what they said is shown."""
    for _ in range(3):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
