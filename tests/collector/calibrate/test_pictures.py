"""Pictures of a folder or a video come one at a time, all of one size; what cannot be read is named."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from calibration.errors import CalibrationError
from collector.calibrate.pictures import pictures
from collector.episode.reader import Episode
from tests.episodes import make_episode


def save(path: Path, value: int, size: tuple[int, int] = (64, 48)) -> None:
    picture = np.full((size[1], size[0], 3), value, np.uint8)
    picture[..., 0] = 10  # blue, as OpenCV writes
    cv2.imwrite(str(path), picture)


def test_a_folder_s_pictures_come_sorted_in_rgb_with_the_hash_of_their_files(tmp_path: Path) -> None:
    save(tmp_path / "b.png", 200)
    save(tmp_path / "a.JPG", 100)
    (tmp_path / "notes.txt").write_text("no picture")
    first, second = pictures(str(tmp_path))
    assert [first[0], second[0]] == ["a.JPG", "b.png"]
    assert second[1][0, 0].tolist() == [200, 200, 10]
    assert second[2] == hashlib.sha256((tmp_path / "b.png").read_bytes()).hexdigest()
    assert second[3] == 0


def test_of_a_video_the_stillest_frame_of_each_stretch_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    film = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (64, 48))
    for index in range(20):
        moving = 0 if index % 5 in (0, 4) else index % 5
        picture = np.full((48, 64, 3), 40, np.uint8)
        picture[:, 10 * moving : 10 * moving + 15] = 220
        film.write(picture)
    film.release()
    found = list(pictures(str(path), most=4))
    assert len(found) == 4
    assert [int(name.rsplit(":", 1)[1]) % 5 for name, *_ in found[1:]] == [0, 0, 0]
    assert found[1][3] == 500_000_000


def test_a_camera_of_an_episode_comes_with_its_own_times(tmp_path: Path) -> None:
    path = make_episode(tmp_path, seconds=0.2, cameras=("front", "side"))
    found = list(pictures(f"{path}:side", most=5))
    with Episode(path) as episode:
        times = set((episode.t_ns + episode.offset_ns("side")).tolist())
    assert 3 <= len(found) <= 5
    assert {t_ns for *_, t_ns in found} <= times
    with pytest.raises(CalibrationError, match=r"name one of its cameras, .* of front, side"):
        list(pictures(str(path)))


def test_mixed_sizes_are_named_with_both(tmp_path: Path) -> None:
    save(tmp_path / "a.png", 100)
    save(tmp_path / "b.png", 100, (32, 48))
    with pytest.raises(CalibrationError, match=r"b\.png is 32x48, a\.png is 64x48"):
        list(pictures(str(tmp_path)))


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("gone", None, "no such folder"),
        ("one.png", b"x", "one picture"),
        ("film.mp4", b"no film", "no video that can be read"),
        ("take.h5", b"no episode", "no HDF5 file"),
        ("take.hdf5:front", None, "no such folder"),
    ],
)
def test_what_holds_no_pictures_says_so(tmp_path: Path, name: str, content: bytes | None, why: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CalibrationError, match=why):
        list(pictures(str(tmp_path / name)))


def test_an_empty_folder_and_a_broken_picture_say_so(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match="holds no picture"):
        list(pictures(str(tmp_path)))
    save(tmp_path / "a.png", 1)
    (tmp_path / "b.jpg").write_bytes(b"\xff\xd8broken")
    with pytest.raises(CalibrationError, match=r"b\.jpg is no picture that can be read"):
        list(pictures(str(tmp_path)))
