import numpy as np
import pytest
import simplejpeg

from collector.quality.pictures import picture_figures


def jpeg(grey: np.ndarray) -> bytes:
    return simplejpeg.encode_jpeg(np.repeat(grey[:, :, np.newaxis], 3, axis=2).astype(np.uint8), 95, "RGB", "444")


def board(square: int, dark: int = 20, bright: int = 220) -> np.ndarray:
    rows, columns = np.indices((96, 128)) // square
    return np.where((rows + columns) % 2, dark, bright)


def blurred(grey: np.ndarray) -> np.ndarray:
    for _ in range(12):
        grey = (grey + np.roll(grey, 1, 0) + np.roll(grey, -1, 0) + np.roll(grey, 1, 1) + np.roll(grey, -1, 1)) / 5
    return grey


def test_the_darkest_camera_is_told_as_dark_as_it_is() -> None:
    lit, dark = [jpeg(np.full((96, 128), 180))] * 5, [jpeg(np.full((96, 128), 7))] * 5
    assert picture_figures({"front": lit, "side": dark})["brightness"] == pytest.approx(7, abs=2)


def test_a_lens_out_of_focus_shows_and_one_blurred_frame_does_not() -> None:
    sharp, soft = jpeg(board(8)), jpeg(blurred(board(8)))
    good, bad = (picture_figures({"front": [one] * 10})["sharpness_db"] for one in (sharp, soft))
    assert good is not None and bad is not None and good - bad > 10
    once = picture_figures({"front": [sharp] * 5 + [soft] + [sharp] * 4})["sharpness_db"]
    assert once == pytest.approx(good)


def test_a_camera_that_gives_the_same_picture_again_is_found() -> None:
    noise = np.random.default_rng(0)
    live = [jpeg(noise.integers(0, 255, (32, 32))) for _ in range(11)]
    assert picture_figures({"front": live})["repeated_share"] == 0.0
    assert picture_figures({"front": live, "side": live[:6] + live[5:6] * 5})["repeated_share"] == 0.5


def test_without_a_picture_nothing_is_known_and_a_damaged_one_is_passed_over() -> None:
    assert set(picture_figures({"front": []}).values()) == {None}
    assert set(picture_figures({}).values()) == {None}
    whole = jpeg(board(8))
    found = picture_figures({"front": [b"\xff\xd8 no picture", whole, whole]})
    assert found["brightness"] == pytest.approx(120, abs=5)
