"""Who may move the robots, who answers for them, and what an episode keeps of it."""

import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import ValidationError

from collector.children import Child
from collector.crew import Crew
from collector.session import NotNow, Session, State
from collector.teleop_desk import TeleopDesk, summary

Asked = list[tuple[str, dict[str, Any]]]


class FakeChild:
    """A process that only remembers what it was asked."""

    alive = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.status: dict[str, Any] = {}
        self.asked: Asked = []

    def ask(self, verb: str, **data: Any) -> None:
        self.asked.append((verb, data))

    @property
    def verbs(self) -> list[str]:
        return [verb for verb, _ in self.asked if verb != "beat"]


class Rig:
    """Two arms, a base, a leader, and a desk that serves one client."""

    def __init__(self) -> None:
        self.left, self.right = FakeChild("arm-left"), FakeChild("arm-right")
        self.base, self.leader = FakeChild("base-base"), FakeChild("leader-right")
        self.led: list[Any] = []
        crew = SimpleNamespace(
            arms=[self.left, self.right], bases=[self.base], leaders=[self.leader], lead=self.led.append
        )
        self.session = Session(State.IDLE)
        self.events: list[dict[str, Any]] = []
        self.desk = TeleopDesk(self.session, cast(Crew, crew), self.events.append)
        self.client, self.peer = socket.socketpair()

    def ask(self, verb: str, **arguments: Any) -> dict[str, Any]:
        return self.desk.verbs(self.client)[verb](**arguments)

    def hear(self, arm: FakeChild, state: str, reason: str = "") -> None:
        arm.status = arm.status | {"teleop": state, "reason": reason}
        self.desk.heard(cast(Child, arm))

    def close(self) -> None:
        self.client.close()
        self.peer.close()


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    for arm in (rig.left, rig.right):
        rig.hear(arm, "IDLE")
    yield rig
    rig.close()


def test_arms_and_bases_hear_that_the_daemon_lives(rig: Rig) -> None:
    rig.desk.work(lambda _: True)
    assert [m.asked[0][0] for m in (rig.left, rig.right, rig.base)] == ["beat"] * 3
    rig.desk.work(lambda _: True)
    assert len(rig.left.asked) == 1  # not at every tick


def test_robots_are_released_when_the_client_that_engaged_has_gone(rig: Rig) -> None:
    rig.ask("engage")
    rig.desk.work(lambda _: True)
    assert rig.left.verbs == ["engage"]
    rig.desk.work(lambda _: False)
    assert rig.left.verbs == rig.right.verbs == ["engage", "release"]
    assert "release" in rig.base.verbs
    assert rig.events[-1]["event"] == "hold"
    assert rig.desk.notice == "The client that engaged has gone; the robots hold."
    rig.ask("engage")
    assert not rig.desk.notice


def test_whoever_takes_control_answers_for_robots_that_move_and_only_then(rig: Rig) -> None:
    rig.desk.handed_over(rig.peer)
    rig.desk.work(lambda client: client is not rig.peer)
    assert rig.left.verbs == []
    rig.ask("engage")
    rig.desk.handed_over(rig.peer)
    rig.desk.work(lambda client: client is rig.peer)  # the first one has gone
    assert rig.left.verbs == ["engage"]
    rig.desk.work(lambda client: client is rig.client)
    assert rig.left.verbs == ["engage", "release"]


def test_a_client_that_let_go_itself_may_leave(rig: Rig) -> None:
    rig.ask("approach")
    rig.ask("release")
    before = len(rig.left.asked)
    rig.desk.work(lambda _: False)
    assert [verb for verb, _ in rig.left.asked[before:]] == ["beat"]


def test_an_arm_that_stops_by_itself_stops_the_others_and_the_base(rig: Rig) -> None:
    rig.ask("engage")
    for arm in (rig.left, rig.right):
        rig.hear(arm, "FOLLOW")
    rig.hear(rig.left, "HOLD", "Joint 2 is behind its reference.")
    assert rig.right.verbs == ["engage", "release"]
    assert rig.base.verbs == ["release"]
    assert rig.left.verbs == ["engage"]
    assert rig.events[-1] == {"arm": "left", "state": "HOLD", "reason": "Joint 2 is behind its reference."}


def test_arms_that_were_told_to_hold_are_told_once(rig: Rig) -> None:
    rig.ask("engage")
    for arm in (rig.left, rig.right):
        rig.hear(arm, "FOLLOW")
    rig.ask("clutch")
    rig.hear(rig.left, "HOLD", "Clutched")
    assert rig.right.verbs == ["engage", "clutch"]


def test_a_dead_arm_does_not_seem_to_follow(rig: Rig) -> None:
    rig.ask("engage")
    rig.hear(rig.left, "FOLLOW")
    rig.desk.ended(cast(Child, rig.left), "reflex: joint_velocity_violation")
    assert rig.left.status["teleop"] == "FAULT"
    assert rig.events[-1]["reason"] == "reflex: joint_velocity_violation"


@pytest.mark.parametrize("verb", ["engage", "approach", "unclutch", "drive", "play"])
@pytest.mark.parametrize("state", [State.STARTING, State.FAULT])
def test_nothing_sets_a_rig_in_motion_that_does_not_run(rig: Rig, verb: str, state: State) -> None:
    rig.session.enter(state)
    with pytest.raises(NotNow, match="needs a running rig"):
        rig.ask(verb)
    assert rig.left.verbs == rig.base.verbs == []


@pytest.mark.parametrize("state", list(State))
def test_letting_go_is_possible_always(rig: Rig, state: State) -> None:
    rig.session.enter(state)
    rig.ask("release")
    assert rig.right.verbs == ["release"]


def test_who_leads_changes_only_at_rest(rig: Rig) -> None:
    rig.hear(rig.left, "HOLD")
    with pytest.raises(NotNow, match="every arm released"):
        rig.ask("replay", episode="/data/episode_000000.hdf5")
    rig.hear(rig.left, "IDLE")
    rig.ask("replay", episode="/data/episode_000000.hdf5", speed=0.5)
    assert rig.led[0].speed == 0.5
    assert rig.session.state is State.STARTING


def test_a_replay_faster_than_recorded_is_refused(rig: Rig) -> None:
    with pytest.raises(ValidationError):
        rig.ask("replay", episode="/data/episode_000000.hdf5", speed=2)


def test_the_base_is_driven_by_keys(rig: Rig) -> None:
    rig.ask("drive", vx=0.2, wz=-0.1)
    assert rig.base.asked == [("drive", {"vx": 0.2, "vy": 0.0, "wz": -0.1})]


def test_an_episode_begins_with_every_arms_state_and_keeps_what_happened_in_it(rig: Rig) -> None:
    counts = {"cycles": 100, "lost": 3, "holds": {"tracking": 1}, "rejected": {}, "limit_hits": {"velocity/2": 5}}
    rig.left.status = rig.left.status | counts
    rig.events.clear()
    rig.desk.begin_take()
    rig.left.status = rig.left.status | counts | {"cycles": 150, "rejected": {"jump": 2}, "success_min": 0.98}
    rig.hear(rig.left, "IDLE")
    assert rig.events[0]["arm"] == "left"
    told = rig.desk.take_summary()["left"]
    assert (told["cycles"], told["lost"], told["holds"], told["limit_hits"]) == (50, 0, {}, {})
    assert told["rejected"] == {"jump": 2}
    assert told["success_min"] == 0.98


def test_figures_of_a_running_episode_are_not_set_back(rig: Rig) -> None:
    rig.session.enter(State.RECORDING)
    with pytest.raises(NotNow):
        rig.ask("mark")


def test_a_summary_of_an_arm_that_said_nothing_has_no_figures() -> None:
    told = summary({}, {})
    assert told["cycles"] == 0
    assert told["lag"] is None
