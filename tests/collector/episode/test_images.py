import zlib
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.episode.images import stored_chunk, write_jpegs
from tests.episodes import picture


@given(st.binary(max_size=200_000), st.integers(0, 70_000))
def test_chunk_is_a_plain_zlib_stream_of_the_jpeg_and_its_padding(jpeg: bytes, padding: int) -> None:
    assert zlib.decompress(stored_chunk(jpeg, len(jpeg) + padding)) == jpeg + bytes(padding)


def test_bare_h5py_and_opencv_read_each_row(tmp_path: Path) -> None:
    jpegs = [picture(i, (48, 64)) for i in range(5)]
    with h5py.File(tmp_path / "x.hdf5", "w") as file:
        write_jpegs(file, "images", [memoryview(jpeg) for jpeg in jpegs])
    with h5py.File(tmp_path / "x.hdf5") as file:
        for row, jpeg in zip(file["images"], jpegs, strict=True):
            expected = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
            assert np.array_equal(cv2.imdecode(row, cv2.IMREAD_COLOR), expected)


def test_padding_costs_next_to_nothing() -> None:
    jpeg = np.random.default_rng(0).bytes(50_000)
    assert len(stored_chunk(jpeg, 100_000)) < len(jpeg) + 200


def test_every_flipped_bit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.hdf5"
    jpeg = picture(1)
    with h5py.File(path, "w") as file:
        write_jpegs(file, "images", [memoryview(jpeg)])
    whole = path.read_bytes()
    start = whole.index(jpeg)
    for offset in range(0, len(jpeg), 97):
        broken = bytearray(whole)
        broken[start + offset] ^= 1 << offset % 8
        path.write_bytes(broken)
        with h5py.File(path) as file, pytest.raises(OSError):
            file["images"][0]


def test_a_camera_without_frames_has_an_empty_data_set(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.hdf5", "w") as file:
        assert write_jpegs(file, "images", []).shape == (0, 1)
