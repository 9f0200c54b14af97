"""The typed client against the daemon's own desks, behind a real socket; capture answers at once."""

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from collector.answers import Answers
from collector.control import Server
from collector.crew import Crew
from collector.daemon_status import session_status
from collector.labels.event import LabelSet
from collector.links import RingAddress
from collector.remote import DaemonError, Remote, Started
from collector.seats import Seats
from collector.session import Session, State
from collector.teleop_desk import TeleopDesk
from hardware.rows import EDGE
from tests.collector.session_rig import TASK, SessionRig
from tests.collector.test_teleop_desk import FakeChild


class Daemon:
    """A daemon without processes, in a thread."""

    rig: SessionRig

    def __init__(self, folder: Path) -> None:
        self.arm = FakeChild("arm-right")
        crew = SimpleNamespace(arms=[self.arm], bases=[], leaders=[])
        self.session = Session(State.ARMED)
        self.robots = TeleopDesk(self.session, cast(Crew, crew), lambda _: None)
        self._folder, self._up = folder, threading.Event()
        self.seats = Seats(self.robots.handed_over)
        self.server = Server(folder / "s.sock")
        self.answers = Answers(self.server, print)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self._up.wait()

    def _run(self) -> None:
        self.rig = SessionRig(self._folder, self.session)  # here: a catalogue is of one thread
        self._up.set()
        done = 0
        while not self._ended.wait(0.002):
            requests = self.server.poll()
            self.seats.leave(self.server.connected)
            for client, request in requests:
                name, controls = self.seats.seat(client)
                verbs = {
                    "status": lambda mine=controls: {**self._status(), "yours": mine}, **self.seats.verbs(client),
                    **self.rig.plan.verbs(), **self.rig.desk.verbs(), **self.rig.labels.verbs(name, controls=controls),
                    **self.robots.verbs(client), "links": self._links,
                }  # fmt: skip
                self.answers.serve(client, request, verbs, self.seats.require)
            while done < len(self.rig.capture.asked):
                self._capture(self.rig.capture.asked[done][0])
                done += 1

    def _capture(self, verb: str) -> None:
        match verb:
            case "start":
                take = self.rig.started()
                self.answers.reply("start", state="RECORDING", uuid=take.uuid, path=str(take.path))
            case "finish":
                self.answers.reply("stop", **self.rig.close())
            case _:
                pass

    def _status(self) -> dict[str, Any]:
        rig = self.rig
        return {
            "state": rig.session.state, "fault": None, "notice": "", "warnings": [], "processes": {},
            "disk": {"free_bytes": 1, "minutes": 1.0}, "backlog": {"pending": 0, "bytes": 0, "left_s": None},
            "out": str(rig.folder), "pid": 1, **session_status(rig.plan, rig.desk, rig.undo), **self.seats.status(),
        }  # fmt: skip

    @staticmethod
    def _links() -> dict[str, Any]:
        return {"links": {"trigger": {"name": "m", "descr": EDGE.descr, "capacity": 4}}}

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        self.server.close()
        self.rig.labels.close()


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path)
    yield daemon
    daemon.close()


@pytest.fixture
def remote(daemon: Daemon) -> Iterator[Remote]:
    with Remote(daemon.server.path) as remote:
        assert remote.attach("anna")
        remote.plan(TASK, "anna", "expert")
        yield remote


def score(value: int) -> LabelSet:
    return LabelSet.model_validate({"score": value})


def test_a_session_from_the_plan_to_the_undo(remote: Remote) -> None:
    told = remote.scene(object="green cube")
    assert (told.operator, told.skill, told.instruction) == ("anna", "expert", "pick up the green cube")
    first = remote.start()
    assert first.starts_in_s is None
    assert remote.step() == "grasp"
    remote.note("slowly")
    ended = remote.stop()
    assert (ended.uuid, ended.status, ended.seconds, ended.problem) == (first.uuid, "complete", 3.0, "")
    labels = remote.label(score(4))
    assert labels is not None
    assert (labels.score, labels.outcome, labels.scene["object"]) == (4, "success", "green cube")
    assert remote.next().uuid != first.uuid
    remote.retake("slipped")
    remote.stop()
    assert remote.discard("again").name == "episode_000002.journal"
    assert remote.undo() == "discarding episode_000002"
    remote.keep()
    status = remote.status()
    assert (status.state, status.yours) == (State.ARMED, True)
    assert status.plan is not None
    assert (status.plan.kept_now, status.plan.discarded_now) == (2, 1)
    assert [(take.verdict, take.why) for take in remote.takes()] == [
        ("kept", ""), ("discarded", "slipped"), ("kept", ""),
    ]  # fmt: skip
    assert remote.undiscard("episode_000001").name == "episode_000001.journal"
    remote.disarm()


def test_a_running_take_is_told_with_what_comes_next(remote: Remote) -> None:
    uuid = remote.start().uuid
    status = remote.status()
    assert status.take is not None
    assert (status.take.uuid, status.take.next_step, status.take.is_open) == (uuid, "grasp", True)
    assert set(status.possible) == {"stop", "retake", "step", "note", "undo"}
    remote.step()
    assert [mark.name for mark in remote.status().take.marks] == ["grasp"]
    assert remote.status().undo[0] == "step grasp"


def test_a_countdown_is_told_and_called_off(remote: Remote) -> None:
    remote.plan(TASK.model_copy(update={"countdown_s": 30.0}))
    assert remote.start() == Started(starts_in_s=30.0)
    status = remote.status()
    assert status.starts_in_s is not None
    assert 0 < status.starts_in_s <= 30
    assert "cancel" in status.possible
    remote.cancel()
    assert remote.status().starts_in_s is None


def test_a_word_that_no_label_knows_is_told_all_the_same(remote: Remote) -> None:
    """A self-test's take, seen from a console."""
    remote.ask("start", labels={"outcome": "self-test"})
    status = remote.status()
    assert status.take is not None
    assert status.take.labels.outcome == "self-test"


def test_two_operators_at_one_rig(daemon: Daemon, remote: Remote) -> None:
    remote.approach()
    with Remote(daemon.server.path) as other, Remote(daemon.server.path) as mine:
        assert not other.attach("ben")
        assert mine.attach("anna", key=remote.key)
        assert not other.status().yours
        with pytest.raises(DaemonError, match="anna controls this rig"):
            other.start()
        other.release()
        mine.start()
        assert other.label(score(2)) is not None  # what a watcher says is kept in his name
        assert remote.status().undo == ("take episode_000000",)
        assert daemon.rig.plan.takes[0].said[0].by == "ben"
        assert other.take_control("ben")
        with pytest.raises(DaemonError, match="ben controls this rig"):
            remote.stop()
        other.stop()
    assert remote.attach("anna")


def test_all_takes_are_told_however_many(daemon: Daemon, remote: Remote) -> None:
    remote.start()
    remote.stop()
    daemon.rig.plan.takes *= 250
    assert len(remote.takes()) == 250


def test_robots_are_asked_by_name(daemon: Daemon, remote: Remote) -> None:
    for verb in ("approach", "engage", "clutch", "unclutch", "deadman", "release", "mark"):
        getattr(remote, verb)()
    assert daemon.arm.verbs == ["approach", "engage", "clutch", "unclutch", "deadman", "release", "mark"]


def test_rings_come_as_their_readers_need_them(remote: Remote) -> None:
    assert remote.links() == {"trigger": RingAddress("m", tuple(EDGE.descr), 4)}
