"""A lens follows its pictures: resized, cropped, padded, undistorted; to the pixel, seen in the pictures themselves."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from calibration.errors import CalibrationError
from calibration.lens import Lens, LensModel
from calibration.transform import cropped, filled, padded, remapped, resized, undistorted
from tests.calibration.results import NUMBERS, lens

POINTS = np.array([[x, y, 1.0] for x in (-0.4, -0.1, 0.25) for y in (-0.3, 0.05, 0.3)])
sizes = st.tuples(st.integers(32, 2000), st.integers(32, 2000))


def dots(of: Lens) -> NDArray[np.uint8]:
    """A picture of points in space as soft dots, wide enough to be resized."""
    y, x = np.mgrid[: of.size[1], : of.size[0]]
    picture = np.zeros(x.shape)
    for u, v in of.project(POINTS):
        picture += np.exp(-((x - u) ** 2 + (y - v) ** 2) / (2 * 6.0**2))
    return np.clip(picture * 255, 0, 255).astype(np.uint8)


def centres(picture: NDArray[np.uint8], near: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Where the dots are: their centres of gravity about where they are looked for."""
    found: list[NDArray[np.float64]] = []
    for u, v in np.round(near).astype(int):
        y, x = np.mgrid[v - reach : v + reach + 1, u - reach : u + reach + 1]
        weight = picture[y, x].astype(float)
        found.append(np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum())
    return np.array(found)


@pytest.mark.parametrize("model", list(NUMBERS))
def test_a_picture_as_policies_get_it_shows_things_where_the_lens_says(model: LensModel) -> None:
    whole = lens(model)
    small = Image.fromarray(dots(whole)).resize((224, 168), Image.Resampling.BILINEAR)
    square = Image.new("L", (224, 224), 0)
    square.paste(small, (0, 28))
    fitted = padded(whole, (224, 224))
    meant = fitted.project(POINTS)
    assert np.abs(centres(np.array(square), meant, 7) - meant).max() < 0.1
    assert fitted.size == (224, 224) and np.array_equal(fitted.dist, whole.dist)


@pytest.mark.parametrize("model", ["k1k2", "5p", "rational", "fisheye"])
def test_an_undistorted_picture_is_a_pinholes_and_full_to_its_edges(model: LensModel) -> None:
    straight, places = undistorted(lens(model), filled(lens(model)))
    assert straight.model == "pinhole" and straight.size == (640, 480)
    assert places[..., 0].min() >= -0.01 and places[..., 0].max() <= 639.01
    assert places[..., 1].min() >= -0.01 and places[..., 1].max() <= 479.01
    meant = straight.project(POINTS)
    inside = ((meant > 25) & (meant < np.array([615, 455]))).all(axis=1)
    found = centres(remapped(dots(lens(model)), places), meant[inside], 20)
    assert inside.sum() >= 5 and np.abs(found - meant[inside]).max() < 0.6  # dots are not round any more


def test_straight_lines_are_straight_again() -> None:
    straight, _ = undistorted(lens("5p"))
    line = np.column_stack([np.linspace(-0.3, 0.3, 30), np.full(30, -0.3), np.ones(30)])
    assert np.ptp(lens("5p").project(line)[:, 1]) > 2
    assert np.ptp(straight.project(line)[:, 1]) < 1e-9


def test_colour_pictures_keep_their_form() -> None:
    straight, places = undistorted(lens())
    assert remapped(np.zeros((480, 640, 3), np.uint8), places).shape == (480, 640, 3)
    same, everywhere = undistorted(lens("pinhole"))
    picture = dots(lens("pinhole"))
    assert np.array_equal(same.K, lens("pinhole").K)
    assert np.array_equal(remapped(picture, everywhere), picture) and straight.size == (640, 480)


def test_a_lens_that_folds_within_the_picture_is_refused() -> None:
    wild = Lens("k1k2", np.array([[200.0, 0, 320], [0, 200, 240], [0, 0, 1]]), np.array([-2.0, 0.0]), (640, 480))
    with pytest.raises(CalibrationError, match="folds within its picture"):
        filled(wild)


@settings(max_examples=60, deadline=None)
@given(sizes, sizes)
def test_padding_keeps_the_aspect_and_the_middle_as_openpi_does(was: tuple[int, int], size: tuple[int, int]) -> None:
    fitted = padded(lens("pinhole", was), size)
    ratio = max(was[0] / size[0], was[1] / size[1])
    inner = int(was[0] / ratio), int(was[1] / ratio)
    edges = np.array([[-0.5, -0.5], [was[0] - 0.5, was[1] - 0.5]])
    rays = lens("pinhole", was).rays(edges)
    (left, top), (right, bottom) = fitted.project(rays)
    assert (right - left, bottom - top) == (pytest.approx(inner[0]), pytest.approx(inner[1]))
    assert left + 0.5 == pytest.approx(int((size[0] - inner[0]) / 2), abs=1e-6)
    assert top + 0.5 == pytest.approx(int((size[1] - inner[1]) / 2), abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.lists(sizes, min_size=2, max_size=4))
def test_resizing_twice_is_resizing_once(steps: list[tuple[int, int]]) -> None:
    there = lens("5p")
    for _, size in pairwise([(640, 480), *steps]):
        there = resized(there, size)
    assert np.allclose(there.K, resized(lens("5p"), steps[-1]).K, rtol=1e-9)


def test_a_crop_moves_the_principal_point_and_no_more() -> None:
    part = cropped(lens("5p"), 100, 50, (200, 120))
    assert np.allclose(part.project(POINTS), lens("5p").project(POINTS) - [100, 50])
    assert part.size == (200, 120)


def test_opencv_resizes_by_the_same_convention() -> None:
    half = cv2.resize(dots(lens("5p")), (320, 240), interpolation=cv2.INTER_AREA)
    meant = resized(lens("5p"), (320, 240)).project(POINTS)
    assert np.abs(centres(np.asarray(half, np.uint8), meant, 10) - meant).max() < 0.05
