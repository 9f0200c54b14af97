"""The file of labels: whatever ends a write, and whatever becomes of the file, the other labels are there."""

import errno
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.labels import sidecar
from collector.labels.event import LabelEvent
from tests.collector.labels.saying import UUID, label, undo

WORDS = label(1, note='"}{\n\u00e9\U0001f44d', tags=["red"])


@pytest.fixture
def episode(tmp_path: Path) -> Path:
    return tmp_path / "episode_000007.hdf5"


def written(episode: Path, *events: LabelEvent) -> bytes:
    path = sidecar.sidecar_of(episode)
    path.unlink(missing_ok=True)
    for event in events:
        sidecar.append(episode, event)
    return path.read_bytes()


def test_it_is_beside_the_journal_and_the_sealed_file(episode: Path) -> None:
    assert sidecar.sidecar_of(episode).name == "episode_000007.labels.jsonl"
    assert sidecar.sidecar_of(episode.with_suffix(".journal")) == sidecar.sidecar_of(episode)


def test_what_was_said_is_read_in_order_by_anybody(episode: Path) -> None:
    first = label(0, score=4)
    data = written(episode, first, WORDS, undo(2, first))
    sidecar.sync(episode)
    assert sidecar.read(episode).events == (first, WORDS, undo(2, first))
    lines = [json.loads(line) for line in data.splitlines()]
    assert (lines[0]["episode"], lines[0]["by"], lines[0]["set"]) == (UUID, "anna", {"score": 4})


def test_without_one_nothing_was_said(episode: Path) -> None:
    assert sidecar.read(episode) == sidecar.Sidecar()
    assert sidecar.stamp_of(episode) == (None, None)


def test_a_kill_at_any_byte_of_a_line_loses_at_most_that_line_and_none_said_later(episode: Path) -> None:
    before, after = label(0, score=4), label(2, outcome="success")
    whole = written(episode, before, WORDS)
    start = len(written(episode, before))
    for cut in range(start, len(whole) + 1):
        sidecar.sidecar_of(episode).write_bytes(whole[:cut])
        is_whole = cut >= len(whole) - 1  # but for the end of the line
        read = sidecar.read(episode, UUID)
        assert read.events == ((before, WORDS) if is_whole else (before,)), cut
        assert read.problems == () and read.torn == (() if is_whole or cut == start else (2,))
        sidecar.append(episode, after)
        read = sidecar.read(episode, UUID)
        assert read.events == ((before, WORDS, after) if is_whole else (before, after)), cut
        assert read.problems == ()


@given(st.integers(0), st.integers(0, 7))
def test_no_flipped_bit_is_taken_for_what_was_said(tmp_path_factory: pytest.TempPathFactory, at: int, bit: int) -> None:
    episode = tmp_path_factory.mktemp("flip") / "episode_000007.hdf5"
    events = (label(0, score=4), WORDS, label(2, outcome="failure"))
    data = bytearray(written(episode, *events))
    data[at % len(data)] ^= 1 << bit
    sidecar.sidecar_of(episode).write_bytes(data)
    read = sidecar.read(episode, UUID)
    assert set(read.events) <= set(events)
    assert len(read.events) >= 1
    assert read.problems or read.torn or len(read.events) == 3


@given(st.binary(max_size=300))
def test_nothing_that_the_file_may_hold_stops_a_reader(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    episode = tmp_path_factory.mktemp("any") / "episode_000007.hdf5"
    first = written(episode, label(0, score=4))
    sidecar.sidecar_of(episode).write_bytes(first + data)
    assert label(0, score=4) in sidecar.read(episode).events


@pytest.mark.parametrize("line", [b"[1]", b"7}", b"{}", b'{"id": 7}', b"[" * 5000 + b"}", b"9" * 5000 + b"}", b"\xff}"])
def test_a_line_that_is_no_label_is_named_by_its_number(episode: Path, line: bytes) -> None:
    data = written(episode, label(0, score=4))
    sidecar.sidecar_of(episode).write_bytes(data + line + b"\n" + data.replace(b"label-0", b"label-9"))
    read = sidecar.read(episode)
    assert read.events == (label(0, score=4),)
    assert [problem.split(" is no label")[0] for problem in read.problems][-1] == "line 3"
    assert len(read.problems) + len(read.torn) == 2


def test_a_line_that_a_person_wrote_counts(episode: Path) -> None:
    told = label(0, score=4).to_dict()
    sidecar.sidecar_of(episode).write_text(json.dumps(told, indent=None) + "\r\n")
    assert sidecar.read(episode, UUID).events == (label(0, score=4),)


def test_lines_of_another_episode_do_not_count(episode: Path) -> None:
    written(episode, label(0, score=4), label(1, episode="another", score=1))
    read = sidecar.read(episode, UUID)
    assert read.events == (label(0, score=4),)
    assert read.problems == ("line 2 is of another episode (another), so it does not count",)


def test_two_copies_that_were_joined_say_everything_once(episode: Path) -> None:
    data = written(episode, label(0, score=4), label(1, score=2))
    sidecar.sidecar_of(episode).write_bytes(data + data)
    assert sidecar.read(episode).events == (label(0, score=4), label(1, score=2))


def test_a_pipe_a_folder_or_a_mountain_keeps_nobody_waiting(episode: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sidecar.sidecar_of(episode)
    os.mkfifo(path)
    assert sidecar.read(episode).problems == ("is no file",)
    path.unlink()
    path.mkdir()
    assert sidecar.read(episode).problems == ("is no file",)
    path.rmdir()
    monkeypatch.setattr(sidecar, "_MOST_BYTES", 100)
    written(episode, label(0, score=4), WORDS)
    assert "is larger than 100 bytes" in sidecar.read(episode).problems[0]


def test_on_a_full_disk_nothing_was_said(episode: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = written(episode, label(0, score=4))
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, line: write(descriptor, line[:20]))
    with pytest.raises(OSError, match="no room for the label") as full:
        sidecar.append(episode, WORDS)
    assert full.value.errno == errno.ENOSPC
    assert sidecar.sidecar_of(episode).read_bytes() == data
