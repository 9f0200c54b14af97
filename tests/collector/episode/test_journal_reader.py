"""Whatever becomes of the files of a journal: what is intact is read, what is not is counted, nothing is made up."""

import errno
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.episode.journal import Journal
from collector.episode.journal_reader import JournalError, scan
from collector.episode.record import HEADER_BYTES, NO_STREAM, Kind, Record, header, records, tag_of
from collector.episode.segments import journals, move, segment, segments, unlink
from tests.collector.episode.faulty_disk import META, edges, frame

COUNT = 12  # records of a journal: the metadata twice, frames and edges in turn, the end
NAME = "episode_000000.journal"


def picture(number: int) -> bytes:
    return bytes([number]) * (100 + 7 * number)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The bytes of each record, by number."""
    path = tmp_path_factory.mktemp("parts") / NAME
    journal = Journal.create(path, META)
    for number in range(2, COUNT - 1):
        if number % 2:
            journal.append_rows("trigger", edges(number, 1))
        else:
            journal.append_frame("cameras/front", frame(number), picture(number))
    journal.close("complete", {})
    journal.wait()
    whole = path.read_bytes()
    found = [r for r in records(whole) if isinstance(r, Record)]
    assert [r.number for r in found] == list(range(COUNT))
    return [whole[r.offset - HEADER_BYTES : r.offset + r.size] for r in found]


@dataclass(frozen=True)
class File:
    """A segment: the records in it, what became of its bytes, and which records are still intact."""

    numbers: list[int]
    content: bytes
    intact: set[int]


def damaged(parts: list[bytes], numbers: list[int], cut: float, flips: list[tuple[float, int]]) -> File:
    whole = b"".join(parts[n] for n in numbers)
    content = bytearray(whole)
    for where, mask in flips:
        content[int(where * (len(content) - 1))] ^= mask
    del content[round(cut * len(content)) :]
    intact, at = set[int](), 0
    for n in numbers:
        if content[at : at + len(parts[n])] == parts[n]:
            intact.add(n)
        at += len(parts[n])
    return File(numbers, bytes(content), intact)


def ranges(data: st.DataObject) -> list[int]:
    """The head, and any of the others, in order."""
    return [0, 1, *sorted(data.draw(st.sets(st.integers(2, COUNT - 1))))]


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_all_that_is_intact_anywhere_is_read_and_nothing_else(
    tmp_path: Path, parts: list[bytes], data: st.DataObject
) -> None:
    for left in tmp_path.iterdir():
        left.unlink()
    flip = st.tuples(st.floats(0, 1), st.integers(1, 255))
    files: list[File] = []
    for number in range(data.draw(st.integers(1, 4))):
        numbers = list(range(COUNT)) if data.draw(st.booleans()) else ranges(data)
        cut = data.draw(st.one_of(st.just(1.0), st.floats(0, 1)))
        files.append(damaged(parts, numbers, cut, data.draw(st.lists(flip, max_size=4))))
        if data.draw(st.integers(0, 9)) or not number:
            segment(tmp_path / NAME, number).write_bytes(files[-1].content)
        else:
            files.pop()
    intact = set[int]().union(*(file.intact for file in files))
    if not intact & {0, 1}:
        with pytest.raises(JournalError), scan(tmp_path / NAME):
            pass
        return
    with scan(tmp_path / NAME) as found:
        seqs = {name: found.rows[name]["seq"].tolist() for name in ("cameras/front", "trigger")}
        assert seqs["cameras/front"] == sorted(n for n in intact if n % 2 == 0 and 1 < n < COUNT - 1)
        assert seqs["trigger"] == sorted(n for n in intact if n % 2 and 1 < n < COUNT - 1)
        assert [bytes(j) for j in found.jpegs["cameras/front"]] == [picture(n) for n in seqs["cameras/front"]]
        assert (found.end is not None) == (COUNT - 1 in intact)
        missing = set(range(max(intact))) - intact
        assert sum(d.records for d in found.damage if d.records > 0) == len(missing)
        if found.end is not None and not missing:
            assert not found.damage and not found.torn_tail


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=200), min_size=1, max_size=3), st.integers(0, 2))
def test_any_bytes_are_refused_or_ignored(tmp_path: Path, parts: list[bytes], found: list[bytes], good: int) -> None:
    for number, content in enumerate(found):
        segment(tmp_path / NAME, number).write_bytes(b"".join(parts) if number == good else content)
    try:
        with scan(tmp_path / NAME) as content:
            assert content.rows["trigger"]["seq"].tolist() == [3, 5, 7, 9]
            assert good < len(found) and content.end is not None
    except JournalError:
        assert good >= len(found)
    for number in range(3):
        segment(tmp_path / NAME, number).unlink(missing_ok=True)


def made(kind: Kind, stream: int, payload: bytes, tag: int | None = None) -> Callable[[int], bytes]:
    mark = tag_of(str(META["episode_uuid"])) if tag is None else tag
    return lambda number: header(kind, stream, number, 0, 0, (payload,), mark) + payload


CAMERA = list(META["streams"]).index("cameras/front")


@pytest.mark.parametrize(
    "wrong",
    [
        made(Kind.ROWS, 200, bytes(100)),
        made(Kind.ROWS, NO_STREAM, bytes(100)),
        made(Kind.ROWS, 0, bytes(101)),
        made(Kind.ROWS, CAMERA, bytes(len(frame(0).tobytes()))),
        made(Kind.FRAME, 0, bytes(1000)),
        made(Kind.FRAME, CAMERA, b"short"),
        made(Kind.GAP, 0, b"[1, 2]"),
        made(Kind.GAP, 0, b'{"when": 1}'),
        made(Kind.EVENT, NO_STREAM, b"\xff"),
        made(Kind.END, NO_STREAM, b"[[1]]"),
        made(Kind.ROWS, 0, bytes(100), tag=1),  # of another episode: an old block of the disk
    ],
)
def test_a_record_that_is_valid_and_makes_no_sense_counts_as_lost(
    tmp_path: Path, parts: list[bytes], wrong: Callable[[int], bytes]
) -> None:
    path = tmp_path / NAME
    path.write_bytes(b"".join(parts[: COUNT - 2]) + wrong(COUNT - 2) + parts[COUNT - 1])
    with scan(path) as found:
        assert found.end is not None
        assert [(d.segment, d.records) for d in found.damage] == [(0, 1)]
        assert found.rows["trigger"]["seq"].tolist() == [3, 5, 7, 9]


def test_a_length_that_a_flip_made_huge_costs_one_record_and_no_memory(tmp_path: Path, parts: list[bytes]) -> None:
    path = tmp_path / NAME
    for size in (b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff", b"\x00\x00\x00\x00"):
        broken = parts[4][:8] + size + parts[4][12:]
        path.write_bytes(b"".join(parts[:4]) + broken + b"".join(parts[5:]))
        with scan(path) as found:
            assert [d.records for d in found.damage] == [1]
            assert found.rows["cameras/front"]["seq"].tolist() == [2, 6, 8, 10]


def test_what_a_power_cut_left_unwritten_reads_as_zeros_and_is_a_torn_tail(tmp_path: Path, parts: list[bytes]) -> None:
    path = tmp_path / NAME
    path.write_bytes(b"".join(parts[:8]) + bytes(200_000))
    with scan(path) as found:
        assert not found.damage and found.torn_tail == 200_000
        assert found.end is None


def test_a_lost_end_is_an_interrupted_recording(tmp_path: Path, parts: list[bytes]) -> None:
    path = tmp_path / NAME
    path.write_bytes(b"".join(parts[:-1]) + os.urandom(len(parts[-1])))
    with scan(path) as found:
        assert found.end is None
        assert [d.records for d in found.damage] == [-1]


def test_segments_of_different_episodes_are_not_mixed(tmp_path: Path, parts: list[bytes]) -> None:
    (tmp_path / NAME).write_bytes(b"".join(parts))
    other = Journal.create(tmp_path / "other.journal", {**META, "episode_uuid": "another"})
    other.close("complete", {})
    other.wait()
    (tmp_path / "other.journal").rename(segment(tmp_path / NAME, 1))
    with pytest.raises(JournalError, match="different episodes"), scan(tmp_path / NAME):
        pass


@pytest.mark.parametrize(
    "meta",
    [b"[]", b"{}", b"\xff", json.dumps({**META, "streams": {"x": {"kind": "arm", "dtype": [["a", "q9"]]}}}).encode()],
)
def test_metadata_of_another_version_are_refused_in_a_sentence(tmp_path: Path, meta: bytes) -> None:
    (tmp_path / NAME).write_bytes(made(Kind.META, NO_STREAM, meta)(0))
    with pytest.raises(JournalError, match="another version"), scan(tmp_path / NAME):
        pass


def test_journals_from_before_tags_are_read(tmp_path: Path, parts: list[bytes]) -> None:
    old = [header(r.kind, r.stream, r.number, 0, 0, (b,)) + b for r, b in untagged(parts)]
    (tmp_path / NAME).write_bytes(b"".join(old))
    with scan(tmp_path / NAME) as found:
        assert not found.damage and found.rows["trigger"]["seq"].tolist() == [3, 5, 7, 9]


def untagged(parts: list[bytes]) -> list[tuple[Record, bytes]]:
    whole = b"".join(parts)
    return [(r, whole[r.offset : r.offset + r.size]) for r in records(whole) if isinstance(r, Record)]


# -- the files --------------------------------------------------------------------------------------------


def test_segments_are_found_in_order_and_each_journal_once(tmp_path: Path) -> None:
    first = tmp_path / NAME
    for number in (10, 2, 1, 0):
        segment(first, number).touch()
    orphan = tmp_path / "below" / "episode_000001.journal"
    orphan.parent.mkdir()
    segment(orphan, 3).touch()
    for other in ("episode_000000.journal.bak", "episode_000000.hdf5", "x.journal.0"):
        (tmp_path / other).touch()
    trash = tmp_path / ".trash"
    trash.mkdir()
    (trash / "episode_000002.journal").touch()
    assert segments(first) == [segment(first, number) for number in (0, 1, 2, 10)]
    assert segments(orphan) == [segment(orphan, 3)]
    assert journals(tmp_path) == [orphan, first]
    assert journals(trash) == [trash / "episode_000002.journal"]


def test_moving_and_removing_take_all_segments_and_end_with_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, away = tmp_path / "[odd]*name.journal", tmp_path / "away"
    away.mkdir()
    for number in range(3):
        segment(first, number).write_text(str(number))
    (away / segment(first, 1).name).touch()
    with pytest.raises(FileExistsError):
        move(first, away)
    assert len(segments(first)) == 3
    (away / segment(first, 1).name).unlink()
    moved = move(first, away)
    assert [path.read_text() for path in segments(moved)] == ["0", "1", "2"]
    order: list[Path] = []
    remove = Path.unlink
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda path, missing_ok: (order.append(path), remove(path))[1])
        unlink(moved)
    assert order == [segment(moved, number) for number in (2, 1, 0)]
    assert not list(away.iterdir())


def test_a_name_in_use_is_not_recorded_over(tmp_path: Path) -> None:
    segment(tmp_path / NAME, 1).touch()
    with pytest.raises(FileExistsError, match="run clap salvage"):
        Journal.create(tmp_path / NAME, META)
    assert np.array_equal([p.name for p in tmp_path.iterdir()], [f"{NAME}.1"])


def test_a_block_that_the_disk_cannot_read_costs_the_records_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / NAME
    journal = Journal.create(path, META)
    for number in range(300):
        journal.append_frame("cameras/front", frame(number), b"\1" * 400)
    journal.close("complete", {})
    journal.wait()
    bad, pread = 5 * 4096, os.pread

    def failing(descriptor: int, size: int, offset: int) -> bytes:
        if offset <= bad < offset + size:
            raise OSError(errno.EIO, "Input/output error")
        return pread(descriptor, size, offset)

    monkeypatch.setattr(os, "preadv", lambda descriptor, buffers, offset: failing(descriptor, len(buffers[0]), offset))
    monkeypatch.setattr(os, "pread", failing)
    with scan(path) as found:
        (damage,) = found.damage
        assert damage.offset <= bad < damage.offset + damage.size and damage.size < 3 * 4096
        assert len(found.jpegs["cameras/front"]) == 300 - damage.records
        assert found.end is not None


def test_what_is_no_file_is_no_journal(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.journal")
    (tmp_path / "b.journal").mkdir()
    (tmp_path / "c.journal").symlink_to("c.journal")
    assert journals(tmp_path) == []
    with pytest.raises(FileNotFoundError), scan(tmp_path / "a.journal"):
        pass
