"""Robot poses are taken where arm and pictures stand: the mean over the rest, what every camera saw in its middle."""

import numpy as np
import pytest

from calibration.poses import apart, from_twist
from collector.calibrate.mount_capture import MountCapture
from collector.calibrate.standstill import Standstill
from collector.live import Picture
from tests.collector.calibrate.fakes import BOARD, MS, facing, render, state

HERE = from_twist(np.array([0.4, 0.1, 0.5, 3.0, 0.2, 0.1]))


def test_an_arm_stands_once_it_has_stood_for_a_while() -> None:
    rest = Standstill()
    for ms in range(0, 250, 10):
        rest.feed(ms * MS, HERE)
    assert rest.since_ns is None
    for ms in range(250, 500, 10):
        rest.feed(ms * MS, HERE)
    assert rest.since_ns is not None


def test_the_pose_is_the_mean_of_the_rest() -> None:
    rest, rng = Standstill(), np.random.default_rng(1)
    for ms in range(0, 1000, 10):
        rest.feed(ms * MS, HERE @ from_twist(rng.normal(0, 1e-5, 6)))
    metres, radians = apart(rest.mean(), HERE)
    assert metres < 5e-6
    assert radians < 5e-6


@pytest.mark.parametrize("step", [[2e-4, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1e-3], [np.nan] * 6])
def test_an_arm_that_moves_or_tells_nothing_does_not_stand(step: list[float]) -> None:
    rest = Standstill()
    for ms in range(0, 600, 10):
        rest.feed(ms * MS, HERE)
    assert rest.since_ns is not None
    with np.errstate(invalid="ignore"):
        moved = HERE.copy()
        moved[:3, 3] += step[:3]
        if step[5]:
            moved = HERE @ from_twist(np.array([0, 0, 0, 0, 0, 1e-3])) if np.isfinite(step[5]) else HERE * np.nan
    rest.feed(610 * MS, moved)
    assert rest.since_ns is None


def test_a_slow_drift_is_no_rest() -> None:
    rest = Standstill()
    for ms in range(0, 2000, 10):
        rest.feed(ms * MS, HERE @ from_twist(np.array([ms * 1e-6, 0, 0, 0, 0, 0])))
    assert rest.since_ns is None


def rest_at(capture: MountCapture, pose: np.ndarray, from_ms: int, pictures: dict[str, np.ndarray]) -> int:
    """Stand for 0.8 s; each camera's looks come at 10 Hz. How many poses were taken."""
    taken = 0
    for ms in range(from_ms, from_ms + 800, 10):
        looks = {name: Picture(ms // 100 * 100 * MS, rgb) for name, rgb in pictures.items()}
        taken += capture.feed(state(ms * MS, pose), looks)
    return taken


def test_a_rest_gives_one_pose_with_what_each_camera_saw() -> None:
    seen, blank = render(facing()), np.full((480, 640, 3), 120, np.uint8)
    capture = MountCapture(["front", "side"], BOARD)
    assert rest_at(capture, HERE, 0, {"front": seen, "side": blank}) == 1
    assert capture.counts == {"front": 1, "side": 0}
    assert capture.judged
    assert capture.rejected.startswith("side: ")
    assert capture.why_not("side").endswith("(1 times)")
    assert capture.why_not("front") == ""
    views, poses = capture.of("front")
    assert apart(poses[0], HERE) == pytest.approx((0, 0), abs=1e-9)
    assert len(views[0].ids) == len(BOARD.points())
    # the robot's pose is of the same instants as the picture
    assert 120 * MS <= views[0].t_ns < 800 * MS


def test_the_same_pose_again_adds_nothing() -> None:
    seen = render(facing())
    capture = MountCapture(["front"], BOARD)
    other = HERE @ from_twist(np.array([0.0, 0, 0, 0.3, 0, 0]))
    assert rest_at(capture, HERE, 0, {"front": seen}) == 1
    assert rest_at(capture, other, 2000, {"front": seen}) == 1
    assert rest_at(capture, HERE, 4000, {"front": seen}) == 0
    assert "move on" in capture.rejected
    assert capture.diversity is not None
    assert capture.guide("t", 1.0).advice


def test_a_camera_that_gives_no_picture_does_not_cost_the_others_their_view() -> None:
    seen = render(facing())
    capture = MountCapture(["front", "side"], BOARD)
    assert rest_at(capture, HERE, 0, {"front": seen}) == 0
    assert not capture.judged
    moved = HERE @ from_twist(np.array([0.05, 0, 0, 0, 0, 0]))
    assert capture.feed(state(900 * MS, moved), {})
    assert capture.counts == {"front": 1, "side": 0}
    assert apart(capture.of("front")[1][0], HERE)[0] < 1e-9


def test_a_picture_of_before_the_rest_tells_nothing_of_it() -> None:
    seen = render(facing())
    capture = MountCapture(["front"], BOARD)
    for ms in range(1000, 1800, 10):
        capture.feed(state(ms * MS, HERE), {"front": Picture(900 * MS, seen)})
    assert capture.counts == {"front": 0}


def test_a_camera_that_stands_still_as_the_board_does_looks_a_few_times_only() -> None:
    seen = render(facing())
    capture = MountCapture(["wrist"], BOARD, ["front"])
    for number in range(12):
        pose = HERE @ from_twist(np.array([0.02 * number, 0, 0, 0, 0, 0]))
        assert rest_at(capture, pose, 2000 * number, {"wrist": seen, "front": seen}) == 1
    assert capture.counts == {"wrist": 12}
    assert len(capture.of("front")[0]) == 10
