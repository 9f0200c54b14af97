"""A set tells of its cameras: K as delivered and as policies see it, where they are, and for which episodes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.embed import embedded
from calibration.lens import Lens
from calibration.store import Store, from_plain
from calibration.transform import padded
from collector.episode.reader import Episode
from collector.export.lerobot_v21 import export_lerobot_v21
from collector.export.plan import ExportError
from collector.export.video import read_info
from hardware.config import RigConfig
from tests.calibration.results import lens_result, made, mount_result, rows
from tests.episodes import make_episode, rig_config

CAMERAS = ("front", "wrist")
K = rows(np.array([[60.0, 0, 31.0], [0, 60.5, 32.0], [0, 0, 1]]))


def told(folder: Path, seed: int = 0, day: float = 0, cameras: tuple[str, ...] = CAMERAS) -> dict[str, Any]:
    """As a daemon embeds it: both cameras calibrated, front's lens by its own UUID."""
    store, rig = Store(folder / f"store-{seed}"), RigConfig.model_validate(rig_config(CAMERAS))
    for number, name in enumerate(cameras):
        serial = rig.cameras[name].serial
        uuid = seed if name == "front" else 77
        lens = lens_result(
            name, serial=serial, size=(64, 64), K=K, day=day if name == "front" else 0, seed=uuid, model="k1k2"
        )
        kind = "hand-eye" if name == "wrist" else "extrinsics"
        store.save(lens, name)
        store.save(mount_result(name, kind=kind, serial=serial, seed=80 + number, intrinsics=lens.made.uuid), name)
    return embedded(store, rig)


@pytest.fixture(scope="module")
def episodes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three: the front camera was calibrated again before the last."""
    folder = tmp_path_factory.mktemp("calibrated")
    before, after = told(folder, 1), told(folder, 2, day=1)
    return [
        make_episode(folder, index=i, seed=20 + i, seconds=0.4, cameras=CAMERAS, calibration=calibration)
        for i, calibration in enumerate((before, before, after))
    ]


def exported(episodes: list[Path], out: Path, **options: bool) -> dict[str, Any]:
    export_lerobot_v21(episodes, out, **options)
    return json.loads((out / "meta/calibration.json").read_text())


def test_an_episode_gives_its_calibration_back_in_full(episodes: list[Path]) -> None:
    with Episode(episodes[0]) as episode:
        front, wrist = episode.calibration["front"], episode.calibration["wrist"]
    lens = from_plain(front["intrinsics"])
    assert lens.kind == "intrinsics" and lens.made == made(seed=1) and lens.pictures
    assert np.array_equal(front["K"], K) and front["distortion"].shape == (2,) and front["sigmas"].shape == (6,)
    assert front["T_base_camera"].shape == (4, 4) and wrist["T_ee_camera"].shape == (4, 4)
    assert (front["source"], front["model"], front["width"]) == ("calibrated", "k1k2", 64)
    assert from_plain(wrist["mount"]).kind == "hand-eye"


def test_provenance_does_not_say_it_twice(episodes: list[Path]) -> None:
    with Episode(episodes[0]) as episode:
        assert "calibration" not in episode.provenance


def test_each_calibration_is_told_once_with_its_episodes(episodes: list[Path], tmp_path: Path) -> None:
    cameras = exported(episodes, tmp_path / "set")["cameras"]
    assert [each["episodes"] for each in cameras["front"]] == [[0, 1], [2]]
    assert [each["uuid"] for each in cameras["front"]] == [made(seed=1).uuid, made(seed=2).uuid]
    assert [each["episodes"] for each in cameras["wrist"]] == [[0, 1, 2]]
    front, wrist = cameras["front"][0], cameras["wrist"][0]
    assert front["K"] == [list(row) for row in K]
    lens = Lens("pinhole", np.array(K), np.zeros(0), (64, 64))
    assert front["K_224"] == padded(lens, (224, 224)).K.tolist()
    assert "T_base_camera" in front and "T_ee_camera" in wrist and front["arm"] == "right"
    assert front["date"].startswith("2026-") and "intrinsics" not in front
    assert "calibrated" in (tmp_path / "set/README.md").read_text()


def test_undistorted_videos_have_a_pinholes_matrix(episodes: list[Path], tmp_path: Path) -> None:
    plain = exported(episodes[:1], tmp_path / "plain")["cameras"]["front"][0]
    straight = exported(episodes[:1], tmp_path / "straight", undistort=True)["cameras"]["front"][0]
    assert (straight["model"], straight["distortion"], straight["undistorted_from"]) == ("pinhole", [], "k1k2")
    assert straight["K"] != plain["K"] and straight["K_224"] != plain["K_224"] and "sigmas" not in straight
    assert straight["T_base_camera"] == plain["T_base_camera"]
    video = "videos/chunk-000/observation.images.front/episode_000000.mp4"
    assert read_info(tmp_path / "straight" / video).frames == read_info(tmp_path / "plain" / video).frames
    assert (tmp_path / "straight" / video).read_bytes() != (tmp_path / "plain" / video).read_bytes()
    assert json.loads((tmp_path / "straight/meta/clapboard.json").read_text())["recipe"]["undistort"] is True


def test_what_was_never_calibrated_is_told_and_cannot_be_undistorted(tmp_path: Path) -> None:
    calibration = told(tmp_path, 3, cameras=("front",))
    path = make_episode(tmp_path, seed=30, seconds=0.4, cameras=CAMERAS, calibration=calibration)
    cameras = exported([path], tmp_path / "set")["cameras"]
    assert cameras["wrist"][0]["source"] == "none" and "K" not in cameras["wrist"][0]
    with pytest.raises(ExportError, match=r"camera wrist has no lens .* without --undistort"):
        exported([path], tmp_path / "straight", undistort=True)
    assert not (tmp_path / "straight").exists()


def test_a_lens_for_other_pictures_than_the_delivered_is_not_given(tmp_path: Path) -> None:
    calibration = told(tmp_path, 4)
    calibration["front"] |= {"width": 640, "height": 480}
    path = make_episode(tmp_path, seed=31, seconds=0.4, cameras=CAMERAS, calibration=calibration)
    front = exported([path], tmp_path / "set")["cameras"]["front"][0]
    assert front["source"] == "none" and "K" not in front and "640x480" in front["note"]
    assert "T_base_camera" in front
