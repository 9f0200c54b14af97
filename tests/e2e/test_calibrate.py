"""A lens and a place from the virtual rig, whose operator holds the board: found, kept, and near the truth."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.daemon import Running, running
from tests.e2e.rig import PATIENT, RIG, clap

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("calibrate"), *PATIENT) as daemon:
        yield daemon


def calibrated(daemon: Running, folder: Path, *words: object) -> tuple[dict[str, Any], Path]:
    """What was found, and the store. Exit 1 too: so little may not satisfy every line."""
    daemon.idle()
    ran = clap(
        "calibrate", *words, "--rig", RIG, "--json", folder / "found.json", "--store", folder / "store", env=daemon.env
    )
    assert ran.code in (0, 1), ran.err
    return json.loads((folder / "found.json").read_text()), folder / "store"


def test_a_camera_s_lens_is_found_without_a_hand(daemon: Running, tmp_path: Path) -> None:
    words = ("intrinsics", "front", "--unattended", "--seconds", 15, "--count", 12, "--models", "k1k2")
    lens, store = calibrated(daemon, tmp_path, *words)
    assert abs(lens["true_error"]["fx_percent"]) < 1.0
    assert lens["rms"] < 0.3
    (kept,) = store.glob("intrinsics-front-*.json")
    assert kept.stat().st_mode & 0o222 == 0
    assert len(list((store / "pictures").glob("*.png"))) == len(lens["pictures"])
    shown = clap("calibrate", "show", "front", "--rig", RIG, "--store", store)
    assert "front" in shown.out


def test_a_camera_on_a_wrist_is_found_by_an_arm_that_moves_by_itself(daemon: Running, tmp_path: Path) -> None:
    found, _ = calibrated(daemon, tmp_path, "hand-eye", "wrist", "--scripted", "--poses", 6, "--speed", 1.0)
    place = found["wrist"]
    assert place["true_error"]["mm"] < 3
    assert place["true_error"]["deg"] < 0.5
    assert len(place["pictures"]) == place["poses"] >= 6
    assert all(len(picture["T_base_ee"]) == 4 for picture in place["pictures"])
