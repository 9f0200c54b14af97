"""A session by the typed client: takes, marks, labels, undo; all of it in the files afterwards, whoever was killed."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.control import Client
from collector.episode.catalogue import Catalogue
from collector.episode.catalogue_row import Row
from collector.episode.reader import Episode
from collector.episode.tombstone import tombstone
from collector.labels.event import LabelSet
from collector.labels.task import TaskConfig
from collector.remote import DaemonBusy, DaemonError, Remote
from collector.remote_status import Status
from collector.seats import ANYBODY
from hardware.load import load
from tests.e2e.daemon import Running, running
from tests.e2e.rig import PATIENT, ROOT, TASK

pytestmark = pytest.mark.live

PAGE = (ROOT / "docs/reference/socket-protocol.md").read_text()

WORKER = """
import sys, time
from pathlib import Path
from collector.remote import Remote
remote = Remote(Path(sys.argv[1]))
assert remote.attach("anna")
remote.approach()
print(remote.start().uuid, remote.step(), flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("session"), *PATIENT) as daemon:
        yield daemon
        assert daemon.shut_down().code == 0


@pytest.fixture
def remote(daemon: Running) -> Iterator[Remote]:
    """A client in control of an armed rig with a plan."""
    daemon.idle()
    with Remote(daemon.client_path) as remote:
        assert remote.attach("anna")
        remote.plan(load(TaskConfig, TASK), "anna", "expert")
        armed(remote)
        yield remote


def armed(remote: Remote) -> None:
    while remote.status().state != "ARMED":
        try:
            remote.arm("testing")
        except DaemonBusy:
            time.sleep(0.1)
        except DaemonError:  # a busy machine's own fault
            assert remote.status().state == "FAULT"
            remote.reset()
            until(remote, lambda s: s.state == "IDLE")


def until(remote: Remote, what: Callable[[Status], bool]) -> Status:
    deadline = time.monotonic() + 60
    while not what(status := remote.status()):
        assert time.monotonic() < deadline, status
        time.sleep(0.05)
    return status


def recording(remote: Remote, but: str = "") -> str:
    """Until a take runs by itself, the robots sent after their leaders again where a busy machine stopped them."""
    asked = 0.0

    def runs(status: Status) -> bool:
        nonlocal asked
        if status.state in ("FAULT", "IDLE"):
            armed(remote)
        if any(arm["teleop"] in ("IDLE", "HOLD") for arm in status.arms.values()) and time.monotonic() > asked + 1:
            remote.approach()
            asked = time.monotonic()
        return status.take is not None and status.take.uuid != but

    status = until(remote, runs)
    assert status.take is not None
    return status.take.uuid


def take(remote: Remote, score: int) -> str:
    """Start, three steps, stop, score: six keys. The take's UUID."""
    uuid = remote.start().uuid
    for name in ("grasp", "carry", "place"):
        time.sleep(0.2)
        assert remote.step() == name
    ended = remote.stop()
    assert (ended.uuid, ended.status) == (uuid, "complete")
    remote.label(LabelSet(score=score))
    return uuid


def rows(folder: Path) -> dict[str | None, Row]:
    with Catalogue(folder) as catalogue:
        return {row.uuid: row for row in catalogue.rows()}


def test_three_takes_with_marks_scores_a_retake_and_undo_are_in_the_files(daemon: Running, remote: Remote) -> None:
    scenes = [remote.status().plan.scene]
    remote.approach()
    until(remote, lambda s: all(arm["teleop"] == "FOLLOW" for arm in s.arms.values()))

    first = take(remote, 2)
    assert remote.undo() == "outcome, score of " + remote.takes()[-1].name
    remote.label(LabelSet(score=4, tags=("slow",)))
    scenes.append(remote.status().plan.scene)

    slipped = remote.start().uuid
    remote.step()
    remote.note("it slips")
    remote.retake("slipped")
    until(remote, lambda s: s.take is not None and s.take.is_open and s.take.uuid != slipped)
    remote.stop()
    remote.discard("not again")
    assert remote.undo().startswith("discarding")
    second = remote.takes()[-1].uuid
    remote.label(LabelSet(outcome="failure"))

    third = take(remote, 5)
    remote.keep()
    remote.label(LabelSet(note="good light"), episode=first)
    status = until(remote, lambda s: s.backlog.pending == 0)

    assert status.plan is not None
    assert (status.plan.kept_now, status.plan.discarded_now) == (3, 1)
    by_uuid = {told.uuid: told for told in remote.takes()}
    assert [by_uuid[uuid].scene for uuid in (first, second)] == scenes
    assert by_uuid[slipped].scene == by_uuid[second].scene
    assert all(by_uuid[uuid].sealed and by_uuid[uuid].quality for uuid in (first, second, third))
    for uuid, steps, score, outcome in (
        (first, ["reach", "grasp", "carry", "place"], 4, "success"),
        (second, [], None, "failure"),
        (third, ["reach", "grasp", "carry", "place"], 5, "success"),
    ):
        told = by_uuid[uuid]
        with Episode(Path(told.path).with_suffix(".hdf5")) as episode:
            labels = episode.labels
            assert [step["name"] for step in labels.get("steps", [])] == steps
            assert (labels.get("score"), labels["outcome"]) == (score, outcome)
            assert labels["scene"] == told.scene
            assert labels["instruction"] == load(TaskConfig, TASK).told(told.scene)
            grounds = episode.provenance["provenance"]
            assert (grounds["operator"], grounds["skill"]) == ("anna", "expert")
            assert grounds["session_uuid"] == status.plan.session_uuid
    until(remote, lambda s: rows(daemon.out)[first].score == 4 and rows(daemon.out)[first].tags == ("slow",))
    found = rows(daemon.out)
    assert [found[uuid].score for uuid in (second, third)] == [None, 5]
    grave = tombstone(daemon.out, slipped)
    assert grave is not None
    assert (found[slipped].state, grave.row.discarded_by, grave.row.discarded_why) == ("trashed", "anna", "slipped")


def test_takes_begin_and_end_by_themselves_where_the_task_says_so(daemon: Running, remote: Remote) -> None:
    by_itself = {"auto_start": True, "auto_stop": True, "auto_advance": True, "countdown_s": 0.3, "seconds": 1.0}
    remote.plan(load(TaskConfig, TASK).model_copy(update=by_itself))
    first = recording(remote)
    review = until(remote, lambda s: s.state == "REVIEW").review
    assert review is not None
    assert (review.uuid, review.status) == (first, "complete")
    assert review.seconds is not None
    assert review.seconds >= 1.0
    remote.label(LabelSet(score=3))
    second = recording(remote, but=first)
    assert remote.undo().startswith("take ")
    status = until(remote, lambda s: s.state == "ARMED")
    assert status.plan is not None
    assert (status.plan.kept_now, status.plan.discarded_now) == (1, 1)
    assert [(told.uuid, told.verdict) for told in remote.takes()] == [(first, "kept"), (second, "discarded")]


def test_a_client_that_is_killed_leaves_the_take_running_and_the_next_one_finds_the_truth(
    daemon: Running, remote: Remote
) -> None:
    session = remote.status().plan.session_uuid
    remote.close()
    command = [sys.executable, "-c", WORKER, str(daemon.client_path)]
    worker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    uuid, step = worker.stdout.readline().split()
    with Remote(daemon.client_path) as watcher:
        assert not watcher.attach("ben")
        with pytest.raises(DaemonError, match="anna controls this rig"):
            watcher.stop()
        os.kill(worker.pid, signal.SIGKILL)
        worker.communicate()
        status = until(watcher, lambda s: "The client that engaged has gone; the robots hold." in s.notice)
        assert (status.state, status.control, status.yours) == ("RECORDING", None, False)
        assert status.take is not None
        assert (status.take.uuid, [mark.name for mark in status.take.marks]) == (uuid, [step])
        with Remote(daemon.client_path) as again:
            assert again.attach("anna")
            assert again.plan(load(TaskConfig, TASK), "anna").session_uuid == session
            again.step()
            assert watcher.take_control("ben")
            with pytest.raises(DaemonError, match="ben controls this rig"):
                again.stop()
        ended = watcher.stop()
        assert (ended.uuid, ended.status) == (uuid, "complete")
        review = watcher.status().review
        assert review is not None
        assert [mark.name for mark in review.marks] == ["grasp", "carry"]
        watcher.discard()


def test_the_page_has_every_verb_and_field_and_the_typed_client_every_verb(daemon: Running, remote: Remote) -> None:
    with Client(daemon.client_path) as client, pytest.raises(DaemonError) as error:
        client.call("dance")
    verbs = str(error.value).partition("there are ")[2].split(", ")
    tables = PAGE.partition("## Verbs")[2].partition("## Status")[0]
    rows_ = re.findall(r"^\| `(\w+)` \|(.*)$", tables, re.MULTILINE)
    assert sorted(name for name, _ in rows_) == sorted(verbs)
    assert {name for name, row in rows_ if re.search(r"\| (any; )?all \|", row)} == ANYBODY
    assert not [verb for verb in verbs if verb not in dir(Remote) and verb != "session"]
    remote.start()
    status = remote.ask("status")
    said = set(re.findall(r"`(\w+)`", PAGE.partition("## Status")[2]))
    remote.stop()
    review = remote.ask("status")["review"]
    remote.discard()
    assert not _keys(status, "plan", "take", "disk", "backlog", "control") - said - {"ok"}
    assert set(review) <= said, set(review) - said
    for name, told in status["processes"].items():
        assert set(told) <= said, f"{name}: {set(told) - said}"


def _keys(status: dict[str, Any], *parts: str) -> set[str]:
    return set(status).union(*(status[part] for part in parts))
