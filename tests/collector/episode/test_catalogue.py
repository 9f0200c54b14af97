"""The catalogue finds episodes by what people know of them, and is never worth more than the files."""

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from collector.episode.catalogue import NAME, Catalogue
from collector.episode.catalogue_facts import journal_row
from collector.episode.catalogue_query import Query
from collector.episode.catalogue_refresh import refresh
from collector.episode.catalogue_row import FIELDS, Row
from collector.episode.catalogue_sealed import indexed
from tests.collector.episode import small


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with Catalogue(tmp_path) as opened:
        yield opened


def episode(number: int, **changes: object) -> Row:
    row = Row(
        f"episode_{number:06d}.hdf5", "sealed", small.uuid(number), number, session="s1", session_started_utc_ns=1,
        rig="virtual", task="pick_cube", operator="anna", started_utc_ns=small.BEGAN_NS + number * small.DAY_NS,
        outcome="success", score=4.0, status="complete", tags=("bright", "red"), purpose="record",
    )  # fmt: skip
    return replace(row, **changes)


def test_a_row_comes_back_as_it_was_put(catalogue: Catalogue) -> None:
    catalogue.put(episode(1))
    assert catalogue.rows() == [episode(1)]
    assert catalogue.row(small.uuid(1)) == episode(1)
    assert catalogue.row("nobody") is None


def test_an_episode_that_is_sealed_or_moved_is_still_one(catalogue: Catalogue) -> None:
    catalogue.put(episode(1, path="episode_000001.journal", state="recorded", score=None, tags=()))
    catalogue.put(episode(1))
    catalogue.put(episode(2))
    assert catalogue.rows() == [episode(1), episode(2)]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        (Query(), [4, 3, 2, 1]),
        (Query(task="stack"), [2]),
        (Query(operator="ben"), [3]),
        (Query(outcome="failure"), [3]),
        (Query(status="interrupted"), [4]),
        (Query(score_min=4), [4, 2, 1]),
        (Query(since_utc_ns=small.BEGAN_NS + 3 * small.DAY_NS), [4, 3]),
        (Query(until_utc_ns=small.BEGAN_NS + 2 * small.DAY_NS), [1]),
        (Query(tag="red"), [4, 2, 1]),
        (Query(session="s2"), [4]),
        (Query(session="s"), [4, 3, 2, 1]),
        (Query(limit=2), [4, 3]),
        (Query(trashed=True), [5]),
        (Query(task="stack", tag="red", limit=1), [2]),
        (Query(task="'; DROP TABLE episodes; --"), []),
    ],
)
def test_filters_find_what_they_say(catalogue: Catalogue, query: Query, numbers: list[int]) -> None:
    catalogue.put(episode(1))
    catalogue.put(episode(2, task="stack"))
    catalogue.put(episode(3, operator="ben", outcome="failure", score=1.0, tags=()))
    catalogue.put(episode(4, status="interrupted", session="s2"))
    catalogue.put(episode(5, state="trashed", path=".trash/episode_000005.hdf5"))
    assert [row.number for row in catalogue.rows(query)] == numbers


def test_it_is_plain_sqlite(catalogue: Catalogue, tmp_path: Path) -> None:
    """As docs/reference/catalogue.md tells people to use it."""
    catalogue.put(episode(1))
    catalogue.put(episode(2, outcome="failure"))
    connection = sqlite3.connect(tmp_path / NAME)
    told = connection.execute(
        "SELECT operator, count(*), avg(outcome = 'success') FROM episode_list WHERE state = 'sealed' GROUP BY operator"
    ).fetchall()
    connection.close()
    assert told == [("anna", 2, 0.5)]


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough to be looked at" * 100])
def test_a_useless_file_is_set_aside(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    with Catalogue(tmp_path) as catalogue:
        assert catalogue.is_new
        catalogue.put(episode(1))
        assert catalogue.rows() == [episode(1)]
    assert (tmp_path / f"{NAME}.aside").exists() == bool(content)


def test_a_damaged_index_is_set_aside(tmp_path: Path) -> None:
    with Catalogue(tmp_path) as catalogue:
        for number in range(300):
            catalogue.put(episode(number))
    data = bytearray((tmp_path / NAME).read_bytes())
    data[20_000:40_000] = bytes(20_000)
    (tmp_path / NAME).write_bytes(data)
    with Catalogue(tmp_path) as catalogue:
        assert catalogue.is_new
        assert catalogue.rows() == []


def test_the_index_of_another_version_is_set_aside(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / NAME)
    connection.executescript("CREATE TABLE episodes (name TEXT); PRAGMA user_version = 99")
    connection.close()
    with Catalogue(tmp_path) as catalogue:
        assert catalogue.is_new


def test_a_sealed_file_tells_all(tmp_path: Path) -> None:
    meta = small.metadata(
        7, labels={"outcome": "success", "score": 3, "tags": ["red", "bright"]}, certificate={"sha256": "abc"}
    )
    path = small.sealed(tmp_path / "episode_000007.hdf5", meta, steps=61)
    row = indexed(path)
    assert (row.number, row.uuid, row.state, row.status) == (7, small.uuid(7), "sealed", "complete")
    assert (row.outcome, row.score, row.tags) == ("success", 3.0, ("bright", "red"))
    assert (row.task, row.instruction, row.operator) == ("pick_cube", "pick up the cube", "operator-1")
    assert (row.steps, row.duration_s) == (61, 1.0)
    assert (row.session, row.rig, row.certificate, row.override) == (
        small.RUN["session_uuid"],
        "virtual",
        "abc",
        "a test",
    )
    assert row.bytes == path.stat().st_size
    assert row.sha256 is not None and len(row.sha256) == 64
    assert row.started == "2026-09-21T14:20:20Z"


def test_a_journal_tells_what_was_known_when_it_began(tmp_path: Path) -> None:
    row = journal_row(small.journal(tmp_path / "episode_000003.journal", small.metadata(3, labels={"outcome": "?"})))
    assert (row.number, row.uuid, row.state, row.task) == (3, small.uuid(3), "recorded", "pick_cube")
    assert (row.status, row.outcome, row.bytes, row.problem) == (None, None, None, None)


@pytest.mark.parametrize("content", [b"", b"nonsense" * 1000])
def test_a_journal_without_metadata_is_named_with_its_problem(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "episode_000003.journal"
    path.write_bytes(content)
    row = journal_row(path)
    assert (row.number, row.uuid) == (3, None)
    assert row.problem is not None


def test_episodes_from_before_sessions_were_kept_are_one_session_a_day(tmp_path: Path) -> None:
    rows = [
        journal_row(small.journal(tmp_path / f"episode_{n:06d}.journal", small.metadata(n, session_uuid=None)))
        for n in (1, 2, 2000)
    ]
    assert rows[0].session == rows[1].session != rows[2].session
    assert rows[0].session_started_utc_ns == small.BEGAN_NS - small.BEGAN_NS % small.DAY_NS


def test_whatever_lies_in_the_folder_is_named_and_nothing_stops(tmp_path: Path) -> None:
    """Read as it is outside tests: each file in a child process."""
    small.sealed(tmp_path / "episode_000000.hdf5", small.metadata(0))
    (tmp_path / "episode_000001.hdf5").touch()
    (tmp_path / "episode_000002.hdf5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(3000))
    (tmp_path / "episode_000003.journal").touch()
    (tmp_path / "copy.hdf5").write_bytes((tmp_path / "episode_000000.hdf5").read_bytes())
    with Catalogue(tmp_path) as catalogue:
        refresh(tmp_path, catalogue)
        rows = {row.path: row for row in catalogue.rows()}
        again = refresh(tmp_path, catalogue)
    assert len(rows) == 5
    assert sorted(path for path, row in rows.items() if row.problem) == [
        "copy.hdf5", "episode_000001.hdf5", "episode_000002.hdf5", "episode_000003.journal",
    ]  # fmt: skip
    assert rows["episode_000000.hdf5"].uuid == small.uuid(0)
    assert rows["copy.hdf5"].problem == "holds the same episode as episode_000000.hdf5"
    assert rows["episode_000000.hdf5"].sha256 == rows["copy.hdf5"].sha256
    assert all(str(tmp_path) not in (row.problem or "") for row in rows.values())
    assert again.indexed <= 1  # only what depends on another file is read again


@pytest.mark.parametrize(
    "odd",
    [
        {"session_uuid": "other", "session_started_utc_ns": 1 << 80},
        {"session_uuid": {"a": 1}},
        {"operator": ["a", "b"]},
        {"certificate": "none"},
        {"certificate": [1]},
        {"purpose": "\ud800"},
        {"override": 7},
    ],
)
def test_odd_metadata_spoil_no_more_than_their_own_row(tmp_path: Path, odd: dict[str, object]) -> None:
    small.journal(tmp_path / "episode_000000.journal", small.metadata(1))
    small.journal(tmp_path / "episode_000001.journal", small.metadata(2, **odd))
    with Catalogue(tmp_path) as catalogue:
        told = refresh(tmp_path, catalogue).rows
        assert set(catalogue.rows()) == set(told)
    assert [row.number for row in told] == [0, 1]
    assert told[0].uuid == small.uuid(1)
    assert told[1].uuid == small.uuid(2) or told[1].problem is not None


def test_a_pipe_or_a_folder_named_like_an_episode_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "episode_000000.journal")
    os.mkfifo(tmp_path / "episode_000001.hdf5")
    (tmp_path / "episode_000002.hdf5").mkdir()
    (tmp_path / "episode_00000\udcff.hdf5").touch()
    with Catalogue(tmp_path) as catalogue:
        assert [row.problem is not None for row in refresh(tmp_path, catalogue).rows] == [True, True, True]


def test_the_reference_names_every_column_and_its_query_runs(catalogue: Catalogue, tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs/reference/catalogue.md").read_text()
    assert [name for name in FIELDS if f"`{name}`" not in page] == []
    catalogue.put(episode(1, started_utc_ns=1_795_000_000_000_000_000, duration_s=36.0))
    connection = sqlite3.connect(tmp_path / NAME)
    assert connection.execute(page.split('"""')[1]).fetchall() == [("pick_cube", 1, 0.01)]
    connection.close()
