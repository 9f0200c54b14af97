"""The lag between a camera and the joints, from markers that move in its pictures."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from collector.selftest.evidence import MarkerTrack
from collector.selftest.lag_fit import LagFit, NotEnough
from collector.selftest.motion import camera_lag
from collector.selftest.motion_fit import Sighting, marker_corners
from collector.selftest.motion_start import square_poses
from tests.collector.selftest.motion_sim import START_NS, Shot, hand, shoot

SECONDS = 14.0


def lag_of(shot: Shot, motion: int, **states: float) -> LagFit:
    found = camera_lag(shot.view, "right", shot.tracks, shot.frame_t_ns, hand(SECONDS, motion).states(**states))
    assert isinstance(found, LagFit), found
    return found


@pytest.mark.parametrize("wrist", [False, True])
@pytest.mark.parametrize(("seed", "lag_ms"), [(0, 0.0), (1, 2.0), (2, -3.0), (3, 16.7)])
def test_the_lag_is_found_within_its_sigma_though_the_lens_is_wrong_by_half_a_percent(
    wrist: bool, seed: int, lag_ms: float
) -> None:
    motion = seed % 2
    shot = shoot(SECONDS, motion, np.random.default_rng(seed), wrist=wrist, lag_s=lag_ms * 1e-3)
    found = lag_of(shot, motion)
    error_ms = found.lag_ns * 1e-6 - lag_ms
    assert abs(error_ms) < 0.25
    assert abs(error_ms) < 3.5 * found.sigma_ns * 1e-6
    assert 1e3 < found.sigma_ns < 0.15e6
    assert found.explained > 0.999
    assert found.rms_px == pytest.approx(0.2, rel=0.1)
    assert found.frames == len(found.t_ns) == len(found.residual_px)


@pytest.mark.parametrize("late_ms", [2.0, 170.0])
def test_joints_that_tell_an_old_state_make_the_picture_late(late_ms: float) -> None:
    shot = shoot(SECONDS, 0, np.random.default_rng(5), wrist=False)
    found = lag_of(shot, 0, late_s=late_ms * 1e-3)
    assert found.lag_ns * 1e-6 == pytest.approx(late_ms, abs=0.25)


def test_errors_that_last_for_many_frames_make_the_lag_less_certain() -> None:
    shot = shoot(SECONDS, 0, np.random.default_rng(1), wrist=False)
    lasting = shoot(SECONDS, 0, np.random.default_rng(1), wrist=False, alike=0.9)
    assert lag_of(lasting, 0).sigma_ns > 1.8 * lag_of(shot, 0).sigma_ns


def test_a_third_of_the_frames_missing_and_wild_corners_do_no_harm() -> None:
    rng = np.random.default_rng(7)
    shot = shoot(SECONDS, 1, rng, wrist=True, lag_s=0.002, missing=0.3)
    wild = [_with_wild_corners(track, rng, 0.08) for track in shot.tracks]
    found = lag_of(replace(shot, tracks=wild), 1)
    assert found.lag_ns * 1e-6 == pytest.approx(2.0, abs=min(0.2, 4e-6 * found.sigma_ns))


def test_markers_that_do_not_move_with_the_hand_are_left_out() -> None:
    rng = np.random.default_rng(8)
    shot = shoot(SECONDS, 0, rng, wrist=False, lag_s=-0.002)
    tag = shot.tracks[0]
    still = MarkerTrack(7, tag.frame, np.repeat(tag.corners[:1], len(tag.frame), axis=0))
    elsewhere = shoot(SECONDS, 1, rng, wrist=False).tracks[0]
    strays = [still, MarkerTrack(8, elsewhere.frame, elsewhere.corners)]
    found = lag_of(replace(shot, tracks=[*strays, tag]), 0)
    assert found.markers == (tag.marker,)
    assert found.lag_ns * 1e-6 == pytest.approx(-2.0, abs=0.25)


def test_a_frame_without_a_told_pose_is_left_out() -> None:
    shot = shoot(SECONDS, 0, np.random.default_rng(9), wrist=False, lag_s=0.002)
    states = hand(SECONDS, 0).states()
    t_s = (states["t_ns"] - START_NS) * 1e-9
    states["O_T_EE"][(t_s > 5) & (t_s < 6)] = 0.0
    found = camera_lag(shot.view, "right", shot.tracks, shot.frame_t_ns, states[(t_s < 8) | (t_s > 9)])
    assert isinstance(found, LagFit)
    seen_s = (found.t_ns - START_NS) * 1e-9
    assert not np.any((seen_s > 5.01) & (seen_s < 5.99) | (seen_s > 8.01) & (seen_s < 8.99))
    assert found.lag_ns * 1e-6 == pytest.approx(2.0, abs=0.25)


@pytest.mark.parametrize("wrist", [False, True])
def test_no_motion_is_not_enough(wrist: bool) -> None:
    shot = shoot(6.0, 0, np.random.default_rng(0), wrist=wrist, speed=0.0)
    found = camera_lag(shot.view, "right", shot.tracks, shot.frame_t_ns, hand(6.0, 0, 0.0).states())
    assert isinstance(found, NotEnough)
    assert "move right" in found.reason


def test_slow_motion_is_no_proof() -> None:
    shot = shoot(SECONDS, 0, np.random.default_rng(0), wrist=False, speed=0.1)
    found = camera_lag(shot.view, "right", shot.tracks, shot.frame_t_ns, hand(SECONDS, 0, 0.1).states())
    assert isinstance(found, NotEnough) or found.sigma_ns > 0.3e6


def test_another_arms_motion_explains_nothing() -> None:
    shot = shoot(SECONDS, 0, np.random.default_rng(0), wrist=False)
    found = camera_lag(shot.view, "left", shot.tracks, shot.frame_t_ns, hand(SECONDS, 1).states())
    assert isinstance(found, NotEnough)
    assert "hand of left" in found.reason


def test_without_a_marker_it_says_which_to_put_where() -> None:
    shot = shoot(6.0, 0, np.random.default_rng(0), wrist=True)
    states = hand(6.0, 0).states()
    found = camera_lag(shot.view, "right", [], shot.frame_t_ns, states)
    assert isinstance(found, NotEnough)
    assert found.reason == (
        "wrist saw no marker: fix a marker of 42 mm flat in the cell where wrist sees it while the hand moves"
    )
    short = [MarkerTrack(t.marker, t.frame[:20], t.corners[:20]) for t in shot.tracks]
    found = camera_lag(replace(shot.view, name="front", wrist=False), "right", short, shot.frame_t_ns, states)
    assert isinstance(found, NotEnough)
    assert "on the hand of right" in found.reason


def test_an_arm_that_tells_no_poses_is_named() -> None:
    shot = shoot(6.0, 0, np.random.default_rng(0), wrist=False)
    states = hand(6.0, 0).states()
    states["O_T_EE"] = 0.0
    found = camera_lag(shot.view, "right", shot.tracks, shot.frame_t_ns, states)
    assert isinstance(found, NotEnough)
    assert "right told too little" in found.reason


def _with_wild_corners(track: MarkerTrack, rng: np.random.Generator, share: float) -> MarkerTrack:
    corners = track.corners.copy()
    wild = rng.random(len(corners)) < share
    corners[wild] += rng.uniform(-60, 60, (int(wild.sum()), 1, 2))
    return MarkerTrack(track.marker, track.frame, corners)


def test_squares_that_are_seen_mirrored_do_no_harm() -> None:
    """A small square far away has two attitudes that explain it alike; single pictures take the wrong one often."""
    shot = shoot(SECONDS, 1, np.random.default_rng(3), wrist=False, lag_s=0.002, noise_px=0.3)
    tag = shot.tracks[0]
    seconds = (shot.frame_t_ns[tag.frame] - START_NS) * 1e-9
    turns = Rotation.from_matrix(
        square_poses(shot.view.K, Sighting(tag.marker, tag.frame, seconds, tag.corners), marker_corners(0.042))[
            :, 0, :3, :3
        ]
    )
    flips = (turns[1:] * turns[:-1].inv()).magnitude() > 0.35
    assert flips.sum() > 5
    found = lag_of(shot, 1)
    assert found.lag_ns * 1e-6 == pytest.approx(2.0, abs=min(0.3, 4e-6 * found.sigma_ns))
