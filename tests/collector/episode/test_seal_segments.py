"""Sealing a journal of several files, killed anywhere, twice at once, or with a part of it gone."""

import errno
import fcntl
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collector.episode import finalise as module
from collector.episode.disk import SystemDisk
from collector.episode.finalise import FinaliseError, finalise
from collector.episode.reader import Episode
from collector.episode.record import HEADER_BYTES, Kind, Record, records
from collector.episode.salvage import salvage
from collector.episode.segments import sealed, segment, segments
from collector.episode.verify import verify
from tests.episodes import NAME, make_journal


def split(journal: Path) -> bytes:
    """Make three segments of it, each begun with what the one before could not make durable; the whole."""
    whole = journal.read_bytes()
    found = [r for r in records(whole) if isinstance(r, Record)]
    body = [whole[r.offset - HEADER_BYTES : r.offset + r.size] for r in found]
    head, third = body[:2], len(body) // 3
    assert {r.kind for r in found[:2]} == {Kind.META}
    torn = b"".join(body[: third + 20])[:-5]
    journal.write_bytes(torn)
    segment(journal, 1).write_bytes(b"".join(head + body[third : 2 * third + 20]))
    segment(journal, 2).write_bytes(b"".join(head + body[2 * third :]))
    return whole


def streams(path: Path) -> dict[str, Any]:
    with Episode(path) as episode:
        assert episode.status == "success"
        return {name: episode.stream(name)["seq"].tolist() for name in episode.streams}


def test_segments_become_the_episode_that_one_journal_would_have(journal: Path, tmp_path: Path) -> None:
    whole = split(journal)
    path = finalise(journal)
    assert verify(path) == []
    assert list(tmp_path.iterdir()) == [path]
    with Episode(path) as episode:
        assert episode.provenance["journal"]["segments"] == 3
        assert not episode.provenance["journal"]["damage"]
    other = tmp_path / "other.journal"
    other.write_bytes(whole)
    assert streams(path) == streams(finalise(other))


STEPS = 8  # two syncs of the folder, one of the file, truncate, rename, three journals


def dies_at(nth: int, journal: Path) -> bool:
    """Finalise in a child that is gone at its nth call; did it come so far?"""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    calls = 0

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == nth:
                os._exit(9)
            return call(*arguments, **named)

        return step

    try:
        for owner, name in ((os, "fsync"), (os, "truncate"), (Path, "rename"), (Path, "unlink")):
            setattr(owner, name, counted(getattr(owner, name)))
        finalise(journal)
        os._exit(0)
    finally:
        os._exit(1)


def test_killed_at_any_step_the_episode_is_there_once_at_the_end(tmp_path: Path) -> None:
    journal = tmp_path / f"{NAME}.journal"
    make_journal(journal, seconds=0.3, cameras=("front",))
    split(journal)
    files = {path: path.read_bytes() for path in segments(journal)}
    before: bytes | None = None
    for nth in range(1, STEPS + 1):
        for path, content in files.items():
            path.write_bytes(content)
        sealed(journal).unlink(missing_ok=True)
        assert dies_at(nth, journal)
        target = sealed(journal)
        assert target.exists() or segments(journal) == list(files)
        reports = salvage(tmp_path)
        assert all(report.episode == target for report in reports)
        assert list(tmp_path.iterdir()) == [target]
        before = before or target.read_bytes()
        assert target.read_bytes() == before
    for path, content in files.items():
        path.write_bytes(content)
    assert not dies_at(STEPS + 1, journal)


def test_a_later_segment_of_a_sealed_episode_goes(journal: Path, tmp_path: Path) -> None:
    split(journal)
    left = segment(journal, 2).read_bytes()
    path = finalise(journal)
    segment(journal, 2).write_bytes(left)
    assert [report.episode for report in salvage(tmp_path)] == [path]
    assert list(tmp_path.iterdir()) == [path]


def test_segments_without_their_first_are_recovered(journal: Path, tmp_path: Path) -> None:
    split(journal)
    journal.unlink()
    (report,) = salvage(tmp_path)
    assert report.episode == sealed(journal)
    with Episode(report.episode) as episode:
        assert episode.status == "success"
        (damage,) = episode.provenance["journal"]["damage"]
        assert damage["records"] > 0
        assert len(episode.stream("trigger")["seq"]) > 30


def test_a_sealed_file_that_does_not_read_back_keeps_its_journal(journal: Path) -> None:
    whole = journal.read_bytes()
    path = finalise(journal)
    with Episode(path) as episode:
        at = path.read_bytes().index(episode.frame_jpeg("front", 7)) + 99
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"\0\1\2\3")
    journal.write_bytes(whole)
    with pytest.raises(FinaliseError, match="is damaged"):
        finalise(journal)
    assert journal.exists()


def test_what_the_recorder_is_still_syncing_is_waited_for(journal: Path) -> None:
    with journal.open("rb") as recorder:
        fcntl.flock(recorder, fcntl.LOCK_SH)
        done: list[Path] = []
        thread = threading.Thread(target=lambda: done.append(finalise(journal)))
        thread.start()
        thread.join(0.05)
        assert not done and not sealed(journal).exists()
        fcntl.flock(recorder, fcntl.LOCK_UN)
        thread.join(60)
    assert done == [sealed(journal)]


def test_two_at_once_make_one_episode(journal: Path) -> None:
    results: list[Path | Exception] = []

    def run() -> None:
        try:
            results.append(finalise(journal))
        except FinaliseError as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sealed(journal) in results
    assert all(r == sealed(journal) or "still being" in str(r) for r in results)
    assert verify(sealed(journal)) == []


def test_hdf5_is_not_begun_where_the_disk_will_not_hold_it(
    journal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(SystemDisk, "fallocate", full)
        with pytest.raises(OSError, match="no room to seal"):
            finalise(journal)
    assert list(tmp_path.iterdir()) == [journal]
    monkeypatch.setattr(module, "_SPARE_BYTES", 32 << 20)
    stat = finalise(journal).stat()
    assert stat.st_blocks * 512 - stat.st_size < 1 << 20  # no room is kept that is not used


def test_what_was_discarded_is_not_salvaged(journal: Path, tmp_path: Path) -> None:
    trash = tmp_path / ".trash"
    trash.mkdir()
    journal.rename(trash / f"{NAME}.journal")
    assert salvage(tmp_path) == []


def test_a_fault_of_our_own_stops_no_other_episode(journal: Path, tmp_path: Path) -> None:
    (tmp_path / "a.journal").write_bytes(journal.read_bytes())
    reports = salvage(tmp_path, lambda content: {"a": 1 // (content.status != "success")})
    assert [report.episode for report in reports] == [None, None]
    assert all("ZeroDivisionError" in str(report.problem) for report in reports)
    assert len(list(tmp_path.iterdir())) == 2
