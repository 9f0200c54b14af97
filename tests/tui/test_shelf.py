"""What an operator finds in the catalogue of a folder, and how quickly."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from collector.episode.catalogue import NAME, Catalogue
from collector.episode.catalogue_row import Row
from collector.tui.shelf import Filter, NoFilter, known_tags, load, ordered, parsed, text_of

HOUR_NS = 3_600_000_000_000


def row(number: int, **changes: object) -> Row:
    base = Row(
        path=f"episode_{number:06d}.hdf5", state="sealed", uuid=f"uuid-{number:04d}", number=number, session="s-new",
        session_started_utc_ns=0, task="pick_cube", instruction="pick up the red cube", operator="anna",
        started_utc_ns=number * HOUR_NS, duration_s=10.0 + number, status="complete", outcome="success", score=4.0,
    )  # fmt: skip
    return replace(base, **changes)


ROWS = (
    row(1, session="s-old", operator="ben", tags=("slipped",), outcome="failure", score=1.0),
    row(2, scene='{"lighting": "lamp"}'),
    row(3, score=None, outcome="unlabelled", duration_s=None),
    row(4, state="trashed", path=".trash/episode_000004.hdf5", discarded_why="wrong object"),
    row(5, state="recorded", path="episode_000005.journal", task="stack"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Catalogue(tmp_path) as catalogue:
        for one in ROWS:
            catalogue.put(one)
    return tmp_path


def numbers(rows: tuple[Row, ...] | list[Row]) -> list[int | None]:
    return [one.number for one in rows]


def test_the_session_the_folder_and_the_trash_are_told_apart_newest_first(folder: Path):
    assert numbers(load(folder, "session", "s-new", Filter(), "started").rows) == [5, 3, 2]
    assert numbers(load(folder, "folder", "s-new", Filter(), "started").rows) == [5, 3, 2, 1]
    assert numbers(load(folder, "discarded", "s-new", Filter(), "started").rows) == [4]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", [5, 3, 2, 1]),
        ("slipped", [1]),
        ("tag:slip", [1]),
        ("outcome:success", [5, 2]),
        ("-outcome:success", [3, 1]),
        ("operator:ann score>=4", [5, 2]),
        ("LAMP", [2]),
        ("scene:lamp task:pick", [2]),
        ("cube -anna", [1]),
        ("task:stack", [5]),
        ("nothing like it", []),
    ],
)
def test_a_line_of_words_narrows_it(folder: Path, line: str, found: list[int]):
    assert numbers(load(folder, "folder", "", parsed(line), "started").rows) == found


def test_a_score_that_is_no_number_is_told(folder: Path):
    with pytest.raises(NoFilter, match="score>=good: give a number"):
        parsed("score>=good")


def test_orders_put_what_is_not_known_last():
    rows = [one for one in reversed(ROWS) if one.state == "sealed"]
    assert numbers(ordered(rows, "started")) == [3, 2, 1]
    assert numbers(ordered(rows, "score")) == [2, 1, 3]
    assert numbers(ordered(rows, "length")) == [2, 1, 3]
    assert numbers(ordered(rows, "operator")) == [3, 2, 1]


def test_tags_come_in_the_order_of_their_use():
    assert known_tags([row(1, tags=("a",)), row(2, tags=("b", "a")), row(3, tags=("c",))]) == ["a", "b", "c"]


def test_what_was_said_of_an_episode_can_be_searched():
    assert "wrong object" in text_of(ROWS[3])


def test_a_folder_without_a_catalogue_holds_nothing_and_gets_none(tmp_path: Path):
    assert load(tmp_path, "folder", "", Filter(), "started").rows == ()
    assert list(tmp_path.iterdir()) == []


def test_a_catalogue_that_is_damaged_says_so_and_stays_as_it_is(tmp_path: Path):
    (tmp_path / NAME).write_bytes(b"no catalogue at all" * 100)
    found = load(tmp_path, "folder", "", Filter(), "started")
    assert "clap catalogue refresh" in found.problem
    assert (tmp_path / NAME).read_bytes() == b"no catalogue at all" * 100


def test_a_catalogue_of_another_version_is_left_alone(folder: Path):
    with sqlite3.connect(folder / NAME) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert load(folder, "folder", "", Filter(), "started").rows == ()


def test_it_is_read_while_a_daemon_writes_it(folder: Path):
    with Catalogue(folder) as catalogue, catalogue.writing():
        assert numbers(load(folder, "folder", "", Filter(), "started").rows) == [5, 3, 2, 1]


def test_thousands_are_read_in_one_go(tmp_path: Path):
    with Catalogue(tmp_path) as catalogue, catalogue.writing():
        catalogue.replace(row(number) for number in range(3000))
    assert len(load(tmp_path, "folder", "", parsed("cube"), "score").rows) == 3000
