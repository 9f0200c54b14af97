"""clap verify, inspect, salvage, audit and export on folders in which some files are damaged, or no episodes."""

import json
import os
from pathlib import Path

import pytest

from tests.conftest import Clap
from tests.episodes import Faults, make_episode, make_journal, picture


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sound episodes, one with a damaged picture, a pipe and a text in between."""
    folder = tmp_path_factory.mktemp("data")
    for index in (0, 1, 2):
        truth = folder / "truth.h5" if index == 0 else None
        make_episode(folder, index=index, seed=index, seconds=0.5, cameras=("front",), truth=truth)
    damaged = folder / "episode_000001.hdf5"
    body = bytearray(damaged.read_bytes())
    body[body.index(picture(7)) + 300] ^= 16
    damaged.write_bytes(body)
    os.mkfifo(folder / "episode_000003.hdf5")
    (folder / "episode_000004.hdf5").write_text("text")
    return folder


def test_verify_names_each_damaged_file_and_what_of_it_is_sound(clap: Clap, folder: Path) -> None:
    code, _, err = clap("verify", folder)
    told = {line.split(":")[0].rpartition("/")[2]: line for line in err.splitlines() if line.startswith(str(folder))}
    assert code == 1 and "3 of 5 files are damaged" in err
    assert [name for name, line in told.items() if line.endswith(": sound")] == [
        "episode_000000.hdf5",
        "episode_000002.hdf5",
    ]
    assert "/streams/cameras/front/jpeg has 1 of 30 frames damaged; row 7: does not read back" in err
    assert "cameras/front: 29 of 30 frames" in err and "arms/right: " in err
    assert "episode_000003.hdf5 is a named pipe, not a file" in err
    assert "episode_000004.hdf5 is no HDF5 file" in err


def test_verify_tells_programs_the_same(clap: Clap, folder: Path) -> None:
    code, out, _ = clap("verify", folder / "episode_000001.hdf5", "--json")
    (report,) = json.loads(out).values()
    assert code == 1 and not report["is_sound"]
    assert len(report["problems"]) == 1 and "cameras/front: 29 of 30 frames" in report["sound"]


def test_export_refuses_what_is_damaged_and_leaves_nothing(clap: Clap, folder: Path, tmp_path: Path) -> None:
    code, _, err = clap("export", "lerobot", folder, tmp_path / "set")
    assert code == 1
    assert "3 of 5 files are damaged, so nothing was exported" in err
    assert "episode_000001.hdf5: /streams/cameras/front/jpeg has 1 of 30 frames damaged" in err
    assert not list(tmp_path.iterdir())


def test_export_leaves_damaged_files_out_by_name_where_it_is_told_to(clap: Clap, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    code, told, err = clap("export", "lerobot", folder, out, "--skip-damaged", "--json")
    assert code == 0, err
    report = json.loads(told)
    assert report["sources"] == 2
    assert [Path(path).name for path in report["damaged"]] == [f"episode_00000{n}.hdf5" for n in (1, 3, 4)]
    card = (out / "README.md").read_text()
    assert "- `episode_000001.hdf5`: /streams/cameras/front/jpeg has 1 of 30 frames damaged" in card


@pytest.mark.parametrize(("number", "says"), [(3, "is a named pipe"), (4, "is no HDF5 file")])
def test_what_is_no_episode_cannot_hang_inspect_or_audit(clap: Clap, folder: Path, number: int, says: str) -> None:
    path = folder / f"episode_00000{number}.hdf5"
    assert (code_says := clap("inspect", path))[0] == 2 and says in code_says[2]
    assert (code_says := clap("audit", path, "--truth", folder / "truth.h5"))[0] == 2 and says in code_says[2]


def test_salvage_says_what_it_recovered_and_what_it_kept(clap: Clap, tmp_path: Path) -> None:
    make_journal(tmp_path / "episode_000000.journal", seconds=0.2, cameras=("front",))
    (tmp_path / "day2").mkdir()
    cut = tmp_path / "day2" / "episode_000001.journal"
    make_journal(cut, seconds=0.2, cameras=("front",), faults=Faults(ended=False))
    (tmp_path / "episode_000002.journal").touch()
    code, _, err = clap("salvage", tmp_path)
    assert code == 1
    assert "recovered 2 episodes; 1 kept as it is" in err
    assert "episode_000002.journal -> kept as it is" in err
    assert clap("verify", tmp_path / "day2")[0] == 0
