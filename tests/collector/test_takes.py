"""A take ends sealed and told, whatever ended it; a discarded one goes to the trash whenever that is possible."""

import json
import sqlite3
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from collector.backlog import Backlog
from collector.crew import Crew
from collector.episode.catalogue import Catalogue
from collector.session import NotNow, Session, State
from collector.takes import Takes
from tests.collector.episode import small
from tests.collector.test_teleop_desk import FakeChild


def listed(folder: Path) -> list[tuple[str | None, str]]:
    with Catalogue(folder) as catalogue:
        return sorted((row.path, row.state) for row in catalogue.rows())


SUMMARY = {"right": {"holds": {"tracking": 1}}}


class Rig:
    """A session in the middle of a take."""

    def __init__(self, folder: Path) -> None:
        self.capture = FakeChild("capture")
        self.session = Session(State.RECORDING)
        self.backlog = Backlog(folder, folder)
        members = {"capture": self.capture, "arm-right": FakeChild("arm-right")}
        crew = SimpleNamespace(members=members, rig=SimpleNamespace(operator="operator-1"))
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


def test_a_take_that_ends_by_itself_was_ready_again_when_it_was_sealed(rig: Rig) -> None:
    told = rig.takes.closed({"path": str(rig.path), "status": "truncated", "rows": {}, "closing_s": 0.02})
    assert told is not None
    assert (told["state"], told["stop_to_ready_s"]) == (State.REVIEW, 0.02)


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


def test_labels_given_at_the_stop_are_labels_of_the_episode(rig: Rig) -> None:
    rig.ask("stop", labels={"outcome": "success"})
    assert rig.capture.asked[0] == ("event", {"kind": "label", "data": {"outcome": "success"}})


def test_a_take_is_in_the_catalogue_from_its_first_record_to_the_trash_and_back(rig: Rig, tmp_path: Path) -> None:
    small.journal(rig.path, small.metadata(1))
    rig.takes.episode = {"path": str(rig.path), "uuid": small.uuid(1)}
    rig.takes.begun()
    assert listed(tmp_path) == [("episode_000000.journal", "recorded")]
    rig.takes.closed({"path": str(rig.path), "status": "complete"})
    moved = Path(rig.ask("discard", why="slipped")["moved_to"])
    assert moved.exists() and not rig.path.exists()
    assert listed(tmp_path) == [(".trash/episode_000000.journal", "trashed")]
    told = json.loads((tmp_path / ".trash" / f"{small.uuid(1)}.json").read_text())["episode"]
    assert (told["discarded_by"], told["discarded_why"]) == ("operator-1", "slipped")
    assert rig.backlog.next_path().name == "episode_000001.journal"
    assert Path(rig.ask("undiscard")["restored"]) == rig.path
    assert listed(tmp_path) == [("episode_000000.journal", "recorded")]
    assert rig.backlog.status()["pending"] == 1


def test_undo_throws_the_last_take_away_though_it_was_kept_and_only_once(rig: Rig) -> None:
    small.journal(rig.path, small.metadata(1))
    with pytest.raises(NotNow, match="no take is running"):
        rig.ask("undo")
    rig.takes.closed({"path": str(rig.path), "status": "complete"})
    rig.ask("keep")
    assert Path(rig.ask("undo")["moved_to"]).exists()
    assert rig.session.state is State.ARMED
    with pytest.raises(NotNow, match="no take to discard"):
        rig.ask("undo")


def test_what_was_never_discarded_is_not_brought_back(rig: Rig) -> None:
    with pytest.raises(NotNow, match="nothing was discarded"):
        rig.ask("undiscard")
    with pytest.raises(NotNow, match="holds no episode_000009"):
        rig.ask("undiscard", episode="episode_000009")


def test_a_catalogue_that_cannot_be_written_stops_nothing_and_says_so(rig: Rig, tmp_path: Path) -> None:
    small.journal(rig.path, small.metadata(1))
    busy = sqlite3.connect(tmp_path / "catalogue.sqlite", isolation_level=None)
    busy.execute("BEGIN EXCLUSIVE")
    rig.takes.episode = {"path": str(rig.path), "uuid": small.uuid(1)}
    rig.takes.begun()
    rig.takes.closed({"path": str(rig.path), "status": "complete"})
    assert Path(rig.ask("discard")["moved_to"]).exists()
    assert "locked" in str(rig.backlog.status()["problems"])
    busy.close()


def test_a_catalogue_that_somebody_removes_is_built_anew(rig: Rig, tmp_path: Path) -> None:
    """By another process, while the daemon goes on."""
    small.sealed(tmp_path / "episode_000007.hdf5", small.metadata(7))
    (tmp_path / "catalogue.sqlite").unlink()
    rig.takes.episode = {"path": str(rig.path), "uuid": small.uuid(1)}
    small.journal(rig.path, small.metadata(1))
    rig.takes.begun()
    assert "begun anew" in str(rig.backlog.status()["problems"])
    deadline = time.monotonic() + 60
    while rig.backlog.status()["problems"] and time.monotonic() < deadline:
        rig.backlog.work()
        time.sleep(0.05)
    assert listed(tmp_path) == [("episode_000000.journal", "recorded"), ("episode_000007.hdf5", "sealed")]


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
