"""A take ends sealed and told, whatever ended it; a discarded one goes to the trash whenever that is possible."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from collector.backlog import Backlog
from collector.crew import Crew
from collector.session import NotNow, Session, State
from collector.takes import Takes
from tests.collector.test_teleop_desk import FakeChild

SUMMARY = {"right": {"holds": {"tracking": 1}}}


class Rig:
    """A session in the middle of a take."""

    def __init__(self, folder: Path) -> None:
        self.capture = FakeChild("capture")
        self.session = Session(State.RECORDING)
        self.backlog = Backlog(folder, folder)
        crew = SimpleNamespace(members={"capture": self.capture, "arm-right": FakeChild("arm-right")})
        self.takes = Takes(self.session, cast(Crew, crew), self.backlog, {}, (), lambda: SUMMARY)
        self.path = folder / "episode_000000.journal"
        self.takes.episode = {"path": str(self.path), "uuid": "u"}

    def ask(self, verb: str, **arguments: Any) -> Any:
        return self.takes.verbs()[verb](**arguments)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_a_take_keeps_what_its_teleoperation_was_like(rig: Rig) -> None:
    rig.ask("stop", labels={"outcome": "success"})
    assert rig.capture.verbs == ["event", "finish"]
    told = rig.capture.asked[-1][1]
    assert told["status"] == "complete"
    assert told["summary"]["teleop"] == SUMMARY


def test_a_fault_seals_the_take_with_its_name(rig: Rig) -> None:
    rig.session.enter(State.FAULT)
    rig.takes.fail("right: cartesian_reflex", "arm-right")
    verb, told = rig.capture.asked[-1]
    assert (verb, told["status"]) == ("finish", "fault")
    assert told["summary"] == {"fault": "right: cartesian_reflex", "teleop": SUMMARY}
    assert rig.takes.closed({"path": str(rig.path), "status": "fault"}) is not None
    assert rig.session.state is State.FAULT
    assert rig.backlog.status()["pending"] == 1


def test_a_take_whose_own_process_failed_is_sealed_from_its_journal(rig: Rig) -> None:
    rig.session.enter(State.FAULT)
    rig.takes.fail("disk: no space left", "capture")
    assert rig.capture.asked == []
    assert rig.takes.episode is None
    assert rig.backlog.status()["pending"] == 1


def test_a_closed_take_is_for_review(rig: Rig) -> None:
    told = rig.takes.closed({"path": str(rig.path), "status": "complete", "rows": {}})
    assert told is not None
    assert told["state"] is State.REVIEW
    assert rig.takes.closed({"path": str(rig.path), "status": "complete"}) is None  # told once


def test_without_room_the_session_is_armed_as_before(rig: Rig) -> None:
    rig.takes.refused()
    assert rig.session.state is State.ARMED
    with pytest.raises(NotNow):
        rig.ask("stop")


def test_events_are_kept_only_while_a_take_runs(rig: Rig) -> None:
    rig.takes.note("teleop", {"state": "HOLD"})
    rig.session.enter(State.REVIEW)
    rig.takes.note("teleop", {"state": "IDLE"})
    assert [data["data"]["state"] for _, data in rig.capture.asked] == ["HOLD"]


def test_what_is_being_sealed_is_discarded_once_sealed_and_nobody_waits(rig: Rig, tmp_path: Path) -> None:
    """The daemon's heartbeat must not stop for the seconds that sealing takes."""
    rig.path.write_text("no journal")
    rig.takes.closed({"path": str(rig.path), "status": "complete"})
    rig.backlog.work()  # sealing begins
    moved = Path(rig.ask("discard")["moved_to"])
    assert not moved.exists()
    rig.backlog.finish()
    assert moved.exists()
    assert not rig.path.exists()
