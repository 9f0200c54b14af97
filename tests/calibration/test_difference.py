"""Two results are told apart by more than they say they may differ, and by no less."""

import numpy as np
import pytest

from calibration.difference import LensDifference, MountDifference, compare, is_same
from calibration.errors import CalibrationError
from calibration.lens_model import parameter_names
from calibration.poses import from_twist
from calibration.result import IntrinsicsResult
from tests.calibration.results import check_result, lens_result, mount_result, rows

SIGMA = np.array([0.4, 0.4, 0.4, 0.4, 0.002, 0.006, 0.0004, 0.0004, 0.005])


def spread(seed: int, scale: float = 1.0) -> IntrinsicsResult:
    """A lens as far from the made-up one as its covariance lets expect, times `scale`."""
    rng = np.random.default_rng(seed)
    off = scale * rng.normal(0, SIGMA)
    base = lens_result(pictures=())
    K = np.array(base.K) + np.array([[off[0], 0, off[2]], [0, off[1], off[3]], [0, 0, 0]])
    dist = tuple((np.array(base.dist) + off[4:]).tolist())
    return lens_result(pictures=(), K=rows(K), dist=dist, covariance=rows(np.diag(SIGMA**2)), seed=seed)


def lenses(one: IntrinsicsResult, other: IntrinsicsResult) -> LensDifference:
    found = compare(one, other)
    assert isinstance(found, LensDifference)
    return found


def test_a_lens_is_no_different_from_itself() -> None:
    found = lenses(lens_result(), lens_result())
    assert found.max_px < 1e-6 and found.ratio < 1e-6
    assert found.offsets.shape == found.pixels.shape == (21 * 15, 2)


def test_lenses_drawn_from_their_covariance_differ_as_predicted() -> None:
    ratios = np.array([lenses(spread(seed), spread(seed + 1000)).ratio for seed in range(8)])
    assert 0.7 < np.sqrt((ratios**2).mean()) < 1.3
    assert sum(is_same(ratio) is True for ratio in ratios) >= 7
    assert is_same(lenses(spread(1, 8.0), spread(2, 8.0)).ratio) is False


def test_a_principal_point_that_a_turn_of_the_camera_makes_good_is_a_small_difference() -> None:
    moved = [[533.1234567890123, 0, 346.7], [0, 533.4234567890123, 233.9], [0, 0, 1]]
    found = lenses(lens_result(model="pinhole"), lens_result(model="pinhole", K=rows(np.array(moved))))
    assert found.central_px < 1.5
    cx = next(number for number in found.numbers if number.name == "cx")
    assert cx.other - cx.one == pytest.approx(5.0) and cx.sigma == pytest.approx(0.4 * 2**0.5)


def test_lenses_of_different_models_are_compared_by_what_they_see() -> None:
    found = lenses(lens_result(model="k1k2"), lens_result(model="rational"))
    assert [number.name for number in found.numbers] == list(parameter_names("rational"))
    assert next(n for n in found.numbers if n.name == "k6").one == 0.0


def test_without_covariances_nobody_says_whether_they_are_the_same() -> None:
    found = lenses(lens_result(covariance=(), sigmas={}), lens_result(fx=535.0))
    assert is_same(found.ratio) is None and found.central_px > 0.1
    assert np.isnan(found.numbers[0].sigma)


def test_places_are_apart_in_mm_and_degrees_and_in_their_own_sigmas() -> None:
    T = np.array(mount_result().T)
    moved = T @ from_twist(np.array([0, 0, 0.002, 0, np.radians(0.5), 0]))
    found = compare(mount_result(), mount_result(T=rows(moved)))
    assert isinstance(found, MountDifference)
    assert (found.mm, found.deg) == (pytest.approx(2.0), pytest.approx(0.5))
    assert is_same(found.ratio) is False
    near = compare(mount_result(), mount_result(T=rows(T @ from_twist(np.full(6, 1e-4)))))
    assert is_same(near.ratio) is True


def test_what_cannot_be_compared_is_refused() -> None:
    for one, other, why in (
        (lens_result(), lens_result(size=(848, 480)), "pictures of"),
        (lens_result(), mount_result(), "two lenses, or two places"),
        (check_result(), check_result(), "two lenses, or two places"),
        (mount_result(), mount_result(arm="left"), "base of right"),
        (mount_result(), mount_result(kind="hand-eye"), "end effector of right"),
    ):
        with pytest.raises(CalibrationError, match=why):
            compare(one, other)
