"""All that came is in the file or counted there; a full disk pauses a take, and ends it only in the end."""

import errno
from collections import Counter
from pathlib import Path

import pytest

from collector.episode.append_file import RESERVE
from collector.episode.journal_reader import Scan, scan
from hardware.config import RecordingConfig
from tests.collector.processes.hand_fed import FPS, bench

PATIENT = RecordingConfig(drop_budget=1, drops_in_a_row=10_000)
SMALL = RESERVE + (1 << 20)
ROOMY = 1 << 40


def reasons(found: Scan, stream: str = "cameras/front") -> dict[str, int]:
    """Samples that are missing, by reason."""
    told: Counter[str] = Counter()
    for gap in found.gaps.get(stream, []):
        told[gap.reason] += gap.count
    return dict(told)


def offered(found: Scan) -> int:
    """As the journal's end says."""
    assert found.end is not None
    return int(found.end["summary"]["cameras"]["front"]["offered"])


def test_a_take_that_nothing_disturbs_has_all_and_says_so(tmp_path: Path) -> None:
    with bench(tmp_path) as rig:
        for _ in range(5):
            rig.move(frames=3)
        rig.feed(2)
        told = rig.stop()
    assert (told["status"], told["books"], told["gaps"]) == ("complete", "balance", {})
    assert told["rows"] == {"trigger": 5, "cameras/front": 17}
    with scan(tmp_path / "x.journal") as found:
        assert found.rows["cameras/front"]["seq"].tolist() == list(range(17))
        assert offered(found) == 17


def test_a_full_disk_pauses_the_take_and_it_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with bench(tmp_path, room=SMALL, limits=PATIENT) as rig:
        rig.move_until_paused()
        for _ in range(20):
            rig.move(frames=2, after_s=0.1)
        assert "MB within 8 s, or this take ends here (kept, truncated)" in rig.paused
        assert rig.take.ending is None
        rig.disk.room = ROOMY
        rig.move(frames=2, after_s=0.3)
        assert not rig.paused
        rig.move(frames=4)
        told = rig.stop()
        moved = rig.turns
    assert (told["status"], told["books"]) == ("complete", "balance")
    with scan(tmp_path / "x.journal") as found:
        # The rows of the pause are there, its pictures are counted.
        assert found.rows["trigger"]["seq"].tolist() == list(range(moved))
        missing = reasons(found)
        assert missing == {"disk full: paused": 42}
        assert len(found.rows["cameras/front"]) + 42 == offered(found)
        whole = offered(found)
        assert found.rows["cameras/front"]["seq"][-4:].tolist() == list(range(whole - 4, whole))
        assert [e.data["event"] for e in found.events if e.kind == "recording"] == ["paused", "resumed"]


def test_a_disk_that_stays_full_ends_the_take_which_is_kept(tmp_path: Path) -> None:
    with bench(tmp_path, room=SMALL, limits=PATIENT) as rig:
        rig.move_until_paused()
        while rig.take.ending is None:
            rig.move(frames=1, after_s=1)
        assert rig.take.ending.status == "truncated"
        told = rig.stop()
        moved = rig.turns
    assert told["status"] == "truncated"
    assert "disk was full" in told["problem"]
    with scan(tmp_path / "x.journal") as found:
        assert found.end is not None
        assert found.end["status"] == "truncated"
        assert len(found.rows["cameras/front"]) + sum(reasons(found).values()) == offered(found)
        assert len(found.rows["trigger"]) == moved  # they fit into the reserve
        assert found.end["counts"]["cameras/front"] == len(found.rows["cameras/front"])


@pytest.mark.parametrize(("room", "status"), [(SMALL, "truncated"), (ROOMY, "complete")])
def test_the_operator_may_stop_a_paused_take(tmp_path: Path, room: int, status: str) -> None:
    with bench(tmp_path, room=SMALL, limits=PATIENT) as rig:
        rig.move_until_paused()
        rig.move(frames=3)
        rig.disk.room = room
        assert rig.stop()["status"] == status
    with scan(tmp_path / "x.journal") as found:
        assert len(found.rows["cameras/front"]) + sum(reasons(found).values()) == offered(found)


def test_a_nearly_full_disk_is_told_before_it_is_full(tmp_path: Path) -> None:
    with bench(tmp_path, room=SMALL) as rig:
        rig.move(frames=1)
        assert "the disk is nearly full; free some space now, or stop this take" in rig.warnings
        rig.stop()


def test_a_disk_that_fails_for_good_ends_the_take_with_its_reason(tmp_path: Path) -> None:
    with bench(tmp_path) as rig:
        rig.move(frames=2)
        rig.disk.always = {"pwritev": errno.EIO, "create": errno.EROFS}
        rig.move(frames=1)
        assert rig.take.ending is not None
        assert rig.take.ending.status == "truncated"
        assert "the disk failed" in rig.take.ending.problem
        with pytest.raises(OSError, match=r"."):
            rig.stop()
    with scan(tmp_path / "x.journal") as found:
        assert len(found.rows["cameras/front"]) == 2
        assert found.end is None


def test_what_the_queue_has_no_room_for_is_dropped_counted_and_warned_of(tmp_path: Path) -> None:
    with bench(tmp_path, limits=PATIENT) as rig:
        rig.feed(2 * FPS)  # half of what may wait
        assert "camera front: 20 pictures waited for the disk, 40 may" in rig.warnings[0]
        rig.feed(25)
        assert "camera front: 5 frames lost in this take" in rig.warnings
        rig.move()
        told = rig.stop()
    assert told["books"] == "balance"
    with scan(tmp_path / "x.journal") as found:
        assert found.rows["cameras/front"]["seq"].tolist() == list(range(40))  # the newest are dropped
        assert reasons(found) == {"encoder queue full": 5}
        assert offered(found) == 45


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        (RecordingConfig(drop_budget=0.04, drops_in_a_row=100), "camera front lost 5 of 100 frames"),
        (RecordingConfig(drop_budget=1, drops_in_a_row=4), "camera front lost 5 frames in a row"),
    ],
)
def test_a_take_that_lost_too_much_ends_as_failed(tmp_path: Path, limits: RecordingConfig, named: str) -> None:
    with bench(tmp_path, limits=limits) as rig:
        rig.move(frames=1)
        rig.camera.lost = 5
        rig.move(frames=1)
        assert rig.take.ending is not None
        assert named in rig.take.ending.problem
        told = rig.stop()
    assert told["status"] == "fault"
    with scan(tmp_path / "x.journal") as found:
        assert reasons(found) == {"never came: camera, cable or a busy host": 5}


def test_a_self_test_sees_its_take_to_the_end(tmp_path: Path) -> None:
    with bench(tmp_path, judged=False) as rig:
        rig.camera.lost = 90
        rig.move(frames=1)
        assert rig.take.ending is None
        assert rig.stop()["status"] == "complete"


def test_a_loss_within_the_budget_is_counted_and_ends_nothing(tmp_path: Path) -> None:
    with bench(tmp_path) as rig:
        rig.camera.lost = 1  # of the 100 that ten seconds have
        rig.move(frames=1)
        assert rig.take.ending is None
        told = rig.stop()
    assert (told["status"], told["gaps"]) == ("complete", {"cameras/front": 1})


def test_rows_that_a_ring_overwrote_are_counted_live_and_in_the_file(tmp_path: Path) -> None:
    with bench(tmp_path) as rig:
        rig.move(missed=3)
        rig.move(missed=2)
        assert rig.warnings[0].startswith("trigger: 5 rows lost in this take")
        assert rig.stop()["rows_missed"] == {"trigger": 5}
    with scan(tmp_path / "x.journal") as found:
        assert [gap.count for gap in found.gaps["trigger"]] == [3, 2]
        assert reasons(found, "trigger") == {"ring overrun": 5}
