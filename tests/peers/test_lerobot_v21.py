"""The official loader of LeRobot v2.1 (0.3.3 is the last release of that format) opens an export."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from collector.episode.reader import Episode
from collector.export.lerobot_v21 import export_lerobot_v21
from tests.episodes import make_episode
from tests.peers.venvs import peer_python

# lerobot 0.3.3 imports torchvision's video reader, which 0.22 is the newest to allow (its own pin), and
# what it pins beside that (torch < 2.8, torchcodec, wandb, rerun, ...) no data set needs.
REQUIREMENTS = ("torch==2.13.0", "datasets==3.6.0", "jsonlines==4.0.0", "av==15.1.0", "pillow")
NO_DEPS = ("lerobot==0.3.3", "torchvision==0.22.1")
CAMERAS = ("front", "wrist")

pytestmark = [pytest.mark.peers, pytest.mark.timeout(3600)]

Seen = dict[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lerobot")


@pytest.fixture(scope="module")
def episodes(folder: Path) -> list[Path]:
    return [make_episode(folder, index=i, seed=i + 1, seconds=2 + i, cameras=CAMERAS) for i in range(2)]


@pytest.fixture(scope="module")
def seen(folder: Path, episodes: list[Path]) -> Seen:
    python = peer_python("lerobot-v21", REQUIREMENTS, no_deps=NO_DEPS)
    export_lerobot_v21(episodes, folder / "set")
    (folder / "images").mkdir()
    home = folder / "home"
    done = subprocess.run(
        [
            python,
            Path(__file__).with_name("lerobot_v21_reads.py"),
            folder / "set",
            folder / "images",
        ],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(home), "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_it_is_of_the_format_that_the_loader_writes(seen: Seen) -> None:
    assert seen["version"] == "v2.1"
    assert seen["fps"] == 60
    assert seen["episodes"] == 2


def test_every_valid_step_is_a_row(seen: Seen, episodes: list[Path]) -> None:
    valid = []
    for path in episodes:
        with Episode(path) as episode:
            valid.append(int(episode.valid.sum()))
    assert list(seen["lengths"].values()) == valid
    assert seen["rows"] == sum(valid)


def test_rows_have_the_keys_and_shapes_of_the_contract(seen: Seen) -> None:
    assert seen["keys"]["observation.state"] == [8]
    assert seen["keys"]["action"] == [8]
    assert seen["keys"]["observation.images.front"] == [3, 64, 64]
    assert seen["task"] == "pick up the cube"
    assert seen["dtypes"]["timing.t_ns"] == "torch.int64"


def test_real_stamps_arrive_to_the_nanosecond(seen: Seen, episodes: list[Path]) -> None:
    with Episode(episodes[0]) as first, Episode(episodes[1]) as second:
        t_ns = np.concatenate([first.t_ns[first.valid], second.t_ns[second.valid]])
    assert seen["t_ns"] == t_ns[seen["image_rows"]].tolist()


def test_action_chunks_are_padded_at_the_end_of_an_episode(seen: Seen) -> None:
    assert seen["batch"]["action"] == [8, 16, 8]
    assert seen["padded_at_end"] == [False] + [True] * 15


def test_no_policy_is_fed_with_absolute_time(seen: Seen) -> None:
    assert not [key for key in seen["policy_features"] if key.startswith("timing")]
    assert "observation.state" in seen["policy_features"]


def test_each_row_shows_the_picture_that_was_recorded_with_it(seen: Seen, folder: Path, episodes: list[Path]) -> None:
    recorded = _pictures(episodes)
    for camera in CAMERAS:
        for row in seen["image_rows"]:
            shown = np.load(folder / "images" / f"observation.images.{camera}-{row}.npy")
            own = _psnr(shown, recorded[camera][row])
            others = [
                _psnr(shown, recorded[camera][near]) for near in (row - 1, row + 1) if 0 <= near < len(recorded[camera])
            ]
            assert own > 25
            assert own > max(others) + 3


def test_statistics_are_those_that_lerobot_computes(seen: Seen) -> None:
    for key, its in seen["its_stats"].items():
        for name, value in its.items():
            assert seen["our_stats"][key][name] == pytest.approx(value, rel=1e-5, abs=1e-6), (
                key,
                name,
            )


def test_the_loader_aggregates_the_statistics(seen: Seen) -> None:
    whole = seen["whole_stats"]
    assert whole["action"]["count"] == [seen["rows"]]
    assert np.shape(whole["observation.images.front"]["mean"]) == (3, 1, 1)


def _pictures(episodes: list[Path]) -> dict[str, list[NDArray[np.uint8]]]:
    found: dict[str, list[NDArray[np.uint8]]] = {camera: [] for camera in CAMERAS}
    for path in episodes:
        with Episode(path) as episode:
            for camera in CAMERAS:
                for step in np.flatnonzero(episode.valid):
                    image = episode.image(camera, int(step))
                    assert image is not None
                    found[camera].append(image)
    return found


def _psnr(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    error = np.mean((a.astype(np.float64) - b) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else np.inf
