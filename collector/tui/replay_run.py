"""An old demonstration on the robot, beside the console."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from collector.control import Client, DaemonError
from collector.session import State
from collector.tui.beside import Audience, Beside, Seat, Tell
from collector.tui.spawning import allow_spawning

SPEED = 0.5
"""Of the recorded motion: who watches it for the first time has time to press a key."""

_READ_S = 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, in a sentence; `problem`: it was not played to its end."""

    says: str
    problem: bool


def replay(episode: Path, seat: Seat, audience: Audience[Outcome]) -> Beside[Outcome]:
    """One replay."""
    work = partial(_play, episode, seat)
    aborted = "ended by you; the robots hold, the leader leads again"
    return Beside("replay", work, lambda says: Outcome(says, problem=True), aborted, audience)


def _play(episode: Path, seat: Seat, progress: Tell) -> Outcome:
    from collector.episode.isolated import Unreadable, alone  # a console is to start at once
    from collector.headless import replay_episode
    from collector.playback import order_for

    with seat.taken() as (client, rig):
        progress("reading the episode", None)
        allow_spawning()
        order = alone(partial(order_for, rig, speed=SPEED), episode, _READ_S)
        if isinstance(order, Unreadable):
            return Outcome(order.problem, problem=True)
        _disarm(client)
        told = replay_episode(client, progress, order)
    return Outcome(str(told["fault"]), problem=True) if told["fault"] else Outcome(_said(told["replay"]), False)


def _disarm(client: Client) -> None:
    """Who leads changes in IDLE only, robots at rest."""
    state = client.call("status")["state"]
    if state == State.RECORDING:
        raise DaemonError("a take is running; stop it first")
    client.call("release")
    if state in (State.ARMED, State.REVIEW):
        client.call("disarm")


def _said(played: dict[str, Any]) -> str:
    arms = [f"{name} came within {match['rms_rad'] * 1e3:.1f} mrad rms" for name, match in played.items()]
    return "; ".join(arms) or "played to its end"
