"""What the daemon tells of journals on their way to files: how long it takes, what was recovered, what failed."""

from pathlib import Path
from typing import Any

from collector.sealing import Sealed, Sealing, recovery_lines, warnings

JOURNAL = Path("data/episode_000003.journal")
EPISODE = Path("data/episode_000003.hdf5")
MB = 1_000_000
SECOND = 1_000_000_000
FULL = "no room to seal: 0.01 GB free"


def sealed(journal: Path = JOURNAL) -> Sealed:
    return Sealed(journal, journal.with_suffix(".hdf5"), 12.25, "interrupted")


def test_time_left_goes_by_the_rate_of_the_last_episodes() -> None:
    books = Sealing()
    assert books.status([100 * MB])["left_s"] is None  # nobody knows yet
    books.sealed(sealed(), 100 * MB, 2.0)
    books.sealed(sealed(), 300 * MB, 6.0)
    told = books.status([100 * MB, 50 * MB])
    assert (told["pending"], told["bytes"], told["left_s"]) == (2, 150 * MB, 3.0)


def test_what_an_earlier_end_left_is_told_once_it_is_recovered() -> None:
    books = Sealing()
    books.left_over(JOURNAL)
    books.sealed(sealed(), MB, 1.0)
    books.sealed(sealed(Path("data/episode_000004.journal")), MB, 1.0)  # of this run: no news
    told = {"journal": str(JOURNAL), "episode": str(EPISODE), "seconds": 12.25, "status": "interrupted"}
    assert books.status([])["recovered"] == [told]
    said = books.news()
    assert said == [f"recovered {EPISODE}: 12.2 s, interrupted, left by an earlier end"]
    assert books.news() == []
    assert recovery_lines(["rig virtual: clients to x", *said]) == said


def test_a_failed_one_is_tried_once_more_when_there_is_room() -> None:
    books = Sealing()
    books.failed(JOURNAL, 100 * MB, FULL, 0)
    assert books.again(10**12, SECOND) == []  # whoever held it may still be there
    assert books.again(100 * MB, 60 * SECOND) == []  # still no room
    assert "tried again by itself, and at the next start" in books.news()[0]
    assert books.again(10**9, 60 * SECOND) == [JOURNAL]
    assert books.again(10**9, 60 * SECOND) == []
    books.failed(JOURNAL, 100 * MB, FULL, 61 * SECOND)
    assert books.again(10**9, 120 * SECOND) == []
    said = books.news()
    assert f"episode_000003.journal could not be sealed ({FULL}); it is kept, and tried again at the next start" in said
    assert recovery_lines(said) == said
    books.sealed(sealed(), MB, 1.0)
    assert not books.has_failed


def test_a_discarded_journal_is_no_trouble_any_more() -> None:
    books = Sealing()
    books.failed(JOURNAL, MB, FULL, 0)
    books.forget(JOURNAL)
    assert books.status([])["failed"] == []


def test_the_operator_is_told_when_recording_outruns_sealing() -> None:
    books = Sealing()
    books.sealed(sealed(), 100 * MB, 60.0)
    few: dict[str, Any] = books.status([300 * MB, 300 * MB]) | {"problems": []}
    many = books.status([300 * MB] * 3) | {"problems": ["the trash is full"]}
    assert warnings(few) == []
    assert warnings(many)[0] == "the trash is full"
    assert warnings(many)[1].startswith("3 episodes wait to be sealed, 9 min at the rate so far: recording is faster")
