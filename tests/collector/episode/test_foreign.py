"""Files that are no episodes, or damaged anyhow: each is named in a sentence, and none hangs or crashes anything."""

import os
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from collector.episode.findings import Report
from collector.episode.reader import Episode
from collector.episode.verify_folder import examine_all, files_below
from tests.episodes import edited, make_episode, make_journal, picture

Change = Callable[[h5py.File], None]


def quiet(done: int, total: int) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_episode(tmp_path_factory.mktemp("sealed"), seconds=0.2, cameras=("front",))


def examined(folder: Path) -> dict[str, Report]:
    return {report.path.name: report for report in examine_all(files_below(folder), quiet)}


def test_what_is_no_episode_is_named_and_the_others_are_checked_all_the_same(tmp_path: Path, sealed: Path) -> None:
    def path(name: str) -> Path:
        return tmp_path / f"episode_{name}.hdf5"

    path("sound").write_bytes(sealed.read_bytes())
    path("text").write_text("no HDF5")
    path("empty").touch()
    path("picture").write_bytes(picture(3))
    path("folder").mkdir()
    os.mkfifo(path("pipe"))
    path("loop").symlink_to(path("loop"))
    path("nowhere").symlink_to(tmp_path / "absent")
    with h5py.File(path("foreign"), "w") as file:
        file["x"] = 1
    with h5py.File(path("pretender"), "w") as file:
        file.attrs["format"] = "clapboard-episode"
        file.attrs["format_version"] = np.arange(3)
    (tmp_path / "episode_empty.journal").touch()
    (tmp_path / "episode_noise.journal").write_bytes(b"noise" * 100)
    told = examined(tmp_path)
    assert told.pop("episode_sound.hdf5").is_sound
    expected = {
        "text": "no HDF5 file", "empty": "no HDF5 file", "picture": "no HDF5 file", "folder": "is a folder",
        "pipe": "is a named pipe", "loop": "symbolic links", "nowhere": "No such file", "foreign": "holds None None",
        "pretender": "damaged",
    }  # fmt: skip
    assert set(told) == {path(name).name for name in expected} | {"episode_empty.journal", "episode_noise.journal"}
    for name, what in expected.items():
        (problem,) = told[path(name).name].problems
        assert what in problem and "\n" not in problem, (name, problem)
    assert all(len(report.problems) == 1 for report in told.values())


def point_out(file: h5py.File) -> None:
    del file["labels"]
    file["labels"] = h5py.ExternalLink("/etc/passwd", "/")


def take_from_elsewhere(file: h5py.File) -> None:
    del file["observations/images/front"]
    stored: h5py.Dataset = file["streams/cameras/front/jpeg"]
    layout = h5py.VirtualLayout(stored.shape, stored.dtype)
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", stored.shape, stored.dtype)
    file.create_virtual_dataset("observations/images/front", layout)


def declare_more_than_there_is(file: h5py.File) -> None:
    del file["action"]
    file.create_dataset("action", (10**9, 100), "<f8", chunks=(1000, 100), compression="gzip")


def nest_without_end(file: h5py.File) -> None:
    file["streams/again"] = file["/"]


def nest_json(file: h5py.File) -> None:
    del file["provenance"]
    file["provenance"] = "[" * 200_000


def declare_vast_pictures(file: h5py.File) -> None:
    file["streams/cameras/front"].attrs["width"] = 65_000
    file["streams/cameras/front"].attrs["height"] = 65_000


HOSTILE: dict[str, tuple[Change, str]] = {
    "link": (point_out, "/labels leads out of the file"),
    "view": (take_from_elsewhere, "/observations/images/front shows x of /etc/passwd"),
    "size": (declare_more_than_there_is, "/action declares 800000000000 bytes and stores 0"),
    "cycle": (nest_without_end, "groups of no episode nest so"),
    "json": (nest_json, "/provenance"),
    "picture": (declare_vast_pictures, "frames damaged; rows 0-11: is 64x64, the stream says 65000x65000"),
}


def test_hostile_files_are_refused_before_they_cost_anything(tmp_path: Path, sealed: Path) -> None:
    for name, (change, _) in HOSTILE.items():
        with edited(sealed, tmp_path / f"episode_{name}.hdf5") as file:
            change(file)
    told = examined(tmp_path)
    for name, (_, says) in HOSTILE.items():
        problems = told[f"episode_{name}.hdf5"].problems
        assert any(says in problem for problem in problems), (name, problems)


def test_a_reader_believes_no_declared_size(tmp_path: Path, sealed: Path) -> None:
    path = tmp_path / "episode_000000.hdf5"
    with edited(sealed, path) as file:
        declare_more_than_there_is(file)
        declare_vast_pictures(file)
        del file["steps/sent"]
        file["steps/sent"] = file["action"]
    with Episode(path) as episode:
        with pytest.raises(ValueError, match="declares 800000000000 bytes"):
            _ = episode.steps
        with pytest.raises(ValueError, match="the stream says 65000x65000"):
            episode.image("front", 0)


def test_journals_are_verified_without_being_sealed(tmp_path: Path) -> None:
    for name in ("sound", "flipped"):
        make_journal(tmp_path / f"episode_{name}.journal", seconds=0.2, cameras=("front",))
    flipped = tmp_path / "episode_flipped.journal"
    body = bytearray(flipped.read_bytes())
    body[body.index(picture(2)) + 100] ^= 1
    flipped.write_bytes(body)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    told = examined(tmp_path)
    assert told["episode_sound.journal"].is_sound and "not sealed yet" in told["episode_sound.journal"].note
    problems = told["episode_flipped.journal"].problems
    assert "are damaged, with 1 records" in problems[0]
    assert "cameras/front has 11 rows, 12 were recorded" in problems
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
