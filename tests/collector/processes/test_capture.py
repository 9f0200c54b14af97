"""The capture process as the daemon meets it: takes begin and end, also those that nobody ended."""

import multiprocessing as mp
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
import simplejpeg

from collector.episode.journal_reader import scan
from collector.links import Channel
from collector.processes.capture import Capture
from collector.processes.capture_camera import CameraPump
from hardware.open import Cameras
from hardware.samples import monotonic_ns
from tests.collector.episode.faulty_disk import META
from tests.collector.processes.hand_fed import HandFed, pumped, wait_for


class Running:
    """The loop in a thread; this is the daemon's side."""

    def __init__(self, folder: Path, daemon: Connection, camera: HandFed, pump: CameraPump) -> None:
        self.folder, self.camera, self.pump = folder, camera, pump
        self._daemon = daemon
        self.error: Exception | None = None

    def ask(self, verb: str, **data: Any) -> None:
        self._daemon.send((verb, data))

    def hear(self, kind: str) -> dict[str, Any]:
        while self._daemon.poll(30):
            told, data = self._daemon.recv()
            if told == kind:
                return data
        raise AssertionError(f"no {kind} came")

    def hear_obeyed(self) -> None:
        """Until all that was asked is obeyed: it listens each turn, and speaks of itself at the end of some."""
        while self._daemon.poll():
            self._daemon.recv()
        for _ in range(2):  # the turn that speaks first may have listened before
            self.hear("status")

    def start(self, name: str, need_bytes: int = 0) -> Path:
        path = self.folder / f"{name}.journal"
        self.ask("start", path=str(path), meta=dict(META), need_bytes=need_bytes)
        return path

    def take_pictures(self, count: int) -> None:
        for _ in range(count):
            self.camera.take()
        wait_for(self.pump, self.camera.taken)


@contextmanager
def running(folder: Path) -> Generator[Running]:
    camera = HandFed()
    daemon, theirs = mp.Pipe()
    with pumped(camera) as pump:
        rig = Running(folder, daemon, camera, pump)
        channel = Channel(theirs)
        capture = Capture(Cameras({"front": camera}, None, None), {"front": pump}, {}, channel)

        def run() -> None:
            try:
                capture.run()
            except Exception as error:
                rig.error = error

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield rig
        finally:
            rig.ask("stop")
            thread.join(30)
            daemon.close()
            theirs.close()


def test_one_take_after_the_other(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        for number in range(2):
            path = rig.start(f"take{number}")
            rig.hear("started")
            rig.take_pictures(3)
            rig.ask("finish", status="complete", summary={"teleop": {}})
            told = rig.hear("closed")
            assert (told["path"], told["status"], told["rows"]["cameras/front"]) == (str(path), "complete", 3)
            with scan(path) as found:
                assert found.rows["cameras/front"]["seq"].tolist() == [3 * number + i for i in range(3)]


def test_without_room_no_take_begins(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        path = rig.start("take", need_bytes=1 << 60)
        assert "free some space" in rig.hear("refused")["message"]
        assert not path.exists()


def test_a_take_that_ends_by_itself_is_told_once_and_the_next_may_begin(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        path = rig.start("take0")
        rig.hear("started")
        rig.ask("figures", figures={"teleop": {"right": {"lost": 7}}, "cpu_s": {"sync": 1.0}})
        rig.hear_obeyed()
        rig.camera.lost = 90
        rig.take_pictures(1)
        told = rig.hear("closed")
        assert told["status"] == "fault"
        assert "camera front lost 90 frames in a row" in told["problem"]
        assert told["ended_ns"] <= monotonic_ns()
        assert (told["teleop"], told["cpu_s"]) == ({"right": {"lost": 7}}, {"sync": 1.0})
        with scan(path) as found:
            assert found.end is not None and found.end["summary"]["teleop"] == told["teleop"]
        rig.ask("event", kind="step", data={"id": "m1", "name": "grasp"})  # the operator was a moment too late
        assert rig.hear("late")["data"]["id"] == "m1"
        rig.ask("finish", status="complete", summary={})
        path = rig.start("take1")
        assert rig.hear("started")["path"] == str(path)
        rig.ask("finish", status="complete", summary={})
        assert rig.hear("closed")["path"] == str(path)


def test_the_end_of_the_process_seals_what_it_records(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        path = rig.start("take")
        rig.hear("started")
        rig.take_pictures(2)
        rig.ask("figures", figures={"cpu_s": {"sync": 1.0}})
        rig.ask("figures", figures={"cpu_s": {"sync": 2.0}})
        rig.ask("stop")
        told = rig.hear("closed")
        assert (told["status"], told["cpu_s"]) == ("interrupted", {"sync": 2.0})
    with scan(path) as found:
        assert len(found.rows["cameras/front"]) == 2


def test_an_encoder_without_memory_is_named_and_the_take_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode, calls = simplejpeg.encode_jpeg, iter(range(10))

    def scarce(*arguments: Any) -> bytes:
        if next(calls) == 2:
            raise MemoryError
        return encode(*arguments)

    monkeypatch.setattr(simplejpeg, "encode_jpeg", scarce)
    with running(tmp_path) as rig:
        path = rig.start("take")
        rig.hear("started")
        for _ in range(3):
            rig.camera.take()
        told = rig.hear("closed")
    assert told["status"] == "fault"
    assert "cameras.front: no memory left" in told["fault"]
    assert "cameras.front: no memory left" in str(rig.error)
    with scan(path) as found:
        assert len(found.rows["cameras/front"]) == 2
        assert [gap.reason for gap in found.gaps["cameras/front"]] == ["still in work at the stop"]


def test_a_picture_that_is_ready_too_late_is_counted_and_is_not_the_next_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode, go_on = simplejpeg.encode_jpeg, threading.Event()

    def slow(*arguments: Any) -> bytes:
        go_on.wait(30)
        return encode(*arguments)

    monkeypatch.setattr(simplejpeg, "encode_jpeg", slow)
    with running(tmp_path) as rig:
        rig.start("take0")
        rig.hear("started")
        rig.camera.take()
        while not rig.pump.pictures.offered:
            time.sleep(0.001)
        rig.ask("finish", status="complete", summary={})
        told = rig.hear("closed")
        assert (told["gaps"], told["books"]) == ({"cameras/front": 1}, "balance")
        path = rig.start("take1")
        rig.hear("started")
        go_on.set()
        wait_for(rig.pump, 1)
        rig.take_pictures(1)
        rig.ask("finish", status="complete", summary={})
        rig.hear("closed")
    with scan(path) as found:
        assert found.rows["cameras/front"]["seq"].tolist() == [1]
