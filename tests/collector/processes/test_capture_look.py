"""Whole pictures for whoever calibrates: only while asked, as fast as asked, and nothing of them in an episode."""

from collections.abc import Iterator

import numpy as np
import pytest

from collector.links import LOOK_HZ, RingReader, RingWriter, is_recorded, look_row
from collector.processes.capture_look import LOOK_NS, LookWriter
from tests.collector.processes.hand_fed import NOISE, HandFed, pumped, wait_for
from tests.collector.processes.shown_beside import SECOND, beside, offer, rings_of_rig
from tests.collector.watch_streams import rig

PICTURE = np.arange(48 * 64 * 3, dtype=np.uint32).astype(np.uint8).reshape(48, 64, 3)


class Looked:
    """A camera at 60 Hz from second 1 on, and who asks for its pictures."""

    def __init__(self, writer: RingWriter, reader: RingReader) -> None:
        self.look, self._reader = LookWriter(writer), reader
        self._frames = 0

    def run(self, seconds: float) -> int:
        """So long; how many were shown."""
        first, self._frames = self._frames, self._frames + round(seconds * 60)
        offer(self.look, (SECOND + n * SECOND // 60 for n in range(first, self._frames)), PICTURE)
        return len(self._reader.drain())

    @property
    def now_ns(self) -> int:
        return SECOND + self._frames * SECOND // 60


@pytest.fixture
def looked() -> Iterator[Looked]:
    with beside(look_row(64, 48)) as ends:
        yield Looked(*ends)


def test_nothing_is_shown_unless_somebody_asks(looked: Looked) -> None:
    assert looked.run(3) == 0


def test_as_many_are_shown_as_were_asked_for_until_the_order_is_old(looked: Looked) -> None:
    looked.look.ask(5, looked.now_ns)
    assert looked.run(1) == 5
    assert looked.run(5) == 5 * LOOK_NS // SECOND - 5


def test_who_asks_again_in_time_sees_on_without_a_gap(looked: Looked) -> None:
    shown = 0
    for _ in range(6):
        looked.look.ask(LOOK_HZ, looked.now_ns)
        shown += looked.run(1)
    assert shown == 60


def test_nobody_gets_more_than_is_allowed(looked: Looked) -> None:
    looked.look.ask(60, looked.now_ns)
    assert looked.run(1) == LOOK_HZ


def test_a_faster_order_does_not_wait_for_the_slower_one_before_it(looked: Looked) -> None:
    looked.look.ask(0.5, looked.now_ns)
    assert looked.run(0.2) == 1
    looked.look.ask(10, looked.now_ns)
    assert looked.run(0.45) == 4


def test_a_picture_is_shown_whole_with_its_instant() -> None:
    camera = HandFed()
    with beside(look_row(320, 240)) as (writer, reader):
        with pumped(camera, look=LookWriter(writer)) as pump:
            pump.look(10)
            camera.take()
            wait_for(pump, 1)
        pump.check()
        seen = reader.latest()
        assert seen is not None
        assert (seen["rgb"] == NOISE).all()


def test_a_rig_can_show_each_camera_whole_and_records_none_of_it() -> None:
    with rings_of_rig() as rings:
        looks = {name for name in rings if name.startswith("looks/")}
        assert looks == {"looks/front", "looks/side", "looks/wrist"}
        assert not any(is_recorded(name) for name in looks)
        camera = rig().cameras["front"]
        assert rings["looks/front"].address.dtype["rgb"].shape == (camera.height, camera.width, 3)
