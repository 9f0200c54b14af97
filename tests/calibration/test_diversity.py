"""Before anything is solved it is told whether the poses can tell where the camera is, and which motion is missing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.diversity import diversity
from calibration.poses import Matrix, Vector, from_twist


def hand(turns_deg: Vector, seed: int = 0) -> Matrix:
    """Poses (k, 4, 4) with these rotation vectors, anywhere."""
    shifts = np.random.default_rng(seed).uniform(-0.2, 0.2, (len(turns_deg), 3))
    start = from_twist(np.array([0.4, 0.1, 0.3, 3.0, 0.1, 0.2]))
    return start @ from_twist(np.concatenate([shifts, np.radians(turns_deg)], axis=1))


def turns(seed: int, x: float, y: float, z: float, count: int = 20) -> Vector:
    """Rotation vectors (k, 3) deg, even to both sides."""
    return np.random.default_rng(seed).uniform(-1, 1, (count, 3)) * np.array([x, y, z])


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20)
def test_turns_about_all_axes_are_enough(seed: int) -> None:
    told = diversity(hand(turns(seed, 35, 35, 35)))
    assert told.solvable
    assert told.enough
    assert told.ratio > 0.3
    assert told.expected_mm < 1.0
    assert told.advice.startswith("enough")


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_one_axis_alone_cannot_be_solved_and_the_others_are_named(axis: int) -> None:
    x, y, z = 40.0 * np.eye(3)[axis]
    told = diversity(hand(turns(1, x, y, z)))
    assert not told.solvable
    assert not told.enough
    assert told.ratio < 0.01
    alone, asked = told.advice.split("turn it about")
    assert f"mostly its {'xyz'[axis]}" in alone
    assert all(f"its {name}" in asked for i, name in enumerate("xyz") if i != axis)
    assert f"its {'xyz'[axis]}" not in asked


def test_an_almost_single_axis_is_told() -> None:
    told = diversity(hand(turns(2, 2.0, 2.0, 40.0)))
    assert not told.enough
    assert "mostly its z" in told.advice


def test_moving_without_turning_cannot_be_solved() -> None:
    told = diversity(hand(np.zeros((15, 3))))
    assert not told.solvable
    assert "moves without turning" in told.advice
    assert "about its x and about its y" in told.advice


def test_standing_still_is_told_from_moving() -> None:
    told = diversity(np.tile(hand(np.zeros((1, 3))), (6, 1, 1)))
    assert not told.solvable
    assert "stands still" in told.advice


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20)
def test_small_turns_can_be_solved_but_are_not_enough(seed: int) -> None:
    told = diversity(hand(turns(seed, 8, 8, 8)))
    assert told.solvable
    assert not told.enough
    assert "the turns are small" in told.advice


def test_the_axis_that_is_short_is_the_one_named() -> None:
    told = diversity(hand(turns(3, 6, 40, 6)))
    assert not told.enough
    assert "its x (now" in told.advice
    assert "its z (now" in told.advice
    assert "its y (now" not in told.advice


def test_two_good_axes_are_enough_and_the_third_is_offered() -> None:
    told = diversity(hand(turns(4, 35, 35, 4)))
    assert told.enough
    assert "about the hand's z" in told.advice


def test_few_poses_are_told_during_the_capture() -> None:
    spread = turns(5, 40, 40, 40)
    assert not diversity(hand(spread[:1])).enough
    assert "move the hand" in diversity(hand(spread[:1])).advice
    assert diversity(hand(spread[:0])).poses == 0


def test_poses_that_are_no_numbers_do_not_count() -> None:
    poses = hand(turns(6, 35, 35, 35))
    poses[3, 0, 3] = np.nan
    assert diversity(poses).poses == 19
    assert diversity(poses).enough


def test_more_turning_promises_a_better_place() -> None:
    small, large = (diversity(hand(turns(7, deg, deg, deg))).expected_mm for deg in (8.0, 32.0))
    assert large < small / 3
