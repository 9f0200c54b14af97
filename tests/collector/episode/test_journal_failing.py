"""A journal on a disk that fails or is slow, and what a power cut leaves of it."""

import errno
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.episode import pending, segment_writer
from collector.episode.disk import DiskFull
from collector.episode.journal import Journal
from collector.episode.journal_reader import scan
from collector.episode.segment_writer import MAX_SEGMENTS
from collector.episode.segments import segments
from tests.collector.episode.faulty_disk import META, FaultyDisk, frame
from tests.collector.episode.journal_tools import NAME, PICTURE, add, reach, seen, sync


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is synced but when a test says so (`sync`), and at the end."""
    monkeypatch.setattr(segment_writer, "SYNC_EVERY_S", 3600.0)


def test_after_a_failed_sync_all_that_was_not_durable_is_in_a_new_segment(tmp_path: Path) -> None:
    path, disk = tmp_path / NAME, FaultyDisk()
    journal = Journal.create(path, META, disk=disk)
    add(journal, 0)
    sync(journal)
    durable = journal.durable_bytes
    assert durable == journal.committed_bytes
    for number in (1, 2):
        add(journal, number)
    disk.errors["fdatasync"] = [errno.EIO]
    sync(journal)
    assert journal.durable_lag_ns > 0 and journal.segments == 1
    add(journal, 3)
    assert journal.segments == 2 and "goes on in episode_000000.journal.1" in journal.problem
    sync(journal)
    assert journal.durable_bytes == journal.committed_bytes and journal.durable_lag_ns == 0
    journal.close("complete", {})
    assert journal.wait()
    assert seen(path) == [0, 1, 2, 3]
    with scan(path) as found:
        assert [event.kind for event in found.events] == ["journal"]
        assert found.segments == 2
    path.write_bytes(path.read_bytes()[:durable])  # what was not synced is gone
    assert seen(path) == [0, 1, 2, 3]


def test_a_second_failure_is_a_third_segment(tmp_path: Path) -> None:
    path, disk = tmp_path / NAME, FaultyDisk()
    journal = Journal.create(path, META, disk=disk)
    for number in range(3):
        add(journal, number)
        disk.errors |= {"fdatasync": [errno.EIO], "fsync": [errno.EIO]}
        sync(journal)
    add(journal, 3)
    assert journal.segments == 4
    disk.errors = {}
    journal.close("complete", {})
    assert journal.wait()
    for lost in segments(path)[:-1]:
        lost.write_bytes(b"")
    assert seen(path) == [0, 1, 2, 3]


def test_a_disk_that_never_syncs_ends_the_recording_and_keeps_what_it_has(tmp_path: Path) -> None:
    path, disk = tmp_path / NAME, FaultyDisk()
    journal = Journal.create(path, META, disk=disk)
    disk.always |= {"fdatasync": errno.EIO, "fsync": errno.EIO}
    number = 0
    with pytest.raises(OSError, match=r"failed 5 times.*check the disk"):
        for _ in range(MAX_SEGMENTS + 1):
            number += 1
            add(journal, number)
            sync(journal)
    assert journal.segments == MAX_SEGMENTS
    journal.close("truncated", {})
    assert not journal.wait()
    assert "a power cut would take some" in journal.problem
    assert seen(path) == list(range(1, number + 1))
    with scan(path) as found:
        assert found.end is not None and found.end["status"] == "truncated"


def test_a_failing_write_goes_on_in_a_new_segment(tmp_path: Path) -> None:
    path, disk = tmp_path / NAME, FaultyDisk()
    journal = Journal.create(path, META, disk=disk)
    add(journal, 0)
    disk.errors["pwritev"] = [errno.EIO]
    add(journal, 1)
    assert journal.segments == 2
    journal.close("complete", {})
    assert seen(path) == [0, 1]


@pytest.mark.parametrize("code", [errno.EROFS, errno.EIO])
def test_a_disk_that_takes_nothing_more_is_told_in_a_sentence(tmp_path: Path, code: int) -> None:
    path, disk = tmp_path / NAME, FaultyDisk()
    journal = Journal.create(path, META, disk=disk)
    add(journal, 0)
    disk.always |= {"pwritev": code, "create": code, "ftruncate": code}
    with pytest.raises(OSError, match="check the disk"):
        add(journal, 1)
    assert journal.buffered_bytes
    with pytest.raises(OSError):
        journal.close("truncated", {})
    assert seen(path) == [0]
    assert not journal.wait() or journal.durable_bytes == journal.committed_bytes


def test_a_full_disk_in_the_middle_of_a_switch_is_waited_for(tmp_path: Path) -> None:
    path, disk = tmp_path / NAME, FaultyDisk()
    journal = Journal.create(path, META, disk=disk)
    add(journal, 0)
    disk.errors["fdatasync"] = [errno.EIO]
    sync(journal)
    disk.errors["create"] = [errno.ENOSPC]
    with pytest.raises(DiskFull):
        add(journal, 1)
    disk.errors["pwritev"] = [0, errno.ENOSPC]  # the head of the segment, then no more
    with pytest.raises(DiskFull):
        journal.commit()
    assert journal.segments == 2
    journal.commit()
    journal.close("complete", {})
    assert journal.wait()
    path.write_bytes(b"")
    assert seen(path) == [0, 1]


def test_what_could_not_be_written_again_is_never_called_durable(tmp_path: Path) -> None:
    path, disk = tmp_path / NAME, FaultyDisk()
    journal = Journal.create(path, META, disk=disk)
    durable = journal.durable_bytes
    journal.append_frame("cameras/front", frame(0), PICTURE)
    journal.commit()
    disk.errors["fdatasync"] = [errno.EIO]
    sync(journal)
    journal.append_frame("cameras/front", frame(1), PICTURE)
    disk.errors["pwritev"] = [0, *[errno.ENOSPC] * 5]  # room for the head of a new segment, and at last for an end
    with pytest.raises(DiskFull):
        journal.commit()
    assert journal.close("truncated", {}) == {"cameras/front": 1}
    assert not journal.wait()
    assert journal.durable_bytes == durable and "could not be written again" in journal.problem
    with scan(path) as found:
        assert found.rows["cameras/front"]["seq"].tolist() == [0] and found.end is not None


def test_a_sync_that_fails_after_the_end_is_made_good_before_a_finaliser_reads(tmp_path: Path) -> None:
    path, disk = tmp_path / NAME, FaultyDisk()
    journal = Journal.create(path, META, disk=disk)
    add(journal, 0)
    disk.errors["fdatasync"] = [errno.EIO]
    journal.close("complete", {})
    assert journal.wait()
    assert journal.segments == 2
    path.write_bytes(b"")
    assert seen(path) == [0]
    with scan(path) as found:
        assert found.end is not None


def test_closing_does_not_wait_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, held = FaultyDisk(), threading.Event()
    journal = Journal.create(tmp_path / NAME, META, disk=disk)
    add(journal, 0)
    monkeypatch.setattr(disk, "fdatasync", lambda descriptor: held.wait())
    journal.close("complete", {})
    assert not journal.wait(0.01)
    assert seen(tmp_path / NAME) == [0]
    held.set()
    assert journal.wait()


def test_what_waits_too_long_is_let_go_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending.Unsynced.__init__, "__defaults__", (3 * len(PICTURE),))
    disk = FaultyDisk()
    journal = Journal.create(tmp_path / NAME, META, disk=disk)
    durable = journal.durable_bytes
    for number in range(6):
        journal.append_frame("cameras/front", frame(number), PICTURE)
        journal.commit()
    disk.errors["fdatasync"] = [errno.EIO]
    sync(journal)
    journal.commit()
    assert "4 MB before that may not survive a power cut" in journal.problem
    sync(journal)
    assert journal.durable_bytes == durable  # there is a hole behind it
    journal.close("complete", {})
    with scan(tmp_path / NAME) as found:
        assert found.rows["cameras/front"]["seq"].tolist() == list(range(6))


def test_what_is_held_is_not_copied(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / NAME, META, disk=FaultyDisk())
    journal.append_frame("cameras/front", frame(0), PICTURE)
    journal.commit()
    (held,) = journal._writer._unsynced._groups
    assert any(buffer is PICTURE for buffer in held.buffers)
    sync(journal)
    assert not journal._writer._unsynced._groups
    journal.close("complete", {})


def test_the_sync_thread_survives_whatever_a_sync_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FaultyDisk()
    journal = Journal.create(tmp_path / NAME, META, disk=disk)
    add(journal, 0)

    def out_of_memory(_: int) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(disk, "fdatasync", out_of_memory)
        sync(journal)
    add(journal, 1)
    assert journal.segments == 2
    journal.close("complete", {})
    assert seen(tmp_path / NAME) == [0, 1]


def test_a_slow_sync_shows_as_lag_until_it_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_writer, "SYNC_EVERY_S", 0.005)
    disk, held = FaultyDisk(), threading.Event()
    monkeypatch.setattr(disk, "fdatasync", lambda descriptor: held.wait())
    journal = Journal.create(tmp_path / NAME, META, disk=disk)
    add(journal, 0)
    assert journal.durable_lag_ns > 0 and journal.durable_bytes < journal.committed_bytes
    held.set()
    reach(lambda: journal.durable_lag_ns == 0 and journal.durable_bytes == journal.committed_bytes)
    journal.close("complete", {})
    assert journal.wait()


STEPS = st.sampled_from(["add", "add", "add", "sync", "failed sync", "failed write", "power cut", "no room"])


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=25))
def test_a_power_cut_takes_nothing_durable_and_a_kill_nothing_committed(tmp_path: Path, steps: list[str]) -> None:
    for left in tmp_path.iterdir():
        left.unlink()
    path, disk = tmp_path / NAME, FaultyDisk()
    journal = Journal.create(path, META, disk=disk)
    ends: list[int] = []  # bytes of the episode after each number
    number = -1
    try:
        for step in steps:
            match step:
                case "add" | "failed write" | "no room":
                    number += 1
                    disk.errors["pwritev"] = {"failed write": [errno.EIO], "no room": [errno.ENOSPC]}.get(step, [])
                    try:
                        add(journal, number)
                    except DiskFull:
                        journal.commit()
                    ends.append(journal.committed_bytes)
                case "sync" | "failed sync":
                    code = errno.EIO if step == "failed sync" else 0
                    disk.errors |= {"fdatasync": [code], "fsync": [code]}
                    sync(journal)
                    disk.errors.clear()
                case _:
                    durable = np.searchsorted(ends, journal.durable_bytes, "right")
                    images = {p: p.read_bytes() for p in segments(path)}
                    for lost in images:
                        lost.write_bytes(disk.durable.get(lost, b""))
                    assert seen(path)[:durable] == list(range(durable))
                    for lost, content in images.items():
                        lost.write_bytes(content)
            assert seen(path) == list(range(number + 1))
    except OSError as error:
        assert "check the disk" in str(error)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "errors", {})
        journal.close("complete", {})
        journal.wait()
    assert set(seen(path)) >= set(range(number + 1))
