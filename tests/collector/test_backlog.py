"""Journals become files in the background; one that fails holds up no other; the catalogue hears what they say."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from collector.backlog import Backlog
from collector.episode.catalogue import Catalogue
from collector.episode.catalogue_refresh import refresh
from collector.labels import sidecar
from collector.labels.event import LabelSet, said
from tests.collector.episode import small
from tests.collector.episode.small import in_this_process
from tests.episodes import make_journal


def test_the_catalogue_that_the_daemon_keeps_equals_one_built_from_the_files(tmp_path: Path) -> None:
    """Of two takes, the second discarded while it is being sealed."""
    backlog = Backlog(tmp_path, tmp_path)
    uuids: list[str] = []
    for seed in range(2):
        journal = backlog.next_path()
        make_journal(journal, seconds=0.3, seed=seed, cameras=("front",))
        backlog.begun(journal)
        backlog.add(journal)
        uuids.append(f"00000000-0000-4000-8000-{seed:012d}")
    while backlog._working != journal:
        backlog.work()
        time.sleep(0.01)
    moved = backlog.discard(journal, uuids[1], "operator-1", "slipped")
    assert not moved.exists()
    backlog.finish()
    with Catalogue(tmp_path) as kept, Catalogue(None) as built:
        rows = kept.rows()
        assert set(rows) == set(refresh(tmp_path, built, index=in_this_process, afresh=True).rows)
    assert {(row.uuid, row.state, row.path) for row in rows} == {
        (uuids[0], "sealed", "episode_000000.hdf5"),
        (uuids[1], "trashed", ".trash/episode_000001.hdf5"),
    }
    assert all(row.sha256 and row.steps and row.outcome == "success" for row in rows)
    assert backlog.status()["sealed"] == 2
    assert backlog.status()["problems"] == []


def test_one_that_cannot_be_sealed_holds_up_none_of_the_others(tmp_path: Path) -> None:
    """Its journal is kept and named; the next one is sealed by the same process."""
    backlog = Backlog(tmp_path, tmp_path)
    broken, sound = tmp_path / "episode_000000.journal", tmp_path / "episode_000001.journal"
    broken.write_bytes(b"no journal at all")
    make_journal(sound, seconds=0.3, cameras=("front",))
    worker = backlog.warm().process.pid
    backlog.add(broken)
    backlog.add(sound)
    _until(backlog, lambda: backlog.status()["sealed"] == 1)
    assert backlog.warm().process.pid == worker
    assert [one["journal"] for one in backlog.status()["failed"]] == [str(broken)]
    assert broken.exists()
    backlog.finish()


def test_a_finalise_process_that_dies_of_an_episode_is_replaced_for_the_next(tmp_path: Path) -> None:
    """As the kernel ends one that takes too much memory; the journal is kept and named."""
    backlog = Backlog(tmp_path, tmp_path)
    first, second = tmp_path / "episode_000000.journal", tmp_path / "episode_000001.journal"
    make_journal(first, seconds=0.3, cameras=("front",))
    make_journal(second, seconds=0.3, seed=1, cameras=("front",))
    os.kill(backlog.warm().process.pid or 0, signal.SIGSTOP)
    backlog.add(first)
    backlog.work()
    os.kill(backlog.warm().process.pid or 0, signal.SIGKILL)
    backlog.add(second)
    _until(backlog, lambda: backlog.status()["sealed"] == 1)
    assert [one["journal"] for one in backlog.status()["failed"]] == [str(first)]
    assert "was killed" in backlog.status()["failed"][0]["message"]
    backlog.finish()


def test_a_labelled_file_is_looked_at_once_and_the_catalogue_hears_it(tmp_path: Path) -> None:
    backlog = Backlog(tmp_path, tmp_path)
    sealed = small.sealed(tmp_path / "episode_000000.hdf5", small.metadata(0))
    with Catalogue(tmp_path) as catalogue:
        refresh(tmp_path, catalogue, index=small.in_this_process)
    for score in (1, 4):
        sidecar.append(sealed, said(small.uuid(0), "anna", LabelSet(score=score)))
        backlog.relabelled(sealed.with_suffix(".journal"))
    assert list(backlog._to_look) == [sealed]
    _until(backlog, lambda: not backlog._to_look and backlog._looking is None)
    backlog.finish()
    with Catalogue(tmp_path) as catalogue:
        assert [row.score for row in catalogue.rows()] == [4]


def test_a_process_that_dies_of_a_look_loses_no_episode_that_waits(tmp_path: Path) -> None:
    backlog = Backlog(tmp_path, tmp_path)
    sealed, waiting = tmp_path / "episode_000000.hdf5", tmp_path / "episode_000001.journal"
    sealed.write_bytes(b"damaged in a way that ends whoever reads it")
    make_journal(waiting, seconds=0.3, cameras=("front",))
    os.kill(backlog.warm().process.pid or 0, signal.SIGSTOP)
    backlog.relabelled(sealed)
    backlog.add(waiting)
    backlog.work()
    os.kill(backlog.warm().process.pid or 0, signal.SIGKILL)
    _until(backlog, lambda: backlog._looking is None)
    assert "behind the files" in str(backlog.status()["problems"])
    _until(backlog, lambda: backlog.status()["sealed"] == 1)
    assert backlog.status()["failed"] == []
    backlog.finish()


def test_a_labelled_file_that_was_discarded_meanwhile_is_no_problem(tmp_path: Path) -> None:
    backlog = Backlog(tmp_path, tmp_path)
    sealed = tmp_path / "episode_000000.hdf5"
    sealed.write_bytes(b"on its way to the trash")
    backlog.relabelled(sealed)
    sealed.unlink()
    backlog.finish()
    assert backlog.status()["problems"] == []


def _until(backlog: Backlog, done: Callable[[], bool]) -> None:
    while not done():
        backlog.work()
        time.sleep(0.01)
