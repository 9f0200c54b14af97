"""A ring never blocks its writer, never repeats a row, and counts what a slow reader missed."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.links import Ring, RingReader, RingWriter, create_rings
from hardware import rows
from tests.collector.watch_streams import rig

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


def test_every_stream_of_a_rig_has_a_ring_of_its_rows() -> None:
    rings = create_rings(rig())
    try:
        assert rings["trigger/flashes"].address.dtype == rows.FLASH
        assert {name for name in rings if name.startswith("cameras/")} == {
            "cameras/front",
            "cameras/side",
            "cameras/wrist",
        }
        assert rings["cameras/front"].address.dtype == rows.FRAME
    finally:
        for ring in rings.values():
            ring.close()


def test_a_reader_goes_on_when_the_writer_has_died(ring: Ring) -> None:
    writer, reader = RingWriter(ring.address), RingReader(ring.address)
    writer.write((1, 2))
    writer.close()
    assert len(reader.drain()) == 1
    assert len(reader.drain()) == 0
    again = RingWriter(ring.address)
    again.write((2, 4))
    assert reader.drain()["n"].tolist() == [2]
    for end in (again, reader):
        end.close()
