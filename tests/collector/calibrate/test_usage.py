"""clap calibrate on recorded pictures, and what it says where it cannot begin: one sentence, the right exit code."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from calibration.board import describe
from collector.calibrate.taken import encode
from tests.collector.calibrate.fakes import BOARD, K, facing, render
from tests.conftest import Clap

RIG = Path("configs/rigs/virtual.yaml")
NAMED = "charuco:7x5:30mm:22mm:DICT_5X5_100"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of a board all over the picture, tilted to all sides; and one of nothing."""
    out, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(4)
    places = [(x, y) for x in (-0.09, 0.0, 0.09) for y in (-0.06, 0.0, 0.06)]
    for number, (x, y) in enumerate([*places, *places[::2]]):
        angle = 2.4 * number
        tilt = (0.6 * np.cos(angle), 0.6 * np.sin(angle))
        rgb = render(facing(x, y, 0.30 + 0.02 * (number % 4), tilt=tilt))
        noisy = np.clip(rgb + rng.normal(0, 1.5, rgb.shape), 0, 255).astype(np.uint8)
        (out / f"view{number:02d}.png").write_bytes(encode(noisy))
    cv2.imwrite(str(out / "zz_wall.png"), np.full((480, 640, 3), 120, np.uint8))
    return out


def test_recorded_pictures_give_the_lens_they_were_made_with(clap: Clap, folder: Path, tmp_path: Path) -> None:
    store, told = tmp_path / "store", tmp_path / "lens.json"
    code, out, err = clap(
        "calibrate", "intrinsics", "front", "--from", folder, "--board", NAMED, "--store", store, "--json", told,
        "--models", "k1k2",
    )  # fmt: skip
    assert code in (0, 1), err  # so few views leave the corners loose, and it says so
    result = json.loads(told.read_text())
    assert result["K"][0][0] == pytest.approx(K[0, 0], rel=3e-3)
    assert {"K", "dist", "model", "rms", "holdout_rms", "sigmas"} <= set(result)
    assert abs(result["K"][0][0] - K[0, 0]) < 5 * result["sigmas"]["fx"] + 0.5
    assert "zz_wall.png" in err
    assert "intrinsics of front" in out
    (kept,) = store.glob("intrinsics-front-*.json")
    assert {picture["sha256"] for picture in json.loads(kept.read_text())["pictures"]} == {
        file.stem for file in (store / "pictures").glob("*.png")
    }


def test_a_description_file_names_the_board_too(clap: Clap, tmp_path: Path) -> None:
    board = tmp_path / "board.json"
    board.write_text(json.dumps(describe(BOARD)))
    empty = tmp_path / "pictures"
    empty.mkdir()
    code, _, err = clap("calibrate", "intrinsics", "front", "--from", empty, "--board", board)
    assert code == 1
    assert "holds no picture" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["intrinsics", "front"], "give --rig"),
        (["intrinsics", "front", "--from", "x"], "give --board"),
        (["intrinsics", "front", "--from", "x", "--board", "y"], "no board"),
        (["intrinsics", "front", "--from", "x", "--board", NAMED, "--models", "k9"], "models are k1k2, 5p"),
        (["intrinsics", "top", "--rig", RIG], "no such camera; there are front, side, wrist"),
        (["hand-eye", "front", "--rig", RIG], "use clap calibrate extrinsics"),
        (["extrinsics", "wrist", "--rig", RIG], "use clap calibrate hand-eye"),
        (["extrinsics", "front", "--rig", RIG, "--arm", "left"], "followers are right"),
        (["all", "--rig", RIG], "run this at a terminal"),
    ],
)
def test_what_cannot_begin_is_refused_in_a_sentence(clap: Clap, words: list[object], said: str) -> None:
    code, _, err = clap("calibrate", *words)
    assert code == 2
    assert said in err


def test_pictures_without_the_board_are_no_calibration(clap: Clap, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((480, 640, 3), 120, np.uint8))
    code, _, err = clap("calibrate", "intrinsics", "front", "--from", tmp_path, "--board", NAMED)
    assert code == 1
    assert "no picture of front shows the board" in err
