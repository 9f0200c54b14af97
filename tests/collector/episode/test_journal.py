import errno
import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.episode.journal import Journal
from collector.episode.journal_reader import JournalError, scan
from collector.episode.record import HEADER_BYTES
from hardware.rows import FRAME
from tests.collector.episode.faulty_disk import META, FaultyDisk, edges, frame


def write(path: Path, records: int) -> list[int]:
    """A journal of `records` frames and edges, committed one by one; returns its size after each."""
    journal = Journal.create(path, META)
    sizes: list[int] = []
    for i in range(records):
        journal.append_frame("cameras/front", frame(i), bytes([i]) * (100 + i))
        journal.append_rows("trigger", edges(i, 1))
        journal.commit()
        sizes.append(journal.committed_bytes)
    journal.close("success", {"note": "end"})
    return sizes


def test_what_was_appended_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "episode_000000.journal"
    journal = Journal.create(path, META)
    journal.append_rows("trigger", edges(0, 3))
    journal.append_frame("cameras/front", frame(7), b"jpeg 7")
    journal.append_gap("cameras/front", 5, 2, "queue full")
    journal.append_event(9, "mark", {"step": "grasp"})
    journal.commit()
    journal.append_rows("trigger", edges(3, 2))
    journal.close("success", {"why": "time"})
    with scan(path) as found:
        assert found.meta.episode_uuid == META["episode_uuid"]
        assert found.rows["trigger"]["seq"].tolist() == [0, 1, 2, 3, 4]
        assert found.rows["cameras/front"]["seq"].tolist() == [7]
        assert [bytes(jpeg) for jpeg in found.jpegs["cameras/front"]] == [b"jpeg 7"]
        assert [(g.t_ns, g.count, g.reason) for g in found.gaps["cameras/front"]] == [(5, 2, "queue full")]
        assert [(e.t_ns, e.kind, e.data) for e in found.events] == [(9, "mark", {"step": "grasp"})]
        assert found.end == {
            "status": "success",
            "summary": {"why": "time"},
            "counts": {"trigger": 5, "cameras/front": 1},
        }
        assert not found.damage


def test_cut_anywhere_keeps_all_that_was_committed_before(tmp_path: Path) -> None:
    path = tmp_path / "x.journal"
    sizes = write(path, 6)
    whole = path.read_bytes()
    for cut in range(sizes[0], len(whole), 7):
        path.write_bytes(whole[:cut])
        committed = sum(size <= cut for size in sizes)
        with scan(path) as found:
            seen = found.rows["cameras/front"]["seq"].tolist()
            assert seen[:committed] == list(range(committed))
            assert [bytes(j) for j in found.jpegs["cameras/front"]] == [bytes([i]) * (100 + i) for i in seen]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_costs_only_the_records_it_hits(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "x.journal"
    path.unlink(missing_ok=True)
    write(path, 8)
    broken = bytearray(path.read_bytes())
    start = data.draw(st.integers(0, len(broken) - 1))
    count = data.draw(st.integers(1, 64))
    mask = data.draw(st.integers(1, 255))
    for i in range(start, min(start + count, len(broken))):
        broken[i] ^= mask
    path.write_bytes(broken)
    with scan(path) as found:
        frames, triggers = found.rows["cameras/front"]["seq"].tolist(), found.rows["trigger"]["seq"].tolist()
        # 64 bytes touch two records at most (each is longer), and nothing that is read back is wrong.
        assert len(frames) + len(triggers) + (found.end is not None) >= 8 + 8 + 1 - 2
        assert frames == sorted(set(frames)) and set(frames) <= set(range(8))
        assert triggers == sorted(set(triggers)) and set(triggers) <= set(range(8))
        assert [bytes(j) for j in found.jpegs["cameras/front"]] == [bytes([i]) * (100 + i) for i in frames]
        assert found.damage or found.torn_tail
        lost = 17 - len(frames) - len(triggers) - (found.end is not None)
        told = sum(d.records for d in found.damage if d.records > 0)
        # Lost records are counted, but for the last ones (nothing follows) and the spare metadata.
        assert told >= lost or any(d.records < 0 for d in found.damage) or found.torn_tail


def test_a_journal_that_says_nothing_is_refused_with_a_clear_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.journal"
    for body in (b"", b"\0" * 4096, os.urandom(4096)):
        path.write_bytes(body)
        with pytest.raises(JournalError), scan(path):
            pass


@pytest.mark.parametrize("at_most", [1, HEADER_BYTES - 1, 100])
def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_most: int) -> None:
    def short(descriptor: int, buffers: Sequence[bytes], offset: int) -> int:
        return os.pwrite(descriptor, b"".join(buffers)[:at_most], offset)

    path = tmp_path / "x.journal"
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwritev", short)
        write(path, 3)
    with scan(path) as found:
        assert found.rows["trigger"]["seq"].tolist() == [0, 1, 2]
        assert not found.damage


def test_more_buffers_than_one_system_call_takes(tmp_path: Path) -> None:
    path = tmp_path / "x.journal"
    journal = Journal.create(path, META)
    for i in range(1500):
        journal.append_rows("trigger", edges(i, 1))
    journal.close("success", {})
    with scan(path) as found:
        assert found.rows["trigger"]["seq"].tolist() == list(range(1500))


def test_a_killed_recorder_loses_no_committed_sample(tmp_path: Path) -> None:
    path = tmp_path / "x.journal"
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from collector.episode.journal import Journal\n"
        "from tests.collector.episode.faulty_disk import META, edges\n"
        "journal = Journal.create(Path(sys.argv[1]), META)\n"
        "for i in range(10**6):\n"
        "    journal.append_rows('trigger', edges(i, 1))\n"
        "    journal.commit()\n"
        "    print(i, flush=True)\n"
        "    time.sleep(0.001)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        acknowledged = -1
        while acknowledged < 20:
            acknowledged = int(child.stdout.readline())
        child.kill()
        acknowledged = max([acknowledged, *map(int, child.stdout.read().split())])
    with scan(path) as found:
        seen = found.rows["trigger"]["seq"].tolist()
        assert seen[: acknowledged + 1] == list(range(acknowledged + 1))
        assert found.end is None


def test_no_room_and_an_existing_journal_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no room to record") as error:
        Journal.create(tmp_path / "x.journal", META, need_bytes=1 << 60)
    assert error.value.errno == errno.ENOSPC
    assert not list(tmp_path.iterdir())
    Journal.create(tmp_path / "x.journal", META).close("success", {})
    with pytest.raises(FileExistsError):
        Journal.create(tmp_path / "x.journal", META)


def test_rows_of_another_type_are_refused(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "x.journal", META)
    with pytest.raises(TypeError, match="declared"):
        journal.append_rows("trigger", np.zeros(1, FRAME))
    with pytest.raises(TypeError, match="declared"):
        journal.append_frame("cameras/front", np.zeros(2, FRAME), b"")
    journal.close("success", {})


def test_what_is_committed_becomes_durable_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal.create(tmp_path / "x.journal", META)
    disk, sync = threading.Event(), os.fdatasync

    def slow(descriptor: int) -> None:
        disk.wait()
        sync(descriptor)

    monkeypatch.setattr(os, "fdatasync", slow)
    journal.append_rows("trigger", edges(0, 1))
    journal.commit()
    assert journal.durable_lag_ns > 0
    disk.set()
    deadline = time.monotonic() + 30
    while journal.durable_lag_ns and time.monotonic() < deadline:
        time.sleep(0.01)
    assert journal.durable_lag_ns == 0
    journal.close("success", {})


def test_a_salvage_that_looks_at_a_journal_before_its_recorder_has_locked_it_does_not_hinder_it(tmp_path: Path) -> None:
    class LookedAt(FaultyDisk):
        def create(self, path: Path) -> int:
            descriptor = super().create(path)
            salvage = os.open(path, os.O_RDONLY)
            fcntl.flock(salvage, fcntl.LOCK_EX | fcntl.LOCK_NB)
            threading.Timer(0.05, os.close, (salvage,)).start()
            return descriptor

    path = tmp_path / "episode_000000.journal"
    journal = Journal.create(path, META, disk=LookedAt())
    journal.append_rows("trigger", edges(0, 3))
    journal.close("success", {})
    with scan(path) as found:
        assert found.rows["trigger"]["seq"].tolist() == [0, 1, 2]
