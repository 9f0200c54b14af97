from pathlib import Path

import pytest

from collector.export.lerobot_v21 import export_lerobot_v21
from tests.episodes import Faults, make_episode

CAMERAS = ("front", "wrist")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("export")


@pytest.fixture(scope="module")
def whole(folder: Path) -> Path:
    return make_episode(folder, index=0, seed=1, cameras=CAMERAS)


@pytest.fixture(scope="module")
def gappy(folder: Path) -> Path:
    """The wrist camera lost two frames in the middle; the box missed one edge later."""
    faults = Faults(lost_frames={"wrist": (30, 31)}, lost_edges=(80,))
    return make_episode(folder, index=1, seed=2, cameras=CAMERAS, faults=faults)


@pytest.fixture(scope="module")
def exported(folder: Path, whole: Path) -> Path:
    out = folder / "exported"
    export_lerobot_v21([whole], out)
    return out
