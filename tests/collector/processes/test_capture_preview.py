"""Previews: a few small pictures a second for whoever looks on, and nothing of them in an episode."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from collector.links import is_recorded, preview_row, preview_stride
from collector.processes.capture_preview import PreviewWriter
from tests.collector.processes.hand_fed import NOISE, HandFed, pumped, wait_for
from tests.collector.processes.shown_beside import SECOND, beside, offer, rings_of_rig

PICTURE = np.arange(480 * 640 * 3, dtype=np.uint32).astype(np.uint8).reshape(480, 640, 3)


def shown(times_ns: list[int]) -> NDArray[np.void]:
    """What is seen of frames that came at these times."""
    with beside(preview_row(640, 480)) as (writer, reader):
        offer(PreviewWriter(writer), times_ns, PICTURE)
        return reader.drain()


def test_ten_of_sixty_pictures_a_second_are_shown_as_they_come() -> None:
    seen = shown([SECOND + n * SECOND // 60 for n in range(300)])
    assert len(seen) == 50
    assert (np.diff(seen["t_ns"]) < SECOND // 8).all()


def test_after_a_pause_the_first_picture_is_shown_at_once_and_they_are_not_bunched() -> None:
    seen = shown([SECOND, 5 * SECOND, 5 * SECOND + SECOND // 60, 5 * SECOND + SECOND // 6])
    assert seen["seq"].tolist() == [0, 1, 3]


def test_a_slow_camera_is_shown_whole() -> None:
    assert len(shown([n * SECOND // 6 for n in range(1, 31)])) == 30


def test_every_second_pixel_each_way_of_a_camera_twice_as_wide_as_a_preview() -> None:
    seen = shown([SECOND])
    assert (seen["rgb"][0] == PICTURE[::2, ::2]).all()


@given(st.integers(64, 4096), st.integers(64, 4096))
def test_a_preview_is_what_slicing_gives_and_320_pixels_at_most(width: int, height: int) -> None:
    stride = preview_stride(width, height)
    rows_, columns, _ = preview_row(width, height)["rgb"].shape
    assert (rows_, columns) == (len(range(0, height, stride)), len(range(0, width, stride)))
    assert 32 <= max(rows_, columns) <= 320


def test_the_cameras_thread_shows_frames_whether_they_are_recorded_or_not() -> None:
    camera = HandFed()
    with beside(preview_row(320, 240)) as (writer, reader):
        with pumped(camera, preview=PreviewWriter(writer)) as pump:
            camera.take()
            wait_for(pump, 1)
        pump.check()
        seen = reader.latest()
        assert seen is not None
        assert (seen["rgb"] == NOISE).all()


def test_a_rig_has_a_preview_of_each_camera_and_none_is_recorded() -> None:
    with rings_of_rig() as rings:
        previews = {name for name in rings if name.startswith("previews/")}
        assert previews == {"previews/front", "previews/side", "previews/wrist"}
        assert not any(is_recorded(name) for name in previews)
        assert {"trigger", "trigger/pings", "leaders/right", "arms/right"} <= set(filter(is_recorded, rings))
