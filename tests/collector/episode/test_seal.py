"""From journal to sealed file: all or nothing, and never twice, whenever it is interrupted."""

import errno
import os
import shutil
from pathlib import Path
from unittest.mock import Mock

import h5py
import pytest

from collector.episode import finalise as module
from collector.episode.finalise import FinaliseError, finalise
from collector.episode.hdf5 import Sheet
from collector.episode.journal import Journal
from collector.episode.journal_reader import JournalError
from collector.episode.salvage import salvage
from collector.episode.verify import verify
from tests.episodes import NAME, Faults, make_episode, make_journal, make_meta


def test_doing_it_again_changes_nothing(whole: Path) -> None:
    before = whole.read_bytes()
    assert finalise(whole.with_suffix(".journal")) == whole
    assert whole.read_bytes() == before


def test_equal_journals_give_equal_files(journal: Path) -> None:
    body = journal.read_bytes()
    sealed = finalise(journal)
    first = sealed.read_bytes()
    sealed.unlink()
    journal.write_bytes(body)
    assert finalise(journal).read_bytes() == first


def test_killed_after_the_rename_only_the_journal_goes(journal: Path) -> None:
    body = journal.read_bytes()
    sealed = finalise(journal)
    before = sealed.read_bytes()
    journal.write_bytes(body)
    assert finalise(journal) == sealed
    assert not journal.exists() and sealed.read_bytes() == before


def test_killed_while_building_it_starts_over(journal: Path) -> None:
    journal.with_suffix(".hdf5.tmp").write_bytes(b"half a file")
    assert verify(finalise(journal)) == []
    assert len(list(journal.parent.iterdir())) == 1


def test_another_episode_of_that_name_is_never_overwritten(journal: Path, tmp_path: Path) -> None:
    other = make_episode(tmp_path / "other", seconds=1.0, seed=9)
    target = journal.with_suffix(".hdf5")
    target.write_bytes(other.read_bytes())
    with pytest.raises(FinaliseError, match="another episode"):
        finalise(journal)
    assert journal.exists() and target.read_bytes() == other.read_bytes()


def test_a_file_that_does_not_read_back_is_not_sealed(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoiled(self: Sheet, path: Path) -> list[str]:
        with h5py.File(path, "r+") as file:
            file["action"][5] = 0.0
        return differences(self, path)

    differences = Sheet.differences
    monkeypatch.setattr(module.Sheet, "differences", spoiled)
    with pytest.raises(FinaliseError, match="action"):
        finalise(journal)
    assert [path.name for path in journal.parent.iterdir()] == [journal.name]


def test_without_room_nothing_is_begun(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Mock(free=1_000_000))
    with pytest.raises(OSError, match="no room to seal") as error:
        finalise(journal)
    assert error.value.errno == errno.ENOSPC
    assert [path.name for path in journal.parent.iterdir()] == [journal.name]


def test_a_journal_being_recorded_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / f"{NAME}.journal"
    journal = Journal.create(path, make_meta(("front",), 0, {}))
    with pytest.raises(FinaliseError, match="still being recorded"):
        finalise(path)
    journal.close("success", {})
    assert finalise(path).exists()


def test_a_journal_without_metadata_is_kept(tmp_path: Path) -> None:
    path = tmp_path / f"{NAME}.journal"
    path.write_bytes(b"\0" * 9999)
    with pytest.raises(JournalError, match="no readable metadata"):
        finalise(path)
    assert path.exists()


def test_salvage_finalises_all_it_can_and_names_what_it_cannot(tmp_path: Path) -> None:
    (tmp_path / "day1").mkdir()
    make_journal(tmp_path / "a.journal")
    make_journal(tmp_path / "day1" / "b.journal", faults=Faults(ended=False))
    (tmp_path / "bad.journal").write_bytes(b"")
    reports = {report.journal.name: report for report in salvage(tmp_path)}
    assert set(reports) == {"a.journal", "b.journal", "bad.journal"}
    for name in ("a.journal", "b.journal"):
        episode = reports[name].episode
        assert episode is not None and verify(episode) == []
    assert "empty" in (reports["bad.journal"].problem or "")
    assert [report.journal.name for report in salvage(tmp_path)] == ["bad.journal"]


def test_the_journal_goes_only_when_the_episode_is_durable(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def sync(descriptor: int) -> None:
        done.append(f"sync {Path(os.readlink(f'/proc/self/fd/{descriptor}')).name}")

    def rename(self: Path, target: Path) -> Path:
        done.append("rename")
        return moved(self, target)

    def unlink(self: Path, missing_ok: bool = False) -> None:
        done.append(f"remove {self.name}")
        removed(self, missing_ok)

    moved, removed = Path.rename, Path.unlink
    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "rename", rename)
    monkeypatch.setattr(Path, "unlink", unlink)
    finalise(journal)
    folder = f"sync {journal.parent.name}"
    assert done == [f"sync {NAME}.hdf5.tmp", "rename", folder, f"remove {NAME}.journal", folder]


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_disk_error_at_any_sync_loses_nothing_and_the_next_try_succeeds(
    journal: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    calls = 0

    def failing(_: int) -> None:
        nonlocal calls
        calls += 1
        if calls == nth:
            raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing)
        with pytest.raises(OSError, match="Input/output"):
            finalise(journal)
    sealed = finalise(journal)
    assert verify(sealed) == []
    assert [path.name for path in journal.parent.iterdir()] == [sealed.name]
