"""A journal on a disk that is full."""

import errno
import threading
from pathlib import Path

import pytest

from collector.episode import segment_writer
from collector.episode.append_file import LOOK_AHEAD, RESERVE
from collector.episode.disk import DiskFull
from collector.episode.journal import Journal
from collector.episode.journal_reader import scan
from tests.collector.episode.faulty_disk import META, FaultyDisk, edges, frame
from tests.collector.episode.journal_tools import NAME, PICTURE, add, seen


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is synced but when a test says so (`sync`), and at the end."""
    monkeypatch.setattr(segment_writer, "SYNC_EVERY_S", 3600.0)


def fill(journal: Journal) -> int:
    """Pictures until there is no room; how many."""
    number = 0
    while True:
        journal.append_frame("cameras/front", frame(number), PICTURE)
        number += 1
        try:
            journal.commit()
        except DiskFull:
            return number


def test_a_full_disk_is_told_before_it_is_full_and_loses_nothing(tmp_path: Path) -> None:
    disk = FaultyDisk(room=64 << 20)
    journal = Journal.create(tmp_path / NAME, META, disk=disk)
    assert not journal.low_space
    warned_at = 0
    for number in range(64):
        journal.append_frame("cameras/front", frame(number), PICTURE)
        try:
            journal.commit()
        except DiskFull as error:
            assert error.errno == errno.ENOSPC
            break
        warned_at = warned_at or journal.low_space * journal.committed_bytes
    assert journal.committed_bytes - warned_at > LOOK_AHEAD // 3
    stored, waiting = journal.committed_bytes, journal.buffered_bytes
    assert (tmp_path / NAME).stat().st_size == stored  # nothing half written
    with pytest.raises(DiskFull):
        journal.commit()
    assert (journal.committed_bytes, journal.buffered_bytes) == (stored, waiting)
    disk.room = 1 << 40
    journal.commit()
    assert not journal.low_space and not journal.buffered_bytes
    assert journal.close("complete", {}) == {}
    with scan(tmp_path / NAME) as found:
        assert len(found.jpegs["cameras/front"]) == number + 1
        assert found.end is not None and not found.damage and not found.gaps


def test_what_does_not_fit_at_the_end_is_left_out_and_counted(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / NAME, META, disk=FaultyDisk(room=40 << 20))
    offered = fill(journal)
    for _ in range(20):  # more than the reserve holds
        journal.append_frame("cameras/front", frame(offered), PICTURE)
        offered += 1
    journal.append_rows("trigger", edges(0, 500))
    journal.append_event(7, "mark", {"step": "grasp"})
    left_out = journal.close("truncated", {})
    with scan(tmp_path / NAME) as found:
        assert not found.damage
        assert found.end is not None and found.end["status"] == "truncated"
        stored = len(found.jpegs["cameras/front"])
        assert found.end["counts"] == {"cameras/front": stored, "trigger": 500}
        assert left_out == {"cameras/front": offered - stored}
        assert sum(gap.count for gap in found.gaps["cameras/front"]) == offered - stored
        assert len(found.rows["trigger"]) == 500
        assert [event.kind for event in found.events] == ["mark"]


def test_rows_beyond_the_reserve_are_left_out_too(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / NAME, META, disk=FaultyDisk(room=40 << 20))
    fill(journal)
    many = edges(0, 2 * RESERVE // edges(0, 1).itemsize)
    journal.append_rows("trigger", many)
    assert journal.close("truncated", {})["trigger"] == len(many)
    with scan(tmp_path / NAME) as found:
        assert found.end is not None and found.gaps["trigger"][0].count == len(many)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_every_way_of_having_no_room_is_one(tmp_path: Path, code: int) -> None:
    disk = FaultyDisk()
    journal = Journal.create(tmp_path / NAME, META, disk=disk)
    add(journal, 0)
    disk.errors["pwritev"] = [code]
    journal.append_rows("trigger", edges(1, 1))
    with pytest.raises(DiskFull):
        journal.commit()
    assert journal.segments == 1
    journal.append_frame("cameras/front", frame(1), b"1")
    journal.close("complete", {})
    assert seen(tmp_path / NAME) == [0, 1]


def test_the_last_words_of_a_file_that_may_not_grow_are_in_another(tmp_path: Path) -> None:
    path = tmp_path / NAME
    journal = Journal.create(path, META, disk=FaultyDisk(largest=8 << 20))
    offered = fill(journal)
    for _ in range(10):
        journal.append_frame("cameras/front", frame(offered), PICTURE)
        offered += 1
    journal.append_rows("trigger", edges(0, 9))
    left_out = journal.close("truncated", {})
    assert journal.segments == 2
    with scan(path) as found:
        assert not found.damage
        assert found.end is not None and found.end["status"] == "truncated"
        assert len(found.jpegs["cameras/front"]) + left_out["cameras/front"] == offered
        assert len(found.rows["trigger"]) == 9


def test_a_disk_that_takes_half_and_is_full_then_leaves_no_half_record(tmp_path: Path) -> None:
    path, disk = tmp_path / NAME, FaultyDisk()
    disk.always["fallocate"] = errno.EOPNOTSUPP
    journal = Journal.create(path, META, disk=disk)
    disk.room = path.stat().st_size + LOOK_AHEAD + len(PICTURE) // 2
    committed = fill_unreserved(journal, disk)
    assert path.stat().st_size == committed
    disk.room = 1 << 40
    journal.close("complete", {})
    with scan(path) as found:
        assert not found.damage and found.end is not None


def fill_unreserved(journal: Journal, disk: FaultyDisk) -> int:
    """On a file system that cannot reserve, where others take the room between the question and the write."""
    disk.on_write = lambda: setattr(disk, "room", journal.committed_bytes + len(PICTURE) // 2)
    journal.append_frame("cameras/front", frame(0), PICTURE)
    with pytest.raises(DiskFull):
        journal.commit()
    disk.on_write = lambda: None
    return journal.committed_bytes


def test_no_room_for_a_journal_leaves_none(tmp_path: Path) -> None:
    for disk in (FaultyDisk(room=LOOK_AHEAD // 2), full_at("create"), full_at("pwritev")):
        with pytest.raises(OSError) as error:
            Journal.create(tmp_path / NAME, META, disk=disk)
        assert error.value.errno == errno.ENOSPC
        assert not list(tmp_path.iterdir())


def full_at(call: str) -> FaultyDisk:
    disk = FaultyDisk()
    disk.always[call] = errno.ENOSPC
    return disk


@pytest.mark.parametrize("call", ["fsync", "sync_folder", "pwritev"])
def test_a_journal_that_cannot_be_made_durable_is_not_begun(tmp_path: Path, call: str) -> None:
    disk = FaultyDisk()
    disk.always[call] = errno.EIO
    before = threading.active_count()
    with pytest.raises(OSError, match="Input/output error"):
        Journal.create(tmp_path / NAME, META, disk=disk)
    assert not list(tmp_path.iterdir())
    assert threading.active_count() == before
