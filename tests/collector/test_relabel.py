"""Labels go through the daemon that keeps the folder, and only through that one."""

from pathlib import Path
from typing import Any

import pytest

from collector import relabel
from collector.control import DaemonError
from collector.episode.subject import Subject, subject
from collector.labels import sidecar
from collector.labels.event import LabelSet
from collector.labels.wish import NotSaid
from collector.relabel import Pen
from collector.session import NotNow
from tests.collector.episode import small
from tests.collector.session_rig import SessionRig

GOOD = LabelSet(score=5)


class Daemon:
    """Keeps a folder and notes what it is asked; `refuses`: everything it is told."""

    def __init__(self, out: Path, refuses: str = "") -> None:
        self.out, self.refuses = out, refuses
        self.asked: list[tuple[object, ...]] = []

    def ask(self, verb: str) -> dict[str, Any]:
        return {"out": str(self.out.resolve())}

    def label(self, what: LabelSet, episode: str, by: str) -> None:
        if self.refuses:
            raise DaemonError(self.refuses)
        self.asked.append(("label", episode, by, what))

    def unlabel(self, episode: str, label: str, by: str) -> None:
        self.asked.append(("unlabel", episode, by, label))

    def close(self) -> None:
        self.asked.append(("close",))


def listening(monkeypatch: pytest.MonkeyPatch, daemon: Daemon | None) -> None:
    def remote(path: Path) -> Daemon:
        assert path.name == "virtual.sock"
        if daemon is None:
            raise DaemonError("nobody listens")
        return daemon

    monkeypatch.setattr(relabel, "Remote", remote)


@pytest.fixture
def of(tmp_path: Path) -> Subject:
    return subject(small.sealed(tmp_path / "episode_000001.hdf5", small.metadata(1)))


def said(of: Subject) -> list[dict[str, Any]]:
    return [event.set.given() for event in sidecar.read(of.path, of.uuid).events]


def test_the_daemon_of_the_folder_is_told(of: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    listening(monkeypatch, daemon := Daemon(of.path.parent))
    with Pen("ben") as pen:
        pen.say(of, GOOD)
        pen.take_back(of, "label-1")
    assert daemon.asked == [("label", of.uuid, "ben", GOOD), ("unlabel", of.uuid, "ben", "label-1"), ("close",)]
    assert said(of) == []


def test_a_daemon_that_keeps_another_folder_is_not(of: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    listening(monkeypatch, daemon := Daemon(of.path.parent.parent))
    with Pen("ben") as pen:
        pen.say(of, GOOD)
    assert daemon.asked == [("close",)]
    assert said(of) == [{"score": 5}]


def test_without_a_daemon_it_is_written_and_taken_back_beside_the_file(
    of: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening(monkeypatch, None)
    with Pen("ben") as pen:
        pen.say(of, GOOD)
        pen.take_back(of, of.again().labelled.history[-1].id)
    assert said(of) == [{"score": 5}, {}]
    assert "score" not in of.again().labelled.labels


def test_what_the_daemon_objects_to_is_not_written_behind_its_back(
    of: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening(monkeypatch, Daemon(of.path.parent, refuses="it was discarded"))
    with Pen("ben") as pen, pytest.raises(NotSaid, match="it was discarded"):
        pen.say(of, GOOD)
    assert said(of) == []


def test_the_name_of_a_rig_in_a_file_leads_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def remote(path: Path) -> Daemon:
        raise AssertionError(path)

    monkeypatch.setattr(relabel, "Remote", remote)
    meta = small.metadata(1) | {"rig": {"name": "../../evil"}}
    of = subject(small.sealed(tmp_path / "episode_000001.hdf5", meta))
    with Pen("ben") as pen:
        pen.say(of, GOOD)
    assert said(of) == [{"score": 5}]


def test_the_daemon_takes_one_label_back_whoever_gave_it(tmp_path: Path) -> None:
    rig = SessionRig(tmp_path)
    rig.planned()
    take = rig.recorded()
    first = rig.ask("label", score=4)["id"]
    rig.ask("label", score=1, by="ben")
    assert rig.ask("unlabel", controls=False, episode=take.uuid, label=first)["labels"]["score"] == 1
    with pytest.raises(NotNow, match="has no label 'x'"):
        rig.ask("unlabel", episode=take.uuid, label="x")
    last = sidecar.read(take.path).events[1].id
    assert "score" not in rig.ask("unlabel", episode=take.uuid, label=last, by="cleo")["labels"]
    assert sidecar.read(take.path).events[-1].by == "cleo"
    rig.labels.close()
