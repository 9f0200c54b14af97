"""The page for strangers says what the code does."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.episode import append_file, pending, record, segment_writer
from collector.episode.journal import Journal
from collector.episode.record import HEADER_BYTES, Kind, Record, records, tag_of
from collector.episode.segments import segment
from tests.collector.episode.faulty_disk import META, edges, frame

DOC = (Path(__file__).parents[3] / "docs" / "reference" / "journal-format.md").read_text()


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    path = tmp_path / "episode_000000.journal"
    journal = Journal.create(path, META)
    journal.append_rows("trigger", edges(0, 3))
    journal.append_frame("cameras/front", frame(0), b"jpeg")
    journal.append_gap("cameras/front", 1, 2, "why")
    journal.append_event(1, "mark", {})
    journal.close("complete", {})
    journal.wait()
    return path.read_bytes()


def test_the_reader_on_the_page_reads_what_ours_reads(whole: bytes) -> None:
    names: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)[0], names)
    theirs: Callable[[bytes], Iterator[tuple[int, int, int, bytes]]] = names["records"]
    for data in (whole, whole[:-9], whole[:5000] + bytes(300) + whole[5300:]):
        ours = [r for r in records(data) if isinstance(r, Record)]
        assert len(ours) >= 4
        assert [(r.kind, r.stream, r.number, data[r.offset : r.offset + r.size]) for r in ours] == list(theirs(data))


def test_the_kinds_are_those_on_the_page() -> None:
    told = {int(number): name for number, name in re.findall(r"^\| (\d) \| ([A-Z]+) \|", DOC, re.MULTILINE)}
    assert told == {kind.value: kind.name for kind in Kind}


def test_the_header_is_the_one_on_the_page(whole: bytes) -> None:
    assert HEADER_BYTES == 40 and f"header of {HEADER_BYTES} bytes" in DOC
    assert record.MAGIC.hex(" ").upper() in DOC
    assert f"{record.MAX_PAYLOAD} at most" in DOC
    first = next(iter(records(whole)))
    assert isinstance(first, Record) and first.tag == tag_of(str(META["episode_uuid"])) != 0


def test_the_figures_are_those_on_the_page() -> None:
    assert f"{append_file.LOOK_AHEAD >> 20} MB\nbeyond the end" in DOC
    assert f"{append_file.RESERVE >> 20} MB are kept" in DOC
    assert f"up to {pending.HELD_BYTES >> 20} MB" in DOC
    assert f"each {segment_writer.SYNC_EVERY_S * 1000:.0f} ms" in DOC
    assert f"up to `.{segment_writer.MAX_SEGMENTS - 1}`" in DOC
    assert segment(Path("episode_NNNNNN.journal"), 1).name in DOC
