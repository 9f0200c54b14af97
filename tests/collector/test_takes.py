"""A take ends sealed and told, whatever ended it; a discarded one goes to the trash whenever that is possible."""

import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from calibration.store import default_store
from collector.episode.catalogue import Catalogue
from collector.session import NotNow, State
from tests.calibration.results import lens_result, made
from tests.collector.episode import small
from tests.collector.session_rig import SUMMARY
from tests.collector.session_rig import SessionRig as Rig

CPU_S = {"capture": 0.0, "arm-right": 0.0}


def listed(folder: Path) -> list[tuple[str | None, str]]:
    with Catalogue(folder) as catalogue:
        return sorted((row.path, row.state) for row in catalogue.rows())


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    rig = Rig(tmp_path, State.RECORDING)
    rig.run(small.uuid(1))
    return rig


def test_a_take_keeps_what_its_teleoperation_was_like(rig: Rig) -> None:
    rig.ask("stop", labels={"outcome": "success"})
    assert rig.capture.verbs == ["event", "finish"]
    told = rig.capture.asked[-1][1]
    assert told["status"] == "complete"
    assert told["summary"]["teleop"] == SUMMARY


def test_capture_knows_what_a_take_was_like_before_it_ends_by_itself(tmp_path: Path) -> None:
    """Of lost frames, a full disk, or the daemon's own end nobody tells it beforehand."""
    rig = Rig(tmp_path)
    rig.planned()
    rig.begin()
    assert rig.capture.asked[-1] == ("figures", {"figures": {"teleop": SUMMARY, "cpu_s": CPU_S}})
    rig.takes.brief()
    assert rig.capture.verbs[1:] == ["figures"] * 2
    rig.close("truncated")
    rig.takes.brief()
    assert rig.capture.verbs[1:] == ["figures"] * 2, "it is over"


def test_a_fault_seals_the_take_with_its_name(rig: Rig) -> None:
    rig.session.enter(State.FAULT)
    rig.desk.fail("right: cartesian_reflex", "arm-right")
    verb, told = rig.capture.asked[-1]
    assert (verb, told["status"]) == ("finish", "fault")
    assert told["summary"] == {"fault": "right: cartesian_reflex", "teleop": SUMMARY, "cpu_s": CPU_S}
    told = rig.desk.closed({"path": str(rig.path), "status": "fault"})
    assert told is not None and told["problem"] == "right: cartesian_reflex", "whoever waits for its end hears why"
    assert rig.session.state is State.FAULT
    assert rig.backlog.status()["pending"] == 1


def test_a_take_whose_own_process_failed_is_sealed_from_its_journal(rig: Rig) -> None:
    rig.path.write_bytes(b"a journal")
    rig.session.enter(State.FAULT)
    rig.desk.fail("disk: no space left", "capture")
    assert rig.capture.asked == []
    assert rig.plan.running is None
    assert rig.backlog.status()["pending"] == 1


def test_a_closed_take_is_for_review(rig: Rig) -> None:
    told = rig.desk.closed({"path": str(rig.path), "status": "complete", "rows": {}})
    assert told is not None
    assert told["state"] is State.REVIEW
    assert rig.desk.closed({"path": str(rig.path), "status": "complete"}) is None  # told once


def test_a_take_that_ends_by_itself_was_ready_again_when_it_was_sealed(rig: Rig) -> None:
    told = rig.desk.closed({"path": str(rig.path), "status": "truncated", "rows": {}, "closing_s": 0.02})
    assert told is not None
    assert (told["state"], told["stop_to_ready_s"]) == (State.REVIEW, 0.02)


def test_without_room_the_session_is_armed_as_before(rig: Rig) -> None:
    rig.desk.refused("no room")
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
    rig.run(small.uuid(1))
    rig.desk.begun()
    assert listed(tmp_path) == [("episode_000000.journal", "recorded")]
    rig.desk.closed({"path": str(rig.path), "status": "complete"})
    moved = Path(rig.ask("discard", why="slipped")["moved_to"])
    assert moved.exists()
    rig.backlog.settle()
    assert not rig.path.exists()
    assert listed(tmp_path) == [(".trash/episode_000000.journal", "trashed")]
    told = json.loads((tmp_path / ".trash" / f"{small.uuid(1)}.json").read_text())["episode"]
    assert (told["discarded_by"], told["discarded_why"]) == ("operator-1", "slipped")
    assert rig.backlog.next_path().name == "episode_000001.journal"
    assert Path(rig.ask("undiscard")["restored"]) == rig.path
    assert listed(tmp_path) == [("episode_000000.journal", "recorded")]
    assert rig.backlog.status()["pending"] == 1


def test_undo_takes_back_the_keeping_then_the_take_then_nothing(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.planned()
    rig.recorded()
    rig.ask("keep")
    assert rig.ask("undo")["undone"] == "keeping episode_000000"
    assert rig.session.state is State.REVIEW
    assert Path(rig.ask("undo")["moved_to"]).exists()
    assert rig.session.state is State.ARMED
    with pytest.raises(NotNow, match="nothing to undo"):
        rig.ask("undo")


def test_a_discarded_take_comes_back_under_review(rig: Rig) -> None:
    small.journal(rig.path, small.metadata(1))
    rig.desk.closed({"path": str(rig.path), "status": "complete"})
    rig.ask("discard", why="slipped")
    assert rig.session.state is State.ARMED
    assert Path(rig.ask("undo")["restored"]) == rig.path
    assert rig.session.state is State.REVIEW
    assert rig.plan.last is rig.plan.takes[0]


def test_undo_of_a_running_take_ends_and_discards_it(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.planned()
    rig.begin()
    rig.ask("undo")
    assert rig.capture.verbs[-1] == "finish"
    rig.close()
    assert rig.session.state is State.ARMED
    assert [(take.verdict, take.why) for take in rig.plan.takes] == [("discarded", "undone")]


def test_what_was_never_discarded_is_not_brought_back(rig: Rig) -> None:
    with pytest.raises(NotNow, match="nothing was discarded"):
        rig.ask("undiscard")
    with pytest.raises(NotNow, match="holds no episode_000009"):
        rig.ask("undiscard", episode="episode_000009")


def test_a_catalogue_that_cannot_be_written_stops_nothing_and_says_so(rig: Rig, tmp_path: Path) -> None:
    small.journal(rig.path, small.metadata(1))
    busy = sqlite3.connect(tmp_path / "catalogue.sqlite", isolation_level=None)
    busy.execute("BEGIN EXCLUSIVE")
    rig.run(small.uuid(1))
    rig.desk.begun()
    rig.desk.closed({"path": str(rig.path), "status": "complete"})
    assert Path(rig.ask("discard")["moved_to"]).exists()
    assert "locked" in str(rig.backlog.status()["problems"])
    busy.close()


def test_a_catalogue_that_somebody_removes_is_built_anew(rig: Rig, tmp_path: Path) -> None:
    """By another process, while the daemon goes on."""
    small.sealed(tmp_path / "episode_000007.hdf5", small.metadata(7))
    (tmp_path / "catalogue.sqlite").unlink()
    rig.run(small.uuid(1))
    small.journal(rig.path, small.metadata(1))
    rig.desk.begun()
    assert "begun anew" in str(rig.backlog.status()["problems"])
    deadline = time.monotonic() + 60
    while rig.backlog.status()["problems"] and time.monotonic() < deadline:
        rig.backlog.work()
        time.sleep(0.05)
    assert listed(tmp_path) == [("episode_000000.journal", "recorded"), ("episode_000007.hdf5", "sealed")]


def test_what_is_being_sealed_is_discarded_once_sealed_and_nobody_waits(rig: Rig, tmp_path: Path) -> None:
    """The daemon's heartbeat must not stop for the seconds that sealing takes."""
    rig.path.write_text("no journal")
    rig.desk.closed({"path": str(rig.path), "status": "complete"})
    rig.backlog.work()  # sealing begins
    moved = Path(rig.ask("discard")["moved_to"])
    assert not moved.exists()
    rig.backlog.finish()
    assert moved.exists()
    assert not rig.path.exists()


def test_a_take_carries_the_calibration_that_counts_when_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    default_store("virtual").save(lens_result("front", serial="944122070101"), "front")
    rig = Rig(tmp_path)
    rig.planned()
    rig.ask("start")
    verb, asked = rig.capture.asked[-1]
    told = asked["meta"]["calibration"]
    assert verb == "start" and (told["front"]["source"], told["front"]["uuid"]) == ("calibrated", made().uuid)
    assert {told["side"]["source"], told["wrist"]["source"]} == {"none"}


def selftest(tmp_path: Path) -> Rig:
    """Its take runs."""
    rig = Rig(tmp_path, purpose="selftest")
    rig.ask("start", task={"name": "selftest", "instruction": "self-test"}, labels={"outcome": "self-test"})
    rig.started()
    return rig


def in_fault(rig: Rig) -> None:
    rig.session.enter(State.FAULT)
    rig.desk.fail("right: reflex", "arm-right")
    rig.close("fault")


def capture_died(rig: Rig) -> None:
    rig.session.enter(State.FAULT)
    rig.desk.fail("the capture process was killed", "capture")


def client_left(rig: Rig) -> None:
    rig.ask("stop")
    rig.close()
    rig.ask("disarm")


def daemon_ended(rig: Rig) -> None:
    rig.takes.abandon()


@pytest.mark.parametrize("end", [in_fault, capture_died, client_left, daemon_ended])
def test_a_self_test_that_is_cut_short_leaves_no_episode(tmp_path: Path, end: Callable[[Rig], None]) -> None:
    rig = selftest(tmp_path)
    end(rig)
    rig.backlog.settle()
    assert rig.backlog.status()["pending"] == 0
    assert not list(tmp_path.glob("episode_*"))
    assert listed(tmp_path) == [(".trash/episode_000000.journal", "trashed")]
    assert rig.undo.told() == []


def test_the_journal_of_a_self_test_that_a_kill_ended_is_no_episode_either(tmp_path: Path) -> None:
    told = small.metadata(1)
    told["provenance"]["purpose"] = "selftest"
    small.journal(tmp_path / "episode_000000.journal", told)
    small.journal(tmp_path / "episode_000001.journal", small.metadata(2))
    rig = Rig(tmp_path)
    rig.backlog.add_leftovers()
    rig.backlog.settle()
    assert rig.backlog.status()["pending"] == 1
    assert listed(tmp_path) == [(".trash/episode_000000.journal", "trashed"), ("episode_000001.journal", "recorded")]
