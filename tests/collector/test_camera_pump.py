"""What the capture process remembers of a camera between episodes, and what all other processes see of it."""

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from numpy.typing import NDArray

from collector.links import Ring, RingReader, RingWriter
from collector.processes.capture_camera import CameraPump
from hardware import rows
from hardware.interfaces import DeviceTimeout
from hardware.samples import DeviceInfo, Frame, Stamp, TimeSource

SECOND = 1_000_000_000


class Scripted:
    """A camera whose frames end at whole 1/60 s of its own clock and come as late as the script says."""

    lost = 0

    def __init__(self, late_ms: list[float]) -> None:
        self._frames: Iterator[Frame] = iter([_frame(i, late) for i, late in enumerate(late_ms)])

    def info(self) -> DeviceInfo:
        return DeviceInfo("front", "scripted", "", "", "", {})

    def start(self) -> None:
        pass

    def read(self, timeout_s: float) -> Frame:
        frame = next(self._frames, None)
        if frame is None:
            time.sleep(0.01)
            raise DeviceTimeout("cameras.front", "the script is over")
        return frame

    def close(self) -> None:
        pass


def _frame(number: int, late_ms: float) -> Frame:
    end_ns = number * SECOND // 60
    stamp = Stamp(0, 0, end_ns // 1000, 5 * SECOND + end_ns + round(late_ms * 1e6), number, TimeSource.DEVICE)
    return Frame("front", stamp, np.zeros((8, 8, 3), np.uint8), 4000, None)


@contextmanager
def pumped(late_ms: list[float], *, encode: bool = False) -> Generator[tuple[CameraPump, NDArray[np.void]]]:
    """The pump of a script that is over, and what its ring holds."""
    ring = Ring(rows.FRAME, len(late_ms) + 1)
    writer, reader = RingWriter(ring.address), RingReader(ring.address)
    pump = CameraPump("front", 90, Scripted(late_ms), writer)
    pump.encode(encode)
    pump.start()
    deadline = time.monotonic() + 30
    while pump.frames < len(late_ms) and time.monotonic() < deadline:
        time.sleep(0.005)
    pump.stop()
    try:
        pump.check()
        assert pump.frames == len(late_ms)
        yield pump, reader.drain()
    finally:
        for end in (reader, writer, ring):
            end.close()


def anchors_of(late_ms: list[float]) -> list[tuple[int, int]]:
    with pumped(late_ms) as (pump, _):
        return pump.anchors()


def test_the_promptest_frame_of_each_second_is_remembered() -> None:
    late = [50.0] * 240
    late[10], late[70], late[75], late[130], late[200] = 8.0, 9.0, 8.5, 8.0, 7.0
    assert [ticks // 16_666 for ticks, _ in anchors_of(late)][:4] == [10, 75, 130, 200]


def test_no_more_than_ten_minutes_are_remembered() -> None:
    found = anchors_of([8.0] * 60 * 610)
    assert len(found) == 600
    assert found[-1][0] > 608_000_000


@pytest.mark.parametrize("encode", [False, True])
def test_every_frame_is_in_the_ring_whether_it_is_recorded_or_not(encode: bool) -> None:
    with pumped([8.0] * 20, encode=encode) as (pump, seen):
        assert seen["seq"].tolist() == list(range(20))
        assert (seen["exposure_us"] == 4000).all()
        assert (seen["sensor_ticks"] == -1).all()
        recorded = [row for row, _ in pump.drain()]
        assert len(recorded) == (20 if encode else 0)
        assert all(row == seen[i] for i, row in enumerate(recorded))
