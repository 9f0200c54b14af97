"""One recording on the virtual rig, looked at from all sides: what a user does on the first day."""

import json
from pathlib import Path
from typing import Any

import cv2
import h5py
import numpy as np
import pytest

from tests.e2e.rig import Ran, clap, record_words

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    out = tmp_path_factory.mktemp("recording")
    ran = clap(*record_words(out, "--truth", out / "truth.h5", "--set", "virtual.seed=7", seconds=3, episodes=2))
    assert ran.code == 0, ran.err
    return out, ran


def episodes(out: Path) -> list[Path]:
    return sorted(out.glob("episode_*.hdf5"))


def test_two_episodes_are_sealed_and_nothing_is_left_over(recording: tuple[Path, Ran]) -> None:
    out, ran = recording
    assert len(episodes(out)) == 2
    assert not list(out.glob("*.journal"))
    assert not list(out.glob("*.tmp"))
    assert [Path(e["path"]).name for e in ran.json["episodes"]] == [p.name for p in episodes(out)]
    assert ran.json["fault"] is None


def test_every_stamp_is_within_its_bound_of_the_truth_and_no_frame_is_lost(
    recording: tuple[Path, Ran],
) -> None:
    out, _ = recording
    for episode in episodes(out):
        ran = clap("audit", episode, "--truth", out / "truth.h5", "--json")
        assert ran.code == 0, ran.err
        streams: dict[str, Any] = {s["stream"]: s for s in ran.json["streams"]}
        assert {
            "trigger",
            "cameras/front",
            "cameras/side",
            "cameras/wrist",
            "leaders/right",
            "arms/right",
        } <= set(streams)
        for name, stream in streams.items():
            assert stream["over_bound"] == 0, (name, stream)
            assert stream["unknown"] == 0, (name, stream)
            if name.startswith("cameras/"):
                assert stream["lost"] == 0, (name, stream)
                assert stream["samples"] > 60  # of 180: a busy machine's virtual cameras skip edges, and say so


def test_bare_h5py_and_opencv_read_the_pictures(recording: tuple[Path, Ran]) -> None:
    out, _ = recording
    with h5py.File(episodes(out)[0], "r") as file:
        rows = file["action"].shape[0]
        for camera in ("front", "side", "wrist"):
            pictures = file[f"observations/images/{camera}"]
            assert pictures.shape[0] == rows
            there = np.flatnonzero(file[f"steps/cameras/{camera}/valid"][()])
            assert len(there) > rows // 2
            image = cv2.imdecode(pictures[there[len(there) // 2]], cv2.IMREAD_COLOR)
            assert image.shape == (480, 640, 3)
        assert file["observations/qpos"].shape == (rows, 8)
        # A busy host may miss more than 10 ms of the arm now and then; a hand in motion at the end tells no width.
        assert np.isfinite(file["observations/qpos"][5:-5, :7]).mean() > 0.8


def test_the_robot_followed_the_leader(recording: tuple[Path, Ran]) -> None:
    out, _ = recording
    with h5py.File(episodes(out)[1], "r") as file:
        sent, measured = file["action"][5:-5, :7], file["observations/qpos"][5:-5, :7]
    assert np.nanmax(np.abs(sent - measured)) < 0.15


def test_the_override_is_in_the_provenance(recording: tuple[Path, Ran]) -> None:
    out, _ = recording
    with h5py.File(episodes(out)[0], "r") as file:
        assert b"virtual.seed=7" in bytes(str(file["provenance"][()]), "utf-8")


def test_verify_finds_the_files_sound_and_names_a_damaged_one(recording: tuple[Path, Ran], tmp_path: Path) -> None:
    out, _ = recording
    assert clap("verify", out).code == 0
    damaged = tmp_path / "episode_000000.hdf5"
    data = bytearray(episodes(out)[0].read_bytes())
    with h5py.File(episodes(out)[0], "r") as file:
        at = file["streams/cameras/front/jpeg"].id.get_chunk_info(100).byte_offset
    data[at + 2000] ^= 0xFF
    damaged.write_bytes(data)
    ran = clap("verify", tmp_path)
    assert ran.code == 1
    assert "episode_000000.hdf5" in ran.err


def test_inspect_tells_rates_and_bounds(recording: tuple[Path, Ran]) -> None:
    out, _ = recording
    ran = clap("inspect", episodes(out)[0], "--json")
    assert ran.code == 0, ran.err
    assert {"streams", "steps"} <= set(ran.json)
    assert clap("inspect", episodes(out)[0]).code == 0


def test_an_export_has_a_row_a_step(recording: tuple[Path, Ran], tmp_path: Path) -> None:
    out, _ = recording
    ran = clap("export", "lerobot", out, tmp_path / "set", "--gaps", "drop", "--json")
    assert ran.code == 0, ran.err
    assert (tmp_path / "set/meta/info.json").exists()
    assert len(list((tmp_path / "set").glob("videos/*/*/*.mp4"))) == 6
    assert ran.json["rows"] > 100
    again = clap("export", "lerobot", out, tmp_path / "set", "--gaps", "drop")
    assert again.code == 2
    assert "exists" in again.err


def test_an_episode_keeps_what_its_teleoperation_was_like(recording: tuple[Path, Ran]) -> None:
    out, _ = recording
    with h5py.File(episodes(out)[0], "r") as file:
        end = json.loads(file["provenance"].asstr()[()])["journal"]["end"]
        kinds = {kind.decode() for kind in file["events/kind"][()]}
    told = end["summary"]["teleop"]["right"]
    assert told["cycles"] > 1000
    assert 5 < told["lag"]["p50_ms"] < 30
    assert "teleop" in kinds
