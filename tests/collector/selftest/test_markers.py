"""Corners of the markers in pictures: right to a fraction of a pixel, or not there."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from collector.selftest.markers import track_markers

WIDTH, HEIGHT = 240, 180
FINE = 6
DICTIONARY = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)


def drawn(marker: int, corners: NDArray[np.float64], picture: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """A printed marker with its white rim, its outer corners at `corners` (4, 2) px, blurred as a lens does."""
    print_px = 240
    sheet = np.full((print_px + 80, print_px + 80), 225, np.uint8)
    sheet[40:-40, 40:-40] = np.where(cv2.aruco.generateImageMarker(DICTIONARY, marker, print_px) > 0, 225, 25)
    edge = np.array([(0, 0), (print_px, 0), (print_px, print_px), (0, print_px)]) + 39.5
    turn = cv2.getPerspectiveTransform(edge.astype(np.float32), ((corners + 0.5) * FINE - 0.5).astype(np.float32))
    large = cv2.warpPerspective(sheet, turn, (WIDTH * FINE, HEIGHT * FINE), flags=cv2.INTER_AREA, borderValue=0)
    shape = cv2.warpPerspective(np.full_like(sheet, 255), turn, (WIDTH * FINE, HEIGHT * FINE), borderValue=0)
    fine = [cv2.resize(one, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(float) for one in (large, shape)]
    under = np.full((HEIGHT, WIDTH), 120.0) if picture is None else picture
    return cv2.GaussianBlur(fine[0] + (1 - fine[1] / 255) * under, (0, 0), 0.7)


def noisy(picture: NDArray[np.float64], seed: int = 0) -> NDArray[np.uint8]:
    noise = np.random.default_rng(seed).normal(0, 2.0, picture.shape)
    return np.clip(np.round(picture + noise), 0, 255).astype(np.uint8)


def square(centre: tuple[float, float], edge: float, turned: float = 0.3, squeezed: float = 0.8) -> NDArray[np.float64]:
    flat = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (edge / 2, edge / 2 * squeezed)
    c, s = np.cos(turned), np.sin(turned)
    return flat @ np.array([[c, s], [-s, c]]) + centre


@pytest.mark.parametrize("edge", [22, 40, 110])
def test_corners_are_found_to_a_tenth_of_a_pixel(edge: float) -> None:
    rng = np.random.default_rng(int(edge))
    for i in range(6):
        true = square((115 + rng.uniform(0, 9), 85 + rng.uniform(0, 9)), edge, rng.uniform(-3, 3), 0.85)
        (track,) = track_markers([(17 + i, noisy(drawn(5, true), i))], "4X4_50")
        assert (track.marker, track.frame.tolist()) == (5, [17 + i])
        (corners,) = track.corners
        assert np.linalg.norm(corners - true, axis=1).max() < 0.3
        assert np.sqrt(np.mean((corners - true) ** 2)) < 0.1


def test_each_marker_has_its_frames_in_order() -> None:
    both = drawn(9, square((180, 120), 50), drawn(3, square((60, 60), 50)))
    one = drawn(3, square((64, 60), 50))
    later = drawn(9, square((180, 124), 50), drawn(3, square((60, 60), 50)))
    tracks = track_markers([(4, noisy(both)), (6, noisy(one)), (9, noisy(later))], "4X4_50")
    assert [(t.marker, t.frame.tolist(), t.corners.shape) for t in tracks] == [
        (3, [4, 6, 9], (3, 4, 2)),
        (9, [4, 9], (2, 4, 2)),
    ]


def test_a_marker_that_rests_is_looked_at_now_and_then() -> None:
    still, moved = (noisy(drawn(3, square(at, 50))) for at in ((60.0, 60.0), (63.0, 60.0)))
    (track,) = track_markers(((row, moved if row >= 70 else still) for row in range(75)), "4X4_50")
    assert track.frame.tolist() == [0, 30, 60, 70]


@pytest.mark.parametrize("shade", [30.0, 120.0, 220.0])
def test_a_part_that_is_hidden_leaves_no_corners(shade: float) -> None:
    true = square((120, 90), 44, turned=0.1)
    whole = drawn(11, true)
    left, right = true[:, 0].min(), true[:, 0].max()
    for hidden in np.linspace(0.15, 1.0, 18):
        picture = whole.copy()
        picture[:, : int(left + hidden * (right - left))] = shade
        assert track_markers([(0, noisy(picture))], "4X4_50") == []


def test_at_the_pictures_edge_it_is_not_there() -> None:
    assert track_markers([(0, noisy(drawn(2, square((24, 90), 44, 0.0))))], "4X4_50") == []


def test_a_blur_over_a_quarter_of_the_marker_makes_it_unreadable_or_leaves_its_middle_true() -> None:
    true = square((120, 90), 40, turned=0.0)
    smeared = cv2.blur(drawn(11, true), (11, 1))
    for track in track_markers([(0, noisy(smeared))], "4X4_50"):
        assert np.linalg.norm(track.corners[0].mean(axis=0) - true.mean(axis=0)) < 0.3


def test_a_number_seen_twice_is_nobodys() -> None:
    twice = drawn(3, square((180, 120), 50), drawn(3, square((60, 60), 50)))
    assert track_markers([(0, noisy(twice))], "4X4_50") == []


def test_no_pictures_no_markers() -> None:
    assert track_markers([], "5X5_100") == []
    assert track_markers([(0, np.full((HEIGHT, WIDTH), 90, np.uint8))], "6X6_250") == []
