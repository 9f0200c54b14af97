"""What a lens says of its own errors is so: a few seeds here, fifty in benchmarks.calibration_intrinsics."""

import numpy as np
import pytest

from benchmarks.calibration_intrinsics import normalised, score, within
from calibration.bundle_lens import Free
from calibration.cross_validation import agreement, difference
from calibration.lens import Lens
from calibration.robust_lens import fit
from calibration.sights import stack
from calibration.start_lens import start
from calibration.uncertainty import INFINITY_M, grid, known, projected, sigma_at, sigma_map, worst
from tests.calibration.boards_seen import BOARD, LENS, held, seen


def test_one_sigma_holds_two_thirds_of_the_true_errors_and_two_sigma_nearly_all() -> None:
    scores = [score(seed) for seed in range(6)]
    for values in ([s.numbers for s in scores], [s.near for s in scores], [s.far for s in scores]):
        one, two = within(values)
        assert 0.45 < one < 0.9 and 0.84 < two
    assert 0.4 < float(np.median([s.ratio for s in scores])) < 1.6


def test_the_picture_is_best_known_in_the_middle_and_near_where_the_board_was() -> None:
    rng = np.random.default_rng(1)
    views, poses = seen(rng, held(rng, 20))
    solved = fit(stack(views, BOARD)[0], start(stack(views, BOARD)[0], "5p"), Free())
    found = known(solved)
    assert found is not None
    whole = sigma_map(found, 0.5)
    assert whole.shape == (15, 21) and whole.argmin() not in (0, 20, 294, 314)
    assert sigma_at(found, 0.5, 0) < sigma_at(found, 0.5, 0.9) < sigma_at(found, 0.5, 1)
    assert sigma_at(found, 0.5, 0) < sigma_at(found, INFINITY_M, 0)
    off, _ = normalised(found, solved, LENS, poses, 0.5)
    assert np.abs(off).max() < 5


def test_twice_the_noise_is_twice_the_sigma() -> None:
    poses = held(np.random.default_rng(2), 14)
    sigmas: list[float] = []
    for noise in (0.1, 0.2):
        sights, *_ = stack(seen(np.random.default_rng(3), poses, noise_px=noise)[0], BOARD)
        found = known(fit(sights, start(sights, "k1k2"), Free()))
        assert found is not None
        sigmas.append(found.sigmas["fx"])
    assert sigmas[1] / sigmas[0] == pytest.approx(2, rel=0.1)


def test_a_small_turn_of_the_camera_is_no_difference_between_lenses() -> None:
    K = LENS.K.copy()
    K[0, 2] += 3
    moved = Lens(LENS.model, K, LENS.dist, LENS.size)
    pixels = grid(LENS.size, 9, 7, 0.8)
    off = difference(LENS, moved, pixels, INFINITY_M)
    assert off is not None
    assert np.linalg.norm(moved.project(LENS.rays(pixels)) - pixels, axis=1).max() == pytest.approx(3, abs=0.01)
    assert np.linalg.norm(off, axis=1).max() < 0.6


def test_halves_that_disagree_more_than_they_may_show_a_board_that_changed() -> None:
    """Half of the views of a board bent by 3 mm: no residual says so as clearly."""
    rng = np.random.default_rng(4)
    poses = held(rng, 24)
    flat, bent = (
        seen(np.random.default_rng(5), poses, noise_px=0.1, bend_m=bend)[0] for bend in ((0, 0), (3e-3, 3e-3))
    )
    ratios: list[float] = []
    for others in (flat, bent):
        sights, *_ = stack(
            [one if n % 2 else other for n, (one, other) in enumerate(zip(flat, others, strict=True))], BOARD
        )
        found = agreement(fit(sights, start(sights, "5p"), Free()), 0.5)
        assert found is not None
        ratios.append(found.ratio)
    assert ratios[0] < 2 < ratios[1]


def test_the_worst_direction_of_a_covariance() -> None:
    turned = np.array([[0.6, -0.8], [0.8, 0.6]])
    assert worst((turned @ np.diag([9.0, 4.0]) @ turned.T)[None]) == pytest.approx([3.0])


def test_a_projection_keeps_the_covariances_symmetry() -> None:
    rng = np.random.default_rng(6)
    sights, *_ = stack(seen(rng, held(rng, 10))[0], BOARD)
    found = known(fit(sights, start(sights, "k1k2"), Free()))
    assert found is not None
    spread = projected(found, grid(LENS.size, 3, 3), 0.5)
    assert spread == pytest.approx(np.swapaxes(spread, 1, 2))
    assert (np.linalg.eigvalsh(spread) > 0).all()
