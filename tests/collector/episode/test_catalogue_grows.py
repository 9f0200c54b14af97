"""A folder of thousands of episodes is usable while it is read: what is known is listed, the newest first."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from collector.episode import catalogue_refresh
from collector.episode.catalogue import Catalogue
from collector.episode.catalogue_hashes import fill_hashes
from collector.episode.catalogue_refresh import Hashes, Progress, reader, refresh
from collector.episode.catalogue_row import Row
from collector.episode.catalogue_sealed import sealed_row, sha256
from collector.episode.ledger import Ledger
from tests.collector.episode import small
from tests.conftest import Clap

NAMES = [f"episode_{number:06d}.hdf5" for number in range(5)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(catalogue_refresh, "_AT_ONCE", 2)
    for number, name in enumerate(NAMES):
        small.sealed(tmp_path / name, small.metadata(number))
    return tmp_path


def not_hashed(paths: list[Path], hashes: Hashes, progress: Progress) -> dict[Path, Row]:
    found = {path: replace(sealed_row(path), sha256=hashes.get(path)) for path in paths}
    progress(f"reading {paths[-1].name}", 1.0)
    return found


def here(paths: list[Path], _patience_s: float) -> Iterator[tuple[Path, str | None]]:
    yield from ((path, sha256(path)) for path in paths)


def seen(folder: Path) -> list[str | None]:
    """By another process."""
    with Catalogue(folder) as catalogue:
        return sorted((row.path for row in catalogue.rows()), key=str)


def test_what_has_been_read_is_seen_by_others_the_newest_first(folder: Path) -> None:
    during: list[list[str | None]] = []
    told: list[tuple[str, float | None]] = []

    def index(paths: list[Path], hashes: Hashes, progress: Progress) -> dict[Path, Row]:
        during.append(seen(folder))
        return not_hashed(paths, hashes, progress)

    with Catalogue(folder) as catalogue:
        done = refresh(folder, catalogue, index=index, progress=lambda what, share: told.append((what, share)))
    assert during == [[], NAMES[3:], NAMES[1:]]
    assert (done.indexed, seen(folder)) == (5, NAMES)
    assert [what.rpartition(" (")[2] for what, _ in told] == ["2 of 5)", "4 of 5)", "5 of 5)"]
    assert [share for _, share in told] == [0.4, 0.8, 1.0]


def test_a_refresh_that_was_ended_goes_on_where_it_was(folder: Path) -> None:
    def interrupted(paths: list[Path], hashes: Hashes, progress: Progress) -> dict[Path, Row]:
        if seen(folder):
            raise KeyboardInterrupt
        return not_hashed(paths, hashes, progress)

    with Catalogue(folder) as catalogue:
        with pytest.raises(KeyboardInterrupt):
            refresh(folder, catalogue, index=interrupted)
        assert refresh(folder, catalogue, index=not_hashed).indexed == 3


def test_hashes_come_afterwards_and_one_who_only_reads_does_not_take_them_away(folder: Path) -> None:
    with Catalogue(folder) as catalogue, Catalogue(folder) as another:

        def meanwhile(paths: list[Path], hashes: Hashes, progress: Progress) -> dict[Path, Row]:
            fill_hashes(folder, another, progress, here)
            return not_hashed(paths, hashes, progress)

        refresh(folder, catalogue, index=not_hashed)
        assert {row.sha256 for row in catalogue.rows()} == {None}
        small.sealed(folder / "episode_000009.hdf5", small.metadata(9))
        refresh(folder, catalogue, index=meanwhile)
        found = {str(row.path): row.sha256 for row in catalogue.rows()}
        assert found == {name: sha256(folder / name) for name in NAMES} | {"episode_000009.hdf5": None}
        assert fill_hashes(folder, catalogue, lambda _what, _share: None, here) == 1
        assert fill_hashes(folder, catalogue, lambda _what, _share: None, here) == 0


def test_a_file_that_changed_while_it_was_hashed_has_no_hash(folder: Path) -> None:
    with Catalogue(folder) as catalogue:
        refresh(folder, catalogue, index=not_hashed)
        row = catalogue.rows()[0]
        catalogue.set_sha256(replace(row, bytes=1), "of another")
        assert catalogue.row(str(row.uuid)) == row


def test_while_another_process_reads_the_list_is_what_is_known_and_says_so(clap: Clap, folder: Path) -> None:
    with Catalogue(folder) as catalogue:
        catalogue.put(sealed_row(folder / NAMES[0]))
    with reader(folder) as is_ours:
        assert is_ours
        code, out, told = clap("list", folder, "--json")
    assert code == 0 and NAMES[0] in out and NAMES[1] not in out
    assert "4 files are still being read by another process" in told


def test_the_daemon_starts_at_once_and_says_how_far_it_is(folder: Path) -> None:
    ledger = Ledger(folder, folder / "log")
    assert "5 files are not in it yet" in ledger.problem
    ledger._refresher = cast(Any, SimpleNamespace(poll=lambda: None, wait=lambda _: 0))
    with Catalogue(folder) as another:
        said: list[str] = []
        for name in NAMES:
            another.put(sealed_row(folder / name))
            ledger._due = time.monotonic()
            ledger.work()
            said.append(ledger.problem.rpartition(": ")[2])
    assert said == [*(f"{read} of 5 episodes are in it" for read in range(1, 5)), ""]
    ledger.close()
