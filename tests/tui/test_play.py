"""The film of an episode, and the replay on the robot."""

from pathlib import Path

from textual.pilot import Pilot

from collector.labels.event import Step
from collector.tui.beside import Audience, Seat
from collector.tui.reel import LookAt, Reel, read
from collector.tui.replay_run import Outcome
from collector.tui.screens.play import PlayScreen
from collector.tui.screens.replay import ReplayScreen
from collector.tui.widgets.field import Field
from tests.tui.conftest import asked, drive, running, show
from tests.tui.films import cinema, film, review, step

STEPS = tuple(Step.model_validate(step(*one)) for one in (("reach", 0.1, 1.0), ("grasp", 1.0, 3.9)))


class Watch:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def film_on(pilot: Pilot[None]) -> tuple[PlayScreen, Watch]:
    reel, watch = read(LookAt(film())), Watch()
    assert isinstance(reel, Reel)
    await show(pilot, review())
    screen = PlayScreen(film(), reel, STEPS, watch)
    await pilot.app.push_screen(screen)
    await pilot.pause()
    return screen, watch


def head(screen: PlayScreen) -> str:
    return str(screen.query_one("#play-head", Field).content)


def after(screen: PlayScreen, watch: Watch, seconds: float) -> str:
    watch.now += seconds
    screen.tick()
    return head(screen)


def test_a_film_keeps_time_whatever_the_machine_does_and_stays_at_its_end():
    async def run() -> None:
        async with running(cinema()) as pilot:
            screen, watch = await film_on(pilot)
            assert "1.5 of 4.0 s   1 x   grasp" in after(screen, watch, 1.5)
            assert "2.5 of" in after(screen, watch, 1.0)
            assert after(screen, watch, 60.0).startswith("‖ episode_000016   4.0 of 4.0 s")
            await pilot.press("space")
            assert "0.0 of" in head(screen)

    drive(run())


def test_speed_pause_and_seeking_are_one_key_each():
    async def run() -> None:
        async with running(cinema()) as pilot:
            screen, watch = await film_on(pilot)
            await pilot.press("plus")
            assert "2.0 of 4.0 s   2 x" in after(screen, watch, 1.0)
            await pilot.press("minus", "minus", "space")
            assert head(screen).startswith("‖")
            assert "2.0 of 4.0 s   0.5 x" in after(screen, watch, 1.0)
            await pilot.press("up")
            assert "1.0 of" in head(screen)
            await pilot.press("pagedown", "home", "right", "right")
            assert "0.1 of" in head(screen)
            await pilot.press("end", "left", "pageup", "down", "j")
            assert "3.5 of" in head(screen)

    drive(run())


class Robot:
    """A replay that a test plays."""

    def __init__(self, path: Path, seat: Seat, audience: Audience[Outcome]) -> None:
        self.path, self.seat, self.audience, self.did = path, seat, audience, list[str]()

    def start(self) -> None:
        self.did.append("start")

    def abort(self) -> None:
        self.did.append("abort")


def test_a_replay_shares_the_consoles_control_and_any_key_holds_the_robot():
    async def run() -> None:
        robots: list[Robot] = []

        def begin(path: Path, seat: Seat, audience: Audience[Outcome]) -> Robot:
            robots.append(Robot(path, seat, audience))
            return robots[-1]

        async with running(cinema()) as pilot:
            await show(pilot, review())
            await pilot.app.push_screen(ReplayScreen(film(), begin))
            (robot,) = robots
            assert (robot.seat.key, robot.path, robot.did) == ("the-key", film(), ["start"])
            robot.audience.progress("aligning", None)
            robot.audience.progress("replay of episode_000016.hdf5", 0.4)
            await pilot.pause()
            assert "40%" in str(pilot.app.screen.query_one("#replay-bar", Field).content)
            await pilot.press("space")
            assert ("release", {}) in asked(pilot)
            assert robot.did == ["start", "abort"]
            robot.audience.ended(Outcome("ended by you", problem=True))
            await pilot.pause()
            await pilot.press("escape")
            assert not isinstance(pilot.app.screen, ReplayScreen)

    drive(run())
