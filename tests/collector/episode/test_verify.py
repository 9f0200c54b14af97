import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from collector.episode.hdf5 import Sheet
from collector.episode.reader import Episode, NotAnEpisode
from collector.episode.summary import summarise
from collector.episode.verify import examine, verify
from tests.episodes import Faults, make_episode, picture


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_episode(tmp_path_factory.mktemp("sealed"), seconds=1.0).read_bytes()


@pytest.fixture
def episode(tmp_path: Path, sealed: bytes) -> Path:
    path = tmp_path / "episode_000000.hdf5"
    path.write_bytes(sealed)
    return path


def test_a_sealed_episode_has_no_problems(episode: Path) -> None:
    assert verify(episode) == []


def replace(path: str, values: Any) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        if path in file:
            del file[path]
        Sheet(file).put(path, np.asarray(values))

    return change


def edit(path: str, index: Any, value: Any) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        file[path][index] = value

    return change


def set_attr(path: str, name: str, value: Any) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        file[path].attrs[name] = value

    return change


def drop(path: str) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file[path]

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (edit("streams/arms/right/t_ns", 50, 0), "runs backwards"),
        (edit("streams/arms/right/u_ns", 50, -1), "negative bounds"),
        (edit("steps/t_ns", 10, 0), "does not increase"),
        (edit("steps/cameras/side/frame", 10, 10_000), "points outside"),
        (edit("steps/cameras/side/frame", 10, 11), "on two steps"),
        (edit("observations/qpos", (10, 2), np.nan), "no value on steps"),
        (edit("streams/cameras/front/jpeg_bytes", 3, 20), "frames damaged; row 3: is no JPEG"),
        (edit("streams/cameras/front/jpeg", (3, -1), 1), "goes on after"),
        (edit("streams/cameras/front/jpeg", (3, slice(0, 8)), 0), "is no JPEG"),
        (replace("streams/cameras/front/exposure_us", np.zeros(3, "<i4")), "3 rows"),
        (replace("steps/bound_ns", np.zeros(60, "<i4")), "is int32"),
        (replace("streams/extra", np.zeros(60)), "not part of the format"),
        (drop("action"), "/action is missing"),
        (drop("observations/qpos"), "/observations/qpos is missing"),
        (drop("streams/arms/right/q"), "/streams/arms/right/q is missing"),
        (edit("observations/effort", (3, 0), 0.5), "/observations/effort is not as it was sealed"),
        (edit("labels/instruction", (), "push the cube"), "/labels/instruction is not as it was sealed"),
        (edit("events/data", (), "[{}, "), "/events/data is not as it was sealed"),
        (set_attr("streams/arms/right", "source", "arrival"), "/streams/arms/right is not as it was sealed"),
        (edit("digests", (), "{}"), "/digests is damaged"),
        (edit("compress_len", (0, 3), 7), "/compress_len does not hold the lengths of front's frames"),
    ],
)
def test_what_is_wrong_is_named(episode: Path, change: Callable[[h5py.File], None], told: str) -> None:
    with h5py.File(episode, "r+") as file:
        change(file)
    problems = verify(episode)
    assert any(told in problem for problem in problems), problems


def test_damage_of_the_digests_is_put_down_to_nothing_else(episode: Path) -> None:
    with h5py.File(episode, "r+") as file:
        text = file["digests"].asstr()[()]
        file["digests"][()] = text.replace("a", "b")
    assert verify(episode) == ["/digests is damaged or missing: what has no checksum of its own cannot be judged"]


def test_a_file_of_the_first_version_is_sound_without_digests(episode: Path) -> None:
    with h5py.File(episode, "r+") as file:
        del file["digests"]
        file.attrs["format_version"] = 1
    report = examine(episode)
    assert report.is_sound and "no digests" in report.note
    with h5py.File(episode, "r+") as file:
        file.attrs["format_version"] = 2
    assert "/digests is damaged or missing" in verify(episode)[0]


def test_the_rest_of_a_damaged_file_is_told_to_be_sound(episode: Path) -> None:
    body = bytearray(episode.read_bytes())
    for row in (7, 8, 20):
        body[body.index(picture(row)) + 300] ^= 16
    episode.write_bytes(body)
    report = examine(episode)
    (problem,) = report.problems
    assert "has 3 of 60 frames damaged; rows 7-8, 20: does not read back" in problem
    assert "cameras/front: 57 of 60 frames" in report.sound or "cameras/side: 57 of 60 frames" in report.sound
    assert {"arms/right: 1000 rows", "provenance", "labels"} <= set(report.sound)


def test_a_file_that_is_not_the_one_in_the_catalogue_is_named(episode: Path) -> None:
    known = hashlib.sha256(episode.read_bytes()).hexdigest()
    assert examine(episode, known).is_sound
    (problem,) = examine(episode, "0" * 64).problems
    assert "SHA-256 differs" in problem


def test_rows_that_were_recorded_but_are_not_stored_are_missed(episode: Path) -> None:
    with h5py.File(episode, "r+") as file:
        group = file["streams/grippers/right"]
        clocks = file["clocks/grippers/right"]
        for parent in (group, clocks):
            for name in list(parent):
                values = parent[name][:-1]
                del parent[name]
                parent[name] = values
    assert any("were sealed" in problem for problem in verify(episode))


def test_a_flipped_bit_in_a_picture_is_found(episode: Path) -> None:
    body = bytearray(episode.read_bytes())
    at = body.index(picture(7)) + 300
    body[at] ^= 16
    episode.write_bytes(body)
    assert any("does not read back" in problem for problem in verify(episode))


def test_a_flipped_bit_in_numbers_is_found(episode: Path) -> None:
    with h5py.File(episode) as file:
        chunk = file["observations/qpos"].id.get_chunk_info(0)
    body = bytearray(episode.read_bytes())
    body[chunk.byte_offset + chunk.size // 2] ^= 1
    episode.write_bytes(body)
    assert any("/observations/qpos does not read back" in problem for problem in verify(episode))


def test_something_else_is_refused_in_a_sentence(tmp_path: Path) -> None:
    text = tmp_path / "a.hdf5"
    text.write_text("no HDF5")
    other = tmp_path / "b.hdf5"
    with h5py.File(other, "w") as file:
        file["x"] = 1
    assert all(len(verify(path)) == 1 for path in (text, other, tmp_path / "absent.hdf5"))
    with pytest.raises(NotAnEpisode, match="this version reads clapboard-episode"):
        Episode(other)


def test_a_later_format_is_refused(episode: Path) -> None:
    with h5py.File(episode, "r+") as file:
        file.attrs["format_version"] = 99
    with pytest.raises(NotAnEpisode, match="upgrade"):
        Episode(episode)


def test_an_unknown_camera_is_refused_with_the_known_ones(episode: Path) -> None:
    with Episode(episode) as opened, pytest.raises(KeyError, match="front, side, wrist"):
        opened.jpeg("top", 0)


def test_images_are_rgb(episode: Path) -> None:
    with Episode(episode) as opened:
        image = opened.image("front", 0)
        assert image is not None and image.shape == (64, 64, 3)
        # The synthetic picture's red rises from left to right, its green from top to bottom.
        assert image[40, 60, 0] > 200 > image[40, 20, 0]
        assert image[60, 20, 1] > 200 > image[30, 20, 1]


def test_the_summary_says_what_was_lost(tmp_path: Path) -> None:
    path = make_episode(tmp_path, faults=Faults(lost_frames={"side": (20, 21)}))
    told = summarise(path)
    assert told["streams"]["cameras/side"]["lost"] == 2
    assert told["streams"]["cameras/front"]["lost"] == 0
    assert told["streams"]["arms/right"]["rate_hz"] == pytest.approx(1000, rel=1e-3)
    assert told["steps"] - told["valid_steps"] >= 2
    assert 0 < told["alignment_bound_us"]["p50"] <= told["alignment_bound_us"]["max"]
    assert told["duration_s"] == pytest.approx(2.0, abs=0.02)
    assert told["damage"] == []


def test_a_frame_that_nobody_marked_is_counted_all_the_same(tmp_path: Path) -> None:
    path = make_episode(tmp_path, faults=Faults(lost_edges=(30, 31)))
    with Episode(path) as opened:
        assert opened.stream_attrs("trigger")["lost"] == 2


def test_no_label_keeps_an_episode_from_being_sealed(tmp_path: Path) -> None:
    labels = {"a/b": "x", "": [1], ".": None, "half \ud800": "half \ud800", "note": "nul \0 inside", "ä": 2}
    path = make_episode(tmp_path, seconds=0.1, cameras=("front",), labels=labels)
    assert verify(path) == []
    with Episode(path) as episode:
        found = episode.labels
    assert found["a_2f_b"] == "x" and found["_"] == [1] and found["note"] == "nul ? inside" and found["ä"] == 2
    assert found["half_20__d800_"] == "half ?"
