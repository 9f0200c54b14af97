"""What the tests of a journal on a faulty disk share."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from collector.episode.journal import Journal
from collector.episode.journal_reader import scan
from tests.collector.episode.faulty_disk import edges, frame

NAME = "episode_000000.journal"
PICTURE = bytes(range(256)) * 4096  # 1 MB


def sync(journal: Journal) -> None:
    journal._writer._sync()


def add(journal: Journal, number: int) -> None:
    journal.append_rows("trigger", edges(number, 1))
    journal.append_frame("cameras/front", frame(number), b"%d" % number)
    journal.commit()


def seen(path: Path) -> list[int]:
    with scan(path) as found:
        assert not found.damage
        assert [bytes(j) for j in found.jpegs["cameras/front"]] == [b"%d" % n for n in found.rows["trigger"]["seq"]]
        return found.rows["trigger"]["seq"].tolist()


def reach(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.002)
    assert condition()
