"""Our lens and its uncertainty against mrcal's, on the same corners: Debian's package, which pip does not have."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.bundle_lens import Free, adjust, residuals
from calibration.robust_lens import Fit
from calibration.sights import stack
from calibration.start_lens import start
from calibration.uncertainty import INFINITY_M, grid, known, projected, worst
from tests.calibration.photographs import BOARD, SIZE, left_views

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]

PYTHON = "/usr/bin/python3"
PIXELS = grid(SIZE, 7, 5)
NEAR_M = 0.32


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    asked = subprocess.run([PYTHON, "-c", "import mrcal"], capture_output=True, check=False, env=_environment())
    if asked.returncode != 0:
        raise RuntimeError(
            f"peer mrcal: {PYTHON} has none; apt-get install --no-install-recommends mrcal python3-mrcal"
        )
    given = tmp_path_factory.mktemp("mrcal") / "corners.npz"
    corners = np.stack([view.corners.reshape(BOARD.rows, BOARD.columns, 2) for view in left_views()])
    np.savez(given, corners=corners, size=SIZE, square_m=BOARD.square_m, focal=530.0, pixels=PIXELS, near_m=NEAR_M)
    script = Path(__file__).with_name("mrcal_solve.py")
    done = subprocess.run([PYTHON, script, given], capture_output=True, text=True, check=False, env=_environment())
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


@pytest.fixture(scope="module")
def ours() -> Fit:
    sights, _, _ = stack(left_views(), BOARD)
    free = Free(shape=(0, 1))
    return Fit(sights, adjust(sights, start(sights, "5p"), free), free, np.ones(len(sights.corners), bool))


def test_the_lens_and_the_bend_of_the_board_are_the_same(theirs: dict[str, Any], ours: Fit) -> None:
    assert ours.at.lens.parameters[:4] == pytest.approx(theirs["numbers"][:4], abs=0.02)
    assert ours.at.lens.dist == pytest.approx(theirs["numbers"][4:], abs=1e-3)
    assert ours.at.shape[:2] == pytest.approx(theirs["warp"], abs=1e-6)


@pytest.mark.parametrize(("key", "range_m"), [("far", INFINITY_M), ("near", NEAR_M)])
def test_the_uncertainty_of_a_projection_is_the_same(
    theirs: dict[str, Any], ours: Fit, key: str, range_m: float
) -> None:
    """But for one factor: mrcal's noise is the plain rms, ours allows for the numbers that were solved for."""
    found = known(ours)
    assert found is not None
    plain = float(np.sqrt((residuals(ours.sights, ours.at) ** 2).mean()))
    assert worst(projected(found, PIXELS, range_m)) * plain / ours.sigma_px == pytest.approx(theirs[key], rel=0.02)
