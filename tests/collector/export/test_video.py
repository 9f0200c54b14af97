from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from collector.export.video import encode_video, read_info


def _images(count: int) -> Iterator[NDArray[np.uint8]]:
    for number in range(count):
        image = np.full((48, 64, 3), 60, np.uint8)
        image[:, number % 64] = 220
        yield image


@pytest.mark.parametrize("fps", [Fraction(60), Fraction(60000, 1001), Fraction(30)])
def test_each_picture_is_at_its_index_over_the_rate(tmp_path: Path, fps: Fraction) -> None:
    path = tmp_path / "video.mp4"
    assert encode_video(path, _images(25), fps) == 25
    with av.open(str(path)) as container:
        frames = list(container.decode(container.streams.video[0]))
    assert [frame.time for frame in frames] == pytest.approx([float(i / fps) for i in range(25)])
    for number, frame in enumerate(frames):
        brightest = frame.to_ndarray(format="rgb24").astype(int).sum(axis=(0, 2)).argmax()
        assert brightest == number


def test_the_header_tells_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    encode_video(path, _images(7), Fraction(60))
    info = read_info(path)
    assert (info.frames, info.height, info.width) == (7, 48, 64)
    assert (info.codec, info.pixels) == ("h264", "yuv420p")


def test_every_second_picture_is_a_key_frame(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    encode_video(path, _images(8), Fraction(60))
    with av.open(str(path)) as container:
        keys = [p.is_keyframe for p in container.demux(container.streams.video[0]) if p.size]
    assert keys == [True, False] * 4


def test_equal_pictures_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        encode_video(tmp_path / name, _images(20), Fraction(60))
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
