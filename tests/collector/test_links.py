"""A ring never blocks its writer, never repeats a row, and counts what a slow reader missed."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.links import Ring, RingReader, RingWriter

ROW = np.dtype([("n", "<i8"), ("twice", "<i8")])


@pytest.fixture
def ring() -> Iterator[Ring]:
    ring = Ring(ROW, 16)
    yield ring
    ring.close()


def test_a_reader_sees_rows_in_order_from_its_start_on(ring: Ring) -> None:
    writer = RingWriter(ring.address)
    writer.write((0, 0))
    reader = RingReader(ring.address)
    for n in range(1, 4):
        writer.write((n, 2 * n))
    assert reader.drain()["n"].tolist() == [1, 2, 3]
    assert len(reader.drain()) == 0
    assert reader.lost == 0
    latest = reader.latest()
    assert latest is not None
    assert latest["n"] == 3
    reader.close()
    writer.close()


@settings(max_examples=60)
@given(st.lists(st.integers(0, 40), max_size=12))
def test_what_is_read_and_what_is_lost_add_up(bursts: list[int]) -> None:
    ring = Ring(ROW, 16)
    writer, reader = RingWriter(ring.address), RingReader(ring.address)
    written, seen = 0, []
    for burst in bursts:
        for _ in range(burst):
            writer.write((written, 2 * written))
            written += 1
        rows = reader.drain()
        assert (rows["twice"] == 2 * rows["n"]).all()
        seen += rows["n"].tolist()
    assert seen == sorted(set(seen))
    assert len(seen) + reader.lost == written
    for end in (reader, writer, ring):
        end.close()
