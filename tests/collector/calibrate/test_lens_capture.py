"""What is taken of a board that somebody moves: sharp, still, new; and what the operator is told meanwhile."""

import hashlib

import cv2
import numpy as np
import pytest

from collector.calibrate.guide import Guide
from collector.calibrate.lens_capture import ENOUGH, LensCapture, capture_lens
from collector.live import Picture
from tests.collector.calibrate.fakes import BOARD, MS, Script, facing, render


def pictures(*poses: np.ndarray, each: int = 2) -> list[Picture]:
    seen = [render(pose) for pose in poses for _ in range(each)]
    return [Picture((number + 1) * 100 * MS, rgb) for number, rgb in enumerate(seen)]


@pytest.fixture
def capture() -> LensCapture:
    return LensCapture("front", BOARD)


def test_a_board_that_rests_is_taken_once(capture: LensCapture) -> None:
    assert [capture.feed(picture) for picture in pictures(facing(), each=4)] == [False, True, False, False]
    assert capture.rejected.startswith("This view was taken")
    assert capture.views[0].size == (640, 480)
    assert capture.coverage is not None
    assert capture.coverage.views == 1


def test_a_board_that_moves_is_not_taken(capture: LensCapture) -> None:
    moving = pictures(*(facing(0.01 * step) for step in range(4)), each=1)
    assert not any(capture.feed(picture) for picture in moving)
    assert "hold it still" in capture.rejected


def test_the_same_look_again_is_no_second_look(capture: LensCapture) -> None:
    (picture,) = pictures(facing(), each=1)
    assert not any(capture.feed(picture) for _ in range(3))


def test_each_kept_picture_is_found_by_its_hash(capture: LensCapture) -> None:
    for picture in pictures(facing(), facing(0.04, tilt=(0.4, 0.0))):
        capture.feed(picture)
    assert len(capture.taken) == 2
    for one in capture.taken:
        assert hashlib.sha256(one.png).hexdigest() == one.view.sha256
        assert cv2.imdecode(np.frombuffer(one.png, np.uint8), cv2.IMREAD_COLOR).shape == (480, 640, 3)


def test_without_a_board_the_operator_is_told_what_to_do(capture: LensCapture) -> None:
    capture.feed(Picture(MS, np.full((480, 640, 3), 120, np.uint8)))
    told = capture.guide("Intrinsics of front", 3.0)
    assert told.rejected
    assert "Hold the board before front" in told.advice
    assert told.views == {"front": 0}


def test_the_operator_may_say_that_it_is_enough(capture: LensCapture) -> None:
    guides: list[Guide] = []
    looks = Script(lambda t_ns: Picture(t_ns + MS, pictures(facing(), each=1)[0].rgb))
    capture_lens(looks, capture, guides.append, lambda: len(guides) > 4)
    assert len(capture.taken) == 1
    assert guides[-1].views == {"front": 1}


def test_what_was_taken_before_ctrl_c_is_kept(capture: LensCapture) -> None:
    shown: list[Guide] = []

    def show(guide: Guide) -> None:
        shown.append(guide)
        if len(shown) == 4:
            raise KeyboardInterrupt

    rgb = render(facing())
    capture_lens(Script(lambda t_ns: Picture(t_ns + MS, rgb)), capture, show, lambda: False)
    assert len(capture.taken) == 1


def test_a_covered_lens_takes_enough_views_before_it_is_done(capture: LensCapture) -> None:
    for picture in pictures(facing()):
        capture.feed(picture)
    assert not capture.done
    assert ENOUGH >= 20
