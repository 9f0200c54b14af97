"""What the finalise process tells of an episode is what anybody would read from its file."""

import time
from pathlib import Path

from collector.backlog import Backlog
from collector.episode.catalogue import Catalogue
from collector.episode.catalogue_refresh import refresh
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
